#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""discover_server FOLDER: a name server on 127.0.0.1:53 and a web server on :443 for the
domains below .test, in a network namespace of its own. FOLDER holds good.pem and good.key;
what was asked is appended to FOLDER/asked. "ready" on stdout when both listen.
"""
import fcntl
import http.server
import socket
import ssl
import struct
import sys
import threading

SRV, A, MX = 33, 1, 15
folder = sys.argv[1]
log = open(folder + "/asked", "a", encoding="ascii", buffering=1)


def name(text):
    return b"".join(bytes([len(part)]) + part.encode() for part in text.split(".") if part) + b"\0"


def srv(priority, weight, port, target):
    return struct.pack(">HHH", priority, weight, port) + name(target)


SUBMISSION, SUBMISSIONS = "_submission._tcp.", "_submissions._tcp."
RECORDS = {
    SUBMISSIONS + "both.test": [srv(0, 1, 465, "mail.both.test")],
    SUBMISSION + "both.test": [srv(0, 1, 587, "mail.both.test")],
    SUBMISSION + "outside.test": [srv(20, 1, 587, "second.hoster.example"),
                                  srv(10, 1, 2587, "first.hoster.example")],
    SUBMISSION + "none.test": [srv(0, 0, 0, ".")],
    SUBMISSIONS + "none.test": [srv(0, 0, 0, ".")],
    SUBMISSION + "lies.test": [struct.pack(">HHH", 0, 0, 25) + b"\xc0\x0c\xff"],
    SUBMISSIONS + "lies.test": [struct.pack(">HHH", 0, 0, 25) + b"\x3fx"],
    SUBMISSION + "escape.test": [struct.pack(">HHH", 0, 0, 25) + b"\x04\x1b[2J\x04test\0"],
}
RECEIVERS = {  # the last is of RFC 7505: no mail at all
    "hosted.test": [(10, "alt1.aspmx.l.google.com"), (1, "aspmx.l.google.com")],
    "outside.test": [(1, "mx.messagingengine.com")],
    "known.test": [(1, "mx.known.test")],
    "none.test": [(0, ".")],
}
SERVER = """<outgoingServer type="smtp"><hostname>{}</hostname><port>{}</port><socketType>{}</socketType>
<username>%EMAILLOCALPART%</username><authentication>password-cleartext</authentication></outgoingServer>"""


def document(*servers, begin=""):
    return ('<?xml version="1.0"?>' + begin + '<clientConfig version="1.1"><emailProvider id="x">'
            "<displayName>Doc Mail</displayName>" + "".join(SERVER.format(*s) for s in servers) +
            "</emailProvider></clientConfig>").encode()


XML, HTML = "text/xml", "text/html; charset=utf-8"
PAGES = {  # host and path: status, type, body
    "autoconfig.both.test/mail/config-v1.1.xml":
        (200, XML, document(("smtp.both.test", 465, "SSL"), ("mail.both.test", 465, "SSL"))),
    "known.test/.well-known/autoconfig/mail/config-v1.1.xml":
        (200, XML, document(("smtp.%EMAILDOMAIN%", 587, "STARTTLS"))),
    "autoconfig.bomb.test/mail/config-v1.1.xml":
        (200, XML, document(("smtp.bomb.test", 465, "SSL"), begin='<!DOCTYPE x [<!ENTITY a "aa">'
                            '<!ENTITY b "&a;&a;">]>')),
    "autoconfig.big.test/mail/config-v1.1.xml": (200, XML, b"<clientConfig>" + b"x" * 10_000_000),
    "autoconfig.plain.test/mail/config-v1.1.xml":
        (200, XML, document(("smtp.plain.test", 25, "plain"))),
    "autoconfig.html.test/mail/config-v1.1.xml": (200, HTML, b"<html>not found</html>"),
    "autoconfig.downgrade.test/mail/config-v1.1.xml": (302, "http://autoconfig.downgrade.test/", b""),
}


def answer(query):
    ident, flags, questions = struct.unpack(">HHH", query[:6])
    at, labels = 12, []
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode().lower())
        at += 1 + query[at]
    asked, (kind,) = ".".join(labels), struct.unpack(">H", query[at + 1:at + 3])
    log.write(f"dns {asked} {kind}\n")
    records, code = [], 0
    if "broken.test" in asked:
        code = 2
    elif kind == SRV:
        records = RECORDS.get(asked, [])
    elif kind == MX:
        records = [struct.pack(">H", n) + name(host) for n, host in RECEIVERS.get(asked, [])]
    elif kind == A and any(page.split("/")[0] == asked for page in PAGES):
        records = [bytes([127, 0, 0, 1])]
    if not records and not code and kind in (SRV, MX):
        code = 3
    body = b"".join(b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 1, len(r)) + r for r in records)
    head = struct.pack(">HHHHHH", ident, 0x8180 | code, questions, len(records), 0, 0)
    return head + query[12:at + 5] + body


def serve_names(sock):
    while True:
        query, who = sock.recvfrom(2048)
        sock.sendto(answer(query), who)


class Pages(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        where = self.headers.get("Host", "").split(":")[0].lower() + self.path
        log.write(f"https {where}\n")
        status, kind, body = PAGES.get(where, (404, HTML, b"no"))
        self.send_response(status)
        self.send_header("Location" if status == 302 else "Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            pass  # it had enough

    def log_message(self, *_):
        pass


def loopback_up():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        request = struct.pack("16sH22x", b"lo", 1)  # IFF_UP
        fcntl.ioctl(s, 0x8914, request)  # SIOCSIFFLAGS


def main():
    loopback_up()
    names = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    names.bind(("127.0.0.1", 53))
    threading.Thread(target=serve_names, args=(names,), daemon=True).start()
    web = http.server.ThreadingHTTPServer(("127.0.0.1", 443), Pages)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder + "/good.pem", folder + "/good.key")
    web.socket = context.wrap_socket(web.socket, server_side=True)
    print("ready", flush=True)
    web.serve_forever()


main()
