# SPDX-License-Identifier: ISC
"""place: a folder with a vault in it that is put back again and again, and the judge who
says what is there."""
import ctypes
import os
import pathlib
import shutil
import subprocess

from commands import BASES, World, base_world, SERVER

MS_REMOUNT = 32


class Broken(Exception):
    """A promise that did not hold."""


class Found:
    """What the judge saw."""

    def __init__(self, lines):
        self.open_status, self.open_text = 0, ""
        self.next_status, self.next_text = None, ""
        self.faults, self.log = [], []
        self.on_record = ""  # what rotations could not do
        self.world = World({}, None, ())
        for line in lines:
            word, *rest = line.split("\t")
            getattr(self, "see_" + word)(*rest)

    def see_open(self, status, text):
        self.open_status, self.open_text = int(status), text

    def see_key(self, number):
        self.world.key = int(number)

    def see_log(self, op, result, version, profile):
        self.log.append((op, result, int(version), profile))

    def see_profile(self, name, version, port, secret):
        versions = self.world.profiles.setdefault(name, [])
        versions.append((int(port), secret))
        if len(versions) != int(version):
            self.faults.append(f"{name} has no version {len(versions)}")

    def see_grant(self, name, _):
        self.world.grants.add(name)

    def see_rotation(self, name, stage, rejections, fault):
        self.on_record += fault
        self.world.rotations[name] = {stage if rejections == "0" else f"{stage}, rejected"}

    def see_rule(self, whom):
        self.world.rules.add(whom)

    def see_member(self, label):
        self.world.members.add(label)

    def see_token(self, label):
        self.world.tokens.add(label)

    def see_broken(self, status, text):
        self.faults.append(f"status {status}: {text}")

    def see_verify(self, findings, first):
        if findings != "0":
            self.faults.append(f"verify: {first}")

    def see_audit(self, findings, first):
        if findings != "0":
            self.faults.append(f"audit verify: {first}")

    def see_next(self, status, text):
        self.next_status, self.next_text = int(status), text

    def logged(self, op, profile=None):
        """How many entries tell of a success, or of one whose end is not on record."""
        return sum(1 for e in self.log if e[0] == op and e[1] != "denied" and
                   profile in (None, e[3]))


class Judge:
    """A process that opens vaults for us."""

    def __init__(self, program):
        self.program = program
        self.child = None

    def look(self, vault, state, keys):
        if self.child is None:
            self.child = subprocess.Popen([self.program], stdin=subprocess.PIPE,
                                          stdout=subprocess.PIPE, text=True)
        self.child.stdin.write("\t".join(map(str, [vault, state, *keys])) + "\n")
        self.child.stdin.flush()
        lines = []
        for line in self.child.stdout:
            if line == "end\n":
                return Found(lines)
            lines.append(line.rstrip("\n"))
        self.child = None
        raise Broken(f"the judge died after {lines}")


def tree_read(folder):
    """Every file and folder below, as relative path: bytes or None."""
    found = {}
    for at, folders, files in os.walk(folder):
        for name in folders:
            found[os.path.relpath(os.path.join(at, name), folder)] = None
        for name in files:
            path = os.path.join(at, name)
            with open(path, "rb") as f:
                found[os.path.relpath(path, folder)] = f.read()
    return found


def tree_clear(folder):
    """Leaves the folder itself, and the mount points in it."""
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            if os.path.ismount(entry.path):
                tree_clear(entry.path)
            else:
                shutil.rmtree(entry.path)
        else:
            os.unlink(entry.path)


def tree_write(folder, tree):
    tree_clear(folder)
    for path, data in sorted(tree.items()):
        whole = os.path.join(folder, path)
        if data is None:
            os.makedirs(whole, mode=0o700, exist_ok=True)
        else:
            with open(os.open(whole, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as f:
                f.write(data)


class Place:
    """A vault in a folder of its own, and the programs that work on it."""

    def __init__(self, build, folder, mounts=False, programs=None):
        """programs: where smtpvault and judge are that shall be tried, if not of `build`."""
        self.programs = programs or build
        self.root = folder / "place"
        self.root.mkdir()
        self.told, self.trace = folder / "told", folder / "trace"
        self.key = self.root / "key"
        self.vault = self.root / "data/smtpvault/vault.db"
        self.state = self.root / "state/smtpvault"
        self.mounts = {}
        for name in ("data", "state"):
            (self.root / name).mkdir(mode=0o700)
            if mounts:
                subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m,mode=700", "none",
                                self.root / name], check=True)
                self.mounts[name] = self.root / name
        self.env = {
            "PATH": os.environ["PATH"], "HOME": str(self.root), "LC_ALL": "C.UTF-8",
            "XDG_DATA_HOME": str(self.root / "data"), "XDG_STATE_HOME": str(self.root / "state"),
            "SMTPVAULT_KEYFILE": str(self.key), "SMTPVAULT_NO_INPUT": "1",
            "LD_PRELOAD": str(build / "faults/calls.so"), "FAULTS_TOLD": str(self.told),
        }
        self.judge = Judge(build / "faults/judge")
        self.bases = {}
        self.make_bases()

    def close(self):
        for path in self.mounts.values():
            subprocess.run(["umount", path], check=True)

    def run(self, words, secret="", program=None, **extra):
        """One command: its status, what it printed and what it said."""
        program = program or "smtpvault"
        path = self.programs / ("faults/judge" if program == "judge" else program)
        words = [w.format(root=self.root, vault=self.vault, state=self.state, key=self.key)
                 for w in words]
        quiet = ["--quiet"] if program == "smtpvault" else []
        done = subprocess.run([path, *quiet, *words], input=secret.encode(), capture_output=True,
                              env={**self.env, "FAULTS_IN": program, **extra}, cwd=self.root,
                              timeout=60, check=False)
        return done.returncode, done.stdout, done.stderr.decode(errors="replace")

    def must(self, words, secret="", ends=0, **more):
        status, out, err = self.run(words, secret, **more)
        if status != ends:
            raise Broken(f"{words}: status {status}: {err}")
        return out

    def make_bases(self):
        """What may be there before a command: as in commands.base_world."""
        self.bases["none"] = tree_read(self.root)
        self.must(["init", "--no-passphrase"])
        for name, secret in (("work", "one"), ("home", "three")):
            self.must(["add", name, *SERVER, "--password-from", "stdin"], secret)
        self.must(["edit", "work", "--password-from", "stdin"], "two")
        self.must(["member-add", "{vault}", "{state}", "{key}", "bob"], program="judge")
        token = self.root / "ci.token"
        token.touch(mode=0o600)
        token.write_bytes(self.must(["token", "add", "--name", "ci", "--profile", "work"]))
        filled = self.bases["filled"] = tree_read(self.root)
        self.bases["new-machine"] = {p: d for p, d in filled.items()
                                     if not p.startswith("state/")}
        self.bases["lost-log"] = {p: d for p, d in filled.items() if "audit.db" not in p}
        self.must(["export", "work", "--to", "json", "--inline", "-o", "{root}/out"])
        self.must(["edit", "work", "--password-from", "stdin"], "six")
        self.bases["copied"] = tree_read(self.root)
        copied = self.look()
        self.put_back("filled")
        self.must(["backup", "{root}/copy.db"])
        backed = tree_read(self.root)
        self.bases["lost-vault"] = {p: d for p, d in backed.items() if not p.endswith("vault.db")}
        self.must(["add", "late", *SERVER, "--password-from", "stdin"], "late")
        self.bases["old-backup"] = tree_read(self.root)
        late = self.look()
        self.put_back("filled")
        found = self.look()
        if found.open_status or found.faults or not base_world().matches(found.world):
            raise Broken(f"the vault to begin with: {found.open_text} {found.faults} {found.world}")
        self.log_before = {"filled": found.log, "new-machine": [], "lost-log": [], "none": [],
                           "lost-vault": found.log, "old-backup": late.log,
                           "copied": copied.log}

    def make_base(self, name):
        """One that few scenarios want, made when the first one does."""
        self.put_back("filled")
        for words, secret, status in BASES[name].steps:
            self.must(words, secret, ends=status)
        self.bases[name] = {path: data for path, data in tree_read(self.root).items()
                            if not (BASES[name].lost and path.endswith(BASES[name].lost))}
        found = self.look()
        if found.open_status or found.faults or not BASES[name].world().matches(found.world):
            raise Broken(f"{name}, to begin with: {found.open_text} {found.faults} {found.world}")
        self.log_before[name] = found.log

    def put_back(self, base):
        if base not in self.bases:
            self.make_base(base)
        tree_write(self.root, self.bases[base])

    def look(self, vault=None, state=None):
        return self.judge.look(vault or self.vault, state or self.state,
                               [self.key, f"{self.key}2"])

    def litter(self):
        return [p for p in tree_read(self.root) if pathlib.Path(p).name.startswith((".smtpvault-",
                                                                                     ".vault-"))]

    # ---- a real full disk, a real read-only file system

    def lift(self):
        """Room again, and writable again."""
        for path in self.mounts.values():
            remount_writable(path)
            (path / "ballast").unlink(missing_ok=True)


LIBC = ctypes.CDLL(None, use_errno=True)


def remount_writable(path):
    if LIBC.mount(None, str(path).encode(), None, MS_REMOUNT, b"size=1m") != 0:
        raise OSError(ctypes.get_errno(), "remount", str(path))
