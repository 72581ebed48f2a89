#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""rotation: what reminding and changing cost, as ratios. A table; rows are functions below.

  tests/bench/rotation.py BUILD [--rounds N]      BUILD: .build/gcc, with bench/bench_fill

Processor time, since a busy machine does not spoil it; what is compared takes turns.
"""
import argparse
import concurrent.futures
import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import tempfile
import time

MANY = 10_000


class Bench:
    """A folder of its own, with vaults that a key file opens."""

    def __init__(self, build, folder, rounds):
        self.build, self.folder, self.rounds = build.resolve(), folder, rounds
        self.env = {k: v for k, v in os.environ.items() if not k.startswith("SMTPVAULT")}
        self.env.update(HOME=str(folder), XDG_STATE_HOME=str(folder / "state"),
                        XDG_RUNTIME_DIR=str(folder), XDG_CONFIG_HOME=str(folder / "config"))

    def vault(self, name, count, *kind):
        """The words that open a vault with so many profiles."""
        key = self.folder / f"{name}.key"
        self.run(self.build / "smtpvault", "--vault", self.folder / f"{name}.first", "--keyfile",
                 key, "init", "--no-passphrase")
        path = self.folder / name / "vault.db"
        subprocess.run([self.build / "bench/bench_fill", path, self.folder / "state/smtpvault",
                        key, str(count), *kind], check=True, stdout=subprocess.DEVNULL)
        return [str(self.build / "smtpvault"), "--no-agent", "--vault", str(path), "--keyfile",
                str(key)]

    def imported(self, vault, host, count):
        """The same words, for a vault beside it with logins at a provider's server."""
        text = "".join(f"machine {host} login u{i}@corp.example port 587 password pw{i}\n"
                       for i in range(count))
        (self.folder / "netrc").write_text(text)
        place = [str(self.folder / "imported.db") if w.endswith("/vault.db") else w for w in vault]
        self.run(*place, "init", "--no-passphrase")
        self.run(*place, "import", "--from", "netrc", str(self.folder / "netrc"), "--yes")
        return place

    def run(self, *words, good=(0,)):
        done = subprocess.run(words, env=self.env, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, check=False)
        if done.returncode not in good:
            raise SystemExit(f"{' '.join(map(str, words))}: {done.returncode}: {done.stderr.decode()}")

    def cost(self, *words, good=(0,)):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.run(*words, good=good)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    def ratio(self, one, other, good):
        """Medians of both, in seconds."""
        seen = ([], [])
        for _ in range(self.rounds):
            seen[0].append(self.cost(*one, good=good))
            seen[1].append(self.cost(*other))
        return statistics.median(seen[0]), statistics.median(seen[1])


def row(what, one, other, goal):
    verdict = "met" if one <= goal * other else "MISSED"
    print(f"| {what} | {one * 1e3:.0f} : {other * 1e3:.0f} ms | {one / other:.2f} | <= {goal} "
          f"| {verdict} |", flush=True)


def due(bench):
    """Reminding: all clocks over many profiles, beside their list."""
    vault = bench.vault("due", MANY)
    provided = bench.imported(vault, "smtp.office365.com", MANY)
    logins = bench.vault("logins", MANY, "oauth")
    for words in (vault, provided, logins):
        for rule in (["--all", "--every", "90d", "--on", "01-15,07-15"],
                     ["--tag", "prod", "--lead", "3d"], ["--provider", "gmail", "--every", "30d"],
                     ["--kind", "api-key", "--every", "1y"]):
            bench.run(*words, "policy", "set", *rule)
        bench.run(*words, "list")
    one, other = bench.ratio([*vault, "due", "--within", "1h"], [*vault, "list"], (0, 1))
    row(f"due, {MANY} profiles, nothing due : list of them", one, other, 1.5)
    one, other = bench.ratio([*provided, "due", "--within", "1h"], [*provided, "list"], (0, 1))
    row(f"the same, {MANY} at a provider with a deadline", one, other, 1.5)
    one, other = bench.ratio([*logins, "due", "--within", "1h"], [*logins, "list"], (0, 1))
    row(f"the same, {MANY} logins by OAuth2", one, other, 1.5)
    one, other = bench.ratio([*vault, "due", "--within", "365d", "--json"],
                             [*vault, "list", "--json"], (1,))
    row(f"due --json, {MANY} profiles, all due : list --json", one, other, 1.5)


ROTATED = 1000
AT_ONCE = 8
STEP = 0.25  # seconds: a rotator that goes to its server by a network
HOOK = f"""#!/bin/sh
sleep {STEP}
echo '{{"schema":1,"result":"ok"}}'
"""


def hooks(bench):
    """Changing: many profiles by a rotator, beside the rotator's own time. Elapsed time, since
    most of it is waiting."""
    vault = bench.vault("hooks", ROTATED)
    folder = bench.folder / "config/smtpvault/rotators.d"
    folder.mkdir(parents=True)
    hook = folder / "bench"
    hook.write_text(HOOK, encoding="ascii")
    for path in (folder, hook):
        path.chmod(0o755)
    names = [f"p{i:05}" for i in range(ROTATED)]

    def steps(name):
        for step in ("create", "set", "finish"):
            subprocess.run([hook, step], input=b"{}", stdout=subprocess.DEVNULL, check=True,
                           env={**bench.env, "SMTPVAULT_PROFILE": name})

    began = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(steps, names))
    alone = time.monotonic() - began
    began = time.monotonic()
    bench.run(*vault, "rotate", *names, "--hook", "bench", "--no-verify", "--yes", "--jobs",
              str(AT_ONCE), "--per-provider", str(AT_ONCE))
    row(f"rotate, {ROTATED} profiles by a hook of 3 * {STEP} s, {AT_ONCE} at once : the hooks "
        "(elapsed)", time.monotonic() - began, alone, 1.2)


def load(bench):
    """Changing: what real senders lose meanwhile, and what a kill leaves; as root."""
    test = pathlib.Path(__file__).parents[1] / "integration/52-rotation-load.sh"
    env = {**os.environ, "SMTPVAULT": str(bench.build / "smtpvault"), "BUILD": str(bench.build),
           "ROTATION_ROUNDS": "50", "ROTATION_KILLS": "40"}
    done = subprocess.run([test.parent / "lib/apart", test], env=env, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    said = done.stdout.decode(errors="replace").splitlines()
    verdict = "met" if done.returncode == 0 else "MISSED"
    told = [line[2:] for line in said if line.startswith("# ") and ("lost" in line or "kills" in line)]
    for what, goal in zip(told, ("0 lost", "server and vault agree")):
        print(f"| {what} | | | {goal} | {verdict} |", flush=True)
    if done.returncode != 0:
        print("\n".join(line for line in said if line.startswith("not ok") or " lost " in line))


ROWS = (due, hooks, load)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--only", choices=[row.__name__ for row in ROWS], help="one of the rows")
    args = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="smtpvault-rotation.", dir="/var/tmp"))
    try:
        bench = Bench(args.build, folder, args.rounds)
        print("| what | processor time | ratio | goal | |\n| --- | --- | --- | --- | --- |")
        for function in ROWS:
            if args.only in (None, function.__name__):
                function(bench)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
