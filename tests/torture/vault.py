# SPDX-License-Identifier: ISC
"""vault: a vault under test and the processes that work on it."""
import json
import os
import subprocess
import threading

# Nothing may take longer, whatever happens beside it: three locks of 10 s each can
# stand in the way of a command, and its own work.
PATIENCE = 45
BUSY = 75


class Broken(Exception):
    """A promise that did not hold."""


class Login:
    """What a profile must be: the secret and port of each version, oldest first."""

    def __init__(self, versions):
        self.versions = versions

    def with_version(self, secret, port):
        return Login(self.versions + [(secret, port)])


class Vault:
    """Counts, for all threads together, the secrets that came out. agent: one keeps it
    open, and everything that can goes through it."""

    def __init__(self, program, folder, agent=False):
        self.program = program
        self.folder = folder
        self.key = folder / "key"
        self.released = 0
        self.counting = threading.Lock()
        self.env = {
            "PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C.UTF-8",
            # Of a sanitizer build: a leak checker cannot work in a traced process.
            "ASAN_OPTIONS": "detect_leaks=0",
            "XDG_DATA_HOME": str(folder / "data"), "XDG_STATE_HOME": str(folder / "state"),
            "XDG_RUNTIME_DIR": str(folder / "run"),
            "SMTPVAULT_KEYFILE": str(self.key), "SMTPVAULT_NO_INPUT": "1",
        }
        (folder / "run").mkdir(mode=0o700)
        self.ask("init", "--no-passphrase")
        if agent:
            self.ask("unlock", "--for", "0", "--idle", "0")

    def close(self):
        """Ends the agent; without one it is nothing."""
        self.ask("lock")

    def start(self, words, secret=None, wrap=()):
        """Runs a command; the secret waits in a pipe, so that nobody waits for us."""
        reader, writer = os.pipe()
        os.write(writer, (secret or "").encode())
        os.close(writer)
        try:
            return subprocess.Popen([*wrap, self.program, "--quiet", *words], env=self.env,
                                    cwd=self.folder, stdin=reader, stdout=subprocess.PIPE,
                                    stderr=subprocess.PIPE)
        finally:
            os.close(reader)

    def end(self, child, words):
        """What a started command printed, and said. It may wait, but not for ever."""
        try:
            out, err = child.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            child.kill()
            raise Broken(f"{' '.join(words)}: hangs for {PATIENCE} s") from None
        return out.decode(), err.decode().strip()

    def ask(self, *words):
        """Runs a command that must succeed; what it printed."""
        child = self.start(words)
        out, err = self.end(child, words)
        if child.returncode != 0:
            raise Broken(f"{' '.join(words)}: status {child.returncode}: {err}")
        return out

    def count(self, secrets):
        with self.counting:
            self.released += secrets

    def fetch(self, *names):
        """The secrets of profiles by their names."""
        if not names:
            return {}
        answer = json.loads(self.ask("get", "--json", *names))
        self.count(len(names))
        return {row["name"]: row["password"] for row in answer.get("profiles", [answer])}

    def fetch_version(self, name, number):
        secret = self.ask("get", "-n", name, "--version", str(number))
        self.count(1)
        return secret

    def shapes(self, pattern):
        """Version and port of each profile whose name fits the glob."""
        rows = json.loads(self.ask("list", "--json", pattern))["profiles"]
        return {row["name"]: (row["version"], row["port"]) for row in rows}

    def logged(self, op, name=None, result=None):
        """How many entries the log has."""
        # An agent reads a bounded piece of the log only.
        words = ["audit", "--no-agent", "--json", "--op", op]
        words += ["--profile", name] if name else []
        words += ["--result", result] if result else []
        return len(self.ask(*words).splitlines())

    def must_be_sound(self):
        self.ask("verify", "--full")
        self.ask("audit", "verify")

    def drafts(self):
        return sum(1 for p in self.folder.rglob(".smtpvault-*"))
