# SPDX-License-Identifier: ISC
"""rotation: Rotation of smtpvault-store(5)."""
import unicodedata

from primitives import Reader, demand

STAGES = (None, "planned", "pending", "set", "verified", "promoted", "finished", "rolled-back",
          "abandoned")
METHODS = (None, "hand", "generated", "given", "hook")
WAITING = ("pending", "set", "verified")


def text(r, limit):
    value = r.take(r.number(2)).decode("utf-8")
    demand(len(value.encode()) <= limit and
           not any(unicodedata.category(c) == "Cc" for c in value), "a text of a rotation")
    return value


def time(r):
    when = r.number(8)
    demand(when < 2 ** 63, "a time of a rotation")
    return when


def words(r):
    stage, method, flags = r.number(1), r.number(1), r.number(1)
    demand(1 <= stage < len(STAGES) and 1 <= method < len(METHODS) and flags < 32, "a rotation")
    return {"stage": STAGES[stage], "method": METHODS[method], "flags": flags}


def past(r):
    p = {name: time(r) for name in ("begun", "due", "promoted", "ended")}
    p.update(words(r))
    p["version_to"] = r.number(8)
    p["host"], p["who"], p["proof"] = text(r, 64), text(r, 64), text(r, 48)
    demand(p["promoted"], "a past rotation")
    return p


def rotation(data):
    demand(len(data) <= 2800, "a rotation")
    r = Reader(data, "a rotation")
    found = {"run": r.take(16).hex()}
    found.update(words(r))
    found["turn"] = r.number(4)
    found.update((name, time(r)) for name in ("begun", "changed", "due"))
    found["machine"] = r.take(16).hex()
    found["version_from"], found["version_to"] = r.number(8), r.number(8)
    found.update((name, time(r)) for name in ("pending_since", "verified_at", "promoted_at",
                                              "dead_at", "alive_at", "overlap_until"))
    found["rejections"] = r.number(4)
    found.update((name, text(r, limit)) for name, limit in (
        ("host", 64), ("who", 64), ("hook", 255), ("username", 128), ("verified", 48),
        ("proof", 48), ("fault", 200)))
    count = r.number(1)
    demand(count <= 8 and found["begun"], "a rotation")
    found["past"] = [past(r) for _ in range(count)]
    r.end()
    return found
