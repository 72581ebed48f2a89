# SPDX-License-Identifier: ISC
"""A submission server on loopback that accepts every login and remembers it."""
import base64
import socketserver
import threading


class Session(socketserver.StreamRequestHandler):
    def say(self, line):
        self.wfile.write(line + b"\r\n")

    def ask(self, prompt):
        self.say(b"334 " + base64.b64encode(prompt))
        return base64.b64decode(self.rfile.readline().strip())

    def auth(self, words):
        mechanism = words[1].upper()
        if mechanism == b"PLAIN":
            if len(words) > 2:
                answer = base64.b64decode(words[2])
            else:
                answer = self.ask(b"")
            _, user, secret = answer.split(b"\0", 2)
        else:
            user = base64.b64decode(words[2]) if len(words) > 2 else self.ask(b"Username:")
            secret = self.ask(b"Password:")
        self.server.logins.append((user, secret))
        self.say(b"235 2.7.0 welcome")

    def handle(self):
        try:
            self.talk()
        except ConnectionError:
            pass  # a client that wants TLS hangs up

    def talk(self):
        self.say(b"220 recorder ESMTP")
        while True:
            line = self.rfile.readline()
            words = line.split()
            verb = words[0].upper() if words else b""
            if not line:
                return
            if verb == b"EHLO":
                self.say(b"250-recorder\r\n250-SIZE 10000000\r\n250 AUTH PLAIN LOGIN")
            elif verb == b"AUTH":
                self.auth(words)
            elif verb == b"DATA":
                self.say(b"354 go on")
                while self.rfile.readline() not in (b".\r\n", b""):
                    pass
                self.say(b"250 2.0.0 taken")
            elif verb == b"QUIT":
                self.say(b"221 bye")
                return
            else:
                self.say(b"250 2.0.0 fine")


class Recorder(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Session)
        self.logins = []
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def take(self):
        """The logins since the last call."""
        logins, self.logins = self.logins, []
        return logins
