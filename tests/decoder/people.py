# SPDX-License-Identifier: ISC
"""people: IDENTITIES and RECOVERY SHARES of smtpvault-store(5), and nothing of the C code."""
import base64
import struct
import zlib

import nacl.bindings as sodium
from primitives import argon2_cost_fits, argon2id, context, cseal_open, demand, kdf

CONSONANTS, VOWELS = "bdfghjklmnprstvz", "aiou"


# ---- identities ----

def public_line(line):
    """(public key, comment) of an identity's line."""
    head, _, rest = line.partition(" ")
    demand(head == "smtpvault-identity-1", "no identity line")
    code, _, comment = rest.partition(" ")
    demand(len(code) == 48, "a code of another length")
    raw = base64.urlsafe_b64decode(code)
    key, check = raw[:32], struct.unpack("<I", raw[32:])[0]
    demand(check == zlib.crc32(comment.encode() + key), "the identity's checksum")
    return key, comment


def identity_open(content, passphrase):
    """The secret key in an identity file."""
    first, second, end = content.split(b"\n")
    demand(end == b"" and second.startswith(b"smtpvault-identity-secret-1 "), "no identity file")
    public, _ = public_line(first.decode())
    raw = base64.b64decode(second.split(b" ")[1], validate=True)
    head, box = raw[:46], raw[46:]
    demand(len(raw) == 46 + 105 and head[:2] == b"\1\1", "an identity file of another form")
    cost = struct.unpack("<III", head[2:14])
    demand(argon2_cost_fits(*cost), "Argon2id parameters out of range")
    binding = head + first
    key = argon2id(passphrase, head[14:], *cost, b"", binding)
    secret = cseal_open(kdf(key, "identity", binding), context(bytes(16), 10), box)
    demand(sodium.crypto_scalarmult_base(secret) == public, "an identity of another key")
    return secret


# ---- shares ----

def field(poly, bits):
    """The product in GF(2^bits): shift and add, modulo the polynomial."""
    def product(a, b):
        total = 0
        while b:
            if b & 1:
                total ^= a
            a, b = a << 1, b >> 1
            if a >> bits:
                a ^= poly
        return total
    return product


byte_product = field(0x11B, 8)
word_product = field(0x1100B, 16)


def word_number(word):
    demand(len(word) == 5, "a word of another length")
    bits = 0
    for at, letter in enumerate(word):
        alphabet, width = (VOWELS, 2) if at % 2 else (CONSONANTS, 4)
        demand(letter in alphabet, "a letter out of its place")
        bits = bits << width | alphabet.index(letter)
    return bits


def share(text):
    """(needed, count, index, set, piece)"""
    plain = " ".join(line.partition("#")[0] for line in text.lower().splitlines())
    words = [word_number(w) for w in plain.replace("-", " ").split()]
    demand(len(words) == 22, "a share of another length")
    for root in (1, 2, 4):
        total = 0
        for word in words:
            total = word_product(total, root) ^ word
        demand(total == 0, "a mistyped share")
    head = words[0]
    demand(head >> 12 == 1, "a share of another version")
    piece = b"".join(struct.pack(">H", w) for w in words[3:19])
    return ((head >> 8 & 15) + 1, (head >> 4 & 15) + 1, (head & 15) + 1,
            words[1] << 16 | words[2], piece)


def recover(shares):
    """The recovery secret: Lagrange's polynomial at 0, each byte for itself."""
    needed = shares[0][0]
    demand(len({(s[0], s[1], s[3]) for s in shares}) == 1, "shares of two sets")
    points = {s[2]: s[4] for s in shares}
    demand(len(points) >= needed, "too few shares")
    xs = sorted(points)[:needed]
    inverse = {a: b for a in range(1, 256) for b in range(1, 256) if byte_product(a, b) == 1}
    secret = bytearray(32)
    for x in xs:
        weight = 1
        for other in xs:
            if other != x:
                weight = byte_product(weight, byte_product(other, inverse[other ^ x]))
        for at, y in enumerate(points[x]):
            secret[at] ^= byte_product(y, weight)
    return bytes(secret)
