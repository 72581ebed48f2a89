#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""oauth_server: a provider of OAuth2 on loopback, which can misbehave in each way.

  oauth_server.py FOLDER [CERT KEY [CERT KEY]...]

One port of plain HTTP and one of TLS a certificate; FOLDER/ports names them, in that order,
when all of them answer. FOLDER/log gets one line a request: its path and its form or query.

  /token              RFC 6749: refresh_token, authorization_code with PKCE, device_code
  /authorize          says yes at once, and redirects with a code
  /device             RFC 8628; FOLDER/device is what the polls are told, a word each, the last
                      one again and again: "pending" (also when there is no file), "slow",
                      "down", "denied", "expired", "yes". With a scope: FOLDER/device.SCOPE
  /introspect         RFC 7662, for Dovecot: which user an access token is good for
  /token/FAULT        a token endpoint with that fault, a name in FAULTS
  /get/...            for requests without a secret

FOLDER/refresh is the refresh token that is good; each use rotates it when FOLDER/rotate is
there. FOLDER/told are more members of the answer, as JSON. FOLDER/life is how many seconds an access token is good for, FOLDER/down makes the token
endpoint answer 503, FOLDER/slow makes it wait that many seconds. Access tokens stand in
FOLDER/access, with their end.
"""
import base64
import hashlib
import http.server
import json
import os
import pathlib
import secrets
import ssl
import sys
import threading
import time
import urllib.parse

USER = "alice@example.test"
FOLDER = pathlib.Path(sys.argv[1])
LOCK = threading.Lock()
CODES = {}
JSON = "application/json"
GOOD = {"access_token": "good-token", "token_type": "Bearer", "expires_in": 3600}


def read(name, otherwise=""):
    try:
        return (FOLDER / name).read_text(encoding="utf-8").strip()
    except OSError:
        return otherwise


def write(name, text):
    new = FOLDER / (name + ".new")
    new.write_text(text, encoding="utf-8")
    os.replace(new, FOLDER / name)


def changed(**members):
    """GOOD with members changed; None takes one away."""
    return 200, JSON, {k: v for k, v in {**GOOD, **members}.items() if v is not None}


def error(code, status=400, **more):
    return status, JSON, {"error": code, **more}


# What each misbehaving token endpoint answers: status, type, body (an object is JSON).
FAULTS = {
    "good": changed(),
    "rotated": changed(refresh_token="rotated-token", scope="mail.send offline"),
    "untold": changed(expires_in=None),
    "string-expiry": changed(expires_in="1800"),
    "lower-case": changed(token_type="bearer"),
    "null-refresh": changed(refresh_token=None) [:2] + ({**GOOD, "refresh_token": None},),
    "no-token": changed(access_token=None),
    "empty-token": changed(access_token=""),
    "number-token": changed(access_token=12345),
    "blank-token": changed(access_token="two words"),
    "control-token": changed(access_token="good\u0001auth=Bearer other"),
    "newline-token": changed(access_token="good\r\nRSET"),
    "long-token": changed(access_token="x" * 8193),
    "longest-token": changed(access_token="x" * 8192),
    "mac-type": changed(token_type="mac"),
    "no-type": changed(token_type=None),
    "negative": changed(expires_in=-1),
    "zero": changed(expires_in=0),
    "endless": changed(expires_in=10 ** 18),
    "huge": (200, JSON, '{"access_token":"a","token_type":"Bearer","expires_in":1e400}'),
    "fraction": changed(expires_in=0.5),
    "words-expiry": changed(expires_in="soon"),
    "list-refresh": changed(refresh_token=["a"]),
    "html": (200, "text/html", "<html>please log in to the hotel's network</html>"),
    "html-as-json": (200, JSON, "<html>hello</html>"),
    "json-as-html": (200, "text/html", GOOD),
    "array": (200, JSON, "[1,2,3]"),
    "empty": (200, JSON, ""),
    "deep": (200, JSON, "[" * 100000),
    "twice": (200, JSON, '{"access_token":"a","access_token":"b","token_type":"Bearer"}'),
    "binary": (200, JSON, b"\x00\xff\xfe\x80" * 100),
    "big": (200, JSON, '{"pad":"' + "x" * 10_000_000 + '"}'),
    "error-as-success": (200, JSON, {"error": "invalid_grant"}),
    "invalid-grant": error("invalid_grant", error_description="Token has been expired or revoked."),
    "invalid-grant-401": error("invalid_grant", 401),
    "invalid-grant-500": error("invalid_grant", 500),
    "invalid-client": error("invalid_client", 401),
    "unauthorized-client": error("unauthorized_client"),
    "invalid-scope": error("invalid_scope"),
    "invalid-request": error("invalid_request"),
    "access-denied": error("access_denied"),
    "interaction": error("interaction_required", error_description="AADSTS50076: multi-factor"),
    "pending": error("authorization_pending"),
    "temporarily": error("temporarily_unavailable"),
    "unknown-error": error("teapot", error_description="\x1b[31mred\x1b[0m and \u202eback"),
    "number-error": (400, JSON, {"error": 7}),
    "html-error": (403, "text/html", "<html>blocked</html>"),
    "busy": (503, "text/html", "<html>busy</html>"),
    "too-many": error("invalid_grant", 429),
}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def send(self, status, kind, body, **headers):
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
        if isinstance(body, str):
            body = body.encode()
        self.send_response(status)
        if kind:
            self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def note(self, words):
        with LOCK, open(FOLDER / "log", "a", encoding="utf-8") as log:
            log.write(f"{self.command} {self.path.split('?')[0]} {words}\n")

    def form(self):
        text = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        return dict(urllib.parse.parse_qsl(text, keep_blank_values=True)), text

    # ---- the ways that answers go wrong on their way ----

    def lie_of_length(self):
        body = json.dumps(GOOD)
        self.wfile.write(f"HTTP/1.1 200 OK\r\nContent-Type: {JSON}\r\nContent-Length: 100000\r\n\r\n"
                         f"{body}".encode())
        self.close_connection = True

    def stream(self):
        self.wfile.write(f"HTTP/1.1 200 OK\r\nContent-Type: {JSON}\r\n\r\n".encode())
        try:
            while True:
                self.wfile.write(b'{"a":' * 4096)
        except OSError:
            pass
        self.close_connection = True

    def endless_header(self):
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        try:
            while True:
                self.wfile.write(b"X-More: " + b"x" * 4096 + b"\r\n")
        except OSError:
            pass
        self.close_connection = True

    def silent(self):
        time.sleep(30)
        self.close_connection = True

    def no_http(self):
        self.wfile.write(b"220 mail.example.test ESMTP\r\n")
        self.close_connection = True

    def hang_up(self):
        self.close_connection = True

    def bomb(self):
        import gzip
        self.send(200, JSON, gzip.compress(b" " * 50_000_000), **{"Content-Encoding": "gzip"})

    def echo(self, grant):
        self.send(*error("invalid_grant", error_description=f"token {grant} is dead"))

    # ---- what a provider does ----

    def token(self, form):
        if read("slow"):
            time.sleep(float(read("slow")))
        if (FOLDER / "down").exists():
            return 503, "text/plain", "down"
        if form.get("client_id") != "test-client" or form.get("client_secret", "s3cret&=") != "s3cret&=":
            return error("invalid_client", 401)
        grant = form.get("grant_type")
        if grant == "refresh_token":
            return self.refreshed(form)
        if grant == "authorization_code":
            return self.code_given(form)
        if grant == "urn:ietf:params:oauth:grant-type:device_code":
            return self.device_given(form)
        return error("unsupported_grant_type")

    def issue(self, **more):
        access = "at-" + secrets.token_urlsafe(24)
        life = int(read("life", "3600"))
        with LOCK, open(FOLDER / "access", "a", encoding="utf-8") as out:
            out.write(f"{access} {time.time() + life}\n")
        more.update(json.loads(read("told", "{}")))
        return changed(access_token=access, expires_in=life, scope="mail.send", **more)

    def refreshed(self, form):
        with LOCK:
            good = read("refresh")
            if form.get("refresh_token") != good or not good:
                return error("invalid_grant", error_description="Token has been revoked.")
            rotated = None
            if (FOLDER / "rotate").exists():
                rotated = "rt-" + secrets.token_urlsafe(16)
                write("refresh", rotated)
        return self.issue(refresh_token=rotated)

    def first_refresh(self):
        with LOCK:
            token = "rt-" + secrets.token_urlsafe(16)
            write("refresh", token)
        return self.issue(refresh_token=token)

    def code_given(self, form):
        with LOCK:
            asked = CODES.pop(form.get("code"), None)
        proof = base64.urlsafe_b64encode(
            hashlib.sha256(form.get("code_verifier", "").encode()).digest()).rstrip(b"=").decode()
        if asked is None or asked["redirect_uri"] != form.get("redirect_uri") or \
                asked["code_challenge"] != proof or asked["code_challenge_method"] != "S256":
            return error("invalid_grant")
        return self.first_refresh()

    def device_given(self, form):
        code = form.get("device_code", "")
        if not code.startswith("device-code"):
            return error("invalid_grant")
        name = "device" + code.removeprefix("device-code")
        with LOCK:
            state, *later = read(name, "pending").split()
            if later:
                write(name, " ".join(later))
        if state == "yes":
            return self.first_refresh()
        if state == "down":
            return 503, "text/plain", "down"
        return error({"pending": "authorization_pending", "slow": "slow_down",
                      "denied": "access_denied", "expired": "expired_token"}[state])

    def authorize(self, query):
        want = dict(urllib.parse.parse_qsl(query))
        back = {"state": want.get("state", "")}
        if read("authorize") == "denied":
            back.update(error="access_denied", error_description="The user said no.")
        else:
            code = "code/+" + secrets.token_urlsafe(16)
            with LOCK:
                CODES[code] = want
            back["code"] = code
        self.send(302, None, b"", Location=want["redirect_uri"] + "?" + urllib.parse.urlencode(back))

    def device(self, form):
        if form.get("client_id") != "test-client":
            self.send(*error("invalid_client", 401))
            return
        scope = form.get("scope")
        self.send(200, JSON, {"device_code": "device-code" + (f".{scope}" if scope else ""),
                              "user_code": "WDJB-MJHT",
                              "verification_uri": "https://provider.example/device",
                              "verification_uri_complete":
                              "https://provider.example/device?user_code=WDJB-MJHT",
                              "expires_in": 900, "interval": 1})

    def introspect(self, query, form):
        token = form.get("token") or dict(urllib.parse.parse_qsl(query)).get("token") or \
            self.headers.get("Authorization", "").removeprefix("Bearer ")
        for line in read("access").splitlines():
            known, end = line.split()
            if known == token and float(end) > time.time():
                self.send(200, JSON, {"active": True, "email": USER, "username": USER,
                                      "scope": "mail.send", "client_id": "test-client"})
                return
        self.send(200, JSON, {"active": False})

    def do_POST(self):
        form, text = self.form()
        self.note(text)
        path, _, query = self.path.partition("?")
        fault = path.removeprefix("/token/")
        if path == "/token":
            self.send(*self.token(form))
        elif path == "/device":
            self.device(form)
        elif path == "/introspect":
            self.introspect(query, form)
        elif fault == "echo":
            self.echo(form.get("refresh_token", ""))
        elif fault == "redirect":
            self.send(307, None, b"", Location="/token/good")
        elif fault in FAULTS:
            self.send(*FAULTS[fault])
        elif hasattr(self, fault.replace("-", "_")):
            getattr(self, fault.replace("-", "_"))()
        else:
            self.send(404, "text/plain", b"no such endpoint")

    def do_GET(self):
        path, _, query = self.path.partition("?")
        self.note(query)
        word = path.removeprefix("/get/")
        if path == "/authorize":
            self.authorize(query)
        elif path == "/introspect":
            self.introspect(query, {})
        elif word.startswith("hops-"):
            left = int(word.removeprefix("hops-"))
            if left == 0:
                self.send(200, "text/xml", b"<arrived/>")
            else:
                self.send(302, None, b"", Location=f"/get/hops-{left - 1}")
        elif word == "to":
            self.send(301, None, b"", Location=urllib.parse.unquote(query))
        elif word.startswith("bytes-"):
            self.send(200, "text/plain", b"x" * int(word.removeprefix("bytes-")))
        elif word == "escape-type":
            self.send(200, "text/\x1b[31mred", b"x")
        elif hasattr(self, word.replace("-", "_")):
            getattr(self, word.replace("-", "_"))()
        else:
            self.send(404, "text/plain", b"nothing here")


def serve(certificate=None):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        # The handshake belongs to the thread of its connection.
        server.socket = context.wrap_socket(server.socket, server_side=True,
                                            do_handshake_on_connect=False)
    server.handle_error = lambda *_: None
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return str(server.server_address[1])


def main():
    pairs = list(zip(sys.argv[2::2], sys.argv[3::2]))
    ports = [serve()] + [serve(pair) for pair in pairs]
    write("ports", " ".join(ports) + "\n")
    threading.Event().wait()


main()
