"""Draws the results as one SVG: for each comparison the floor, in its parts, and ours below it."""

from xml.sax.saxutils import escape

WIDTH, LEFT, RIGHT, BAR, GAP, HEAD = 860, 190, 90, 18, 8, 34
INK, QUIET, PAPER = "#1f2430", "#5b6270", "#ffffff"
OURS = ["#b04a1c", "#d9622b", "#ee9a6b", "#f6c7a9", "#fbe3d4"]
PARTS = ["#274b7a", "#4a78b0", "#86a9d0", "#bcd0e8", "#dfe4ec"]

# Panels: title, unit, divisor, and bars of (label, program, its parts as (name, metric), the metric of the whole where
# the parts do not add up to it: what is missing is drawn as "rest").
PANELS = [
    (f"{title}: CPU time a packet of 1100 bytes, send to receive", "µs", 1000, [
        ("plain C", "packet-floor", [
            ("protect", f"{key}.protect_ns"), ("sendto", f"{key}.sendto_ns"),
            ("recvfrom", f"{key}.recvfrom_ns"), ("unprotect", f"{key}.unprotect_ns")], f"{key}.path_ns"),
        ("Rapport", "packet-path", [
            ("libsrtp2", f"{key}.srtp_ns"), ("session", f"{key}.session_own_ns"),
            ("sockets, libnice, loop", f"{key}.sockets_ns")], f"{key}.path_ns"),
    ])
    for key, title in (("gcm", "AES-GCM"), ("sha1", "AES-CM with HMAC-SHA1"))
] + [
    (f"A call at {size}, 30/s, 1.5 Mbit/s and Opus: CPU time a minute and side", "s", 1, [
        ("codecs alone", "codec-floor", [
            ("VP8 encode", f"{size}.encode_s_per_min"), ("VP8 decode", f"{size}.decode_s_per_min"),
            ("Opus encode", "opus.encode_s_per_min"), ("Opus decode", "opus.decode_s_per_min")], None),
        ("at a call's pace", "codec-floor", [("codecs alone", f"{size}.paced_s_per_min")], None),
        ("Rapport", "call-cost", [
            ("VP8 encode", f"{size}.video_encode_s_per_min"), ("VP8 decode", f"{size}.video_decode_s_per_min"),
            ("Opus", f"{size}.audio_s_per_min"), ("session", f"{size}.session_s_per_min")],
            f"{size}.call_s_per_min"),
    ])
    for size in ("640x360", "1280x720")
] + [
    ("Setting up a call on loopback, from createOffer", "ms", 1, [
        ("both connected", "setup-time", [
            ("ICE", "ice_ms"), ("DTLS", "dtls_ms")], "connected_ms"),
        ("first picture", "setup-time", [("first picture on both sides", "first_frame_ms")], None),
    ]),
]


def text(x, y, content, size=13, colour=INK, anchor="start", weight="normal"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{colour}" text-anchor="{anchor}" '
            f'font-weight="{weight}">{escape(content)}</text>')


def bars_of(panel, metrics):
    """The bars of a panel that were measured: label, whether ours, [(part, value)]."""
    _, _, divisor, bars = panel
    found = []
    for label, program, parts, whole in bars:
        measured = {name: value["median"] / divisor for name, value in metrics.get(program, {}).items()}
        if not all(metric in measured for _, metric in parts):
            continue
        values = [(name, measured[metric]) for name, metric in parts]
        rest = measured.get(whole, 0) - sum(value for _, value in values)
        if rest > 0.005 * measured.get(whole, 0):
            values.append(("rest", rest))
        found.append((label, program.endswith("floor"), values))
    return found


def draw_bar(y, label, is_floor, parts, unit, scale):
    out, x = [text(LEFT - 10, y + 13, label, anchor="end")], float(LEFT)
    for index, (name, value) in enumerate(parts):
        width = value * scale
        colours = PARTS if is_floor else OURS
        colour = colours[index % len(colours)]
        out.append(f'<rect x="{x:.1f}" y="{y}" width="{max(width - 1, 0.5):.1f}" height="{BAR}" fill="{colour}">'
                   f"<title>{escape(name)}: {value:.2f} {unit}</title></rect>")
        if len(parts) > 1 and width > 7 * len(name) + 8:
            out.append(text(x + 5, y + 13, name, 11, PAPER if index < 2 else INK))
        x += width
    out.append(text(x + 6, y + 13, f"{sum(v for _, v in parts):.2f} {unit}", weight="bold"))
    return out


def draw(metrics):
    body, y = [], 20
    for panel in PANELS:
        bars = bars_of(panel, metrics)
        if not bars:
            continue
        body.append(text(20, y + 12, panel[0], 14, weight="bold"))
        y += HEAD - 8
        longest = max(sum(v for _, v in parts) for _, _, parts in bars)
        for label, is_floor, parts in bars:
            body += draw_bar(y, label, is_floor, parts, panel[1], (WIDTH - LEFT - RIGHT) / longest)
            y += BAR + GAP
        y += 18
    body.append(text(20, y + 6, "Medians of runs that took turns on one machine; compare bars within a panel only.", 11, QUIET))
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y + 24}" viewBox="0 0 {WIDTH} {y + 24}" '
            f'font-family="system-ui, sans-serif" role="img"><title>Rapport beside its plain C floors</title>'
            f'<rect width="100%" height="100%" fill="{PAPER}"/>' + "".join(body) + "</svg>\n")
