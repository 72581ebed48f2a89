# SPDX-License-Identifier: ISC
"""posture: Posture of smtpvault-store(5)."""
from primitives import Reader, demand


def text(r, limit):
    value = r.take(r.number(2))
    demand(len(value) <= limit and b"\0" not in value, "a text of a posture")
    return value.decode("utf-8")


def posture(data):
    r = Reader(data, "a posture")
    p = {"host": text(r, 255), "port": r.number(2), "tls": r.number(1), "learnt": r.number(8),
         "mechanisms": text(r, 159), "issuer": text(r, 255)}
    count = r.number(1)
    demand(p["host"] and p["port"] and p["tls"] in (1, 2) and p["learnt"] < 2 ** 63 and count <= 12,
           "a posture")
    p["pins"] = [r.take(32).hex() for _ in range(count)]
    if r.left():
        p["ends"] = r.number(8)
        demand(0 < p["ends"] < 2 ** 63 and p["ends"] % 86400 == 0, "the end of a certificate")
    r.end()
    return p
