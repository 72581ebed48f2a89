#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""diagnosis: stages faults on real servers and asks the login test what they are.

    diagnosis.py DRIVER HELPER FOLDER [--table]

FOLDER/staged has a fault a line: server, scenario, port, mode, user, password, authority,
verdict, phase and who that are right, and options of probe_driver, or says=WORD for one in
the cause; a TAB between. Each is
probed once, several side by side; then each reply of tests/data/replies.tsv from the login
on, as a scripted server gives it. A line "ok ..." or "not ok ..." for each fault; with --table
those that are not ok, and what was staged against what was told. Status 1 when anything was
told wrongly.
"""
import concurrent.futures
import pathlib
import subprocess
import sys

RECORD = pathlib.Path(__file__).parents[2] / "data" / "replies.tsv"
JOBS = 8
# A network namespace in which nothing is, not even loopback; names are asked for there.
NOWHERE = ["unshare", "--net", "--mount", "sh", "-c",
           "mount -t tmpfs nowhere /media && echo 'hosts: files dns' >/media/names && "
           "chmod 644 /media/names && mount --bind /media/names /etc/nsswitch.conf && "
           'exec "$@"', "nowhere"]


class Fault:
    """One staged fault: where, and what is right to say of it."""

    def __init__(self, line):
        (self.server, self.scenario, self.port, self.mode, self.user, self.password, self.ca,
         self.verdict, self.phase, self.who, options) = line.split("\t")
        self.options = options.split()

    def probe(self, driver, helper):
        host = next((o[5:] for o in self.options if o.startswith("host=")), "localhost")
        options = [o for o in self.options if not o.startswith(("host=", "in=", "says="))]
        total = [] if any(o.startswith("total=") for o in options) else ["total=8000"]
        outside = NOWHERE if "in=nowhere" in self.options else []
        run = subprocess.run([*outside, driver, helper, host, self.port, self.mode, self.user,
                              f"ca={self.ca}", *total, *options],
                             input=self.password + "\n", capture_output=True, text=True, timeout=60)
        said = dict(line.partition(" ")[::2] for line in run.stdout.splitlines())
        self.said = (said.get("verdict", "none"), said.get("phase", "none"), said.get("who", "none"))
        self.words = run.stderr + said.get("text", "") + said.get("cause", "")
        return self

    def right(self):
        cause = [o[5:] for o in self.options if o.startswith("says=")]
        return self.said == (self.verdict, self.phase, self.who) and \
            all(word in self.words for word in cause)


def recorded(port, ca):
    """The replies from the login on, as faults of the scripted server."""
    for number, line in enumerate(RECORD.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("#"):
            continue
        provider, host, at, _, verdict, who, _ = line.split("\t")
        if at not in ("password", "token", "sender", "send"):
            continue
        options = ["auth=AUTH=XOAUTH2" if at == "token" else "auth=AUTH=PLAIN"]
        if at in ("sender", "send"):
            options.append("from=a@example.test" if at == "sender" else "send=b@example.test")
        if provider != "-":
            options.append(f"provider={provider}")
        elif not host.endswith((".example", ".example.org")):
            continue  # known by its host's name only, which is localhost here
        yield Fault("\t".join(["reply", f"{number} at {host}", port, "starttls",
                               f"reply-{number}@example.test", "hunter2", ca, verdict,
                               at if at in ("sender", "send") else "auth", who,
                               " ".join(options)]))


def table(faults):
    """Rows: what was staged. Columns: what was told. Empty beside the diagonal when right."""
    verdicts = sorted({f.verdict for f in faults} | {f.said[0] for f in faults})
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGH"
    wide = max(map(len, verdicts)) + 2
    print("\nstaged as \\ told as".ljust(wide + 4) + " ".join(f"{letters[i]:>3}" for i in
                                                             range(len(verdicts))))
    for i, verdict in enumerate(verdicts):
        counts = [sum(f.verdict == verdict and f.said[0] == told for f in faults)
                  for told in verdicts]
        print(f"{letters[i]} {verdict}".ljust(wide + 3) +
              " ".join(f"{n or '.':>3}" for n in counts))


def summary(title, faults):
    wrong = [f for f in faults if not f.right()]
    servers = ", ".join(f"{sum(f.server == s for f in faults)} {s}"
                        for s in sorted({f.server for f in faults}))
    print(f"{title}: {len(faults)} ({servers}), {len(faults) - len(wrong)} named rightly "
          "(verdict, phase and who must act)")
    return len(wrong)


def main():
    driver, helper, folder = sys.argv[1:4]
    staged = [Fault(line) for line in
              (pathlib.Path(folder) / "staged").read_text(encoding="utf-8").splitlines()]
    script = next(f for f in staged if f.scenario == "recorded")
    staged.remove(script)
    replies = list(recorded(script.port, script.ca))
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        done = list(pool.map(lambda f: f.probe(driver, helper), staged + replies))
    for number, f in enumerate(done, 1):
        if f.right() and "--table" in sys.argv:
            continue
        print(f"{'ok' if f.right() else 'not ok'} {number} {f.server} {f.scenario}: "
              f"{f.verdict} at {f.phase}, {f.who}")
        if not f.right():
            print(f"  told: {' '.join(f.said)}: {f.words}")
    if "--table" in sys.argv:
        table(staged)
        print()
    wrong = summary("staged faults", staged) + summary("replies on record", replies)
    sys.exit(1 if wrong or len(staged) < 40 else 0)


main()
