"""Writes a trained mask as a Swift source of base64 text: export.py MODEL Sources/RapportAudio/MaskWeights.swift

Layout: bands and hidden units (16 bits each), then per layer the matrix (per row a 32-bit scale and 8-bit weights) and
the bias (32-bit), in the order dense, first GRU (input, input bias, state, state bias), second GRU, output.
"""
import struct, sys
import numpy as np
import torch
import features as F
import source

state = {k: v.numpy().astype(np.float32) for k, v in torch.load(sys.argv[1]).items()}
hidden = state["dense.weight"].shape[0]
blob = struct.pack("<HH", F.BANDS, hidden)


def matrix(w):
    out = b""
    for row in w:
        scale = max(np.abs(row).max() / 127, 1e-9)
        out += struct.pack("<f", scale) + np.round(row / scale).astype(np.int8).tobytes()
    return out


blob += matrix(state["dense.weight"]) + state["dense.bias"].tobytes()
for g in ("first", "second"):
    blob += matrix(state[g + ".weight_ih_l0"]) + state[g + ".bias_ih_l0"].tobytes()
    blob += matrix(state[g + ".weight_hh_l0"]) + state[g + ".bias_hh_l0"].tobytes()
blob += matrix(state["out.weight"]) + state["out.bias"].tobytes()
source.write(sys.argv[2], blob)
print(len(blob), "bytes")
