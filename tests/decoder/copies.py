# SPDX-License-Identifier: ISC
"""copies: Copies of smtpvault-store(5)."""
from primitives import Reader, demand


def text(r, limit):
    value = r.take(r.number(2))
    demand(1 <= len(value) <= limit and b"\0" not in value, "a text of a copy")
    return value.decode("utf-8")


def copy(r):
    c = {"machine": r.take(16).hex(), "begun": r.number(1), "version": r.number(8),
         "written": r.number(8), "salt": r.take(32).hex(), "digest": r.take(32).hex()}
    if c["begun"]:
        c["version_before"], c["before"] = r.number(8), r.take(32).hex()
    c["host"], c["path"], c["format"] = text(r, 64), text(r, 1024), text(r, 32)
    count = r.number(2)
    demand(c["begun"] in (0, 1) and c["written"] < 2 ** 63 and c["path"][0] == "/" and
           1 <= count <= 64, "a copy")
    c["logins"] = [r.take(16).hex() for _ in range(count)]
    return c


def copies(data):
    r = Reader(data, "copies")
    count = r.number(2)
    demand(1 <= count <= 64 and len(data) <= 6144, "copies")
    found = [copy(r) for _ in range(count)]
    r.end()
    order = [(c["machine"], c["path"].encode()) for c in found]
    demand(all(a < b for a, b in zip(order, order[1:])), "the order of copies")
    return found
