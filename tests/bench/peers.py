#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""peers: what smtpvault costs beside its peers, in one run.

  peers.py SMTPVAULT EMPTY_PROGRAM BENCH_FILL [ROUNDS]

Each row is a whole process, from its start until its last byte was read and it has
ended. The rows of a table take turns, after a warm-up; a slow one sits rounds out, so
that no table takes more than about a minute. What is printed are medians and extremes
in milliseconds, and each median as a multiple of the table's first. A peer that is not
here, or does not work here, is named with the reason. Nothing is asserted: read the
ratios, not the milliseconds.

No peer logs a fetch. Whether an addition is on disk when the program ends is said
beside it. Files are made in /var/tmp, which is on a disk more often than /tmp.
"""
import os
import random
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

SECRET = b"correct-horse-battery-staple"
MANY, FEW = 10000, 100
TURN_MS = 100  # a program slower than this sits rounds out
LOGIN = ["--host", "mail.example.com", "--port", "465", "--tls", "implicit",
         "--username", "u@example.com", "--password-from", "stdin"]


class Absent(Exception):
    """A peer cannot be measured here, and why."""


class Row:
    """argv: a list, or a function from a number never given twice to a list."""

    def __init__(self, label, argv, want=None, stdin=b"", env=None):
        self.label, self.argv, self.want, self.stdin = label, argv, want, stdin
        self.env = env or {}
        self.times, self.every, self.absent = [], 1, None

    def median(self):
        return statistics.median(self.times)


class Bench:
    def __init__(self, top, rounds):
        self.top, self.rounds, self.numbers = top, rounds, 0
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": top,
            "LANG": "C.UTF-8",
            "XDG_DATA_HOME": top + "/data",
            "XDG_STATE_HOME": top + "/state",
            "XDG_CONFIG_HOME": top + "/config",
            "XDG_RUNTIME_DIR": top + "/run",
        }
        os.mkdir(top + "/run", 0o700)

    def new(self, ending, number):
        return "%s/new%d.%s" % (self.top, number, ending)

    def run(self, argv, stdin=b"", env=None):
        """For setting up: what it printed, or Absent with what it complained of."""
        try:
            done = subprocess.run(argv, input=stdin, env={**self.env, **(env or {})}, timeout=120,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        except (OSError, subprocess.TimeoutExpired) as fault:
            raise Absent(str(fault)) from fault
        if done.returncode != 0:
            raise Absent("%s: status %d: %s" % (os.path.basename(argv[0]), done.returncode,
                                                last_line(done.stderr)))
        return done.stdout

    def once(self, row):
        """Milliseconds of one process. posix_spawn, since it costs the same for all."""
        self.numbers += 1
        argv = row.argv(self.numbers) if callable(row.argv) else row.argv
        program = shutil.which(argv[0], path=self.env["PATH"])
        given, complaints = self.top + "/stdin", self.top + "/stderr"
        with open(given, "wb") as f:
            f.write(row.stdin)
        reader, writer = os.pipe()
        actions = [(os.POSIX_SPAWN_OPEN, 0, given, os.O_RDONLY, 0),
                   (os.POSIX_SPAWN_DUP2, writer, 1),
                   (os.POSIX_SPAWN_OPEN, 2, complaints, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)]
        env = {**self.env, **row.env}
        begun = time.perf_counter()
        pid = os.posix_spawn(program, argv, env, file_actions=actions)
        os.close(writer)
        out = []
        while piece := os.read(reader, 1 << 16):
            out.append(piece)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        took = (time.perf_counter() - begun) * 1000
        os.close(reader)
        if status != 0:
            with open(complaints, "rb") as f:
                raise Absent("status %d: %s" % (status, last_line(f.read())))
        if row.want is not None and row.want not in b"".join(out):
            raise Absent("it answered something else than it should")
        return took

    def warm(self, row):
        self.time(row)
        self.time(row)
        if not row.absent:
            row.every = 1 + int(row.times[1] / TURN_MS)
            row.times.clear()

    def time(self, row):
        try:
            row.times.append(self.once(row))
        except Absent as fault:
            row.absent = str(fault)

    def take(self, rows):
        """Times the rows, which take turns."""
        for row in rows:
            self.warm(row)
        rows_here = [row for row in rows if not row.absent]
        slowest = max(row.every for row in rows_here)
        for turn in range(max(self.rounds, 2 * slowest + 1)):
            random.Random(turn).shuffle(rows_here)  # nobody always comes after the same one
            for row in rows_here:
                due = turn % row.every == 0 and (turn < self.rounds or len(row.times) < 3)
                if due and not row.absent:
                    self.time(row)
        if rows[0].absent:
            raise SystemExit("%s: %s" % (rows[0].label, rows[0].absent))

    def table(self, title, rows):
        self.take(rows)
        ours = rows[0].median()
        print("\n" + title)
        for row in rows:
            if row.absent:
                print("  %-58s absent: %s" % (row.label, row.absent))
                continue
            m = row.median()
            print("  %-58s %9.2f ms  (%.2f-%.2f)  x %.2f" %
                  (row.label, m, min(row.times), max(row.times), m / ours))


def last_line(text):
    lines = text.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "no message"


def need(*programs):
    for program in programs:
        if not shutil.which(program):
            raise Absent("%s is not installed" % program)


# ---- the programs: each makes its store, then gives its rows ----


class Smtpvault:
    def __init__(self, b, tool, fill):
        self.b, self.filler = b, fill
        self.key = ["--keyfile", b.top + "/key", "--no-agent"]
        self.one, self.few, self.many = ([tool, "--vault", "%s/%s.db" % (b.top, name), *self.key]
                                         for name in ("one", "few", "many"))
        b.run([*self.one, "init", "--no-passphrase"])
        b.run([*self.one, "add", "p0", *LOGIN], SECRET)
        b.run(self.filling(b.top + "/few.db", FEW))
        self.imported = b.run(self.filling(b.top + "/many.db", MANY, "15")).decode().strip()

    def filling(self, path, count, *rounds):
        return [self.filler, path, self.b.top + "/state/smtpvault", self.b.top + "/key", str(count),
                *rounds]

    def fetch(self):
        return [Row("smtpvault get (key file; logged durably)", [*self.one, "get", "p0"], SECRET)]

    def add(self):
        return [Row("smtpvault add (durable; logged durably)",
                    lambda n: [*self.one, "add", "n%d" % n, *LOGIN], None, SECRET)]

    def fill(self):
        return [Row("smtpvault's add of many, with a new vault (durable)",
                    lambda n: self.filling(self.b.new("db", n), MANY))]

    def list(self):
        return [Row("smtpvault list, %d (each row proved)" % MANY, [*self.many, "list"], b"p09999")]

    def sizes(self):
        return [Row("smtpvault get, %d profiles" % FEW, [*self.few, "get", "p00042"], SECRET),
                Row("smtpvault get, %d profiles" % MANY, [*self.many, "get", "p04242"], SECRET)]


class Peer:
    """What a peer has no row for, it leaves as it is here."""

    def fetch(self):
        return []

    def add(self):
        return []

    def list(self):
        return []

    def fill(self):
        return []

    def close(self):
        pass


class Age(Peer):
    """A file a secret; a list is one sealed file with all the names."""

    def __init__(self, b):
        need("age", "age-keygen")
        self.b, self.id = b, b.top + "/age.key"
        b.run(["age-keygen", "-o", self.id])
        self.to = b.run(["age-keygen", "-y", self.id]).decode().strip()
        b.run(["age", "-r", self.to, "-o", b.top + "/p0.age"], SECRET)
        names = b"".join(b"p%05d\n" % i for i in range(MANY))
        b.run(["age", "-r", self.to, "-o", b.top + "/all.age"], names)

    def fetch(self):
        return [Row("age -d (key file; one file a secret)",
                    ["age", "-d", "-i", self.id, self.b.top + "/p0.age"], SECRET)]

    def add(self):
        return [Row("age -r (not durable; one file a secret)",
                    lambda n: ["age", "-r", self.to, "-o", "%s/n%d.age" % (self.b.top, n)],
                    None, SECRET)]

    def list(self):
        return [Row("age -d, one file with %d names" % MANY,
                    ["age", "-d", "-i", self.id, self.b.top + "/all.age"], b"p09999")]


class SystemdCreds(Peer):
    """Sealed for this machine, by the key that systemd keeps for it."""

    KEY = "/var/lib/systemd/credential.secret"

    def __init__(self, b):
        need("systemd-creds")
        if not os.access(self.KEY, os.R_OK):
            raise Absent("%s is not there for us (\"systemd-creds setup\", as root)" % self.KEY)
        self.file = b.top + "/p0.cred"
        with open(self.file, "wb") as f:
            f.write(b.run(["systemd-creds", "encrypt", "--name=p0", "--with-key=host", "-", "-"],
                          SECRET))

    def fetch(self):
        return [Row("systemd-creds decrypt (host key)",
                    ["systemd-creds", "decrypt", "--name=p0", self.file, "-"], SECRET)]


class Pass(Peer):
    def __init__(self, b, passphrase):
        need("pass", "gpg", "gpgconf")
        self.b, self.passphrase = b, passphrase
        name = "locked" if passphrase else "open"
        self.gnupg, self.store = b.top + "/gnupg-" + name, b.top + "/pass-" + name
        self.env = {"GNUPGHOME": self.gnupg, "PASSWORD_STORE_DIR": self.store}
        os.makedirs(self.gnupg, 0o700)
        b.run(["gpg", "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", passphrase,
               "--quick-generate-key", "bench@example.com", "rsa3072", "encr", "never"], env=self.env)
        b.run(["pass", "init", "bench@example.com"], env=self.env)
        b.run(["pass", "insert", "-m", "p0"], SECRET + b"\n", env=self.env)
        for i in range(1, MANY):
            shutil.copyfile(self.store + "/p0.gpg", "%s/p%d.gpg" % (self.store, i))
        if passphrase:  # into the agent's cache, as a session has it
            b.run(["gpg", "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase",
                   passphrase, "-d", self.store + "/p0.gpg"], env=self.env)

    def fetch(self):
        kind = "a passphrase, agent warm" if self.passphrase else "no passphrase"
        return [Row("pass show (key with %s)" % kind, ["pass", "show", "p0"], SECRET, env=self.env)]

    def add(self):
        if self.passphrase:
            return []
        return [Row("pass insert (not durable)", lambda n: ["pass", "insert", "-m", "n%d" % n], None,
                    SECRET + b"\n", self.env)]

    def list(self):
        if self.passphrase:
            return []
        return [Row("pass ls, %d (names are not sealed)" % MANY, ["pass", "ls"], b"p9999",
                    env=self.env)]

    def close(self):
        self.b.run(["gpgconf", "--kill", "gpg-agent"], env=self.env)


class KeepassXC(Peer):
    ENTRY = ("<Entry><String><Key>Title</Key><Value>p%d</Value></String><String><Key>UserName</Key>"
             "<Value>u@example.com</Value></String><String><Key>Password</Key><Value>%s</Value>"
             "</String></Entry>")

    def __init__(self, b):
        need("keepassxc-cli")
        self.b = b
        for count in (1, MANY):
            with open("%s/%d.xml" % (b.top, count), "w", encoding="utf-8") as f:
                f.write("<KeePassFile><Meta><Generator>bench</Generator></Meta><Root><Group>"
                        "<Name>Root</Name>")
                f.writelines(self.ENTRY % (i, SECRET.decode()) for i in range(count))
                f.write("</Group></Root></KeePassFile>")
            b.run(self.importing(count, self.file(count)), b"pw\npw\n")

    def file(self, count):
        return "%s/%d.kdbx" % (self.b.top, count)

    def importing(self, count, to):
        return ["keepassxc-cli", "import", "-q", "-p", "%s/%d.xml" % (self.b.top, count), to]

    def fetch(self):
        return [Row("keepassxc-cli show, %d %s (its default key derivation)" %
                    (count, "entry" if count == 1 else "entries"),
                    ["keepassxc-cli", "show", "-q", "-s", "-a", "Password", self.file(count), "p0"],
                    SECRET, b"pw\n") for count in (1, MANY)]

    def add(self):
        return [Row("keepassxc-cli add, to 1 entry and more",
                    lambda n: ["keepassxc-cli", "add", "-q", self.file(1), "n%d" % n], None, b"pw\n"),
                Row("keepassxc-cli add, to %d" % MANY,
                    lambda n: ["keepassxc-cli", "add", "-q", self.file(MANY), "n%d" % n], None,
                    b"pw\n")]

    def fill(self):
        return [Row("keepassxc-cli import", lambda n: self.importing(MANY, self.b.new("kdbx", n)),
                    None, b"pw\npw\n")]

    def list(self):
        return [Row("keepassxc-cli ls, %d" % MANY, ["keepassxc-cli", "ls", "-q", self.file(MANY)],
                    b"p9999", b"pw\n")]


class SecretTool(Peer):
    """On a session bus of its own, with a keyring that a piped password unlocks."""

    def __init__(self, b):
        need("secret-tool", "gnome-keyring-daemon", "dbus-run-session")
        self.b = b
        self.bus = subprocess.Popen(
            ["dbus-run-session", "--", "sh", "-c", "echo $DBUS_SESSION_BUS_ADDRESS; exec cat"],
            env=b.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.keyring = None
        try:
            address = self.bus.stdout.readline().decode().strip()
            if not address:
                raise Absent("dbus-run-session does not start here")
            b.env["DBUS_SESSION_BUS_ADDRESS"] = address
            self.unlock()
            for i in range(FEW):
                b.run(self.store(i), SECRET)
        except Absent:
            self.close()
            raise

    def unlock(self):
        self.keyring = subprocess.Popen(
            ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"],
            env=self.b.env, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        self.keyring.stdin.write(b"pw")
        self.keyring.stdin.close()
        control = self.b.top + "/run/keyring/control"
        for _ in range(100):
            if os.path.exists(control):
                time.sleep(0.2)
                return
            time.sleep(0.05)
        raise Absent("gnome-keyring-daemon does not start here")

    def store(self, i):
        return ["secret-tool", "store", "--label=p%d" % i, "service", "bench", "name", "p%d" % i]

    def fetch(self):
        return [Row("secret-tool lookup (daemon unlocked, %d items)" % FEW,
                    ["secret-tool", "lookup", "name", "p42"], SECRET)]

    def add(self):
        return [Row("secret-tool store, to %d and more" % FEW, self.store, None, SECRET)]

    def list(self):
        return [Row("secret-tool search --all, %d only (fails at %d)" % (FEW, MANY),
                    ["secret-tool", "search", "--all", "service", "bench"], b"p42")]

    def close(self):
        for process in (self.keyring, self.bus):
            if process is None:
                continue
            if process is self.bus:
                process.stdin.close()
            else:
                process.send_signal(signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.b.env.pop("DBUS_SESSION_BUS_ADDRESS", None)


# ---- facts that need no clock ----


def objects_of(b, argv):
    """The shared objects that a run of argv really loads, dlopen included."""
    done = subprocess.run(argv, env={**b.env, "LD_DEBUG": "files", "LD_BIND_NOW": "1"}, check=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    found = re.findall(rb"calling init: \S*/([^/\s]+)", done.stderr)
    return sorted({name.decode() for name in found})


def facts(b, vault, tool):
    objects = objects_of(b, [*vault.one, "get", "p0"])
    unwanted = [name for name in objects if re.search("curl|readline|ncurses|tinfo", name)]
    print("\nThe program")
    print("  `get` without an agent loads %d shared objects: %s" % (len(objects), " ".join(objects)))
    print("  of curl and readline: %s" % (" ".join(unwanted) or "none"))
    for name in (tool, os.path.dirname(tool) + "/libexec/smtpvault"):
        size = "%.2f MiB with its debug symbols" % (os.path.getsize(name) / 2**20)
        if shutil.which("strip"):
            b.run(["strip", "-o", b.top + "/stripped", name])
            size += ", %.2f MiB without" % (os.path.getsize(b.top + "/stripped") / 2**20)
        print("  size of %s: %s" % ("the front" if name == tool else "the full program", size))


def versions(b):
    def ask(*argv):
        if not shutil.which(argv[0]):
            return None
        try:
            out = subprocess.run(argv, env=b.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                 stdin=subprocess.DEVNULL, timeout=20, check=False).stdout
        except (OSError, subprocess.TimeoutExpired):
            return None
        found = re.search(rb"\d+\.\d+(\.\d+)*", out)
        return "%s %s" % (argv[0], found.group().decode()) if found else argv[0]

    asked = (("age", "--version"), ("pass", "version"), ("gpg", "--version"),
             ("keepassxc-cli", "--version"), ("gnome-keyring-daemon", "--version"))
    return ", ".join(filter(None, (ask(*argv) for argv in asked)))


def peers_here(b):
    makers = (("age", Age), ("systemd-creds", SystemdCreds), ("pass", lambda b: Pass(b, "")), ("pass, locked key", lambda b: Pass(b, "pw")),
              ("keepassxc-cli", KeepassXC), ("secret-tool", SecretTool))
    here = []
    for name, make in makers:
        try:
            here.append(make(b))
        except Absent as why:
            print("%s absent: %s" % (name, why))
    return here


def measure(b, tool, empty, fill):
    print("%d processors, load %.1f; %s" % (os.cpu_count(), os.getloadavg()[0], versions(b)))
    vault = Smtpvault(b, tool, fill)
    peers = peers_here(b)
    try:
        floor = [Row("an empty program", [empty]), Row("sh -c true", ["sh", "-c", "true"]),
                 Row("smtpvault --version (loaded, does nothing)", [tool, "--version"])]
        b.table("Fetch one secret",
                vault.fetch() + floor + [row for peer in peers for row in peer.fetch()])
        b.table("Fetch one of many", vault.sizes())
        b.table("List", vault.list() + [row for peer in peers for row in peer.list()])
        b.table("Add one", vault.add() + [row for peer in peers for row in peer.add()])
        b.table("Import %d into a new store" % MANY,
                vault.fill() + [row for peer in peers for row in peer.fill()])
        print("  in one process: " + vault.imported)
        facts(b, vault, tool)
    finally:
        for peer in peers:
            peer.close()


def main():
    if len(sys.argv) not in (4, 5):
        raise SystemExit(__doc__)
    tool, empty, fill = (os.path.abspath(name) for name in sys.argv[1:4])
    rounds = int(sys.argv[4]) if len(sys.argv) > 4 else 31
    with tempfile.TemporaryDirectory(prefix="svbench-", dir="/var/tmp") as top:
        measure(Bench(top, rounds), tool, empty, fill)


if __name__ == "__main__":
    main()
