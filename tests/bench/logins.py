#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""logins: what a login test costs beside curl's bare login on the same server, and how long
fifty take side by side when the server is 100 ms away. The server is that of the integration
tests; the way to it is a relay that keeps each piece for half of that time.

  logins.py BUILD
"""
import asyncio
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time

LIB = pathlib.Path(__file__).parents[1] / "integration" / "lib"
LOGINS, LATENCY = 50, 0.1


class Relay(threading.Thread):
    def __init__(self, port, delay):
        super().__init__(daemon=True)
        self.to, self.delay, self.ready = port, delay, threading.Event()

    async def carry(self, reader, writer):
        queue, loop = asyncio.Queue(), asyncio.get_running_loop()

        async def deliver():
            while True:
                when, piece = await queue.get()
                await asyncio.sleep(max(0, when - loop.time()))
                if not piece:
                    return writer.close()
                writer.write(piece)
        end = asyncio.create_task(deliver())
        try:
            while piece := await reader.read(65536):
                queue.put_nowait((loop.time() + self.delay, piece))
        except ConnectionError:
            pass
        queue.put_nowait((loop.time() + self.delay, b""))
        await end

    async def serve(self, reader, writer):
        up, down = await asyncio.open_connection("127.0.0.1", self.to)
        await asyncio.gather(self.carry(reader, down), self.carry(up, writer))

    async def main(self):
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0, backlog=200)
        self.port = server.sockets[0].getsockname()[1]
        self.ready.set()
        await server.serve_forever()

    def run(self):
        asyncio.run(self.main())


def run(command):
    begun = time.monotonic()
    done = subprocess.run(command, capture_output=True)
    if done.returncode != 0:
        sys.exit(f"{command[0]} failed: {done.stdout.decode()} {done.stderr.decode()}")
    return (time.monotonic() - begun) * 1000


def best(times, *commands):
    """Of so many runs, one of each in turn, the shortest of each, in ms."""
    rounds = [[run(c) for c in commands] for _ in range(times)]
    return [min(column) for column in zip(*rounds)]


def bench(work, program, ports):
    def smtpvault(*words):
        return [program, "--quiet", *words]
    subprocess.run(smtpvault("init", "--no-passphrase"), check=True)
    (work / "secret").write_text("hunter2")
    far = Relay(ports["ok-starttls"], LATENCY / 2)
    far.start()
    far.ready.wait()
    ca = ["--ca-file", str(work / "ca.pem")]

    def add(name, port):
        subprocess.run(smtpvault("add", name, "--host", "localhost", "--port", str(port), "--tls",
                                 "starttls", "--username", "ann", "--password-from",
                                 f"file:{work / 'secret'}"), check=True, capture_output=True)

    def curl(port):
        return ["curl", "-sS", "--ssl-reqd", "--cacert", ca[1], "--user", "ann:hunter2", "-X",
                "NOOP", f"smtp://localhost:{port}"]
    add("near", ports["ok-starttls"])
    for i in range(LOGINS):
        add(f"far-{i}", far.port)
    for name, port in ("near", ports["ok-starttls"]), ("far-0", far.port):
        best(1, smtpvault("test", name, *ca))  # learns what the server offers
        bare, ours = best(10, curl(port), smtpvault("test", name, *ca))
        print(f"login, {name[:4].strip('-')}: curl {bare:.0f} ms, smtpvault test {ours:.0f} ms, "
              f"ratio {ours / bare:.2f}")
    best(1, smtpvault("test", "--all", *ca))
    one, every = best(4, smtpvault("test", "far-0", *ca), smtpvault("test", "--all", *ca))
    print(f"test --all, {LOGINS + 1} logins, {LATENCY * 1000:.0f} ms away: {every:.0f} ms, "
          f"{every / one:.2f} x one of {one:.0f} ms (goal: 3)")


def main():
    work = pathlib.Path(tempfile.mkdtemp(prefix="smtpvault-logins."))
    program = pathlib.Path(sys.argv[1]).resolve() / "smtpvault"
    os.environ.update(HOME=str(work), XDG_DATA_HOME=str(work / "data"), NO_COLOR="1",
                      XDG_STATE_HOME=str(work / "state"), XDG_RUNTIME_DIR=str(work),
                      SMTPVAULT_KEYFILE=str(work / "key"), SMTPVAULT_NO_INPUT="1")
    subprocess.run(["sh", "-c", f". '{LIB}/certs.sh' && certs_make '{work}'"], check=True)
    server = subprocess.Popen([sys.executable, "-W", "ignore", LIB / "fault_server.py", work],
                              stdout=subprocess.PIPE, text=True)
    try:
        ports = {}
        for line in iter(server.stdout.readline, "ready\n"):
            name, port = line.split()
            ports[name] = int(port)
        bench(work, program, ports)
    finally:
        server.kill()
        server.wait()
        shutil.rmtree(work)


main()
