"""What the pages of a Parquet column chunk hold: validity, places in a dictionary, texts; in the format's own packing."""

import numpy as np

from spark_monitor.cells.kernel.header_loops import read_varint
from spark_monitor.cells.kernel.jit import jitted


@jitted
def read_validity(levels, rows, first, bits):
    """Set the bit at `first` + row of every value that is there; return how many are, -1 where bytes are lacking.

    Parameters
    ----------
    levels : ndarray of uint8
        Definition levels 0 and 1 of a page's rows.
    rows, first : int
    bits : ndarray of uint8
        Not set yet; with a spare byte at the end.
    """
    at, row, there = 0, 0, 0
    while row < rows:
        header, at = read_varint(levels, at)
        run = header >> 1
        if header < 0 or run == 0:
            return -1
        if header & 1:
            if at + run > len(levels):
                return -1
            for k in range(min(run, (rows - row + 7) >> 3)):
                byte = levels[at + k]
                if rows - row < 8:
                    byte &= np.uint8((1 << (rows - row)) - 1)
                place, shift = (first + row) >> 3, (first + row) & 7
                bits[place] |= np.uint8((byte << shift) & 255)
                if shift and byte >> (8 - shift):
                    bits[place + 1] |= np.uint8(byte >> (8 - shift))
                there += _ONES[byte]
                row += 8
            at += run
        else:
            if at >= len(levels):
                return -1
            run = min(run, rows - row)
            if levels[at]:
                _set_bits(bits, first + row, first + row + run)
                there += run
            at += 1
            row += run
    return there


_ONES = np.array([bin(byte).count("1") for byte in range(256)], np.int64)


@jitted
def _set_bits(bits, low, high):
    while low < high and low & 7:
        bits[low >> 3] |= np.uint8(1 << (low & 7))
        low += 1
    while low + 8 <= high:
        bits[low >> 3] = 255
        low += 8
    while low < high:
        bits[low >> 3] |= np.uint8(1 << (low & 7))
        low += 1


@jitted
def read_places(data, width, places):
    """Fill in places in a dictionary, packed in so many bits each; return whether there were as many.

    Parameters
    ----------
    data : ndarray of uint8
    width : int
        At most 8.
    places : ndarray of int32
    """
    at, many, wide = 0, 0, (width + 7) >> 3
    mask = np.uint64((1 << width) - 1)
    while many < len(places):
        header, at = read_varint(data, at)
        run = header >> 1
        if header < 0 or run == 0:
            return False
        if header & 1:
            if at + run * width > len(data):
                return False
            # Eight places lie in as many bytes as they have bits.
            while run and many + 8 <= len(places):
                held = np.uint64(0)
                for byte in range(width):
                    held |= np.uint64(data[at + byte]) << np.uint64(8 * byte)
                for k in range(8):
                    places[many + k] = np.int32((held >> np.uint64(k * width)) & mask)
                at, many, run = at + width, many + 8, run - 1
            held, bits = np.uint64(0), 0
            for _ in range(min(8 * run, len(places) - many)):
                while bits < width:
                    held |= np.uint64(data[at]) << np.uint64(bits)
                    at += 1
                    bits += 8
                places[many] = np.int32(held & mask)
                held >>= np.uint64(width)
                bits -= width
                many += 1
            # Of the last run of a page the end may lie unread; nothing comes after it.
        else:
            if at + wide > len(data):
                return False
            value = np.int32(0)
            for byte in range(wide):
                value |= np.int32(data[at + byte]) << np.int32(8 * byte)
            at += wide
            run = min(run, len(places) - many)
            places[many:many + run] = value
            many += run
    return True


@jitted
def spread(dense, bits, first, values):
    """Put the values that are there where their bits are; what is missing is 0.

    Parameters
    ----------
    dense : ndarray
    bits : ndarray of uint8
    first : int
        The bit of the first of `values`.
    values : ndarray
    """
    rows, taken, last, shift = len(values), 0, len(dense) - 1, first & 7
    for row in range(0, rows, 8):
        place = (first + row) >> 3
        byte = (bits[place] >> shift | np.int64(bits[place + 1]) << (8 - shift)) & 255
        if byte == 255 and row + 8 <= rows:
            for k in range(8):
                values[row + k] = dense[taken + k]
            taken += 8
        else:
            for k in range(min(8, rows - row)):
                there = (byte >> k) & 1
                values[row + k] = dense[max(min(taken, last), 0)] if there else 0
                taken += there


@jitted
def read_texts(data, many):
    """Return the texts of a dictionary page one after the other, without the lengths before them.

    Returns
    -------
    offsets : ndarray of int32, shape (many + 1,)
        Where each begins and the last ends; empty where bytes are lacking.
    texts : ndarray of uint8
    """
    offsets, texts, at = np.zeros(many + 1, np.int32), np.empty_like(data), 0
    for place in range(many):
        if at + 4 > len(data):
            return offsets[:0], texts
        size = np.int64(0)
        for byte in range(4):
            size |= np.int64(data[at + byte]) << (8 * byte)
        at += 4
        if at + size > len(data):
            return offsets[:0], texts
        texts[offsets[place]:offsets[place] + size] = data[at:at + size]
        offsets[place + 1] = offsets[place] + size
        at += size
    return offsets, texts[:offsets[many]]
