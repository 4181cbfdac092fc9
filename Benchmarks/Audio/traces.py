"""Arrival traces of a minute each for `rapport-playout`, seeded, with what is asked of a buffer that plays them.

The goal for the delay is what a buffer of constant delay would need that had read the trace before: late packets of half
a percent (one percent on wireless lines) on top of the lost ones, and 20 ms beyond that. The goal for the concealed share
is the same half or whole percent over what is lost; with FEC over what is lost together with its successor.
"""
import numpy as np

PACKET, COUNT, BASE = 20.0, 3000, 30.0

KINDS = {
    "even": {}, "jitter 10 ms": {"jitter": 10}, "jitter 30 ms": {"jitter": 30},
    "overtaking 15 ms": {"jitter": 15, "overtakes": True}, "wireless": {"pauses": 2.0},
    "loss 5 %": {"jitter": 4, "loss": 0.05}, "loss 10 %": {"jitter": 4, "loss": 0.10},
    "bursts 5 %": {"jitter": 4, "loss": 0.05, "burst": 3}, "stalls": {"jitter": 6, "stalls": 5},
    "clock +80 ppm": {"jitter": 6, "skew": 80}, "longer path": {"jitter": 6, "step": 50},
}


def lost_packets(kind, rng):
    """Independent losses, or runs of `burst` packets on average."""
    share, burst = kind.get("loss", 0), kind.get("burst", 1)
    lost = np.zeros(COUNT, bool)
    if not share:
        return lost
    state = False
    for i in range(COUNT):
        state = rng.random() < (1 - 1 / burst if state and burst > 1 else share / (burst * (1 - share)) if burst > 1 else share)
        lost[i] = state
    lost[:10] = False
    return lost


def delays_of(kind, rng):
    """Milliseconds beyond the path's least of every packet."""
    sent = np.arange(COUNT) * PACKET
    delay = rng.exponential(kind.get("jitter", 0) / 1.25, COUNT) if "jitter" in kind else rng.uniform(0, 1, COUNT)
    delay = np.minimum(delay, 8 * kind.get("jitter", 1))
    holds = []
    if "pauses" in kind:
        t = 0.0
        while (t := t + rng.exponential(1000 * kind["pauses"])) < COUNT * PACKET:
            holds.append((t, min(300.0, rng.gamma(2, 25))))
    holds += [(t, 250.0) for t in rng.uniform(5000, 55000, kind.get("stalls", 0))]
    for start, length in holds:
        held = (sent + delay > start) & (sent + delay < start + length)
        delay[held] = start + length - sent[held] + rng.uniform(0, 2, held.sum())
    delay[COUNT // 2:] += kind.get("step", 0)
    arrival = sent + delay
    if not kind.get("overtakes"):
        arrival = np.maximum.accumulate(arrival)
    return arrival - sent


def trace(name, kind, seed, number):
    rng = np.random.default_rng([seed, number, 4])
    lost, delay = lost_packets(kind, rng), delays_of(kind, rng)
    delay -= delay.min()
    skewed = delay + kind.get("skew", 0) * 1e-6 * np.arange(COUNT) * PACKET
    share = 0.01 if "pauses" in kind or "stalls" in kind else 0.005
    needed = float(np.quantile(delay[~lost], 1 - share))
    both = float(np.mean(lost & np.roll(lost, -1)))
    return {
        "id": name, "params": {"skew": kind.get("skew")}, "packet_ms": PACKET,
        "bounds": {
            "loss_pct": 100 * float(lost.mean()), "goal_mean_delay_ms": round(needed + 20, 1),
            "goal_concealed_no_fec_pct": round(100 * (float(lost.mean()) + share), 2),
            "goal_concealed_fec_pct": round(100 * (both + share), 2),
        },
        "arrival_minus_send_minus_base_x0_1ms": [-99999 if l else int(round(10 * d)) for l, d in zip(lost, skewed)],
    }


def all(seed):
    return [trace(name, kind, seed, number) for number, (name, kind) in enumerate(KINDS.items())]
