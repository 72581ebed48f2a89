# SPDX-License-Identifier: ISC
"""primitives: NOTATION and KEY SLOTS of smtpvault-store(5), and nothing of the C code."""
import hashlib
import hmac
import struct

import argon2.low_level as argon2
import nacl.bindings as sodium

SUITE = 1
NO_PSK = bytes(32)


class Refused(Exception):
    """The file is not what the page says."""


def demand(true, why):
    if not true:
        raise Refused(why)


def u32(n):
    return struct.pack("<I", n)


def u64(n):
    return struct.pack("<Q", n & 0xFFFFFFFFFFFFFFFF)


class Reader:
    """Bytes from left to right; a read past the end is refused."""

    def __init__(self, data, what):
        self.data, self.at, self.what = data, 0, what

    def take(self, n):
        demand(self.at + n <= len(self.data), f"{self.what} is cut short")
        self.at += n
        return self.data[self.at - n:self.at]

    def number(self, n):
        return int.from_bytes(self.take(n), "little")

    def left(self):
        return len(self.data) - self.at

    def end(self):
        demand(self.left() == 0, f"{self.what} has bytes too many")


# ---- hashes and derived keys ----

def frame(data):
    return u32(len(data)) + data


def blake(size, label, *fields, key=b""):
    text = b"".join(map(frame, (b"smtpvault/1", bytes([SUITE]), label.encode(), *fields)))
    return hashlib.blake2b(text, digest_size=size, key=key).digest()


def kdf(key, label, detail=b""):
    return blake(32, label, detail, key=key)


# ---- boxes ----

def context(vault_id, kind, epoch=0, row=0, version=0, field=0, role=0):
    return (bytes([SUITE]) + vault_id + u64(epoch) + bytes([kind]) + u64(row) + u64(version)
            + bytes([field, role]))


def padded_len(n):
    for size in (256, 512, 1024, 2048, 4096, 8192, 16384):
        if n < size:
            return size
    return (n // 16384 + 1) * 16384


def unpad(data):
    text = data.rstrip(b"\0")
    demand(text.endswith(b"\x80"), "padding")
    demand(padded_len(len(text) - 1) == len(data), "padding of an odd length")
    return text[:-1]


def cseal_open(key, ctx, box, padded=False):
    demand(len(box) >= 73 and box[0] == 1, "a box of an unknown form")
    nonce, commitment, cipher = box[1:25], box[25:57], box[57:]
    both = blake(64, "cseal", nonce, ctx, key=key)
    demand(hmac.compare_digest(both[32:], commitment), "a box of another key or place")
    try:
        plain = sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(cipher, ctx, nonce, both[:32])
    except Exception as fault:
        raise Refused("an altered box") from fault
    return unpad(plain) if padded else plain


def pkseal_open(secret_key, psk, ctx, box, padded=False):
    demand(len(box) >= 105, "a box that is too short")
    ephemeral, mine = box[:32], sodium.crypto_scalarmult_base(secret_key)
    try:
        shared = sodium.crypto_scalarmult(secret_key, ephemeral)
    except Exception as fault:
        raise Refused("a point of low order") from fault
    key = blake(32, "pkseal", shared, ephemeral, mine, ctx, key=psk)
    return cseal_open(key, ctx, box[32:], padded)


def signature_holds(public, signature, label, message):
    digest = blake(64, "sign", label.encode(), message)
    try:
        sodium.crypto_sign_open(signature + digest, public)
    except Exception:
        return False
    return True


# ---- key slots ----

def argon2id(passphrase, salt, passes, memory, lanes, secret, ad):
    ffi = argon2.ffi
    out = ffi.new("uint8_t[]", 32)
    keep = {name: ffi.new("uint8_t[]", data) for name, data in
            (("pwd", passphrase), ("salt", salt), ("secret", secret), ("ad", ad))}
    settings = ffi.new("argon2_context *", {
        "out": out, "outlen": 32, "pwd": keep["pwd"], "pwdlen": len(passphrase),
        "salt": keep["salt"], "saltlen": len(salt),
        "secret": keep["secret"] if secret else ffi.NULL, "secretlen": len(secret),
        "ad": keep["ad"], "adlen": len(ad), "t_cost": passes, "m_cost": memory, "lanes": lanes,
        "threads": lanes, "version": 0x13, "allocate_cbk": ffi.NULL, "free_cbk": ffi.NULL,
        "flags": 0})
    demand(argon2.core(settings, argon2.Type.ID.value) == 0, "Argon2id failed")
    return bytes(ffi.buffer(out, 32))


def argon2_cost_fits(passes, memory, lanes):
    return 3 <= passes <= 64 and 65536 <= memory <= 4194304 and 1 <= lanes <= 16


def keyfile_hash(content):
    return blake(32, "keyfile", content)


class Way:
    """What is presented to the slots: the bytes of one way in, the others None."""

    def __init__(self, passphrase=None, keyfile=None, identity=None, recovery=None):
        self.passphrase, self.keyfile = passphrase, keyfile
        self.identity, self.recovery = identity, recovery

    def suits(self, kind):
        wanted = {1: ("passphrase",), 2: ("keyfile",), 3: ("passphrase", "keyfile"),
                  4: ("identity",), 5: ("recovery",)}[kind]
        return all((value is not None) == (name in wanted) for name, value in vars(self).items())


def slot_seed(kind, head, seed_box, vault_id, number, way):
    passes, memory, lanes = struct.unpack("<III", head[4:16])
    salt, binding = head[16:], vault_id + u32(number) + head
    place = context(vault_id, 1, row=number, role=head[3])
    if kind in (1, 3):
        demand(argon2_cost_fits(passes, memory, lanes), "Argon2id parameters out of range")
        key = argon2id(way.passphrase, salt, passes, memory, lanes, way.keyfile or b"", binding)
    else:
        demand(passes == memory == lanes == 0, "Argon2id parameters in a slot without it")
    if kind == 4:
        return pkseal_open(way.identity, blake(32, "identity-slot", binding), place, seed_box)
    if kind == 2:
        key = blake(32, "keyfile-slot", vault_id, u64(number), salt, key=way.keyfile)
    if kind == 5:
        key = blake(32, "recovery-slot", vault_id, u64(number), salt, key=way.recovery)
    return cseal_open(kdf(key, "slot", binding), place, seed_box)


def slot_open(row, vault_id, epoch, number, way):
    """(role, content of the bundle), or None when the slot wants another kind of key."""
    demand(len(row) <= 8192, "a slot that is too long")
    r = Reader(row, "a slot")
    head = r.take(48)
    demand(head[0] == 1 and head[1] == SUITE, "a slot of an unknown version or suite")
    kind, role = head[2], head[3]
    demand(1 <= kind <= 5 and 1 <= role <= 4, "a slot of an unknown type or role")
    seed_box, bundle = r.take(137 if kind == 4 else 105), r.take(r.number(4))
    r.end()
    if not way.suits(kind):
        return None
    seed = slot_seed(kind, head, seed_box, vault_id, number, way)
    ctx = context(vault_id, 2, epoch=epoch, row=number, role=role)
    return role, pkseal_open(kdf(seed, "x25519"), kdf(seed, "psk"), ctx, bundle, padded=True)
