#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""fault_server: a server on loopback that fails as asked, so that a login test can be
held to what it says.

  fault_server.py FOLDER SCENARIO...

serves each scenario on a port of its own until it is told to end, and prints one line
"SCENARIO PORT" each, then "ready". FOLDER holds the certificates of certs.sh. What the
clients sent goes to FOLDER/SCENARIO.log, one line a command, so that a test can tell what
was never sent.
"""
import base64
import pathlib
import re
import socket
import ssl
import sys
import threading

CAPABILITIES = ["localhost", "PIPELINING", "8BITMIME"]
TOKEN_FAULT = b'{"status":"400","schemes":"Bearer","scope":"https://mail.example/"}'


class Scenario:
    """What differs from a server that works: each has a line in SCENARIOS."""

    def __init__(self, greeting="220 localhost ESMTP", implicit=False, starttls=True,
                 auth="AUTH PLAIN LOGIN", answer="235 2.7.0 Authentication successful",
                 certificate="good", tls=None, silent=False, closes=False, extra=(),
                 starttls_answer="220 2.0.0 Ready", drops_at=None, echo=False, inject=False,
                 full=False, ehlo=None, other="250 2.0.0 OK", token=None, recorded=False,
                 endless=None, only=None):
        self.greeting, self.implicit, self.starttls = greeting, implicit, starttls
        self.auth, self.answer, self.certificate, self.tls = auth, answer, certificate, tls
        self.silent, self.closes, self.extra = silent, closes, list(extra)
        self.starttls_answer, self.drops_at = starttls_answer, drops_at
        self.echo, self.inject, self.full = echo, inject, full
        self.ehlo, self.other = ehlo, other      # answers to EHLO, and to what is not listed
        self.token, self.recorded = token, recorded  # see Session.answer_auth
        self.only = only                         # the one password that AUTH PLAIN takes
        self.endless = endless                   # "line" or "lines" without end, at EHLO


SCENARIOS = {
    "ok-starttls": Scenario(),
    "ok-implicit": Scenario(implicit=True),
    "ok-login-only": Scenario(auth="AUTH LOGIN"),
    "ok-cram-offered": Scenario(auth="AUTH CRAM-MD5 DIGEST-MD5 PLAIN LOGIN"),
    "moody": Scenario(),  # whichever the file FOLDER/mood names
    "takes-first": Scenario(auth="AUTH PLAIN", only="first-one"),
    "takes-second": Scenario(auth="AUTH PLAIN", only="second-one"),
    "other-authority": Scenario(auth="AUTH CRAM-MD5 PLAIN", certificate="second/good"),
    "full": Scenario(full=True),
    "silent": Scenario(silent=True),
    "silent-implicit": Scenario(implicit=True, silent=True),
    "closes": Scenario(closes=True),
    "busy": Scenario(greeting="421 4.3.2 localhost Too many connections, try again later"),
    "unwelcome": Scenario(greeting="554 5.7.1 localhost No SMTP service for [192.0.2.7]"),
    "imap": Scenario(greeting="* OK [CAPABILITY IMAP4rev1] Dovecot ready."),
    "ssh": Scenario(greeting="SSH-2.0-OpenSSH_9.2p1 Debian-2"),
    "garbage": Scenario(greeting="\x1b[2J\x00\xff\xfe what is this"),
    "no-starttls": Scenario(starttls=False),
    "stripped": Scenario(starttls=False, extra=["XXXXXXXA"]),
    "starttls-busy": Scenario(starttls_answer="454 4.7.0 TLS not available due to local problem"),
    "starttls-dropped": Scenario(drops_at="STARTTLS"),
    "injected": Scenario(inject=True),
    "no-auth": Scenario(auth=None),
    "scram-only": Scenario(auth="AUTH SCRAM-SHA-256"),
    "oauth-only": Scenario(auth="AUTH XOAUTH2"),
    "wrong-secret": Scenario(answer="535 5.7.8 Error: authentication failed: UGFzc3dvcmQ6"),
    "wrong-kind": Scenario(answer="534-5.7.9 Application-specific password required. Learn more"
                                  " at|534 5.7.9 https://support.google.com/mail/"
                                  "?p=InvalidSecondFactor ffacd0b85a97d-385d54051c6sm2954.41"),
    "disabled": Scenario(auth="AUTH LOGIN XOAUTH2",
                         answer="535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication"
                                " is disabled for the Tenant. Visit https://aka.ms/smtp_auth_disabled"
                                " [AM0PR01CA0123.eurprd01.prod.exchangelabs.com]"),
    "locked": Scenario(answer="535 5.7.139 Authentication unsuccessful, account locked. Contact"
                              " your administrator."),
    "rate-limited": Scenario(answer="454 4.7.0 Too many login attempts, please try again later."),
    "temporary": Scenario(answer="454 4.7.0 Temporary authentication failure"),
    "closing": Scenario(answer="421 4.7.0 localhost Error: too busy"),
    "drops-at-auth": Scenario(drops_at="AUTH"),
    "token-refused": Scenario(auth="AUTH XOAUTH2", token=TOKEN_FAULT,
                              answer="535 5.7.8 Username and Password not accepted."),
    "token-bearer": Scenario(auth="AUTH OAUTHBEARER",
                             token=b'{"status":"invalid_token","scope":"mail"}',
                             answer="535 5.7.8 Authentication failed"),
    "recorded": Scenario(recorded=True, auth="AUTH PLAIN LOGIN XOAUTH2"),
    "echo": Scenario(auth="AUTH LOGIN", echo=True),
    "silent-at-auth": Scenario(answer=""),
    "escape": Scenario(answer="535 5.7.8 \x1b[31m\x1b]0;owned\x07 no"),
    "early-235": Scenario(auth=None, other="235 2.7.0 Authentication successful"),
    "mixed": Scenario(answer="535-5.7.8 no|235 2.7.0 Authentication successful"),
    "endless-line": Scenario(endless="line"),
    "endless-lines": Scenario(endless="lines"),
    "ehlo-refused": Scenario(ehlo="550 5.7.1 Not from here"),
    "ehlo-busy": Scenario(ehlo="421 4.3.2 Shutting down"),
    "starttls-refused": Scenario(starttls_answer="502 5.5.1 Error: command not implemented"),
    "drops-at-ehlo": Scenario(drops_at="EHLO"),
    "http": Scenario(greeting="HTTP/1.1 400 Bad Request"),
    "pop3": Scenario(greeting="+OK Dovecot ready."),
    "expired": Scenario(certificate="expired"),
    "future": Scenario(certificate="future"),
    "selfsigned": Scenario(certificate="selfsigned"),
    "wronghost": Scenario(certificate="wronghost"),
    "expired-implicit": Scenario(certificate="expired", implicit=True),
    "old-tls": Scenario(tls=ssl.TLSVersion.TLSv1_1),
    "old-tls-implicit": Scenario(tls=ssl.TLSVersion.TLSv1_1, implicit=True),
}


# The replies on record: recorded()[N] is that of line N, its lines in a list, and to what it
# was the answer.
RECORD = pathlib.Path(__file__).parents[2] / "data" / "replies.tsv"


def recorded():
    rows = {}
    for number, line in enumerate(RECORD.read_text().splitlines(), 1):
        fields = line.split("\t")
        if not line.startswith("#"):
            rows[number] = (fields[3].split("|"), fields[2])
    return rows


def context_of(folder, scenario):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if scenario.tls is not None:
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = scenario.tls
    stem = folder / scenario.certificate
    context.load_cert_chain(f"{stem}.pem", f"{stem}.key")
    return context


class Session:
    def __init__(self, folder, name, connection):
        mood = (folder / "mood").read_text().strip() if name == "moody" else name
        self.scenario = SCENARIOS[mood]
        self.folder, self.log = folder, folder / f"{name}.log"
        self.secure = False
        self.later = None  # (at, lines): what MAIL or RCPT is answered
        self.use(connection)

    def use(self, connection):
        self.connection, self.lines = connection, connection.makefile("rb")

    def start_tls(self):
        context = context_of(self.folder, self.scenario)
        self.use(context.wrap_socket(self.connection, server_side=True))
        self.secure = True

    def send(self, *lines):
        self.connection.sendall("".join(l + "\r\n" for l in lines).encode("latin-1"))

    def receive(self):
        line = self.lines.readline()
        with self.log.open("ab") as log:
            log.write(line)
        return line.decode("latin-1").strip() if line else None

    def run(self):
        s = self.scenario
        if s.closes:
            return
        if s.implicit:
            self.start_tls()
        if s.silent:
            while self.receive() is not None:
                pass
            return
        self.send(s.greeting)
        while True:
            line = self.receive()
            if line is None:
                return
            verb = line.split(" ")[0].upper()
            if verb == s.drops_at:
                return
            if not self.answer(verb, line):
                return

    def answer(self, verb, line):
        if verb in ("EHLO", "HELO") and self.scenario.endless:
            self.go_on_and_on()
        elif verb in ("EHLO", "HELO") and self.scenario.ehlo:
            self.send(self.scenario.ehlo)
        elif verb in ("EHLO", "HELO"):
            self.capabilities()
        elif verb == "STARTTLS" and self.scenario.starttls:
            return self.answer_starttls()
        elif verb == "AUTH":
            self.answer_auth(line)
        elif verb.startswith(("MAIL", "RCPT")) and self.later and \
                self.later[0] == ("sender" if verb.startswith("MAIL") else "send"):
            self.send(*self.later[1])
        elif verb == "QUIT":
            self.send("221 2.0.0 Bye")
            return False
        else:
            self.send(self.scenario.other)
        return True

    def go_on_and_on(self):
        piece = b"x" * 4096 if self.scenario.endless == "line" else b"250-X-MORE\r\n" * 400
        self.connection.sendall(b"250-")
        while True:
            self.connection.sendall(piece)

    def capabilities(self):
        s = self.scenario
        words = CAPABILITIES + s.extra
        if s.starttls and not self.secure and not s.implicit:
            words = words + ["STARTTLS"]
        elif s.auth:
            words = words + [s.auth]
        self.send(*[f"250-{w}" for w in words[:-1]], f"250 {words[-1]}")

    def answer_starttls(self):
        # An attacker between client and server can put words behind the 220; a client
        # must forget them when TLS begins.
        injected = ["235 2.7.0 injected", "250 2.0.0 injected"] if self.scenario.inject else []
        self.send(self.scenario.starttls_answer, *injected)
        if not self.scenario.starttls_answer.startswith("220"):
            return True
        self.start_tls()
        return True

    def answer_auth(self, line):
        words = line.split(" ")
        given = " ".join(words[2:])
        if len(words) == 2 and words[1].upper() == "LOGIN":
            for prompt in ("VXNlcm5hbWU6", "UGFzc3dvcmQ6"):
                self.send(f"334 {prompt}")
                given = self.receive() or ""
        elif len(words) == 2:
            self.send("334 ")
            given = self.receive() or ""
        if self.scenario.echo:
            secret = base64.b64decode(given).decode("latin-1")
            self.send(f"535 5.7.8 the password {secret} is wrong")
        elif self.scenario.only:
            right = base64.b64decode(given).decode("latin-1").endswith("\0" + self.scenario.only)
            self.send(self.scenario.answer if right else "535 5.7.8 authentication failed")
        elif self.scenario.recorded:
            self.answer_as_recorded(given)
        elif self.scenario.token:
            self.refuse_token(self.scenario.token)
            self.send(self.scenario.answer)
        elif self.scenario.answer:
            self.send(*self.scenario.answer.split("|"))
        else:
            self.receive()

    # A client answers the reason with an empty line, or one of its own, and then hears no.
    def refuse_token(self, reason):
        self.send("334 " + base64.b64encode(reason).decode())
        self.receive()

    # The user name "reply-N" asks for line N of the record.
    def answer_as_recorded(self, given):
        said = base64.b64decode(given).decode("latin-1")
        number = int(re.search(r"reply-(\d+)", said).group(1))
        lines, at = recorded()[number]
        if at in ("sender", "send"):
            self.later = (at, lines)
            lines = ["235 2.7.0 Authentication successful"]
        elif at == "token" and lines[0].startswith("334 "):
            self.refuse_token(lines[0][4:].encode())
            lines = ["535 5.7.8 no"]
        self.send(*lines)


def handle(folder, name, connection):
    connection.settimeout(30)
    try:
        Session(folder, name, connection).run()
    except (OSError, ValueError):
        pass
    finally:
        connection.close()


def serve(folder, name, listener):
    # A queue of connections that nobody takes: the next SYN is dropped, as by a firewall.
    waiting = [socket.socket() for _ in range(4 if SCENARIOS[name].full else 0)]
    for connection in waiting:
        connection.setblocking(False)
        connection.connect_ex(listener.getsockname())
    if waiting:
        threading.Event().wait()
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=handle, args=(folder, name, connection), daemon=True).start()


def main():
    folder, names = pathlib.Path(sys.argv[1]), sys.argv[2:]
    threads = []
    for name in names or SCENARIOS:
        listener = socket.create_server(("127.0.0.1", 0),
                                        backlog=0 if SCENARIOS[name].full else 16)
        print(name, listener.getsockname()[1])
        (folder / f"{name}.log").touch()
        threads.append(threading.Thread(target=serve, args=(folder, name, listener), daemon=True))
    print("ready", flush=True)
    for thread in threads:
        thread.start()
    threads[0].join()


main()
