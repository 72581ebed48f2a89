#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""side_peer: whoever asks the agent at its sockets for Postfix and systemd.

  side_peer map SOCKET PIECE...       sends the pieces one by one (\\n in them is a pause),
                                      prints all that comes until the answers are as many as
                                      the requests, or the end ("END")
  side_peer credential SOCKET NAME    connects as the abstract NAME ("-": without a name),
                                      prints what it is given, or "refused" for more than a
                                      credential may be
  side_peer deaf SOCKET N             N that ask for a credential and read nothing; "ok"
"""
import socket
import sys
import time

CREDENTIAL_MAX = 1 << 20


def connect(path, name=None):
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(10)
    if name is not None:
        s.bind(b"\0" + name.encode())
    s.connect(path)
    return s


def netstrings(data):
    found = []
    while data:
        length, _, rest = data.partition(b":")
        if not length.isdigit() or len(rest) <= int(length):
            break
        found.append(rest[:int(length)].decode())
        assert rest[int(length):int(length) + 1] == b",", data
        data = rest[int(length) + 1:]
    return found


def ask_map(path, pieces):
    s = connect(path)
    wanted = "".join(pieces).count(",")
    got = b""
    for piece in pieces:
        s.sendall(piece.encode())
        time.sleep(0.05)
    while len(netstrings(got)) < wanted:
        try:
            more = s.recv(65536)
        except ConnectionResetError:
            more = b""
        if not more:
            print("END")
            return
        got += more
    print("\n".join(netstrings(got)))


def ask_credential(path, name):
    s = connect(path, None if name == "-" else name)
    got = b""
    while chunk := s.recv(65536):
        got += chunk
    if len(got) > CREDENTIAL_MAX:
        assert not got.strip(b"\0")
        print("refused")
    else:
        sys.stdout.buffer.write(got)


def deaf(path, count):
    held = [connect(path, f"{n:x}/unit/deaf{n}.service/absent") for n in range(count)]
    time.sleep(0.3)
    print("ok", len(held))


def main():
    what, path, *rest = sys.argv[1:]
    if what == "map":
        ask_map(path, rest)
    elif what == "credential":
        ask_credential(path, rest[0])
    else:
        deaf(path, int(rest[0]))


main()
