# SPDX-License-Identifier: ISC
"""rows: Rows, Card and Secret of smtpvault-store(5)."""
from copies import copies
from grants import grants
from posture import posture
from primitives import Reader, blake, context, cseal_open, demand, kdf
from rotation import rotation

TEXTS = {1: ("name", 128), 2: ("provider", 64), 3: ("host", 253), 7: ("username", 512),
         8: ("from", 320), 11: ("note", 4096), 19: ("ca_file", 1024), 20: ("protocol", 32),
         21: ("path", 1024)}
WORDS = {5: ("tls", (None, "starttls", "implicit", "none")),
         6: ("auth", ("auto", "plain", "login", "cram-md5", "scram-sha-256", "xoauth2",
                      "oauthbearer")),
         9: ("kind", ("password", "app-password", "api-key", "oauth2", "iam-secret"))}
NUMBERS = {4: ("port", 2), 12: ("rotate_days", 4), 13: ("created", 8), 14: ("updated", 8),
           15: ("rotated", 8), 16: ("version", 8), 17: ("exposed", 8), 18: ("authorized", 8),
           22: ("retired", 8), 23: ("client_ends", 8), 24: ("login_ends", 8),
           25: ("login_told", 8)}


def card(data):
    r = Reader(data, "a card")
    profile = {"uid": r.take(16).hex(), "auth": "auto", "kind": "password", "tags": []}
    last = 0
    while r.left():
        tag, value = r.number(1), r.take(r.number(4))
        demand(tag > last or tag == last == 10, "card: out of order or twice")
        last = tag
        if tag in TEXTS:
            name, limit = TEXTS[tag]
            demand(1 <= len(value) <= limit and b"\0" not in value, f"card: {name}")
            profile[name] = value.decode("utf-8")
        elif tag == 10:
            demand(1 <= len(value) <= 64, "card: tag")
            profile["tags"].append(value.decode("utf-8"))
        elif tag == 32:
            profile["grants"] = grants(value)
        elif tag == 33:
            profile["posture"] = posture(value)
        elif tag == 34:
            profile["copies"] = copies(value)
        elif tag == 35:
            profile["rotation"] = rotation(value)
        elif tag in WORDS:
            name, words = WORDS[tag]
            demand(len(value) == 1 and 0 < value[0] < len(words), f"card: {name}")
            profile[name] = words[value[0]]
        else:
            demand(tag in NUMBERS, f"card: unknown tag {tag}")
            name, width = NUMBERS[tag]
            profile[name] = int.from_bytes(value, "little")
            demand(len(value) == width and profile[name], f"card: {name}")
    demand("name" in profile and len(set(profile["tags"])) == len(profile["tags"]) <= 32, "card")
    return profile


GRANT = {1: ("client id", 255), 2: ("client secret", 1024), 3: ("authorization", 511),
         4: ("token", 511), 5: ("device", 511), 6: ("scopes", 511), 7: ("authorities", 4095),
         8: ("refresh", 8192)}


def login(value):
    """A login by OAuth2: {part: text}, "made" and "renewed" among them."""
    r = Reader(value, "a login")
    demand(r.take(8) == b"\0oauth2\0", "how a login begins")
    parts = {"made": r.number(8), "renewed": r.number(8)}
    last = 0
    while r.left():
        tag, text = r.number(1), r.take(r.number(4))
        demand(last < tag and tag in GRANT and 1 <= len(text) <= GRANT[tag][1], "a login's part")
        last = tag
        parts[GRANT[tag][0]] = text.decode("utf-8")
    demand(parts["made"] and parts["renewed"] and {"client id", "token", "refresh"} <= set(parts),
           "what a login has")
    return parts


GIT = {1: ("password", 8192), 2: ("refresh", 8192), 3: ("authtype", 64)}


def of_git(value):
    """What git gives to keep beside a password: {part: text}, "expires" among them."""
    r = Reader(value, "a login of git's")
    demand(r.take(5) == b"\0git\0", "how a login of git's begins")
    parts = {"expires": r.number(8)}
    last = 0
    while r.left():
        tag, text = r.number(1), r.take(r.number(4))
        demand(last < tag and tag in GIT and 1 <= len(text) <= GIT[tag][1], "a part of git's")
        last = tag
        parts[GIT[tag][0]] = text.decode("utf-8")
    demand(parts["expires"] or set(parts) != {"expires", "password"}, "a bare password's form")
    return parts


def password(data):
    """The bytes of a secret, or the parts of a login."""
    r = Reader(data, "a secret")
    form = r.number(1)
    demand(form in (1, 2, 3), "a secret of an unknown form")
    value = r.take(r.number(4))
    r.end()
    demand(1 <= len(value) <= (8192 if form == 1 else 16384), "the length of a secret")
    return {1: bytes, 2: login, 3: of_git}[form](value)


def low_63(digest):
    return int.from_bytes(digest[:8], "little") & (2 ** 63 - 1) or 1


def row_id(key, kind, name):
    digest = blake(32, "id", bytes([kind]), name, key=key)
    return low_63(digest)


def wrap_of(plain):
    """(kind, version, DEK)"""
    w = Reader(plain, "a wrap")
    wrap = w.number(1), w.number(8), w.take(32)
    w.end()
    return wrap


def open_parts(state, number, row, wrap):
    """(card, secret) of a row whose wrap is known."""
    kind, version, dek = wrap
    def ctx(part):
        return context(state.vault_id, part, epoch=state.epoch, row=number, version=version,
                       field=kind)
    r = Reader(row, "a row")
    r.take(146)
    card_box = r.take(r.number(4))
    return (cseal_open(kdf(dek, "card"), ctx(4), card_box, padded=True),
            cseal_open(kdf(dek, "secret"), ctx(5), r.take(r.left()), padded=True))


def open_row(state, number, row, wrap_key):
    """(kind, version, DEK, card, secret), opened and not yet read."""
    ctx = context(state.vault_id, 3, epoch=state.epoch, row=number)
    wrap = wrap_of(cseal_open(wrap_key, ctx, row[32:146]))
    return wrap + open_parts(state, number, row, wrap)
