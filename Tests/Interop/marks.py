"""Reads the marks of RapportTestMedia from files: FrameMark from Y4M, ToneMark from WAV. Standard library only."""

import math
import operator
import wave

CELLS = 32
LEAST_CONTRAST = 60
FRAME_MODULUS = 1 << 20

BLOCK = 480
WINDOW = (1, 2, 3, 4, 4, 3, 2, 1)
AMPLITUDE = 1000.0
DOMINANCE = 2.0
LEAST_POWER = AMPLITUDE * AMPLITUDE / 4 / 100
# A slot lasts 50 blocks of 10 ms; fewer than this many readings of it are not a slot that was heard.
LEAST_READINGS = 10


def _checksum(value):
    remainder = 0x5A
    for shift in (16, 8, 0):
        remainder ^= (value >> shift) & 0xFF
        for _ in range(8):
            remainder = ((remainder << 1) ^ 0x07) & 0xFF if remainder & 0x80 else remainder << 1
    return remainder


def cell_pattern(number):
    value = number & (FRAME_MODULUS - 1)
    return 0x80000001 | (value ^ (value >> 1)) << 10 | _checksum(value) << 2


def frame_number(luma, width, height):
    """The number on a picture's luma plane; None when there is no mark or it is damaged."""
    rows = max(2, height // 18)
    levels = [_cell_level(luma, width, rows, cell) for cell in range(CELLS)]
    bright, dark = (levels[0] + levels[31]) / 2, (levels[1] + levels[30]) / 2
    if bright - dark < LEAST_CONTRAST:
        return None
    pattern = 0
    for level in levels:
        pattern = pattern << 1 | (2 * level > bright + dark)
    value = (pattern >> 10) & (FRAME_MODULUS - 1)
    for shift in (1, 2, 4, 8, 16):
        value ^= value >> shift
    return value if cell_pattern(value) == pattern else None


def _cell_level(luma, width, rows, cell):
    left = math.ceil((cell + 0.25) * width / CELLS - 0.5)
    right = math.floor((cell + 0.75) * width / CELLS - 0.5) + 1
    lines = range(math.ceil(0.2 * rows - 0.5), math.floor(0.7 * rows - 0.5) + 1)
    total = sum(sum(luma[row * width + left:row * width + right]) for row in lines)
    return total / (len(lines) * (right - left))


def y4m_numbers(path):
    """Size and the number of each picture of an I420 Y4M file, None where there is none."""
    with open(path, "rb") as file:
        fields = file.readline().decode("ascii").split()
        width = int(next(each[1:] for each in fields if each[0] == "W"))
        height = int(next(each[1:] for each in fields if each[0] == "H"))
        size = width * height + 2 * ((width + 1) // 2) * ((height + 1) // 2)
        numbers = []
        while file.readline().startswith(b"FRAME"):
            planes = file.read(size)
            if len(planes) < size:
                break
            numbers.append(frame_number(planes, width, height))
    return (width, height), numbers


def _tables():
    for tone in range(12, 36):
        turns = [2 * math.pi * tone * i / BLOCK for i in range(BLOCK)]
        yield [math.sin(each) for each in turns], [math.cos(each) for each in turns]


def wav_readings(path):
    """One slot number or None for each 10 ms of a mono WAV file at 48 kHz, each read over 80 ms."""
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 48000)
        samples = memoryview(file.readframes(file.getnframes())).cast("h").tolist()
    tables = list(_tables())
    history, readings = [], []
    for start in range(0, len(samples) - BLOCK + 1, BLOCK):
        block = samples[start:start + BLOCK]
        history = history[-len(WINDOW) + 1:] + [
            [(_dot(block, sine), _dot(block, cosine)) for sine, cosine in tables]]
        readings.append(_slot(history) if len(history) == len(WINDOW) else None)
    return readings


def _dot(first, second):
    return sum(map(operator.mul, first, second))


def _slot(history):
    digits = [_strongest(history, group) for group in range(3)]
    if None in digits:
        return None
    a, b, c = digits
    return a + 8 * b if (a + 3 * b) % 8 == c else None


def _strongest(history, group):
    powers = [_power(history, group * 8 + digit) for digit in range(8)]
    best = max(range(8), key=lambda digit: powers[digit])
    second = max(power for digit, power in enumerate(powers) if digit != best)
    return best if powers[best] > max(LEAST_POWER, DOMINANCE * second) else None


def _power(history, tone):
    sine = sum(sums[tone][0] * weight for sums, weight in zip(history, WINDOW))
    cosine = sum(sums[tone][1] * weight for sums, weight in zip(history, WINDOW))
    scale = 1 / (sum(WINDOW) * BLOCK)
    return (sine * sine + cosine * cosine) * scale * scale


def slots_heard(readings):
    """The slots in the order in which they were heard, each once per run of readings."""
    heard, current, count = [], None, 0
    for reading in readings:
        if reading is None:
            continue
        if reading != current:
            current, count = reading, 0
        count += 1
        if count == LEAST_READINGS and heard[-1:] != [reading]:
            heard.append(reading)
    return heard


def longest_consecutive(slots, missing_allowed=1, modulus=64):
    """Most slots in a row, each one after the one before, with at most so many places left out."""
    best = 0
    for start in range(len(slots)):
        length, missing = 1, 0
        for previous, slot in zip(slots[start:], slots[start + 1:]):
            step = (slot - previous) % modulus
            missing += step - 1
            if step == 0 or missing > missing_allowed:
                break
            length += 1
        best = max(best, length)
    return best
