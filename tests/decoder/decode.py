#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""decode: a second reader of smtpvault's files, written from smtpvault-store(5) alone.

  decode.py [--passphrase FILE] [--keyfile FILE | --identity FILE | --share FILE...]
            [--token FILE] [--state FOLDER] [--reveal] VAULT

Proves the signed state, the history, the tree, the anchor and the log, opens every row
and prints one JSON object a line: the profiles by name, their older versions, the slots, the policy's rules,
the log's entries, a summary. --state is the machine's folder of this vault. Ends with 1
and the reason when anything is not as the page says. Needs python3-nacl, python3-argon2.
"""
import argparse
import json
import pathlib
import sqlite3
import sys

import nacl.bindings as sodium
from log import Log, root
from people import identity_open, recover, share
from policy import policy
from primitives import (Reader, Refused, Way, blake, demand, kdf, keyfile_hash,
                        signature_holds, slot_open, u64)
from rotation import WAITING
from rows import card, low_63, open_row, password, row_id
from tokens import open_as_holder, open_tokens

TABLES = (("meta", "k"), ("slot", "k"), ("obj", "id"), ("tree", "n"), ("hist", "seq"))
SCHEMA = [f"CREATE TABLE {name}({key} INTEGER PRIMARY KEY, v BLOB NOT NULL) STRICT"
          for name, key in TABLES]
PROFILE, VERSION, DIRECTORY, POLICY = 1, 2, 3, 5
ADMIN, READER, AUDITOR, TOKEN = 1, 2, 3, 4
ZERO = bytes(32)

class State:
    """Header and signed state, checked against the tables."""

    def __init__(self, tables):
        header = tables["meta"].get(0, b"")
        r = Reader(header, "the header")
        demand(r.take(16) == b"smtpvault-vault\n", "not a vault")
        demand(r.take(2) == b"\1\1", "another format or suite")
        self.vault_id, self.created = r.take(16), r.number(8)
        r.end()
        data = tables["meta"].get(1, b"")
        demand(set(tables["meta"]) == {0, 1}, "rows of meta")
        r = Reader(data, "the state")
        demand(r.take(9) == b"svstate1\1" and r.take(16) == self.vault_id, "not its state")
        self.epoch, self.seq = r.number(8), r.number(8)
        self.root, slots_hash, schema_hash, header_hash = (r.take(32) for _ in range(4))
        self.verify_key, self.audit_key = r.take(32), r.take(32)
        self.log = r.take(16), r.number(8), r.take(32)
        self.written = r.number(8)
        core = data[:297]
        self.chain = r.take(32)
        signature = r.take(64)
        r.end()
        demand(signature_holds(self.verify_key, signature, "state", core + self.chain),
               "the signature of the state")
        slots = [x for n, row in sorted(tables["slot"].items()) for x in (u64(n), row)]
        demand(slots_hash == blake(32, "slots", *slots), "the slots hash")
        demand(schema_hash == blake(32, "schema", *(s.encode() for s in SCHEMA)), "the schema hash")
        demand(header_hash == blake(32, "header", header), "the header hash")
        demand(self.epoch >= 1 and self.seq >= 1, "epoch and seq")
        self.h = blake(32, "core", core)

    def follows(self, hist, seq, chain, verify_key):
        """The history leads from (seq, chain, key) to this state."""
        while seq < self.seq:
            seq += 1
            row = hist.get(seq, b"")
            demand(len(row) in (33, 129) and row[32] == (len(row) == 129), f"history {seq}")
            chain = blake(32, "chain", chain, row[:32])
            if row[32]:
                demand(signature_holds(verify_key, row[65:], "epoch",
                                       row[:32] + chain + row[33:65]), f"epoch change {seq}")
                verify_key = row[33:65]
        demand(seq == self.seq and chain == self.chain and verify_key == self.verify_key,
               "another history")

    def proved(self, hist):
        """From the first commit on; from epoch 2 on its row holds the first epoch's key."""
        first = hist[1]
        demand((len(first) == 129) == (self.epoch > 1), "the form of history 1")
        self.follows(hist, 0, ZERO, first[33:65] or self.verify_key)
        epochs = sum(len(row) == 129 for row in hist.values()) or 1
        demand(epochs == self.epoch, "the number of epochs")


def check_tree(tables, top):
    buckets = {}
    for number, row in sorted(tables["obj"].items()):
        demand(number > 0, "an id below 1")
        buckets.setdefault(number >> 51, []).append(blake(32, "leaf", b"\0", u64(number), row))
    hashes = [blake(32, "bucket", u64(b), *buckets[b]) if b in buckets else ZERO
              for b in range(4096)]
    nodes, groups = {}, []
    for group in range(64):
        node = b"".join(hashes[64 * group:64 * group + 64])
        if any(node):
            nodes[1 + group] = node
        groups.append(blake(32, "group", u64(group), node) if any(node) else ZERO)
    node = b"".join(groups)
    if any(node):
        nodes[0] = node
    demand(nodes == tables["tree"], "the nodes of the tree")
    demand(blake(32, "root", node) == top, "the root of the tree")


class Keys:
    """What a bundle gives: of an administrator all, of a reader and an auditor a part."""

    def __init__(self, bundle, epoch):
        r = Reader(bundle, "a bundle")
        self.role = r.number(1)
        demand(r.number(8) == epoch, "the epoch of a bundle")
        self.index = self.wrap = self.directory = None
        self.audits = []
        if self.role == ADMIN:
            rk = r.take(32)
            self.reading(kdf(rk, "read"))
            admin = kdf(rk, "admin")
            self.directory, self.audits = kdf(admin, "directory"), [kdf(admin, "audit")]
            self.verify = sodium.crypto_sign_seed_keypair(kdf(admin, "sign"))[0]
        elif self.role == READER:
            self.reading(r.take(32))
            self.verify = r.take(32)
        else:
            demand(self.role == AUDITOR, "the role of a bundle")
            self.verify = r.take(32)
            records = [(r.number(8), r.take(32)) for _ in range(r.number(2))]
            epochs = [e for e, _ in records]
            demand(epochs == list(range(epoch, max(0, epoch - 100), -1)), "the auditor's epochs")
            self.audits = [key for _, key in records]
        r.end()

    def reading(self, read):
        self.index, self.wrap = kdf(read, "index"), kdf(read, "wrap")


def unlock(tables, state, way):
    for number, row in sorted(tables["slot"].items()):
        try:
            opened = slot_open(row, state.vault_id, state.epoch, number, way)
        except Refused:
            continue
        if opened:
            role, bundle = opened
            keys = Keys(bundle, state.epoch)
            demand(keys.role == role, "a bundle of another role than its slot")
            demand(keys.verify == state.verify_key, "the verify key")
            for newest in keys.audits[:1]:
                demand(sodium.crypto_scalarmult_base(newest) == state.audit_key, "the audit key")
            return keys
    raise Refused("no slot opens")


def directory(data):
    """The slots, and the entries of tokens with their psk."""
    r = Reader(data, "the directory")
    slots, tokens = [], []
    for _ in range(r.number(2)):
        slot = {"slot": r.number(4), "type": r.number(1), "role": r.number(1)}
        slot["cost_chosen"], slot["type"] = slot["type"] > 127, slot["type"] & 127
        psk = r.take(64)[32:]
        slot.update(created=r.number(8), label=r.take(r.number(2)).decode())
        if slot["role"] == TOKEN:
            demand(slot["slot"] >= 65536 and slot["type"] == 0, "the entry of a token")
            tokens.append((slot, psk))
        else:
            slots.append(slot)
    r.end()
    return slots, tokens


def counted(data, widths):
    """u16 count, then records of fields with these widths."""
    r = Reader(data, "a list of the directory")
    records = [[r.take(w) for w in widths] for _ in range(r.number(2))]
    r.end()
    demand(records, "an empty list in the directory")
    return records


def directory_keys(data):
    """The directory's secret: {tag: value}; {epoch: audit key}."""
    r = Reader(data, "the directory's secret")
    values, audit, last = {}, {}, 0
    while r.left():
        tag, value = r.number(1), r.take(r.number(4))
        demand(last < tag and tag in (2, 3, 4, 5), "the directory's secret")
        last = tag
        values[tag] = value
    if 2 in values:
        records = [(int.from_bytes(e, "little"), key) for e, key in counted(values[2], (8, 32))]
        audit = dict(records)
        demand([e for e, _ in records] == sorted(audit), "the order of the audit keys")
    if 3 in values:
        counted(values[3], (4, 32))
    demand(len(values.get(4, bytes(4))) == 4, "the next slot number")
    if 5 in values:
        r = Reader(values[5], "the members who were removed")
        demand(r.left(), "an empty list in the directory")
        while r.left():
            r.take(4)
            demand(r.number(8) > 0, "when a member was removed")
            demand(1 <= len(r.take(r.number(1)).decode()) <= 64, "a label")
    return audit


def open_directory(tables, state, keys):
    """The slots, and the tokens; the keys get the audit keys of the epochs before."""
    number = row_id(keys.directory, DIRECTORY, b"directory")
    demand(number in tables["obj"], "no directory")
    kind, _, _, content, secret = open_row(state, number, tables["obj"].pop(number), keys.directory)
    demand(kind == DIRECTORY, "the directory")
    audit = directory_keys(secret)
    demand(sorted(audit) == list(range(1, state.epoch)), "the audit keys of all epochs")
    keys.audits += [audit[e] for e in sorted(audit, reverse=True)]
    slots, entries = directory(content)
    demand(sorted(s["slot"] for s in slots) == sorted(tables["slot"]), "the directory's slots")
    return slots, open_tokens(tables, state, keys, entries)


def open_profile(state, keys, number, row):
    """(kind, DEK, profile); a reader cannot tell whose the rows are that do not open."""
    try:
        kind, version, dek, content, secret = open_row(state, number, row, keys.wrap)
    except Refused:
        demand(keys.role == READER, "a row that does not open")
        return None, None, None
    profile = card(content)
    name = profile["name"].encode()
    if kind == VERSION:
        name = bytes.fromhex(profile["uid"]) + u64(version)
    demand(kind in (PROFILE, VERSION) and number == row_id(keys.index, kind, name),
           "a row in the wrong place")
    demand(profile["version"] == version, "a card of another version")
    profile["secret"] = password(secret)
    return kind, dek, profile


def open_policy(tables, state, keys):
    """Its rules; without one there is no row."""
    number = row_id(keys.index, POLICY, b"policy")
    if number not in tables["obj"]:
        return []
    kind, _, _, content, secret = open_row(state, number, tables["obj"].pop(number), keys.wrap)
    demand(kind == POLICY and secret == b"", "the row of the policy")
    return policy(content)


KEPT = ("used", "worked", "rejected")


def open_tokens_kept(profile, dek, log):
    """What the log keeps of a login by OAuth2."""
    which = u64(profile["authorized"])
    profile["access_ends"] = log.last_time(low_63(kdf(dek, "oauth-end-at", which)),
                                           kdf(dek, "oauth-end", which))
    profile["login_kept"] = log.last_time(low_63(kdf(dek, "oauth-login-at", which)),
                                          kdf(dek, "oauth-login", which))
    which += blake(32, "oauth-client", *(profile["secret"].get(part, "").encode("utf-8")
                                         for part in ("client id", "token", "authorities")))
    profile["tokens"] = log.tokens(low_63(kdf(dek, "oauth-tokens-at", which)),
                                   kdf(dek, "oauth-tokens", which))


def open_rows(tables, state, keys, log):
    last_time = log.last_time if log else lambda *_: 0
    found, histories = [], {}
    for number, row in sorted(tables["obj"].items()):
        kind, dek, profile = open_profile(state, keys, number, row)
        if kind == PROFILE:
            for what in KEPT:
                profile["last_" + what] = last_time(low_63(kdf(dek, what + "-at")), kdf(dek, what))
            if log and "authorized" in profile:
                open_tokens_kept(profile, dek, log)
            found.append(profile)
        elif kind == VERSION:
            histories.setdefault(profile["uid"], []).append(profile)
    for profile in found:
        older = sorted(histories.pop(profile["uid"], []), key=lambda p: p["version"])
        if profile.get("rotation", {}).get("stage") in WAITING:
            demand(older and older[-1]["version"] == 2 ** 64 - 1, "a pending version")
            profile["pending"] = older.pop()
        demand([p["version"] for p in older] == list(range(1, profile["version"])), "a history")
        profile["history"] = older
    demand(not histories, "versions without a profile")
    return sorted(found, key=lambda p: p["name"].encode())


def check_anchor(folder, tables, state):
    data = (pathlib.Path(folder) / "anchor").read_bytes()
    demand(len(data) == 193 and data[:9] == b"svanchor\1", "not an anchor")
    demand(data[161:] == blake(32, "anchor", data[:161]), "the checksum of the anchor")
    r = Reader(data[9:161], "the anchor")
    epoch, seq, chain, verify_key = r.number(8), r.number(8), r.take(32), r.take(32)
    demand(epoch <= state.epoch and seq <= state.seq, "the vault is older than the anchor")
    state.follows(tables["hist"], seq, chain, verify_key)
    return r.take(16), r.number(8), r.take(32)


def check_marks(log, leaves, marks):
    for log_id, size, top in marks:
        if log_id == log.id:
            demand(size <= log.size and root(leaves[:size]) == top, "the log is not the one seen")


def read_tables(path):
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    demand(db.execute("PRAGMA application_id").fetchone()[0] == 0x736d7476, "application id")
    demand(db.execute("PRAGMA user_version").fetchone()[0] == 1, "user_version")
    demand([s for s, in db.execute("SELECT sql FROM sqlite_schema ORDER BY rowid")] == SCHEMA,
           "the schema")
    return {name: dict(db.execute(f"SELECT {key}, v FROM {name}")) for name, key in TABLES}


def show(profile, reveal):
    profile = dict(profile)
    secret, tokens = profile.pop("secret"), profile.pop("tokens", None)
    if reveal:
        profile["secret"] = secret if isinstance(secret, dict) else \
            secret.decode("utf-8", "backslashreplace")
        profile["tokens"] = tokens
    if "pending" in profile:
        profile["pending"] = show(profile["pending"], reveal)
    if "history" in profile:
        profile["history"] = [show(p, reveal) for p in profile["history"]]
    return profile


def way_of(options):
    passphrase = None
    if options.passphrase:
        passphrase = options.passphrase.read_bytes()
        passphrase = passphrase[:-1] if passphrase.endswith(b"\n") else passphrase
    if options.identity:
        return Way(identity=identity_open(options.identity.read_bytes(), passphrase))
    if options.share:
        return Way(recovery=recover([share(f.read_text()) for f in options.share]))
    keyfile = keyfile_hash(options.keyfile.read_bytes()) if options.keyfile else None
    return Way(passphrase=passphrase, keyfile=keyfile)


def decode(options):
    tables = read_tables(options.vault)
    state = State(tables)
    demand(set(tables["hist"]) == set(range(1, state.seq + 1)), "the history has a gap")
    demand(tables["hist"][state.seq][:32] == state.h, "the history's end")
    state.proved(tables["hist"])
    check_tree(tables, state.root)
    if options.token:
        text = options.token.read_bytes().removesuffix(b"\n")
        return [{"profile": show(p, options.reveal)} for p in open_as_holder(tables, state, text)]
    keys = unlock(tables, state, way_of(options))
    log, entries, profiles, slots, tokens, rules = None, [], [], [], [], []
    if keys.directory:
        slots, tokens = open_directory(tables, state, keys)
    if options.state:
        mark = check_anchor(options.state, tables, state)
        log = Log(options.state, state.vault_id, keys.audits)
        if keys.audits:
            entries, _, leaves = log.verify()
            check_marks(log, leaves, (mark, state.log))
    if keys.wrap:
        rules = open_policy(tables, state, keys)
        profiles = open_rows(tables, state, keys, log)
    lines = [{"profile": show(p, options.reveal)} for p in profiles]
    lines += [{"slot": s} for s in slots] + [{"token": t} for t in tokens]
    lines += [{"rule": rule} for rule in rules] + [{"entry": e} for e in entries]
    lines.append({"summary": {"vault": state.vault_id.hex(), "epoch": state.epoch,
                              "seq": state.seq, "profiles": len(profiles), "slots": len(slots),
                              "entries": len(entries)}})
    return lines


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--passphrase", type=pathlib.Path)
    parser.add_argument("--keyfile", type=pathlib.Path)
    parser.add_argument("--identity", type=pathlib.Path)
    parser.add_argument("--share", type=pathlib.Path, action="append")
    parser.add_argument("--token", type=pathlib.Path)
    parser.add_argument("--state", type=pathlib.Path)
    parser.add_argument("--reveal", action="store_true")
    parser.add_argument("vault", type=pathlib.Path)
    try:
        lines = decode(parser.parse_args())
    except Refused as fault:
        sys.exit(f"decode: {fault}")
    for line in lines:
        print(json.dumps(line, ensure_ascii=False))


if __name__ == "__main__":
    main()
