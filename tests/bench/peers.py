#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""peers: what smtpvault costs beside its peers, in one run.

Every row times whole processes, interleaved (A B C A B C ...), after one warm-up
round; it prints medians in milliseconds and the ratio of each peer's median to
smtpvault's. A peer that is not installed is named as absent. Nothing is asserted:
read the ratios, not the milliseconds.

  peers.py SMTPVAULT EMPTY_PROGRAM [ROUNDS]
"""
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

SECRET = "correct-horse-battery-staple"


class Bench:
    def __init__(self, tool, empty, rounds, top):
        self.tool, self.empty, self.rounds, self.top = tool, empty, rounds, top
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": top,
            "LANG": "C.UTF-8",
            "XDG_DATA_HOME": top + "/data",
            "XDG_STATE_HOME": top + "/state",
            "XDG_CONFIG_HOME": top + "/config",
            "GNUPGHOME": top + "/gnupg",
            "PASSWORD_STORE_DIR": top + "/pass",
        }

    def run(self, argv, stdin=None):
        return subprocess.run(
            argv, input=stdin, env=self.env, check=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300).stdout

    def once(self, argv, want, stdin):
        begun = time.monotonic()
        out = self.run(argv, stdin)
        took = (time.monotonic() - begun) * 1000
        if want is not None and want not in out:
            raise SystemExit("%s answered something else" % argv[0])
        return took

    def table(self, title, rows, rounds=None):
        """rows: (label, argv, expected bytes or None, stdin or None); the first is ours."""
        times = {label: [] for label, *_ in rows}
        for turn in range((rounds or self.rounds) + 1):
            for label, argv, want, stdin in rows:
                took = self.once(argv, want, stdin)
                if turn:
                    times[label].append(took)
        ours = statistics.median(times[rows[0][0]])
        print("\n%s" % title)
        for label, *_ in rows:
            t = times[label]
            m = statistics.median(t)
            print("  %-44s %9.2f ms  (%.2f-%.2f)   x %.2f" % (label, m, min(t), max(t), m / ours))


def have(program):
    if shutil.which(program):
        return True
    print("absent here: %s" % program)
    return False


def gpg_key(b):
    os.makedirs(b.top + "/gnupg", mode=0o700)
    b.run(["gpg", "--batch", "--quiet", "--passphrase", "", "--quick-generate-key",
           "bench@example.com", "rsa3072", "encr", "never"])


def pass_store(b, count):
    b.run(["pass", "init", "bench@example.com"])
    b.run(["pass", "insert", "-m", "p0"], (SECRET + "\n").encode())
    for i in range(1, count):
        shutil.copyfile(b.top + "/pass/p0.gpg", "%s/pass/p%d.gpg" % (b.top, i))


def keepassxc_store(b, count):
    entry = ("<Entry><String><Key>Title</Key><Value>p%d</Value></String><String><Key>UserName"
             "</Key><Value>u@example.com</Value></String><String><Key>Password</Key><Value>" + SECRET +
             "</Value></String></Entry>")
    with open(b.top + "/all.xml", "w", encoding="utf-8") as f:
        f.write("<KeePassFile><Meta><Generator>bench</Generator></Meta><Root><Group><Name>Root</Name>")
        f.writelines(entry % i for i in range(count))
        f.write("</Group></Root></KeePassFile>")
    b.run(["keepassxc-cli", "import", "-q", b.top + "/all.xml", b.top + "/all.kdbx"], b"pw\npw\n")


def main():
    tool, empty = sys.argv[1:3]
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 15
    count = 10000
    with tempfile.TemporaryDirectory(prefix="smtpvault-bench-") as top:
        b = Bench(tool, empty, rounds, top)
        key = ["--keyfile", top + "/key", "--no-agent"]
        b.run([tool, *key[:2], "init", "--no-passphrase"])
        b.run([tool, *key, "add", "p0", "--host", "mail.example.com", "--port", "465", "--tls",
               "implicit", "--username", "u@example.com", "--password-from", "stdin"], SECRET.encode())
        want = SECRET.encode()

        fetch = [("smtpvault get (key file, durable log entry)", [tool, *key, "get", "p0"], want, None),
                 ("an empty program (no libraries but libc)", [empty], None, None)]
        add = [("smtpvault add (durable, logged)", None, None, want)]
        lists = []
        if have("age"):
            b.run(["age-keygen", "-o", top + "/age.key"])
            recipient = b.run(["age-keygen", "-y", top + "/age.key"]).decode().strip()
            b.run(["age", "-r", recipient, "-o", top + "/p0.age"], want)
            fetch.append(("age -d (identity file, no log)",
                          ["age", "-d", "-i", top + "/age.key", top + "/p0.age"], want, None))
        if have("pass") and have("gpg"):
            gpg_key(b)
            pass_store(b, count)
            fetch.append(("pass show (key without passphrase, no log)", ["pass", "show", "p0"], want, None))
            lists.append(("pass ls (names only)", ["pass", "ls"], b"p9999", None))
        if have("keepassxc-cli"):
            keepassxc_store(b, count)
            fetch.append(("keepassxc-cli show (%d entries, no log)" % count,
                          ["keepassxc-cli", "show", "-q", "-s", "-a", "Password", top + "/all.kdbx", "p0"],
                          want, b"pw\n"))
            lists.append(("keepassxc-cli ls", ["keepassxc-cli", "ls", "-q", top + "/all.kdbx"], b"p9999",
                          b"pw\n"))
        if have("secret-tool") and have("gnome-keyring-daemon") and have("dbus-run-session"):
            print("secret-tool: needs a session bus and a keyring daemon; timed by hand, see the manual")
        b.table("Fetch one secret", fetch)

        print("\nAdd one (each process stores a new entry)")
        turn = [0]

        def timed(label, make, stdin):
            took = []
            for i in range(rounds + 1):
                turn[0] += 1
                t = b.once(make("n%d" % turn[0]), None, stdin)
                if i:
                    took.append(t)
            return label, statistics.median(took)
        rows = [timed(add[0][0], lambda n: [tool, *key, "add", n, "--host", "mail.example.com",
                      "--port", "465", "--tls", "implicit", "--username", "u", "--password-from",
                      "stdin"], want)]
        if os.path.isdir(top + "/pass"):
            rows.append(timed("pass insert (no fsync)", lambda n: ["pass", "insert", "-m", n], want))
        if os.path.exists(top + "/all.kdbx"):
            rows.append(timed("keepassxc-cli add", lambda n: ["keepassxc-cli", "add", "-q", top +
                              "/all.kdbx", n], b"pw\n"))
        for label, m in rows:
            print("  %-44s %9.2f ms   x %.2f" % (label, m, m / rows[0][1]))

        filler = os.path.join(os.path.dirname(os.path.abspath(empty)), "bench_fill")
        b.run([filler, top + "/data/smtpvault/big.db", top + "/state/smtpvault", top + "/key", str(count)])
        big = [tool, "--vault", top + "/data/smtpvault/big.db", *key]
        b.table("List %d entries" % count,
                [("smtpvault list (every row proved)", [*big, "list"], b"p09999", None), *lists])
        b.table("Fetch one of %d against one of 1" % count,
                [("smtpvault get, small vault", [tool, *key, "get", "p0"], want, None),
                 ("smtpvault get, %d profiles" % count, [*big, "get", "p00001"], want, None)])


main()
