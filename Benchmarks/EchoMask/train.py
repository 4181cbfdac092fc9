"""Trains the mask: train.py TOOL FOLDER MODEL [--epochs N] [--start MODEL]. Prints the loss on held-out situations."""
import argparse, glob, os, time
import numpy as np
import torch
from torch import nn
import features as F


class Mask(nn.Module):
    """Bands in, three numbers per band out: they turn two per-bin ratios into a gain."""

    def __init__(self, hidden=128):
        super().__init__()
        self.dense = nn.Linear(F.ROWS * F.BANDS, hidden)
        self.first = nn.GRU(hidden, hidden, batch_first=True)
        self.second = nn.GRU(hidden, hidden, batch_first=True)
        self.out = nn.Linear(2 * hidden, 3 * F.BANDS)
        with torch.no_grad():
            self.out.weight *= 0.3
            self.out.bias.zero_()
            self.out.bias[F.BANDS:] = 0.7

    def parameters_per_band(self, x, state):
        a = torch.tanh(self.dense(x))
        h1, s1 = self.first(a, state[0])
        h2, s2 = self.second(h1, state[1])
        return self.out(torch.cat([h1, h2], -1)), (s1, s2)


def widened(state, columns):
    """A mask that saw fewer rows sees the new ones with weight zero."""
    old = state["dense.weight"]
    state["dense.weight"] = torch.cat([old, torch.zeros(len(old), columns - old.shape[1])], 1)
    return state


def interpolation():
    """Bands to bins: linear between band centres, constant beyond the first and last."""
    centres = (F.EDGES[:-1] + F.EDGES[1:] - 1) / 2
    m = np.zeros((F.BANDS, F.BINS), np.float32)
    for k in range(F.BINS):
        i = int(np.clip(np.searchsorted(centres, k) - 1, 0, F.BANDS - 2))
        t = float(np.clip((k - centres[i]) / (centres[i + 1] - centres[i]), 0, 1))
        m[i, k], m[i + 1, k] = 1 - t, t
    return torch.from_numpy(m)


INTERPOLATE = interpolation()


def gains(raw, error, echo, noise):
    """Log10 powers per bin and the network's numbers per band to gains in 0...1."""
    a, c, d = (v @ INTERPOLATE for v in raw.split(F.BANDS, -1))
    p = 10 ** error
    smooth = torch.log10(0.5 * p + 0.25 * torch.roll(p, 1, -1) + 0.25 * torch.roll(p, -1, -1) + 1e-10)
    over_echo = (smooth - torch.clamp(echo, min=-7)).clamp(-3, 3)
    over_noise = (smooth - torch.clamp(noise, min=-7)).clamp(-1, 3)
    return torch.sigmoid(a + c * over_echo + d * over_noise)


def loss_of(g, error, near):
    """Distance of compressed magnitudes. What is left over in pauses and what is cut off from speech weigh more than
    what is left over under speech, where it is masked."""
    e = 10 ** (error * 0.5) / 15
    s = 10 ** (near * 0.5) / 15
    silent = (s.amax(-1, keepdim=True) < 3e-4).float()
    total = 0
    for power, share in POWERS:
        difference = (g * e + 1e-6) ** power - (s + 1e-6) ** power
        cut = (difference < 0).float()
        weight = 2 * silent + (1 - silent) * (1 + (CUT - 1) * cut)
        total = total + share * (weight * difference ** 2).mean()
    return total


CUT = 4.0
POWERS = ((0.3, 1.0), (0.6, 3.0))


def load(tool, folder, limit, cache, skip=0):
    if cache and all(os.path.exists(c + ".x.npy") for c in cache.split(",")):
        return tuple(np.concatenate([np.load(c + part) for c in cache.split(",")]) for part in (".x.npy", ".f.npy"))
    names = sorted(glob.glob(os.path.join(folder, "*.near.npy")))[skip:limit]
    xs, fs = [], []
    for n in names:
        x, f = F.situation(tool, n[:-9])
        xs.append(x); fs.append(f)
    xs, fs = np.stack(xs), np.stack(fs)
    if cache:
        np.save(cache + ".x.npy", xs); np.save(cache + ".f.npy", fs)
    return xs, fs


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("tool"); ap.add_argument("folder"); ap.add_argument("model")
    ap.add_argument("--epochs", type=int, default=20); ap.add_argument("--start"); ap.add_argument("--limit", type=int, default=100000)
    ap.add_argument("--rate", type=float, default=2e-3); ap.add_argument("--minutes", type=float, default=1e9)
    ap.add_argument("--cache", help="keep the features of TOOL and FOLDER here"); ap.add_argument("--cut", type=float, default=CUT)
    ap.add_argument("--soft", action="store_true", help="only the stronger compression, for a first training")
    ap.add_argument("--skip", type=int, default=0)
    ap.add_argument("--threads", type=int, default=1)
    a = ap.parse_args()
    globals()["CUT"] = a.cut
    if a.soft:
        globals()["POWERS"] = POWERS[:1]
    torch.manual_seed(1); torch.set_num_threads(a.threads)
    rng = np.random.default_rng(1)
    X, fine = load(a.tool, a.folder, a.limit, a.cache, a.skip)
    if a.epochs == 0:
        return
    held = max(4, len(X) // 20)
    print("situations", len(X), "bands", F.BANDS, flush=True)
    model = Mask()
    if a.start:
        model.load_state_dict(widened(torch.load(a.start), model.dense.in_features))
    print("parameters", sum(p.numel() for p in model.parameters()), flush=True)
    opt = torch.optim.Adam(model.parameters(), lr=a.rate)
    batch, span = 16, 250
    chunks = X.shape[1] // span
    train = np.arange(len(X) - held)
    total = a.epochs * (len(train) // batch) * chunks
    begin, step = time.time(), 0

    def run(ids, k, state, shift):
        x = torch.from_numpy(X[ids, k * span:(k + 1) * span].astype(np.float32))
        f = torch.from_numpy(fine[ids, k * span:(k + 1) * span].astype(np.float32))
        if shift is not None:
            powers = x.shape[-1] - F.BANDS
            x = torch.cat([torch.clamp(x[..., :powers] + 0.5 * shift, min=-2), x[..., powers:]], -1)
            f = f + shift[..., None]
        raw, state = model.parameters_per_band(x, state)
        g = gains(raw, f[:, :, 0], f[:, :, 1], f[:, :, 2])
        return loss_of(g, f[:, :, 0], f[:, :, 3]), state
    for epoch in range(a.epochs):
        order = rng.permutation(train)
        sums = []
        for b in range(0, len(order) - batch + 1, batch):
            ids, state = order[b:b + batch], (None, None)
            shift = torch.from_numpy(rng.uniform(-0.6, 0.4, (batch, 1, 1)).astype(np.float32))
            for k in range(chunks):
                now = max(step / total, (time.time() - begin) / 60 / a.minutes)
                for group in opt.param_groups:
                    group["lr"] = a.rate * max(0.02, 0.5 + 0.5 * np.cos(np.pi * min(1, now)))
                value, state = run(ids, k, state, shift)
                state = tuple(s.detach() for s in state)
                opt.zero_grad(); value.backward()
                nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                opt.step(); step += 1; sums.append(value.item())
        with torch.no_grad():
            ids, state, held_loss = np.arange(len(X) - held, len(X)), (None, None), []
            for k in range(chunks):
                value, state = run(ids, k, state, None); held_loss.append(value.item())
        print(f"epoch {epoch} train {np.mean(sums):.5f} held out {np.mean(held_loss):.5f} {time.time() - begin:.0f} s", flush=True)
        torch.save(model.state_dict(), a.model)
        if (time.time() - begin) / 60 > a.minutes:
            break


if __name__ == "__main__":
    main()
