#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""stub_agent: stands where the agent would, and answers as it is told.

  stub_agent.py SOCKET REQUESTS ANSWER

REQUESTS: every request is appended to this file, in hex, a line each; it is made when the
socket listens. ANSWER: hex bytes of the one frame, or a word:

  silent  takes the request and never answers
  gone    takes the request and closes the connection
  closed  closes the connection as soon as it is there
  full    listens with a queue that is full already
  longest answers with as many bytes "x" as a frame has room for
  huge    answers with one byte more

It ends when its standard input does.
"""
import os
import select
import socket
import sys

FRAME_MAX = 65536


def serve(listener, log, answer):
    held = []  # what shall stay open
    while True:
        ready, _, _ = select.select([listener, sys.stdin], [], [])
        if sys.stdin in ready:
            return
        peer, _ = listener.accept()
        if answer == "closed":
            peer.close()
            continue
        request = peer.recv(FRAME_MAX + 1)
        log.write(request.hex() + "\n")
        log.flush()
        if answer in ("longest", "huge"):
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 * FRAME_MAX)
            peer.send(b"\x01\x00\x00" + b"x" * (FRAME_MAX - 3 + (answer == "huge")))
        elif answer == "silent":
            held.append(peer)
            continue
        elif answer != "gone":
            peer.send(bytes.fromhex(answer))
        peer.close()


def main():
    path, requests, answer = sys.argv[1:]
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listener.bind(path)
    os.chmod(path, 0o600)
    listener.listen(0 if answer == "full" else 64)
    with open(requests, "a", encoding="ascii") as log:
        if answer == "full":
            waiting = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            waiting.connect(path)
            sys.stdin.read()
            return
        serve(listener, log, answer)


main()
