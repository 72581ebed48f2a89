# SPDX-License-Identifier: ISC
"""log: AUDIT LOG of smtpvault-store(5)."""
import hashlib
import pathlib
import sqlite3

import nacl.bindings as sodium
from primitives import (NO_PSK, Reader, Refused, blake, context, cseal_open, demand, pkseal_open,
                        u64)

SLACK = 5
RESULTS = {1: "ok", 2: "denied", 3: "failed", 4: "begun"}
NUMBERS = {2: "time", 3: "boottime", 4: "uid", 5: "pid", 6: "version", 7: "ends", 15: "member"}
NUMBER_BYTES = {3: 6, 4: 4, 5: 4, 15: 2}
TEXTS = {8: ("profile", 128), 9: ("token", 64), 10: ("note", 96), 11: ("exe", 253),
         12: ("parents", 253), 13: ("unit", 253), 14: ("cwd", 253), 16: ("terminal", 31),
         17: ("package", 63), 18: ("script", 253)}


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def frontier(leaves):
    """The roots of the full subtrees, the largest first."""
    nodes = []
    for size, leaf in enumerate(leaves):
        nodes.append(leaf)
        while size & 1:
            right, left = nodes.pop(), nodes.pop()
            nodes.append(sha(b"\1", left, right))
            size >>= 1
    return nodes


def root(leaves):
    nodes = frontier(leaves)
    if not nodes:
        return sha()
    top = nodes.pop()
    while nodes:
        top = sha(b"\1", nodes.pop(), top)
    return top


def entry_content(data):
    r = Reader(data, "an entry")
    entry, last = {}, 0
    while r.left():
        tag, value = r.number(1), r.take(r.number(1))
        demand(tag > last and value, "a record out of order, twice or empty")
        last = tag
        if tag == 1:
            demand(len(value) == 3 and value[1] in RESULTS, "operation and result")
            entry.update(op=value[0], result=RESULTS[value[1]], way=value[2])
        elif tag in NUMBERS:
            demand(len(value) <= NUMBER_BYTES.get(tag, 8) and value[-1] != 0, "a number with zeros in front")
            entry[NUMBERS[tag]] = int.from_bytes(value, "little")
        elif tag == 19:
            demand(len(value) == 8, "a hash of another length")
            entry["exe_hash"] = value.hex()
        else:
            demand(tag in TEXTS and len(value) <= TEXTS[tag][1], f"record {tag}")
            entry[TEXTS[tag][0]] = value.decode("utf-8", "replace")
    demand("op" in entry, "an entry without operation")
    return entry


class Log:
    """What stands in a folder, opened with the audit secret keys of all epochs."""

    def __init__(self, folder, vault_id, audit_keys):
        self.folder = pathlib.Path(folder)
        self.keys = {sodium.crypto_scalarmult_base(key): key for key in audit_keys}
        self.db = sqlite3.connect(f"file:{self.folder / 'audit.db'}?mode=ro", uri=True)
        self.rows = dict(self.db.execute("SELECT seq, v FROM entry ORDER BY seq"))
        self.gens = dict(self.db.execute("SELECT g, v FROM gen ORDER BY g"))
        head = Reader(self.db.execute("SELECT v FROM head WHERE k = 0").fetchone()[0], "the head")
        self.id = head.take(16)
        demand(head.take(16) == vault_id, "the log of another vault")
        self.size = head.number(8)
        self.frontier = [head.take(32) for _ in range(bin(self.size).count("1"))]
        head.end()

    def leaf(self, i):
        row = self.rows.get(i)
        demand(row is not None, f"entry {i} is missing")
        demand(len(row) == 385, f"entry {i} has another length")
        return sha(b"\0", row[16:])

    def generation(self, number):
        """(first, end or None, closing tag, first key, audit key)"""
        r = Reader(self.gens[number], f"generation {number}")
        first, public, box, closed = r.number(8), r.take(32), r.take(137), r.number(1)
        end, tag = (r.number(8), r.take(16)) if closed else (None, None)
        r.end()
        demand(public in self.keys, f"generation {number} is sealed to another audit key")
        ctx = context(self.id, 7, epoch=number, row=first)
        audit_key = self.keys[public]
        return first, end, tag, pkseal_open(audit_key, NO_PSK, ctx, box), audit_key

    def verify(self):
        """Every entry as a dict; Refused when anything is not as the page says."""
        demand(sorted(self.rows) == list(range(self.size)), "the numbers have a gap")
        leaves = [self.leaf(i) for i in range(self.size)]
        demand(frontier(leaves) == self.frontier, "the head is not that of the entries")
        entries, keys, at, clock = [], {}, 0, 0
        for g in range(len(self.gens)):
            first, end, closing, key, audit_key = self.generation(g)
            demand(first == at, f"generation {g} begins elsewhere")
            newest = g == len(self.gens) - 1
            demand((end is None) == newest, f"generation {g} is not closed as it should be")
            while at < (self.size if newest else end):
                tag = blake(16, "tag", u64(at), leaves[at], key=key)
                demand(tag == self.rows[at][:16], f"the tag of entry {at}")
                keys[at] = key
                evolved = blake(40, "evolve", key)
                mask = int.from_bytes(evolved[32:], "little")
                time = int.from_bytes(self.rows[at][16:24], "little") ^ mask
                box = self.rows[at][24:]
                ctx = context(self.id, 6, epoch=g, row=at)
                entry = entry_content(pkseal_open(audit_key, NO_PSK, ctx, box, padded=True))
                demand(entry.get("time", 0) == time, f"the clock of entry {at}")
                demand(time + SLACK >= clock, f"time runs backwards at entry {at}")
                clock = max(clock, time)
                entries.append({"seq": at, **entry})
                key, at = evolved[:32], at + 1
            if not newest:
                demand(blake(16, "close", u64(end), key=key) == closing, f"end of generation {g}")
        keys[at] = key
        self.check_seal(keys, len(self.gens) - 1)
        return entries, root(leaves), leaves

    def check_seal(self, keys, newest):
        data = (self.folder / "seal").read_bytes()
        r = Reader(data, "the seal")
        demand(r.take(8) == b"svseal1\n", "not a seal")
        demand(r.take(16) == self.id, "the seal of another log")
        flags, generation, following = r.number(1), r.number(8), r.number(8)
        live, upcoming = r.take(32), r.take(32)
        demand(r.take(32) == blake(32, "seal-file", data[:105]), "the checksum of the seal")
        r.end()
        demand(flags == 1 and upcoming == bytes(32), "a seal in the middle of something")
        demand(generation == newest and following <= self.size, "the seal leads the log")
        demand(keys.get(following) == live, "the seal's key is not that of its place")

    def kept(self, row, key, padded=False):
        found = self.db.execute("SELECT v FROM head WHERE k = ?", (row,)).fetchone()
        return cseal_open(key, context(self.id, 8, row=row), found[0], padded) if found else b""

    def last_time(self, row, key):
        return int.from_bytes(self.kept(row, key), "little")

    def tokens(self, row, key):
        """(when the refresh token was given out, access token, refresh token)"""
        r = Reader(self.kept(row, key, True), "kept tokens")
        found = r.number(8), r.take(r.number(4)).decode(), r.take(r.number(4)).decode()
        r.end()
        return found


__all__ = ["Log", "Refused", "root"]
