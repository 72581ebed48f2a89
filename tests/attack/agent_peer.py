# SPDX-License-Identifier: ISC
"""agent_peer: speaks the agent's protocol by hand, well or badly, for the attacks on it."""
import os
import random
import socket
import struct
import sys
import time

FETCH, STATUS, LIST, AUDIT = 1, 2, 5, 14


def text(word):
    return struct.pack("<H", len(word)) + word.encode()


def request(op, body=b"", version=1):
    return struct.pack("<BBQ", version, op, 0) + body


def fetch(name):
    return request(FETCH, text(name) + text("") * 3)


def connect(path):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    s.settimeout(20)
    s.connect(path)
    return s


def ask(s, frame):
    """(status, body) of an answer of one frame; None at the end."""
    s.send(frame)
    answer = s.recv(1 << 17)
    return (answer[1], answer[3:]) if answer else None


def impostor(path):
    """Takes the agent's place, and prints what it was asked."""
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    s.bind(path)
    os.chmod(path, 0o777)
    s.listen(8)
    print("ready", flush=True)
    while True:
        peer, _ = s.accept()
        got = peer.recv(1 << 17)
        if got:
            print("asked", flush=True)
            peer.send(bytes([1, 0, 0]) + b"impostor-secret")
        peer.close()


def served(path, secret, within):
    begun = time.monotonic()
    status, body = ask(connect(path), fetch("work"))
    took = time.monotonic() - begun
    if status != 0 or body != secret.encode():
        sys.exit(f"broken: the fetch was answered {status} {body!r}")
    if took > within:
        sys.exit(f"broken: a fetch took {took:.1f} s")


def idle(path, secret):
    """A thousand clients that say nothing, and then half as many again."""
    peers = []
    for _ in range(1500):
        peers.append(connect(path))
    served(path, secret, 5)
    # Those who came first have made room; the last ones are served.
    status, body = ask(peers[-1], fetch("work"))
    if (status, body) != (0, secret.encode()):
        sys.exit("broken: a client that waited is not served")


def deaf(path, secret):
    """Clients that ask for much and read nothing."""
    peers = [connect(path) for _ in range(20)]
    for p in peers:
        p.setblocking(False)
    for _ in range(200):
        for p in peers:
            try:
                p.send(request(LIST, b"\1"))
                p.send(request(AUDIT, struct.pack("<QqqBBBH", 0, 0, 0, 0, 0, 0, 0) + text("") * 2))
                p.send(fetch("work"))
            except (BlockingIOError, BrokenPipeError, ConnectionResetError):
                pass
    served(path, secret, 5)


def garbage(path, secret):
    """Frames that are no requests: never an end, never another secret."""
    rng = random.Random(20)
    for n in range(3000):
        kind = n % 6
        frame = request(rng.randrange(256), rng.randbytes(rng.randrange(200)))
        if kind == 1:
            frame = rng.randbytes(rng.randrange(1, 400))
        elif kind == 2:
            frame = fetch("work")[:rng.randrange(1, 20)]
        elif kind == 3:
            frame = fetch("work") + rng.randbytes(rng.randrange(1, 9))
        elif kind == 4:
            frame = request(FETCH, struct.pack("<H", rng.randrange(65536)) + b"work")
        elif kind == 5:
            frame = fetch("w" * rng.randrange(100, 200))
        if frame[:2] == bytes([1, 3]):
            continue  # that one is `lock`
        answer = ask(connect(path), frame)
        if answer is not None and answer[0] == 0 and secret.encode() in answer[1] and \
                frame != fetch("work"):
            sys.exit(f"broken: {frame!r} was answered with the secret")
    served(path, secret, 5)


def oversized(path, secret):
    s = connect(path)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
    try:
        s.send(fetch("work") + bytes(100000))
        if s.recv(1 << 17):
            sys.exit("broken: a frame that is too long was answered")
    except OSError:
        pass
    served(path, secret, 5)


def version(path):
    """What an agent says to a client of another version: 69."""
    status, _ = ask(connect(path), request(STATUS, version=9))
    print(status)


def foreign(path, secret):
    """Another user's client, which file modes let in."""
    for op, body in ((LIST, b"\0"), (STATUS, b""), (FETCH, fetch("work")[10:])):
        status, answer = ask(connect(path), request(op, body))
        if status != 77 or secret.encode() in answer:
            sys.exit(f"broken: another user's request {op} was answered with {status}")


def granted(path, secret, want):
    """Another user's client, served as far as grants go: `want` is the status."""
    status, answer = ask(connect(path), fetch("work"))
    if status != int(want) or (status == 0) != (answer == secret.encode()):
        sys.exit(f"broken: another user's fetch was answered with {status} {answer!r}")
    status, _ = ask(connect(path), request(LIST, b"\0"))
    if status != 77:
        sys.exit(f"broken: another user's list was answered with {status}")


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
