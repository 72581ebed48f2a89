#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""git_server: repositories over HTTPS on loopback, by git's own http-backend.

  git_server.py FOLDER CERT KEY

FOLDER/repos has the repositories, FOLDER/logins a line "USER:PASSWORD" for each login that is
good, read anew at each request. FOLDER/port names the port once it answers; FOLDER/log gets a
line a request: its path and who it was, "-" for nobody.
"""
import base64
import http.server
import os
import pathlib
import ssl
import subprocess
import sys

FOLDER = pathlib.Path(sys.argv[1])
BACKEND = "/usr/lib/git-core/git-http-backend"


class Handler(http.server.BaseHTTPRequestHandler):
    def who(self):
        scheme, _, given = (self.headers.get("Authorization") or "").partition(" ")
        if scheme.lower() != "basic":
            return None
        login = base64.b64decode(given).decode("utf-8")
        good = (FOLDER / "logins").read_text(encoding="utf-8").splitlines()
        return login.partition(":")[0] if login in good else None

    def refuse(self):
        self.send_response(401)
        self.send_header("WWW-Authenticate", 'Basic realm="host=localhost"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        user = self.who()
        with (FOLDER / "log").open("a", encoding="utf-8") as log:
            print(self.path, user or "-", file=log)
        if user is None:
            self.refuse()
            return
        path, _, query = self.path.partition("?")
        env = {"PATH": os.environ["PATH"], "GIT_PROJECT_ROOT": str(FOLDER / "repos"),
               "GIT_HTTP_EXPORT_ALL": "1", "PATH_INFO": path, "QUERY_STRING": query,
               "REQUEST_METHOD": self.command, "REMOTE_USER": user, "REMOTE_ADDR": "127.0.0.1",
               "CONTENT_TYPE": self.headers.get("Content-Type") or "",
               "CONTENT_LENGTH": str(len(body)),
               "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding") or "",
               "GIT_PROTOCOL": self.headers.get("Git-Protocol") or ""}
        said = subprocess.run([BACKEND], input=body, env=env, stdout=subprocess.PIPE,
                              check=False).stdout
        head, _, rest = said.partition(b"\r\n\r\n")
        lines = [line.split(": ", 1) for line in head.decode("ascii").split("\r\n")]
        status = next((value for key, value in lines if key == "Status"), "200 OK")
        self.send_response(int(status.split()[0]))
        for key, value in lines:
            if key != "Status":
                self.send_header(key, value)
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        self.wfile.write(rest)

    do_GET = do_POST = serve

    def log_message(self, *_):
        pass


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[2], sys.argv[3])
    server.socket = context.wrap_socket(server.socket, server_side=True)
    new = FOLDER / "port.new"
    new.write_text(f"{server.server_port}\n", encoding="ascii")
    new.rename(FOLDER / "port")
    server.serve_forever()


main()
