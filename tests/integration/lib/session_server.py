#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""session_server: a mail server on loopback, over TLS from the start, that breaks the rules
behind the handshake in one way each: what a login test must neither believe nor hang in.

  session_server.py FOLDER

serves each scenario on a port of its own until it is told to end, and prints one line
"SCENARIO PORT" each, then "ready". FOLDER holds the certificates of certs.sh. What a client
says goes to FOLDER/SCENARIO.log. `remembers` searches, while the client waits for the
answer to QUIT, its memory for the words of FOLDER/remembered-secret, and leaves in
FOLDER/found how often they stand there.
"""
import base64
import hashlib
import hmac
import os
import pathlib
import re
import socket
import ssl
import sys
import threading
import time

OFFER = "250-localhost\r\n250-SIZE 1000\r\n250 AUTH {}\r\n"
YES = "235 2.7.0 yes\r\n"


def b64(data):
    return base64.b64encode(data).decode()


class Session:
    offer = "PLAIN LOGIN"

    def __init__(self, folder, name, stream):
        self.folder, self.stream = folder, stream
        self.log = folder / f"{name}.log"

    def send(self, data):
        self.stream.sendall(data.encode("latin-1") if isinstance(data, str) else data)

    def line(self):
        """One command; an end of the connection ends the session."""
        line = b""
        while not line.endswith(b"\n"):
            byte = self.stream.recv(1)
            if not byte:
                raise EOFError
            line += byte
        with self.log.open("ab") as log:
            log.write(line)
        return line.decode("latin-1").rstrip("\r\n")

    def greet(self):
        self.send("220 localhost ESMTP\r\n")

    def ehlo(self):
        self.send(OFFER.format(self.offer))

    def auth(self, _words):
        self.send(YES)

    def mail(self, verb, _line):
        self.send("354 go on\r\n" if verb == "DATA" else "250 2.1.0 ok\r\n")
        if verb == "DATA":
            while self.line() != ".":
                pass
            self.send("250 2.0.0 queued\r\n")

    def quit(self):
        self.send("221 bye\r\n")

    def run(self):
        self.greet()
        while True:
            line = self.line()
            verb = line.split(" ")[0].upper()
            if verb == "EHLO":
                self.ehlo()
            elif verb == "AUTH":
                self.auth(line.split(" ")[1:])
            elif verb == "QUIT":
                self.quit()
                return
            else:
                self.mail(verb.split(":")[0], line)


class Works(Session):
    pass


class GreetsWith235(Session):
    def greet(self):
        self.send("235 2.7.0 come in\r\n220 localhost\r\n")


class GreetingWithoutEnd(Session):
    def greet(self):
        self.send("220 ")
        while True:
            self.send(b"x" * 65536)


class LinesWithoutEnd(Session):
    def ehlo(self):
        while True:
            self.send(b"250-AGAIN\r\n" * 1000)


class TenMegabytes(Session):
    def auth(self, _words):
        self.send("535 ")
        self.send(b"x" * 10_000_000 + b"\r\n")


class AnswerWithoutEnd(Session):
    def auth(self, _words):
        while True:
            self.send(b"535-no and again\r\n" * 1000)


class Drip(Session):
    """Each byte comes in time, the line never ends."""

    def auth(self, _words):
        self.send("235 ")
        while True:
            self.send("x")
            time.sleep(0.05)


class Binary(Session):
    def auth(self, _words):
        self.send(bytes(range(255, -1, -1)) + b"\r\n")


class Escapes(Session):
    def auth(self, _words):
        self.send("535 5.7.8 \033]0;owned\007\033[2Jno \u00e9\r\n")


class TwoCodes(Session):
    def auth(self, _words):
        self.send("535-5.7.8 no\r\n235 2.7.0 yes\r\n")


class EarlyYes(Session):
    offer = "LOGIN"


class UnaskedYes(Session):
    """Yes behind the answer to EHLO, before there is a login."""

    def ehlo(self):
        super().ehlo()
        self.send(YES)


class TimesOut(Session):
    def ehlo(self):
        super().ehlo()
        self.send("421 4.4.2 idle\r\n")


class LaterYes(Session):
    """Yes to the user name: the password was never asked for."""
    offer = "LOGIN"

    def auth(self, _words):
        self.send("334 VXNlcm5hbWU6\r\n")
        self.line()
        self.send(YES)


class BareYes(Session):
    """Yes to the name of the mechanism: the response, too long for that line, was not seen."""
    offer = "XOAUTH2"
    answer = YES

    def auth(self, words):
        self.send(self.answer if len(words) == 1 else "501 5.5.4 all at once\r\n")


class BareGoOn(BareYes):
    """Goes on, but not with a login."""
    answer = "354 go on\r\n"


class BareAsks(BareYes):
    answer = "334 \r\n"

    def auth(self, words):
        super().auth(words)
        self.line()
        self.send(YES)


class AsksForEver(Session):
    def auth(self, _words):
        while True:
            self.send("334 UGFzc3dvcmQ6\r\n")
            self.line()


class ChallengeIsNone(Session):
    offer = "CRAM-MD5"

    def auth(self, _words):
        self.send("334 %%%\r\n")
        self.send("501 5.5.2 as you like\r\n" if self.line() == "*" else YES)


class External(Session):
    """Wants no password: whoever connects is let in."""
    offer = "EXTERNAL"


class Drops(Session):
    def auth(self, _words):
        raise EOFError


class Scram(Session):
    offer = "SCRAM-SHA-256"
    salt, rounds, password = b"salt-of-this-server", 4096, None

    def proof(self, client_first, server_first, client_final):
        salted = hashlib.pbkdf2_hmac("sha256", self.password, self.salt, self.rounds)
        talk = ",".join([client_first, server_first, client_final.rsplit(",p=", 1)[0]]).encode()
        server_key = hmac.digest(salted, b"Server Key", "sha256")
        client_key = hmac.digest(salted, b"Client Key", "sha256")
        stored = hashlib.sha256(client_key).digest()
        signature = hmac.digest(stored, talk, "sha256")
        wanted = bytes(a ^ b for a, b in zip(client_key, signature))
        return b64(wanted), b64(hmac.digest(server_key, talk, "sha256"))

    def final(self, shown):
        return "v=" + shown

    def auth(self, words):
        self.password = (self.folder / "secret").read_text().strip().encode()
        client_first = base64.b64decode(words[1]).decode().removeprefix("n,,")
        nonce = re.search(r",r=(.*)$", client_first)[1]
        server_first = f"r={nonce}theirs,s={b64(self.salt)},i={self.rounds}"
        self.send(f"334 {b64(server_first.encode())}\r\n")
        client_final = base64.b64decode(self.line()).decode()
        wanted, shown = self.proof(client_first, server_first, client_final)
        if not client_final.endswith(",p=" + wanted):
            self.send("535 5.7.8 no\r\n")
            return
        self.send(f"334 {b64(self.final(shown).encode())}\r\n")
        self.line()
        self.send(YES)


class ScramUnproved(Scram):
    """Has no password, but would like to see what the client says."""

    def final(self, shown):
        return "v=" + b64(hashlib.sha256(shown.encode()).digest())


class ScramSkipped(Scram):
    def auth(self, words):
        self.send(YES)


class SenderRefused(Session):
    def mail(self, verb, line):
        if verb == "MAIL":
            self.send("553 5.7.1 <shop@example.test>: Sender address rejected: not owned by user\r\n")
        else:
            super().mail(verb, line)


class RecipientRefused(Session):
    def mail(self, verb, line):
        if verb == "RCPT":
            self.send("550 5.1.1 <you@example.test>: User unknown\r\n")
        else:
            super().mail(verb, line)


class Remembers(Session):
    def auth(self, _words):
        secret = (self.folder / "remembered-secret").read_text().strip()
        self.send(f"535 5.7.8 the password {secret} is wrong\r\n")

    def quit(self):
        secret = (self.folder / "remembered-secret").read_bytes().strip()
        needles = [secret, b64(secret).encode(), b64(b"\0user@example.test\0" + secret).encode()]
        (self.folder / "found").write_text(search(helper_of(self.stream), needles))
        super().quit()


def helper_of(stream):
    """The process at the other end of this connection, on this machine."""
    ends = [f":{stream.getpeername()[1]:04X}", f":{stream.getsockname()[1]:04X}"]
    for line in pathlib.Path("/proc/net/tcp").read_text().splitlines():
        words = line.split()
        if words[1].endswith(ends[0]) and words[2].endswith(ends[1]):
            socket_is = f"socket:[{words[9]}]"
    for fd in pathlib.Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if os.readlink(fd) == socket_is:
                return fd.parts[2]
        except OSError:
            continue
    raise EOFError


def search(pid, needles):
    """How often these bytes stand in the writable memory of a process; "gone" when it did
    not live as long as the search."""
    count = 0
    try:
        maps = pathlib.Path(f"/proc/{pid}/maps").read_text()
        with open(f"/proc/{pid}/mem", "rb", 0) as memory:
            for begin, end in re.findall(r"^([0-9a-f]+)-([0-9a-f]+) rw", maps, re.M):
                memory.seek(int(begin, 16))
                data = memory.read(int(end, 16) - int(begin, 16))
                if not data:
                    return "gone"
                count += sum(data.count(n) for n in needles)
    except OSError:
        return "gone"
    return f"found {count}"


def name_of(scenario):
    return re.sub(r"(?<!^)(?=[A-Z]|235)", "-", scenario.__name__).lower()


def handle(folder, scenario, name, connection):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "good.pem", folder / "good.key")
    connection.settimeout(30)
    try:
        with context.wrap_socket(connection, server_side=True) as stream:
            scenario(folder, name, stream).run()
    except (EOFError, OSError, ValueError):
        pass
    finally:
        connection.close()


def serve(folder, scenario, name, listener):
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=handle, args=(folder, scenario, name, connection),
                         daemon=True).start()


def scenarios(base):
    for scenario in base.__subclasses__():
        yield scenario
        yield from scenarios(scenario)


def main():
    folder = pathlib.Path(sys.argv[1])
    for scenario in scenarios(Session):
        name = name_of(scenario)
        listener = socket.create_server(("127.0.0.1", 0), backlog=16)
        print(name, listener.getsockname()[1])
        (folder / f"{name}.log").touch()
        threading.Thread(target=serve, args=(folder, scenario, name, listener),
                         daemon=True).start()
    print("ready", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    os.umask(0o077)
    main()
