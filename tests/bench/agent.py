#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""agent: what a fetch through the agent costs beside the peers, in one run.

  agent.py BUILD [--rounds N] [--rows]      BUILD: .build/gcc, with `make bench`'s programs

Times as peers.py takes them: whole processes that take turns. The floor is an empty
program, linked as the front is, once more and with one fdatasync. Below the tables
each goal stands beside what was seen; with --rows only these, tab-separated: what, goal,
seen, "met", "missed" or "absent". A peer that is not here is named with the reason, and
its goal is absent, not met.
"""
import argparse
import base64
import os
import re
import shutil
import socket
import socketserver
import struct
import subprocess
import tempfile
import threading
import time

import peers
from peers import SECRET, Absent, Row

FEW, MANY, HUGE = 10, 10_000, 100_000
FETCHERS, FETCH_SECONDS = 64, 4
MESSAGE = b"From: u@example.com\r\nTo: r@example.com\r\nSubject: x\r\n\r\nA line.\r\n"


class Agent:
    """A vault with so many profiles, and its agent."""

    def __init__(self, b, build, count):
        self.b, self.tool, self.count = b, build + "/smtpvault", count
        self.vault, self.key = "%s/v%d.db" % (b.top, count), b.top + "/key"
        b.run([build + "/bench/bench_fill", self.vault, b.top + "/state/smtpvault", self.key,
               str(count)])
        self.name = "p%05d" % (count // 2)
        before = self.sockets()
        b.run(self.words("--keyfile", self.key, "unlock", "--for", "0", "--idle", "0"))
        new = self.sockets() - before
        if len(new) != 1:
            raise Absent("unlock left %d sockets" % len(new))
        self.socket = new.pop()
        # As it is after its first minutes: its log's file has been written over.
        b.run([build + "/bench/bench_fetch", self.socket, self.name, "8", "0.5"])

    def words(self, *words):
        return [self.tool, "--vault", self.vault, *words]

    def sockets(self):
        folder = self.b.top + "/run/smtpvault"
        names = os.listdir(folder) if os.path.isdir(folder) else []
        return {folder + "/" + name for name in names if re.fullmatch("agent(-[0-9a-f]{16})?", name)}

    def get(self, label, *options):
        return Row(label, self.words(*options, "get", self.name), SECRET)

    def pid(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as s:
            s.connect(self.socket)
            return struct.unpack("iII", s.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]

    def pss(self):
        """KiB."""
        return smaps(self.pid(), "smaps_rollup", "Pss:")

    def releases(self):
        return len(self.b.run(self.words("--keyfile", self.key, "--no-agent", "audit", "--op", "get",
                                         "--last", "10000000", "--json")).splitlines())

    def close(self):
        self.b.run(self.words("lock"))


def smaps(pid, name, key):
    try:
        with open("/proc/%d/%s" % (pid, name), encoding="ascii") as f:
            return sum(int(line.split()[1]) for line in f if line.startswith(key))
    except OSError as fault:
        raise Absent("%s (root may read it)" % fault) from fault


class Least:
    """The process that bench/least.c's client asks."""

    def __init__(self, b, build):
        self.socket = b.top + "/least"
        self.process = subprocess.Popen([build + "/bench/least_front", "serve", self.socket,
                                         b.top + "/least.log"])
        wait_for(lambda: os.path.exists(self.socket))

    def close(self):
        self.process.kill()
        self.process.wait()


# ---- goals ----


class Goals:
    def __init__(self, only_rows):
        self.only_rows, self.missed = only_rows, 0
        if not only_rows:
            print("\n%-66s %-14s %s" % ("Goal", "", "seen"))

    def put(self, what, goal, seen, met):
        word = "absent" if met is None else "met" if met else "missed"
        self.missed += met is not True
        if self.only_rows:
            print("\t".join((what, goal, seen, word)), flush=True)
        else:
            print("%-66s %-14s %s%s" % (what, goal, seen, "" if met else "  " + word), flush=True)

    def ratio(self, what, ours, theirs, most):
        goal = "<= %.3g x" % most
        if theirs is None or ours is None:
            self.put(what, goal, "not here", None)
        elif ours.absent or theirs.absent:
            self.put(what, goal, ours.absent or theirs.absent, None)
        else:
            x = ours.median() / theirs.median()
            self.put(what, goal, "%.3f x (%.2f : %.2f ms; the best of each %.3f x)" %
                     (x, ours.median(), theirs.median(), min(ours.times) / min(theirs.times)),
                     x <= most)

    def tell(self, what, ours, theirs):
        """No goal: what explains one."""
        if not self.only_rows and theirs and not theirs.absent and not ours.absent:
            print("%-66s %-14s %.3f x (%.2f : %.2f ms)" % (what, "", ours.median() / theirs.median(),
                                                         ours.median(), theirs.median()), flush=True)

    def most(self, what, seen, most, unit):
        self.put(what, "<= %.3g %s" % (most, unit), "%.2f %s" % (seen, unit), seen <= most)

    def absent(self, what, why):
        self.put(what, "", str(why), None)


# ---- msmtp ----


class Mailer(socketserver.StreamRequestHandler):
    """A server on loopback that takes every message of whoever knows the password. It
    acknowledges at once: a client that waits for that (RFC 896) would wait 40 ms."""

    def line(self):
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        return self.rfile.readline()

    def handle(self):
        self.say("220 bench")
        while line := self.line():
            word = line.split()[0].upper() if line.split() else b""
            if word == b"EHLO":
                self.say("250-bench\r\n250 AUTH PLAIN")
            elif word == b"AUTH":
                self.say("235 so it is" if self.right(line) else "535 no")
            elif word == b"DATA":
                self.say("354 go on")
                while self.line() not in (b".\r\n", b""):
                    pass
                self.say("250 taken")
            elif word == b"QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 yes")

    def right(self, line):
        return base64.b64decode(line.split()[2]).split(b"\0")[2] in self.server.passwords

    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")


class MailServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, passwords):
        super().__init__(("127.0.0.1", 0), Mailer)
        self.passwords = passwords
        threading.Thread(target=self.serve_forever, daemon=True).start()


def msmtp_rows(b, agent, ways):
    """One row for each way to give the password: {label: line of the configuration}."""
    peers.need("msmtp")
    value = b.run(agent.get("").argv).strip()
    server = MailServer({SECRET, value})
    rows = []
    for number, (label, line) in enumerate({"its file": "password " + value.decode(),
                                            **ways}.items()):
        path = "%s/msmtp%d" % (b.top, number)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="ascii") as f:
            f.write("account default\nhost 127.0.0.1\nport %d\nfrom u@example.com\nauth plain\n"
                    "user u\ntls off\n%s\n" % (server.server_address[1], line))
        rows.append(Row("msmtp, password from " + label, ["msmtp", "-C", path, "r@example.com"], None,
                        MESSAGE))
    return rows


# ---- measuring ----


def client_kib(b, agent, here):
    """What `get` has in memory while it waits for its answer."""
    place = tempfile.mkdtemp(prefix="svbench-", dir="/tmp")
    stub = subprocess.Popen([here + "/../cli/stub_agent.py", place + "/a", place + "/asked", "silent"],
                            stdin=subprocess.PIPE)
    try:
        wait_for(lambda: os.path.exists(place + "/asked"))
        client = subprocess.Popen([agent.tool, "get", "p"],
                                  env={**b.env, "SMTPVAULT_AGENT": place + "/a"})
        try:
            wait_for(lambda: os.path.getsize(place + "/asked") > 0)
            return smaps(client.pid, "smaps", "Rss:")
        finally:
            client.kill()
            client.wait()
    finally:
        stub.stdin.close()
        stub.wait()
        shutil.rmtree(place)


def wait_for(true):
    for _ in range(500):
        if true():
            return
        time.sleep(0.01)
    raise Absent("it did not come about within 5 seconds")


def crowd(b, build, agent):
    before = agent.releases()
    out = b.run([build + "/bench/bench_fetch", agent.socket, agent.name, str(FETCHERS),
                 str(FETCH_SECONDS)]).split()
    numbers = [float(n) for n in out]
    logged = agent.releases() - before
    return dict(zip(("one", "one_median", "all", "median", "p99", "longest", "answers"), numbers),
                logged=logged)


class Run:
    def __init__(self, b, build, here, only_rows):
        self.b, self.build, self.here, self.quiet = b, build, here, only_rows
        self.peers, self.agents, self.least = [], [], None

    def say(self, *words):
        if not self.quiet:
            print(*words, flush=True)

    def table(self, title, rows):
        if self.quiet:
            self.b.take(rows)
        else:
            self.b.table(title, rows)

    def start(self):
        for make in (peers.Age, peers.SystemdCreds, peers.SecretTool, lambda b: peers.Pass(b, ""),
                     lambda b: peers.Pass(b, "pw")):
            try:
                self.peers.append(make(self.b))
            except Absent as why:
                self.say("absent: %s" % why)
        self.b.run([self.build + "/smtpvault", "--vault", self.b.top + "/v.db", "--keyfile",
                    self.b.top + "/key", "init", "--no-passphrase"])
        for count in (FEW, MANY, HUGE):
            self.agents.append(Agent(self.b, self.build, count))
        self.least = Least(self.b, self.build)

    def close(self):
        for one in self.agents + self.peers + ([self.least] if self.least else []):
            one.close()

    def fetch(self, goals_to_come):
        few = self.agents[0]
        r = {agent.count: agent.get("smtpvault get, agent with %d profiles" % agent.count)
             for agent in self.agents}
        r["key"] = few.get("smtpvault get, key file, no agent", "--keyfile", few.key, "--no-agent")
        r["token"] = self.token_row()
        r["empty"] = Row("an empty program, linked as the front is", [self.build + "/bench/empty_front"])
        r["sync"] = Row("the same, and one fdatasync of 300 bytes",
                        [self.build + "/bench/sync_front", self.b.top + "/log"])
        r["least"] = Row("the same, asking a process that does one of 8 KiB",
                         [self.build + "/bench/least_front", "ask", self.least.socket])
        rows = [row for row in r.values() if row]
        for peer in self.peers:
            fetched = peer.fetch()
            r[type(peer).__name__ + ("-locked" if getattr(peer, "passphrase", "") else "")] = fetched[0]
            rows += fetched
        self.table("Fetch one secret (logged durably by smtpvault, by nobody else)", rows)
        goals_to_come.update(r)

    def token_row(self):
        few = self.agents[0]
        try:
            token = self.b.run(few.words("--keyfile", few.key, "--no-agent", "token", "add", "--name",
                                         "bench", "--profile", few.name))
        except Absent as why:
            self.say("no token: %s" % why)
            return None
        with open(os.open(self.b.top + "/token", os.O_WRONLY | os.O_CREAT, 0o600), "wb") as f:
            f.write(token)
        return few.get("smtpvault get, token, no agent", "--token-from",
                       "file:" + self.b.top + "/token", "--no-agent")


def fetch_goals(goals, r):
    ours = r[FEW]
    for key, name, most in (("Age", "age -d", 0.25), ("SystemdCreds", "systemd-creds", 0.14),
                            ("SecretTool", "secret-tool", 0.06), ("Pass", "pass, bare key", 0.05),
                            ("Pass-locked", "pass, protected key", 1 / 200)):
        goals.ratio("get through the agent, against " + name, ours, r.get(key), most)
    floor = r["empty"].median() + r["sync"].median()
    goals.put("the same, against 2 empty programs and one fdatasync (stretch)", "<= 1 x",
              "%.2f x (%.2f : %.2f ms)" % (ours.median() / floor, ours.median(), floor),
              ours.median() <= floor)
    goals.tell("the same, against the least that asks and syncs", ours, r["least"])
    for key, name in (("Age", "age -d"), ("SystemdCreds", "systemd-creds"), ("SecretTool", "secret-tool"),
                      ("Pass", "pass, bare key")):
        goals.tell("that least, against " + name, r["least"], r.get(key))
    for count in (MANY, HUGE):
        goals.ratio("get with %d profiles, against %d" % (count, FEW), r[count], ours, 1.1)
    goals.ratio("get with a key file, no agent, against age -d", r["key"], r.get("Age"), 0.7)
    goals.ratio("get with a token, no agent, against age -d", r["token"], r.get("Age"), 0.7)


def crowd_goals(goals, c):
    goals.put("%d fetchers at once, against one after another" % FETCHERS, ">= 5 x",
              "%.2f x (%.0f : %.0f /s)" % (c["all"] / c["one"], c["all"], c["one"]),
              c["all"] >= 5 * c["one"])
    goals.put("their 99th percentile, against their median", "<= 20 x",
              "%.1f x (%.2f : %.2f ms)" % (c["p99"] / c["median"], c["p99"] / 1e3, c["median"] / 1e3),
              c["p99"] <= 20 * c["median"])
    goals.put("answers, and entries of the log for them", "as many", "%d : %d" %
              (c["answers"], c["logged"]), c["answers"] == c["logged"])


def mail_goals(goals, run):
    few = run.agents[0]
    ways = {"the agent (passwordeval)": 'passwordeval "%s"' % " ".join(few.get("").argv)}
    for peer in run.peers:
        if isinstance(peer, peers.Age):
            ways["age (passwordeval)"] = 'passwordeval "%s"' % " ".join(peer.fetch()[0].argv)
    try:
        rows = msmtp_rows(run.b, few, ways)
    except Absent as why:
        goals.absent("msmtp with passwordeval", why)
        return
    run.table("Send a message on loopback", rows)
    if rows[1].absent:
        goals.absent("msmtp with passwordeval", rows[1].absent)
        return
    goals.most("msmtp, password from the agent, more than from its file",
               rows[1].median() - rows[0].median(), 2, "ms")


def memory_goals(goals, run):
    try:
        few, huge = run.agents[0].pss(), run.agents[2].pss()
        goals.most("agent's PSS with %d profiles" % FEW, few / 1024, 4, "MiB")
        goals.most("agent's PSS with %d profiles" % HUGE, huge / 1024, 4, "MiB")
        goals.most("the latter against the former", huge / few, 1.1, "x")
        goals.most("client, loaded while it waits", client_kib(run.b, run.agents[0], run.here) / 1024,
                   0.2, "MiB")
    except Absent as why:
        goals.absent("memory", why)


def measure(b, build, here, only_rows):
    run, rows = Run(b, build, here, only_rows), {}
    try:
        run.start()
        run.fetch(rows)
        load = crowd(b, build, run.agents[0])
        goals = Goals(only_rows)
        fetch_goals(goals, rows)
        crowd_goals(goals, load)
        mail_goals(goals, run)
        memory_goals(goals, run)
        return goals.missed
    finally:
        run.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build")
    parser.add_argument("--rounds", type=int, default=61)
    parser.add_argument("--rows", action="store_true")
    args = parser.parse_args()
    here = os.path.dirname(os.path.abspath(__file__))
    with tempfile.TemporaryDirectory(prefix="svbench-", dir="/var/tmp") as top:
        try:
            measure(peers.Bench(top, args.rounds), os.path.abspath(args.build), here, args.rows)
        except Absent as why:
            raise SystemExit("the agent cannot be measured: %s" % why) from why


if __name__ == "__main__":
    main()
