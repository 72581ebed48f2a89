# SPDX-License-Identifier: ISC
"""rounds: one command after the other, killed; what is left is one of two states."""
import collections
import json
import signal
import statistics
import time

from vault import Broken, Login

NAMES_MAX = 12
CHANGES = ["add"] * 5 + ["edit"] * 2 + ["rename"] * 2 + ["remove"] * 2 + ["rollback", "get"]
# The calls by which a process changes what outlives it: between two of them a kill
# finds what it found before. Only the shared memory of the log's WAL is written
# without a call; the random kills meet that too.
CALLS = ["write", "pwrite64", "openat", "rename", "renameat", "renameat2", "linkat", "unlink",
         "unlinkat", "fsync", "fdatasync", "ftruncate", "mkdir"]


def choose(rng, logins, wish=None):
    """A command that the vault as it is allows; the wish when that is possible."""
    if not logins:
        return "add"
    op = wish or rng.choice(CHANGES)
    if op == "add" and len(logins) >= NAMES_MAX:
        return "remove"
    if op == "rollback" and all(len(l.versions) == 1 for l in logins.values()):
        return "edit"
    return op


class Round:
    """One command to be killed, and the two states that it may leave."""

    def __init__(self, rng, prefix, number, logins, op):
        self.op = op
        self.before = logins
        self.after = dict(logins)
        self.secret = None
        self.logged = 0  # how often the log had this, for get
        secret, port = f"secret-{prefix}{number}-{rng.randrange(10**9)}", rng.randrange(1, 65536)
        getattr(self, op)(rng, f"{prefix}{number}", secret, port)

    def pick(self, rng, least=1):
        return rng.choice(sorted(n for n, l in self.before.items() if len(l.versions) >= least))

    def add(self, rng, fresh, secret, port):
        # A name of many lengths: rows of many sizes.
        self.name = fresh + "x" * rng.randrange(100)
        self.secret = secret + "s" * rng.choice([0, 0, 0, 3000])
        self.words = ["add", self.name, "--host", "mail.example.org", "--tls", "implicit",
                      "--username", "ann", "--port", str(port), "--password-from", "stdin"]
        self.after[self.name] = Login([(self.secret, port)])

    def edit(self, rng, _fresh, secret, port):
        self.name, self.secret = self.pick(rng), secret
        self.words = ["edit", self.name, "--port", str(port), "--password-from", "stdin"]
        self.after[self.name] = self.before[self.name].with_version(secret, port)

    def rename(self, rng, fresh, _secret, _port):
        self.name = self.pick(rng)
        self.words = ["rename", self.name, fresh]
        self.after[fresh] = self.after.pop(self.name)

    def remove(self, rng, _fresh, _secret, _port):
        self.name = self.pick(rng)
        self.words = ["remove", self.name, "--yes"]
        del self.after[self.name]

    def rollback(self, rng, _fresh, _secret, _port):
        self.name = self.pick(rng, 2)
        self.words = ["rollback", self.name]
        login = self.before[self.name]
        self.after[self.name] = login.with_version(*login.versions[-2])

    def get(self, rng, _fresh, _secret, _port):
        self.name = self.pick(rng)
        self.words = ["get", self.name]

    def wanted(self):
        """What get must answer."""
        return self.before[self.name].versions[-1][0] + "\n"

    def touched(self):
        """The profile that is there now and was in the command's hands."""
        return next((n for n in self.after if n not in self.before), self.name)


def shape(logins):
    """What `list` can tell of logins: the version and the port of each."""
    return {name: (len(l.versions), l.versions[-1][1]) for name, l in logins.items()}


def what_stands(vault, rnd, status, pattern):
    """True when the change was made, False when not; anything else is broken.
    status: the command's, or None when the kill came first."""
    found = vault.shapes(pattern)
    stands = found == shape(rnd.after)
    if not stands and (status == 0 or found != shape(rnd.before)):
        raise Broken(f"{rnd.words}: status {status}, and there is {found}, "
                     f"before: {shape(rnd.before)}")
    return stands


def judge_answer(rnd, status, out):
    """get gives the whole secret or nothing; True when it came out."""
    if out not in ("", rnd.wanted()) or (status == 0 and out != rnd.wanted()):
        raise Broken(f"get: half an answer: {out!r}")
    return out != ""


def look_inside(vault, logins, touched):
    """Every secret, and every version of what was touched."""
    for name, secret in vault.fetch(*sorted(logins)).items():
        if secret != logins[name].versions[-1][0]:
            raise Broken(f"{name}: another secret than the one stored")
    if touched not in logins:
        return
    want = logins[touched].versions
    cards = json.loads(vault.ask("history", touched, "--json"))["versions"]
    found = [(card["version"], card["port"]) for card in cards]
    if found != [(number, port) for number, (_, port) in enumerate(want, 1)]:
        raise Broken(f"{touched}: its history is {found}")
    for number, (secret, _) in enumerate(want, 1):
        if vault.fetch_version(touched, number) != secret:
            raise Broken(f"{touched}: another secret in version {number}")


class Campaign:
    """Rounds on one vault, alone with it."""

    def __init__(self, vault, rng):
        self.vault = vault
        self.rng = rng
        self.logins = {}
        self.number = 0
        self.counts = collections.Counter()
        self.by_op = collections.Counter()

    def new_round(self, wish=None):
        self.number += 1
        op = choose(self.rng, self.logins, wish)
        return Round(self.rng, "n", self.number, self.logins, op)

    def judge(self, rnd, status, out):
        self.vault.must_be_sound()
        stands = what_stands(self.vault, rnd, status, "*")
        if rnd.op == "get":
            if judge_answer(rnd, status, out) and \
                    self.vault.logged("get", rnd.name) <= rnd.logged:
                raise Broken("get: a secret came out, and the log has no entry")
        elif stands and self.vault.logged(rnd.op, rnd.name) == 0:
            raise Broken(f"{rnd.words}: done, and not in the log")
        self.logins = rnd.after if stands else rnd.before
        look_inside(self.vault, self.logins, rnd.touched() if stands else rnd.name)
        self.count(rnd, status, stands, out)

    def count(self, rnd, status, stands, out):
        self.by_op[rnd.op] += 1
        if status == 0:
            self.counts["finished before the kill"] += 1
        elif rnd.op == "get":
            self.counts["killed, the secret " + ("was out" if out else "was not out")] += 1
        else:
            self.counts["killed, the change " + ("stands" if stands else "does not stand")] += 1

    def run(self, rnd, wrap=(), delay=None):
        """Runs the round's command and judges what it left; True when it was killed."""
        rnd.logged = self.vault.logged("get", rnd.name) if rnd.op == "get" else 0
        child = self.vault.start(rnd.words, rnd.secret, wrap)
        if delay is not None:
            time.sleep(delay)
            child.kill()
        out, err = self.vault.end(child, rnd.words)
        killed = child.returncode == -signal.SIGKILL
        if killed and delay is not None and self.rng.random() < 0.3:
            self.kill_repair(delay)
        if not killed and child.returncode != 0:
            raise Broken(f"{rnd.words}: status {child.returncode}: {err}")
        self.judge(rnd, None if killed else 0, out)
        return killed

    def kill_repair(self, delay):
        """Whoever comes next undoes what the killed one left, and is killed as well."""
        child = self.vault.start(["list"])
        time.sleep(self.rng.uniform(0, delay))
        child.kill()
        child.communicate()
        self.counts["the next command killed as well"] += 1

    def lifetime(self):
        """How long a change lives when it is left alone."""
        spans = []
        for _ in range(9):
            begun = time.monotonic()
            rnd = self.new_round()
            self.vault.start(rnd.words, rnd.secret).communicate()
            spans.append(time.monotonic() - begun)
            self.logins = rnd.after
        return statistics.median(spans)

    def random_kills(self, rounds):
        """Keeps the moments where about one command in five outlives them."""
        reach = self.lifetime()
        for _ in range(rounds):
            killed = self.run(self.new_round(), delay=self.rng.uniform(0, reach))
            reach *= 1.02 if killed else 0.93

    def every_call(self, ops):
        """Each command killed before each of its calls, until it outlives the last."""
        wrap = ["strace", "-qq", "-o", "/dev/null", "-e"]
        for op in ops:
            for call in CALLS:
                at, killed = 0, True
                while killed:
                    at += 1
                    rnd = self.new_round(op)
                    while rnd.op != op:  # it lacks a login or a version, or has too many
                        self.run(rnd)
                        rnd = self.new_round(op)
                    killed = self.run(rnd, [*wrap, f"inject={call}:signal=KILL:when={at}"])
                self.counts[f"calls of {op}"] += at - 1
