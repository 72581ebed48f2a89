#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""iam_server: as much of AWS's IAM as a rotation needs, on loopback, and SES's users as its mail
server has them: of each access key one line of a passwd-file with the SMTP password that SES
derives from its secret for one region.

  iam_server.py FOLDER USERS REGION

FOLDER/keys has "ID SECRET" a line; it is read again for each call, and written. FOLDER/port gets
the port, FOLDER/calls a line for each call. FOLDER/mood has the statuses
that the next calls are answered with, one a line, "-" as they should be. A signature that does not fit is refused.
"""
import base64
import hashlib
import hmac
import http.server
import os
import pathlib
import re
import secrets
import sys
import urllib.parse

FOLDER, USERS, REGION = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]


def keys():
    return dict(line.split() for line in (FOLDER / "keys").read_text().splitlines())


def mac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def smtp_password(secret):
    key = ("AWS4" + secret).encode()
    for part in ("11111111", REGION, "ses", "aws4_request", "SendRawEmail"):
        key = mac(key, part)
    return base64.b64encode(b"\x04" + key).decode()


def keep(now):
    (FOLDER / "keys.new").write_text("".join(f"{k} {v}\n" for k, v in now.items()))
    os.replace(FOLDER / "keys.new", FOLDER / "keys")
    others = [line for line in USERS.read_text().splitlines() if not line.startswith("AKIA")]
    lines = others + [f"{k}:{{PLAIN}}{smtp_password(v)}" for k, v in now.items()]
    new = USERS.with_name("users.iam")
    new.write_text("\n".join(lines) + "\n")
    was = USERS.stat()
    os.chown(new, was.st_uid, was.st_gid)
    os.chmod(new, was.st_mode & 0o777)
    os.utime(new, (was.st_mtime + 1, int(was.st_mtime) + 1))
    os.replace(new, USERS)


def signer(handler, body):
    """The id of the key that signed the call (Signature Version 4); None: none did."""
    found = re.fullmatch(r"AWS4-HMAC-SHA256 Credential=(\w+)/(\d{8})/([\w-]+)/iam/aws4_request, *"
                         r"SignedHeaders=([\w;-]+), *Signature=([0-9a-f]{64})",
                         handler.headers.get("Authorization", ""))
    if not found or found[1] not in keys() or "host" not in found[4].split(";"):
        return None
    heads = "".join(f"{h}:{handler.headers[h].strip()}\n" for h in found[4].split(";"))
    request = "\n".join(["POST", "/", "", heads, found[4], hashlib.sha256(body).hexdigest()])
    scope = f"{found[2]}/{found[3]}/iam/aws4_request"
    key = ("AWS4" + keys()[found[1]]).encode()
    for part in scope.split("/"):
        key = mac(key, part)
    what = "\n".join(["AWS4-HMAC-SHA256", handler.headers["X-Amz-Date"], scope,
                      hashlib.sha256(request.encode()).hexdigest()])
    return found[1] if hmac.compare_digest(mac(key, what).hex(), found[5]) else None


def act(ask, who):
    """Status and answer of one action."""
    now, action = keys(), ask["Action"]
    if action == "CreateAccessKey":
        if len(now) >= 2:
            return 409, error("LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2")
        made = "AKIA" + "".join(secrets.choice("ABCDEFGHIJ234567") for _ in range(16))
        now[made] = base64.b64encode(secrets.token_bytes(30)).decode()
        keep(now)
        return 200, ("<CreateAccessKeyResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">"
                     "<CreateAccessKeyResult><AccessKey><UserName>mail</UserName>"
                     f"<AccessKeyId>{made}</AccessKeyId><Status>Active</Status>"
                     f"<SecretAccessKey>{now[made]}</SecretAccessKey></AccessKey>"
                     "</CreateAccessKeyResult></CreateAccessKeyResponse>")
    if action == "DeleteAccessKey":
        if now.pop(ask["AccessKeyId"], None) is None:
            return 404, error("NoSuchEntity", "there is no such key")
        keep(now)
        return 200, "<DeleteAccessKeyResponse/>"
    if action == "ListAccessKeys":
        return 200, ("<ListAccessKeysResponse><ListAccessKeysResult><AccessKeyMetadata>"
                     + "".join(f"<member><AccessKeyId>{k}</AccessKeyId></member>" for k in now)
                     + "</AccessKeyMetadata></ListAccessKeysResult></ListAccessKeysResponse>")
    return 400, error("InvalidAction", f"{who} asks for what is not here")


def mood():
    path = FOLDER / "mood"
    first, *rest = path.read_text().split() if path.exists() else ["-"]
    path.write_text("\n".join(rest or ["-"]))
    return first


def error(code, message):
    return f"<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        ask = dict(urllib.parse.parse_qsl(body.decode()))
        who = signer(self, body)
        moods = mood()
        if moods != "-":
            status, answer = int(moods), "not now"
        elif who is None:
            status, answer = 403, error("InvalidClientTokenId", "the signature does not fit")
        else:
            status, answer = act(ask, who)
        with open(FOLDER / "calls", "a", encoding="utf-8") as f:
            f.write(f'{ask["Action"]} {ask.get("AccessKeyId", "-")} {who} {status}\n')
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer.encode())

    def log_message(self, *_):
        pass


keep(keys())
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
(FOLDER / "port.new").write_text(str(server.server_address[1]))
os.replace(FOLDER / "port.new", FOLDER / "port")
server.serve_forever()
