"""Writes training situations: generate.py FOLDER FIRST COUNT [--varied] (raw far and microphone, near as float32)."""
import os, sys
for v in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(v, "1")
import numpy as np
import rooms, voices

folder, first, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
os.makedirs(folder, exist_ok=True)
varied = "--varied" in sys.argv
pool = voices.load(240, 6, voices.MORE_VARIANTS) if varied else voices.load()
for seed in range(first, first + count):
    base = os.path.join(folder, f"{seed:05d}")
    if os.path.exists(base + ".near.npy"):
        continue
    far, mic, near = (rooms.varied if varied else rooms.situation)(seed, pool)
    (np.round(far * 32768)).astype("<i2").tofile(base + ".far.raw")
    (np.round(mic * 32768)).astype("<i2").tofile(base + ".mic.raw")
    np.save(base + ".near.npy", near.astype(np.float32))
