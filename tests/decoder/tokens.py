# SPDX-License-Identifier: ISC
"""tokens: TOKENS and Rows of tokens of smtpvault-store(5)."""
import base64
import re

from primitives import Reader, blake, context, demand, kdf, pkseal_open, u64
from rows import card, open_parts, open_row, password, row_id, wrap_of

PROFILE, TOKEN = 1, 4


def token_keys(text):
    """(X25519 secret key, psk) of a token's text."""
    demand(re.fullmatch(rb"smtpvault_t1_[a-z2-7]{56}", text), "not a token")
    body = base64.b32decode(text[13:].upper())
    secret, check = body[:32], body[32:]
    demand(check == blake(32, "token-check", secret)[:3], "a mistyped token")
    seed = kdf(secret, "token")
    return kdf(seed, "x25519"), kdf(seed, "psk")


def policy(data, state):
    r = Reader(data, "a token's card")
    found, last = {}, 0
    while r.left():
        tag, value = r.number(1), r.take(r.number(4))
        demand(last < tag <= 8, "a token's card")
        last = tag
        if tag == 1:
            demand(1 <= len(value) <= 64, "a token's label")
            found["label"] = value.decode("utf-8")
        elif tag == 6:
            demand(1 <= len(value) <= 255 and value[:1] == b"/", "a token's program")
            found["exe"] = value.decode("utf-8")
        else:
            demand(len(value) == 8, "a number of a token's card")
            name = {2: "created", 3: "until", 4: "epoch", 5: "seq", 7: "most_uses",
                    8: "agent"}[tag]
            found[name] = int.from_bytes(value, "little")
    demand(found.get("until", 1) and {"label", "created", "epoch", "seq"} <= set(found),
           "a token's card")
    demand(found.get("agent", 1) == 1 and found.get("most_uses", 1) and
           ("agent" in found or "most_uses" not in found), "a token's limit")
    demand(found["epoch"] == state.epoch and found["seq"] <= state.seq,
           "a state from before the token")
    return found


def bundle(data, state):
    """[(id, version, DEK, name)]"""
    r = Reader(data, "a token's secret")
    demand(r.number(1) == 5 and r.number(4) == r.left(), "a token's secret")
    demand(r.take(32) == state.verify_key and r.take(32) == state.audit_key,
           "a token of another vault")
    held = [(r.number(8), r.number(8), r.take(32), r.take(r.number(1)))
            for _ in range(r.number(2))]
    r.end()
    names = [name for *_, name in held]
    demand(len(held) <= 256 and names == sorted(set(names)), "the order of a token's profiles")
    return held


def row_of(tables, state, psk):
    number = row_id(psk, TOKEN, u64(state.epoch))
    demand(number in tables["obj"], "no row of the token")
    return number, tables["obj"][number]


def open_as_holder(tables, state, text):
    """The profiles that a token opens, from the file and its text alone."""
    secret_key, psk = token_keys(text)
    number, row = row_of(tables, state, psk)
    ctx = context(state.vault_id, 9, epoch=state.epoch, row=number, role=TOKEN)
    wrap = wrap_of(pkseal_open(secret_key, psk, ctx, row[:146]))
    demand(wrap[:2] == (TOKEN, 1), "the wrap of a token")
    content, secret = open_parts(state, number, row, wrap)
    terms = policy(content, state)
    profiles = []
    for number, version, dek, name in bundle(secret, state):
        demand(number in tables["obj"], "a token's profile")
        demand("agent" not in terms or not any(dek), "a key for who may not open the file")
        parts = open_parts(state, number, tables["obj"][number], (PROFILE, version, dek))
        profile = card(parts[0])
        demand(profile["name"].encode() == name and profile["version"] == version,
               "another profile than the token's")
        profile["secret"] = password(parts[1])
        profiles.append(profile)
    return profiles


def open_tokens(tables, state, keys, entries):
    """What an administrator sees of the tokens; their rows are taken out of the table."""
    tokens = []
    for entry, psk in entries:
        number, row = row_of(tables, state, psk)
        del tables["obj"][number]
        wrap = (TOKEN, 1, kdf(keys.directory, "token", u64(number)))
        content, secret = open_parts(state, number, row, wrap)
        found = policy(content, state)
        demand(found["label"] == entry["label"], "the label of a token")
        held = bundle(secret, state)
        for held_id, version, dek, name in held:
            demand(held_id == row_id(keys.index, PROFILE, name) and held_id in tables["obj"],
                   "a token's profile")
            there = open_row(state, held_id, tables["obj"][held_id], keys.wrap)
            key = bytes(32) if "agent" in found else there[2]
            demand(there[:2] == (PROFILE, version) and dek == key,
                   "a token that was not sealed anew")
        tokens.append({"token": entry["slot"], "profiles": [n.decode() for *_, n in held], **found})
    return tokens
