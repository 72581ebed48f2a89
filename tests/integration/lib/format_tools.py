# SPDX-License-Identifier: ISC
"""Every export format through the tool it is for, with hostile passwords: the tool logs in
at a real server and its message arrives, or its parser reads the same bytes, or export
refuses with the reason. Anything else is WRONG.

    format_tools.py [--quick] DRIVER FOLDER STARTTLS-PORT IMPLICIT-PORT CA MAILBOX
                    DOVECOT-USERS [TARGET...]

--quick takes the nastiest passwords alone, and leaves out the tools that are not installed.
TRUST_ETC is a folder over /etc that beside may use too.
"""
import argparse
import concurrent.futures
import pathlib
import re
import sys
import time

from tools import applications, carriers, databases, hostile, languages, mailers, servers
from tools.core import Bench, Exporter, Mailbox

TARGETS = [*mailers.TARGETS, *servers.TARGETS, *languages.TARGETS, *applications.TARGETS,
           *databases.TARGETS, *carriers.TARGETS]
QUICK = 9
WORKERS = 8


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    for name in ("driver", "folder", "starttls", "implicit", "ca", "mailbox", "users"):
        parser.add_argument(name)
    parser.add_argument("targets", nargs="*")
    return parser.parse_args()


def make_bench(given):
    ports = {"starttls": int(given.starttls), "implicit": int(given.implicit)}
    passwords = hostile.PASSWORDS[:QUICK] if given.quick else hostile.PASSWORDS
    bench = Bench(Exporter(given.driver), Mailbox(given.mailbox), pathlib.Path(given.folder),
                  ports, passwords, given.ca)
    with open(given.users, "a", encoding="ascii") as users:
        users.writelines(bench.users())
    return bench


class Row:
    """One line of the table."""

    def __init__(self, target):
        self.target = target
        self.cases, self.missing, self.seconds = [], [], 0.0

    def fill(self, bench, quick):
        if self.target.format not in bench.exporter.formats:
            return self
        self.missing = self.target.missing()
        if self.missing and quick:
            return self
        begun = time.monotonic()
        if not self.missing:
            self.cases = bench.judge(self.target)
        self.seconds = time.monotonic() - begun
        return self

    @property
    def refused(self):
        return [c for c in self.cases if c.refusal]

    @property
    def wrong(self):
        return [c for c in self.cases if c.fault]

    @property
    def exact(self):
        return [c for c in self.cases if not c.fault and not c.refusal]

    def faults(self):
        for case in self.wrong:
            yield f"{self.target.name}, {case.tls}, {case.password!r}: {case.fault}"
        for case in self.refused:
            if not re.search(r" at byte | is the limit", case.refusal):
                yield f"{self.target.name}: no reason in {case.refusal!r}"
        if self.cases and not self.exact:
            yield f"{self.target.name}: no password arrived"

    def line(self):
        how = "missing: " + " ".join(pathlib.Path(m).name for m in self.missing) \
            if self.missing else "sends" if self.target.sends else "reads"
        return (f"{self.target.format:20} {self.target.name:24} {how:8} {len(self.exact):6} "
                f"{len(self.refused):8} {len(self.wrong):6}  {self.seconds:5.1f} s")


def fill(rows, bench, quick):
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        yield from pool.map(lambda row: row.fill(bench, quick), rows)


def sums(rows, bench):
    formats = bench.exporter.formats
    fine = [r.target for r in rows if r.exact and not r.wrong]
    good = {form for t in fine for form in (t.format, *t.also)}
    senders = {form for t in fine if t.sends for form in (t.format, *t.also)}
    changed = sum(len(r.wrong) for r in rows)
    yield f"formats written: {len(formats)}"
    yield f"verified by the real tool or its own parser: {len(good)}"
    yield f"of these, with a message sent: {len(senders)}"
    yield f"passwords: {len(bench.passwords)}; arrived changed: {changed}"
    if alone := sorted(set(formats) - good):
        yield f"written but not verified: {' '.join(alone)}"


def without_tool(bench):
    tried = {form for t in TARGETS for form in (t.format, *t.also)}
    for form in bench.exporter.formats:
        if form not in tried:
            yield f"{form:20} {'-':24} {'none':8} {'-':>6} {'-':>8} {'-':>6}"


def main():
    given = arguments()
    bench = make_bench(given)
    chosen = [t for t in TARGETS if not (given.quick and t.slow)]
    if given.targets:
        chosen = [t for t in TARGETS if {t.name, t.format} & set(given.targets)]
    # What takes longest begins first.
    rows = sorted((Row(t) for t in chosen), key=lambda r: r.target.sends, reverse=True)
    done, faults = [], []
    print(f"{'format':20} {'tool':24} {'':8} {'exact':>6} {'refused':>8} {'WRONG':>6}")
    for row in fill(rows, bench, given.quick):
        if row.target.format not in bench.exporter.formats:
            continue
        done.append(row)
        faults += row.faults()
        print(row.line(), flush=True)
    if not given.targets:
        print("\n".join(without_tool(bench)))
    print("\n".join(sums(done, bench)))
    if faults:
        print("WRONG:", *faults, sep="\n  ")
    absent = [r for r in done if r.missing and not given.quick]
    sys.exit(bool(faults) or bool(absent) or not done)


main()
