"""The mask's weights as a Swift source of base64 text. Run on such a file, it breaks its lines anew, bytes unchanged:

    source.py Sources/RapportAudio/MaskWeights.swift
"""
import base64
import re
import sys

HEAD = ("/// The trained mask, written by Benchmarks/EchoMask/export.py: quantised weights as base64 text.\n"
        'enum MaskWeights {\n    static let text: StaticString = """\n')
TAIL = '\n        """\n}\n'
INDENT = " " * 8
LONGEST = 108
# Base64 spells these by chance, and a search for unfinished work would find them: the line is broken within.
MARKS = re.compile("X{3}|T[O]DO|F[I]XME")


def broken(text):
    """Lines of LONGEST characters, two where one of the marks would stand in one."""
    for start in range(0, len(text), LONGEST):
        line = text[start:start + LONGEST]
        while found := MARKS.search(line):
            yield line[:found.end() - 1]
            line = line[found.end() - 1:]
        yield line


def write(path, blob):
    lines = broken(base64.b64encode(blob).decode())
    with open(path, "w") as out:
        out.write(HEAD + "\n".join(INDENT + line for line in lines) + TAIL)


def read(path):
    with open(path) as source:
        return base64.b64decode(source.read().split('"""')[1])


if __name__ == "__main__":
    write(sys.argv[1], read(sys.argv[1]))
