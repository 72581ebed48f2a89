#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""qr_pane: draws a QR code of half blocks, as a terminal shows it, into a PGM picture.

  qr_pane.py COLUMNS <captured pane >picture.pgm      (the code's width, its margin too)
"""
import sys

SCALE = 6
BLOCKS = {" ": (0, 0), "▀": (1, 0), "▄": (0, 1), "█": (1, 1)}


def main():
    columns = int(sys.argv[1])
    rows = []
    for line in sys.stdin.read().splitlines():
        cells = [BLOCKS.get(c, (0, 0)) for c in line[:columns].ljust(columns)]
        rows += [[255 * (1 - cell[half]) for cell in cells] for half in (0, 1)]
    pixels = [[p for p in row for _ in range(SCALE)] for row in rows for _ in range(SCALE)]
    print(f"P2\n{columns * SCALE} {len(pixels)}\n255")
    for row in pixels:
        print(*row)


main()
