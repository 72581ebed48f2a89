#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""scan: a search for mail passwords in a tree of 200 000 files, beside grep -r.

  tests/bench/scan.py BUILD [--files N]      BUILD: .build/gcc

The tree is made of the headers and texts of this machine, so that words and sizes are those
of real files; grep looks for one pattern of what scan looks for. Both take turns, the files
in memory; processor time, since a busy machine does not spoil it.
"""
import argparse
import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import tempfile

ROUNDS = 5
SOURCES = ("/usr/include", "/usr/share/doc", "/etc", "/usr/share/perl", "/usr/lib/python3")
LARGEST = 64 * 1024


def texts():
    for source in SOURCES:
        for folder, _, names in os.walk(source):
            for name in names:
                path = pathlib.Path(folder, name)
                try:
                    if path.is_file() and not path.is_symlink() and \
                            0 < path.stat().st_size <= LARGEST:
                        yield path.read_bytes()
                except OSError:
                    continue


def make_tree(root, count):
    kept = []
    for text in texts():
        kept.append(text)
        if len(kept) == 8000:
            break
    for number in range(count):
        folder = root / f"{number // 2500}" / f"{number // 50 % 50}"
        if number % 50 == 0:
            folder.mkdir(parents=True)
        (folder / f"{number}.txt").write_bytes(kept[number % len(kept)])


def processor_time(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--files", type=int, default=200_000)
    args = parser.parse_args()
    root = pathlib.Path(tempfile.mkdtemp(prefix="smtpvault-scan.", dir="/var/tmp"))
    try:
        make_tree(root, args.files)
        commands = {"scan": [str(args.build / "smtpvault"), "-q", "scan", str(root)],
                    "grep": ["grep", "-r", "smtp.*password", str(root)]}
        for command in commands.values():
            processor_time(command)
        seen = {name: [] for name in commands}
        for _ in range(ROUNDS):
            for name, command in commands.items():
                seen[name].append(processor_time(command))
        scan, grep = (statistics.median(seen[name]) for name in ("scan", "grep"))
        print(f"scan of {args.files} files, against grep -r of the same: {scan / grep:.2f} x "
              f"({scan:.2f} : {grep:.2f} s of processor); goal <= 2")
    finally:
        shutil.rmtree(root, ignore_errors=True)


main()
