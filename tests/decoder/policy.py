# SPDX-License-Identifier: ISC
"""policy: Policy of smtpvault-store(5)."""
from primitives import Reader, demand

SCOPES = {1: "vault", 2: "kind", 3: "provider", 4: "tag", 5: "profile"}
NUMBERS = {1: ("every", 4, 0, 36500), 3: ("before", 2, 0, 3650), 4: ("lead", 2, 0, 3650),
           5: ("grace", 2, 0, 3650), 6: ("length", 2, 12, 256), 7: ("alphabet", 1, 0, 2),
           8: ("overlap", 2, 0, 8760), 9: ("rejections", 2, 0, 1000), 10: ("on_reject", 1, 1, 2),
           11: ("public", 1, 0, 1)}
KINDS = ("password", "app-password", "api-key", "oauth2", "iam-secret")
DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def dates(value):
    found = [(value[i], value[i + 1]) for i in range(0, len(value) - 1, 2)]
    demand(len(value) == 2 * len(found) <= 24 and found == sorted(set(found)), "dates")
    demand(all(1 <= m <= 12 and 1 <= d <= DAYS[m - 1] for m, d in found), "a date")
    return [f"{m:02}-{d:02}" for m, d in found]


def text(value, limit):
    demand(1 <= len(value) <= limit and min(value) >= 32, "a text of the policy")
    return value.decode("utf-8")


def lines(value):
    r, found = Reader(value, "lines"), []
    while r.left():
        found.append(text(r.take(r.number(2)), 256))
    demand(len(found) <= 4, "the number of lines")
    return found


def field(tag, value):
    if tag in NUMBERS:
        name, width, least, most = NUMBERS[tag]
        number = int.from_bytes(value, "little")
        demand(len(value) == width and least <= number <= most, f"policy: {name}")
        return name, number
    demand(tag in (2, 12, 13), "a field of the policy")
    if tag == 13:
        return "hook", text(value, 255) if value else ""
    return ("on", dates(value)) if tag == 2 else ("after", lines(value))


def rule(r):
    scope, selector = r.number(1), r.take(r.number(2))
    demand(scope in SCOPES, "the scope of a rule")
    found, last, count = {"for": SCOPES[scope]}, 0, r.number(1)
    if scope == 5:
        demand(len(selector) == 16 and any(selector), "the uid of a rule")
        found["uid"] = selector.hex()
    elif scope > 1:
        found["name"] = text(selector, 64)
        demand(scope != 2 or found["name"] in KINDS, "the kind of a rule")
    else:
        demand(not selector, "a selector of the vault")
    demand(count > 0, "a rule that says nothing")
    for _ in range(count):
        tag = r.number(1)
        demand(tag > last, "the order of a rule's fields")
        last = tag
        name, value = field(tag, r.take(r.number(2)))
        found[name] = value
    return (scope, selector), found


def policy(data):
    r = Reader(data, "the policy")
    count = r.number(2)
    demand(1 <= count <= 256 and len(data) <= 32768, "the policy")
    found = [rule(r) for _ in range(count)]
    r.end()
    order = [key for key, _ in found]
    demand(all(a < b for a, b in zip(order, order[1:])), "the order of the rules")
    return [f for _, f in found]
