#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""port_server: servers that a look at ports may meet.

  port_server.py FOLDER ADDRESS,PORT,WHAT...

serves each until it is told to end, and prints "ready". FOLDER holds the certificates of
certs.sh. What clients sent in the clear goes to FOLDER/heard, one line a command. WHAT is

  starttls implicit      SMTP with a certificate that is good; starttls:expired and so on for
                         another one
  dated                  as starttls:expired, with the time of 2019 in its greeting
  late                   as starttls, and greets after two and a half seconds
  clear                  SMTP without STARTTLS
  busy http              421, and no SMTP at all
  silent                 takes connections and says nothing
  endless flood          EHLO's answer, or the greeting, has no end
  held                   as implicit, and waits when somebody logs in
  open                   closes what it takes
"""
import pathlib
import socket
import ssl
import sys
import threading
import time

FOLDER = pathlib.Path(sys.argv[1])
GREETINGS = {
    "busy": "421 4.3.2 too many connections",
    "http": "HTTP/1.1 400 Bad Request",
    "dated": "220 mail ESMTP Exim 4.96 Tue, 05 Mar 2019 10:00:00 +0100",
}


def context(name):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(FOLDER / f"{name}.pem", FOLDER / f"{name}.key")
    return made


def lines(conn):
    rest = b""
    while True:
        got = conn.recv(4096)
        if not got:
            return
        rest += got
        while b"\n" in rest:
            line, rest = rest.split(b"\n", 1)
            yield line.decode("latin-1").strip()


def session(conn, what, certificate, secured):
    while what == "flood":
        conn.sendall(b"220 \x1b[2J\xff\0" * 1000)
    if not secured:
        conn.sendall(GREETINGS.get(what, "220 mail ESMTP").encode() + b"\r\n")
    if what in ("busy", "http"):
        return
    for line in lines(conn):
        with open(FOLDER / "heard", "a", encoding="utf-8") as log:
            log.write(line + "\n")
        word = line.split(" ")[0].upper()
        if word == "EHLO" and what == "endless":
            while True:
                conn.sendall(b"250-and more\r\n" * 1000)
        if word == "EHLO":
            offer = "STARTTLS" if not secured and what != "clear" else "AUTH PLAIN LOGIN"
            conn.sendall(f"250-mail\r\n250 {offer}\r\n".encode())
        elif word == "STARTTLS" and not secured:
            conn.sendall(b"220 go\r\n")
            session(context(certificate).wrap_socket(conn, server_side=True), what, certificate,
                    True)
            return
        elif word == "AUTH" and what == "held":
            threading.Event().wait()
        elif word == "AUTH":
            conn.sendall(b"235 2.7.0 welcome\r\n")
        elif word == "QUIT":
            conn.sendall(b"221 bye\r\n")
            return
        else:
            conn.sendall(b"250 fine\r\n")


def serve(conn, what):
    what, _, certificate = what.partition(":")
    certificate = certificate or ("expired" if what == "dated" else "good")
    try:
        with conn:
            if what == "silent":
                while conn.recv(4096):
                    pass
            elif what in ("implicit", "held"):
                with context(certificate).wrap_socket(conn, server_side=True) as tls:
                    tls.sendall(b"220 mail ESMTP\r\n")
                    session(tls, what, certificate, True)
            elif what != "open":
                time.sleep(2.5 if what == "late" else 0)
                session(conn, what, certificate, False)
    except (OSError, ssl.SSLError):
        pass


def accept(listener, what):
    while True:
        conn, _ = listener.accept()
        threading.Thread(target=serve, args=(conn, what), daemon=True).start()


def main():
    for spec in sys.argv[2:]:
        address, port, what = spec.split(",")
        listener = socket.create_server(
            (address, int(port)), family=socket.AF_INET6 if ":" in address else socket.AF_INET)
        threading.Thread(target=accept, args=(listener, what), daemon=True).start()
    print("ready", flush=True)
    threading.Event().wait()


main()
