#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""nss_profile: makes a profile's folder as Thunderbird has it, with key4.db and cert9.db by the
libnss3 of this machine, and logins.json with what that encrypts.

  nss_profile.py FOLDER [PASSWORD] <LOGINS      a primary password is set when one is given

LOGINS: lines "hostname TAB realm TAB user name TAB password".
"""
import base64
import ctypes
import json
import os
import sys


class Item(ctypes.Structure):
    """SECItem of NSS."""
    _fields_ = [("type", ctypes.c_uint), ("data", ctypes.c_void_p), ("len", ctypes.c_uint)]


def start(folder, password):
    nss = ctypes.CDLL("libnss3.so")
    nss.PK11_GetInternalKeySlot.restype = ctypes.c_void_p
    if nss.NSS_InitReadWrite(b"sql:" + os.fsencode(folder)) != 0:
        sys.exit(f"nss_profile: NSS makes no database in {folder}")
    slot = ctypes.c_void_p(nss.PK11_GetInternalKeySlot())
    if nss.PK11_InitPin(slot, None, password) != 0:
        sys.exit("nss_profile: NSS sets no password")
    if password and nss.PK11_CheckUserPassword(slot, password) != 0:
        sys.exit("nss_profile: NSS does not take its password")
    return nss


def encrypt(nss, text):
    data = text.encode()
    buffer = ctypes.create_string_buffer(data, len(data))
    item = Item(0, ctypes.cast(buffer, ctypes.c_void_p), len(data))
    default, out = Item(), Item()
    if nss.PK11SDR_Encrypt(ctypes.byref(default), ctypes.byref(item), ctypes.byref(out), None) != 0:
        sys.exit("nss_profile: NSS encrypts nothing")
    return base64.b64encode(ctypes.string_at(out.data, out.len)).decode()


def main():
    folder, password = sys.argv[1], sys.argv[2].encode() if len(sys.argv) > 2 else b""
    os.makedirs(folder, mode=0o700, exist_ok=True)
    nss = start(folder, password)
    logins = []
    for line in sys.stdin.read().splitlines():
        host, realm, user, secret = line.split("\t")
        logins.append({"id": len(logins) + 1, "hostname": host, "httpRealm": realm,
                       "formSubmitURL": None, "usernameField": "", "passwordField": "",
                       "encryptedUsername": encrypt(nss, user),
                       "encryptedPassword": encrypt(nss, secret), "encType": 1,
                       "timeCreated": 1700000000000, "timePasswordChanged": 1700000000123})
    with open(os.path.join(folder, "logins.json"), "w", encoding="utf-8") as f:
        json.dump({"nextId": len(logins) + 1, "logins": logins, "version": 3}, f)
    if nss.NSS_Shutdown() not in (0, -1):
        sys.exit("nss_profile: NSS does not end")


main()
