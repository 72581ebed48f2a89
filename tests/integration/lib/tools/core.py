# SPDX-License-Identifier: ISC
"""What a target is, and what became of each of its cases: one login, one password, one file
that export wrote, one run of the tool."""
import base64
import dataclasses
import email
import os
import pathlib
import re
import shutil
import subprocess
import threading
import time
from typing import Callable

REFUSED = 65
TO = "inbox@example.test"
LIB = pathlib.Path(__file__).resolve().parent
TOP = LIB.parents[3]
RUN = LIB / "run"
NPM = TOP / ".build/npm/node_modules"
BESIDE = TOP / ".build/beside"


class Fault(Exception):
    """What the tool said when it failed."""


@dataclasses.dataclass
class Case:
    number: int
    user: str
    password: bytes
    tls: str
    port: int
    folder: pathlib.Path
    subject: str
    path: pathlib.Path = None   # what export wrote
    refusal: str = None         # why it wrote nothing
    fault: str = None           # what went wrong in the tool
    got: tuple = None           # user and password as the tool read them
    also: dict = None           # by format: what else export wrote, without the secret

    @property
    def letter(self):
        return (f"From: {self.user}\nTo: {TO}\nSubject: {self.subject}\n"
                f"Message-ID: <{self.subject}@example.test>\n\nx\n").encode()


@dataclasses.dataclass(frozen=True)
class Target:
    """One row of the table. `run` gets the cases one by one, or, with `batch`, all at once,
    and either sends a message, or tells what the target's own parser reads."""
    name: str
    format: str
    run: Callable
    sends: bool = True
    batch: bool = False
    programs: tuple = ()        # in PATH
    files: tuple = ()           # packages beside the installed ones, modules
    tls: tuple = ("starttls", "implicit")
    fields: dict = dataclasses.field(default_factory=dict)
    host: str = "localhost"
    port: int = 0               # 0: the server's, by TLS mode
    slow: bool = False          # left out of a quick run
    also: tuple = ()            # formats without a secret, which this one needs

    def missing(self):
        absent = [p for p in self.programs if not shutil.which(p)]
        return absent + [str(f) for f in self.files if not os.path.exists(f)]


class Exporter:
    """The formats of the program under test, without a vault."""

    def __init__(self, driver):
        listing = subprocess.run([driver, "--rows"], check=True, capture_output=True, text=True)
        self.formats = [line.split()[0] for line in listing.stdout.splitlines()]
        self.lock = threading.Lock()
        self.process = subprocess.Popen([driver], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)

    def write(self, form, fields):
        pairs = [f"{key}={value.hex()}" for key, value in fields.items()]
        with self.lock:
            self.process.stdin.write(" ".join([form, *pairs]) + "\n")
            self.process.stdin.flush()
            answer = self.process.stdout.readline()
        status, output, message = answer.rstrip("\n").split(" ")
        return int(status), bytes.fromhex(output), bytes.fromhex(message).decode()


class Mailbox:
    """Which messages have come, by subject, and who was logged in when they did."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder) / "new"
        self.lock = threading.Lock()
        self.seen = set()
        self.come = {}

    def look(self):
        with self.lock:
            for path in self.folder.glob("*") if self.folder.is_dir() else ():
                if path.name not in self.seen:
                    self.seen.add(path.name)
                    self.take(email.message_from_bytes(path.read_bytes()))

    def take(self, message):
        told = " ".join(message.get_all("Received", []))
        senders = re.findall(r"Authenticated sender: ([^)\s]+)", told)
        self.come.setdefault(message.get("Subject", "").strip(), []).extend(senders)

    def wait(self, cases, seconds):
        """The cases whose message came from their login."""
        until = time.monotonic() + seconds
        while True:
            self.look()
            come = [c for c in cases if c.user in self.come.get(c.subject, ())]
            if len(come) == len(cases) or time.monotonic() > until:
                return come
            time.sleep(0.1)


@dataclasses.dataclass
class Bench:
    exporter: Exporter
    mailbox: Mailbox
    folder: pathlib.Path
    ports: dict                 # by TLS mode
    passwords: list
    authority: str

    def user(self, number):
        return f"u{number:02}@example.test"

    def users(self):
        """Lines for Dovecot's passwd-file; no byte of a password is special in base64."""
        for number, password in enumerate(self.passwords):
            yield (f"{self.user(number)}:{{PLAIN.b64}}"
                   f"{base64.b64encode(password).decode()}\n")

    def case(self, target, number):
        tls = target.tls[number % len(target.tls)]
        label = f"{target.format} {target.name} {number:02}".replace("/", "-").replace(" ", "-")
        folder = self.folder / label
        folder.mkdir(parents=True)
        case = Case(number, self.user(number), self.passwords[number], tls,
                    target.port or self.ports[tls], folder, label)
        self.export(target, case)
        return case

    def fields(self, target, case):
        return {"name": b"work", "host": target.host.encode(), "port": str(case.port).encode(),
                "tls": case.tls.encode(), "username": case.user.encode(),
                "from": case.user.encode(), "ca-file": self.authority.encode(), **target.fields}

    def beside(self, target, case, form):
        """What another format says of the same login, without its secret."""
        status, text, message = self.exporter.write(form, self.fields(target, case))
        if status != 0:
            raise Fault(message)
        return text.decode()

    def export(self, target, case):
        fields = self.fields(target, case) | {"secret": case.password}
        status, text, message = self.exporter.write(target.format, fields)
        if status == REFUSED:
            case.refusal = message
        elif status != 0:
            case.fault = f"status {status}: {message}"
        else:
            case.also = {form: self.beside(target, case, form) for form in target.also}
            case.path = case.folder / "exported"
            case.path.write_bytes(text)
            case.path.chmod(0o600)

    def judge(self, target):
        """All cases of one target, done."""
        cases = [self.case(target, n) for n in range(len(self.passwords))]
        alive = [c for c in cases if c.path]
        if target.batch:
            attempt(alive, target.run, self, alive)
        else:
            for case in alive:
                attempt([case], target.run, self, case)
        self.settle(target, alive)
        return cases

    def settle(self, target, cases):
        if target.sends:
            come = self.mailbox.wait(cases, 8 if all(not c.fault for c in cases) else 2)
            for case in cases:
                if case in come:
                    case.fault = None
                else:
                    case.fault = case.fault or "no message came"
            return
        for case in cases:
            want = (case.user.encode(), case.password)
            if not case.fault and case.got != want:
                case.fault = f"it reads {case.got!r}"


def attempt(cases, run, *args):
    try:
        run(*args)
    except (Fault, OSError, KeyError, ValueError, subprocess.SubprocessError) as fault:
        for case in cases:
            case.fault = case.fault or repr(fault)


def environment(case, **env):
    return {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TZ": "UTC",
            "HOME": str(case.folder), **env}


def run(case, *argv, stdin=b"", seconds=20, **env):
    done = subprocess.run([str(a) for a in argv], input=stdin, capture_output=True,
                          timeout=seconds, cwd=case.folder, env=environment(case, **env))
    if done.returncode != 0:
        raise Fault(f"{argv[0]}: status {done.returncode}: "
                    f"{(done.stderr or done.stdout).decode(errors='replace')[-400:]}")
    return done.stdout
