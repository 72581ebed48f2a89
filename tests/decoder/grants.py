# SPDX-License-Identifier: ISC
"""grants: Grants of smtpvault-store(5)."""
from primitives import Reader, demand

EXE, PIN, UNIT, USER, HOURS, MAX, UNTIL, CONFIRM, LEARN = (1 << bit for bit in range(9))


def text(r):
    value = r.take(r.number(2))
    demand(1 <= len(value) <= 255 and b"\0" not in value, "a grant's text")
    return value.decode("utf-8")


def grant(r):
    g = {"number": r.number(2), "made": r.number(8)}
    has = r.number(2)
    demand(has < 512, "a grant has an unknown condition")
    if has & LEARN:
        demand(has == LEARN | UNTIL, "a learning grant says more than its end")
    else:
        demand(has & (EXE | UNIT | USER), "a grant is for nobody")
    demand(not has & PIN or has & EXE, "a grant pins no program")
    if has & EXE:
        g["exe"] = text(r)
        demand(g["exe"].startswith("/"), "a grant's program")
    if has & PIN:
        g["pin"] = r.take(32).hex()
    if has & UNIT:
        g["unit"] = text(r)
    if has & USER:
        g["uid"] = r.number(4)
    if has & HOURS:
        g["hours"] = r.number(2), r.number(2)
        demand(g["hours"][0] < 1440 and 1 <= g["hours"][1] <= 1440 and
               g["hours"][0] != g["hours"][1], "a grant's hours")
    if has & MAX:
        g["max"] = r.number(4), r.number(4)
        demand(1 <= g["max"][0] <= 10000 and g["max"][1] in (3600, 86400), "a grant's limit")
    if has & UNTIL:
        g["until"] = r.number(8)
        demand(0 < g["until"] < 2 ** 63, "a grant's end")
    g["confirm"], g["learning"] = bool(has & CONFIRM), bool(has & LEARN)
    return g


def grants(data):
    r = Reader(data, "grants")
    after, count = r.number(2), r.number(2)
    demand(1 <= count <= 32 and len(data) <= 4096, "the number of grants")
    rows = [grant(r) for _ in range(count)]
    r.end()
    numbers = [0] + [g["number"] for g in rows] + [after]
    demand(numbers == sorted(set(numbers)), "the numbers of grants")
    return rows
