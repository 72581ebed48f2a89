# SPDX-License-Identifier: ISC
"""swarm: many processes on one vault at once, some of them killed, some held up.

Each worker has names of its own, so it knows what they must be, whatever the others
do. The secrets that came out are counted, and compared with the log in the end.
"""
import collections
import concurrent.futures
import fcntl
import itertools
import random
import signal
import sqlite3
import statistics
import threading
import time

from rounds import Round, choose, judge_answer, look_inside, shape, what_stands
from vault import BUSY, Broken

SHARED = 8  # profiles that all fetch


class Tally:
    """What happened, told by many threads."""

    def __init__(self):
        self.counts = collections.Counter()
        self.spans = collections.defaultdict(list)
        self.lock = threading.Lock()

    def tell(self, what, seconds=None):
        with self.lock:
            self.counts[what] += 1
            if seconds is not None:
                self.spans[what].append(seconds)

    def lines(self):
        for what, n in sorted(self.counts.items()):
            spans = sorted(self.spans[what])
            took = (f", {1000 * statistics.median(spans):.0f} ms in the middle, "
                    f"{1000 * spans[-1]:.0f} at most" if spans else "")
            yield f"{n:6} {what}{took}"


def at_once(works):
    """Runs all of them; the first fault of any is raised."""
    with concurrent.futures.ThreadPoolExecutor(len(works)) as pool:
        for done in concurrent.futures.as_completed([pool.submit(work) for work in works]):
            done.result()


def add(vault, name, secret):
    words = ["add", name, "--host", "mail.example.org", "--port", "465", "--username", "ann",
             "--password-from", "stdin"]
    child = vault.start(words, secret)
    _, err = vault.end(child, words)
    if child.returncode != 0:
        raise Broken(f"{words}: status {child.returncode}: {err}")


class Worker:
    """Changes and fetches its own names; kills a third of its commands."""

    def __init__(self, vault, tally, number, seed):
        self.vault = vault
        self.tally = tally
        self.rng = random.Random(seed * 1000 + number)
        self.prefix = f"w{number}-"
        self.pattern = f"w{number}-*"
        self.logins = {}
        self.number = 0
        self.unsure = 0  # fetches killed before their answer: they may be in the log

    def work(self, end):
        while time.monotonic() < end:
            if self.rng.random() < 0.08:
                self.look()
            else:
                self.change()
        look_inside(self.vault, self.logins, None)

    def look(self):
        words = self.rng.choice([["verify", "--full"], ["audit", "verify"], ["list"]])
        begun = time.monotonic()
        self.vault.ask(*words)
        self.tally.tell(" ".join(words), time.monotonic() - begun)

    def change(self):
        self.number += 1
        rnd = Round(self.rng, self.prefix, self.number, self.logins,
                    choose(self.rng, self.logins))
        begun = time.monotonic()
        child = self.vault.start(rnd.words, rnd.secret)
        if self.rng.random() < 0.33:
            time.sleep(self.rng.uniform(0, 0.03 if rnd.op == "get" else 0.15))
            child.kill()
        out, err = self.vault.end(child, rnd.words)
        status = child.returncode
        if status not in (0, -signal.SIGKILL, BUSY):
            raise Broken(f"{rnd.words}: status {status}: {err}")
        self.tally.tell({0: rnd.op, BUSY: f"{rnd.op} busy"}.get(status, f"{rnd.op} killed"),
                        time.monotonic() - begun if status == 0 else None)
        self.judge(rnd, status, out)

    def judge(self, rnd, status, out):
        if rnd.op == "get":
            released = judge_answer(rnd, status, out)
            self.vault.count(released)
            self.unsure += status != 0 and not released
        stands = what_stands(self.vault, rnd, 0 if status == 0 else None, self.pattern)
        if stands and status == BUSY and shape(rnd.after) != shape(rnd.before):
            raise Broken(f"{rnd.words}: busy, and done all the same")
        self.logins = rnd.after if stands else rnd.before


def count_log(vault, unsure):
    """Entries of the log and secrets that came out: the same number, but for fetches
    that were killed between the one and the other."""
    logged = vault.logged("get", result="ok")
    if not vault.released <= logged <= vault.released + unsure:
        raise Broken(f"{vault.released} secrets came out, {unsure} fetches were killed before "
                     f"their answer, and the log has {logged} entries")
    return f"{vault.released} secrets came out, {logged} entries in the log, {unsure} killed fetches"


def kill_swarm(vault, tally, seed, workers, seconds):
    end = time.monotonic() + seconds
    crowd = [Worker(vault, tally, n, seed) for n in range(workers)]
    at_once([lambda w=w: w.work(end) for w in crowd])
    vault.must_be_sound()
    for worker in crowd:
        what = vault.shapes(worker.pattern)
        if what != shape(worker.logins):
            raise Broken(f"{worker.pattern}: {what} in the end, not {shape(worker.logins)}")
    return count_log(vault, sum(worker.unsure for worker in crowd))


def fetchers(vault, tally, crowd, seconds):
    """Nobody is killed: the log has exactly one entry a secret."""
    for n in range(SHARED):
        add(vault, f"shared-{n}", f"secret of {n}")

    end = time.monotonic() + seconds

    def fetch(who):
        for i in itertools.count():
            if i > 1 and time.monotonic() > end:
                return
            n = (who + i) % SHARED
            begun = time.monotonic()
            if vault.fetch_version(f"shared-{n}", 1) != f"secret of {n}":
                raise Broken(f"shared-{n}: another secret than the one stored")
            tally.tell("get by one of many", time.monotonic() - begun)

    at_once([lambda who=who: fetch(who) for who in range(crowd)])
    vault.must_be_sound()
    return count_log(vault, 0)


class Edited:
    """A profile that one process edits while others read it: they see the edits in
    their order, and never one that was already over when they began."""

    def __init__(self, vault, tally, name):
        self.vault, self.tally, self.name = vault, tally, name
        self.begun = self.done = 1
        add(vault, name, "secret 1")

    def edit(self, end):
        while time.monotonic() < end:
            self.begun += 1
            words = ["edit", self.name, "--password-from", "stdin"]
            begun = time.monotonic()
            child = self.vault.start(words, f"secret {self.begun}")
            _, err = self.vault.end(child, words)
            if child.returncode != 0:
                raise Broken(f"{words}: status {child.returncode}: {err}")
            self.done = self.begun
            self.tally.tell("edit beside readers", time.monotonic() - begun)

    def read(self, end):
        while time.monotonic() < end:
            least, begun = self.done, time.monotonic()
            secret = self.vault.ask("get", "-n", self.name)
            self.vault.count(1)
            self.tally.tell("get beside editors", time.monotonic() - begun)
            if not least <= int(secret.split()[1]) <= self.begun:
                raise Broken(f"{self.name}: {secret!r}, with {least} to {self.begun} allowed")


def readers(vault, tally, crowd, seconds):
    edited = [Edited(vault, tally, f"edited-{n}") for n in range(4)]
    end = time.monotonic() + seconds
    at_once([lambda e=e: e.edit(end) for e in edited] +
            [lambda n=n: edited[n % len(edited)].read(end) for n in range(crowd)])
    vault.must_be_sound()
    return count_log(vault, 0)


# ---- held up ----

def must_be_busy(vault, words, secret=None):
    """75, in the time that its message names, and nothing on standard output."""
    begun = time.monotonic()
    child = vault.start(words, secret)
    out, err = vault.end(child, words)
    took = time.monotonic() - begun
    if child.returncode != BUSY or out or "10 seconds" not in err or took < 9:
        raise Broken(f"{words}: held up: status {child.returncode} after {took:.1f} s, "
                     f"{out!r}, {err!r}")


def hold_ups(new_vault):
    """Each lock is held by us for too long; what comes then is told to wait, and works
    again when the lock is free."""
    adding = ["add", "late", "--host", "mail.example.org", "--port", "465", "--username", "ann",
              "--password-from", "stdin"]

    def by_flock(name, words, secret):
        vault = new_vault()
        add(vault, "work", "secret of work")
        lock = next(vault.folder.glob(f"state/smtpvault/*/{name}"))
        with open(lock, "rb") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            must_be_busy(vault, words, secret)
        go_on(vault)

    def by_transaction(kind, words, secret):
        vault = new_vault()
        add(vault, "work", "secret of work")
        held = sqlite3.connect(vault.folder / "data/smtpvault/vault.db", isolation_level=None)
        held.execute(f"BEGIN {kind}")
        must_be_busy(vault, words, secret)
        held.execute("ROLLBACK")
        held.close()
        go_on(vault)

    def go_on(vault):
        add(vault, "after", "secret of after")
        if vault.fetch("work", "after") != {"work": "secret of work", "after": "secret of after"}:
            raise Broken("after a hold-up: another secret than the one stored")
        vault.must_be_sound()

    at_once([lambda: by_flock("write.lock", adding, "x"),
             lambda: by_flock("lock", ["get", "work"], None),
             lambda: by_transaction("IMMEDIATE", adding, "x"),
             lambda: by_transaction("EXCLUSIVE", ["get", "work"], None)])
