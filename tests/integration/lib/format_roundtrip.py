# SPDX-License-Identifier: ISC
"""Every hostile secret, user name and profile name through the program each format
is for. What it reads must be what was written, or the format must have refused. And a
login that wants TLS must not happen without.

    format_roundtrip.py DRIVER FOLDER TOOL...
"""
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys

import dotenv
from recorder import Recorder

REFUSED, NAME_MAX = 65, 128
USER, SECRET = b"me@example.com", b"s3cret"
ENV = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TZ": "UTC"}


class Bench:
    def __init__(self, driver, folder):
        self.folder = pathlib.Path(folder)
        self.env = dict(ENV, HOME=folder)
        listing = subprocess.run([driver, "--hostile"], check=True, capture_output=True, text=True)
        rows = [line.split() + [""] for line in listing.stdout.splitlines()]
        self.hostile = [(kind == "text", bytes.fromhex(code)) for kind, code, *_ in rows]
        for length in (126, 127, 254, 255, 487, 488, 3000):
            long = (b"long \"'$`\\#" * 300)[:length]
            self.hostile.append((length < 512, long.replace(b"\\", b"/") + b"."))
        self.driver = subprocess.Popen([driver], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                       text=True)
        self.server = Recorder()
        self.stub = self.folder / "stub 'vault'"
        self.asked = self.folder / "asked"
        self.stub.write_text(f"#!/bin/sh\nprintf '%s\\0' \"$@\" >>'{self.asked}'\n"
                             "for operation do :; done\n"
                             "case \" $* \" in *' git-credential '*)\n"
                             f"    test $operation != get || echo 'password={SECRET.decode()}' ;;\n"
                             f"*) printf '%s\\n' '{SECRET.decode()}' ;; esac\n")
        self.stub.chmod(0o700)

    def write(self, form, **fields):
        """The file with that login, or None when the format refuses."""
        fields = {"name": b"work", "host": b"127.0.0.1", "port": str(self.server.port).encode(),
                  "tls": b"none", "auth": b"plain", "username": USER, **fields}
        pairs = [f"{key}={value.hex()}" for key, value in fields.items() if value is not None]
        self.driver.stdin.write(" ".join([form, *pairs]) + "\n")
        self.driver.stdin.flush()
        status, output, message = self.driver.stdout.readline().rstrip("\n").split(" ")
        if int(status) == REFUSED:
            assert re.search(b" at byte | is the limit$", bytes.fromhex(message)), message
            return None
        assert status == "0", (status, bytes.fromhex(message))
        path = self.folder / f"{form}.conf"
        path.unlink(missing_ok=True)
        path.write_bytes(bytes.fromhex(output))
        path.chmod(0o600)
        return path

    def run(self, *argv, stdin=b"", **env):
        done = subprocess.run(argv, input=stdin, capture_output=True, timeout=60, cwd=self.folder,
                              env=dict(self.env, **env))
        if done.returncode != 0:
            raise AssertionError(f"{argv}: status {done.returncode}: {done.stderr!r}")
        return done.stdout

    def login(self, *argv, **kwargs):
        self.server.take()
        self.run(*argv, **kwargs)
        logins = self.server.take()
        assert len(logins) == 1, logins
        return logins[0]

    def hook_words(self):
        words = self.asked.read_bytes().split(b"\0")[:-1]
        self.asked.unlink()
        return words


MESSAGE = b"From: me@example.com\nTo: you@example.com\nSubject: x\n\nx\n"


def msmtp(bench, path):
    return bench.login("msmtp", "-C", path, "-f", "me@example.com", "you@example.com",
                       stdin=MESSAGE)


def mutt_with(program):
    def read(bench, path):
        # No signature, no copy, no spool: only the mail and its login.
        path.write_bytes(path.read_bytes() + b"set copy=no\nset from=me@example.com\n"
                         b"set use_envelope_from=yes\nset hostname=localhost\n")
        return bench.login(program, "-n", "-F", path, "-s", "x", "you@example.com", stdin=b"x\n")
    return read


def curl(bench, path):
    return bench.login("curl", "-sS", "-K", path, "-X", "NOOP")


def git(bench, path):
    """git's own parser, and git credential for the hook."""
    ask = ["git", "config", "-f", path, "-z", "--get"]
    user = bench.run(*ask, "sendemail.smtpuser")[:-1]
    if b"smtpPass" in path.read_bytes():
        return user, bench.run(*ask, "sendemail.smtppass")[:-1]
    request = b"protocol=smtp\nhost=127.0.0.1:%d\nusername=%s\n" % (bench.server.port, user)
    env = {"GIT_CONFIG_GLOBAL": str(path), "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0"}
    answer = bench.run("git", "credential", "fill", stdin=request, **env)
    bench.run("git", "credential", "approve", stdin=answer, **env)
    bench.run("git", "credential", "reject", stdin=answer, **env)
    found = dict(line.split(b"=", 1) for line in answer.splitlines())
    return found[b"username"], found[b"password"]


def git_send_email(bench, path):
    patch = bench.folder / "x.patch"
    patch.write_bytes(MESSAGE)
    return bench.login("git", "send-email", "--quiet", "--confirm=never", "--to=you@example.com",
                       "--from=me@example.com", "--suppress-cc=all", patch,
                       GIT_CONFIG_GLOBAL=str(path), GIT_CONFIG_NOSYSTEM="1",
                       GIT_TERMINAL_PROMPT="0", EMAIL="me@example.com")


def shell_with(program):
    def read(bench, path):
        script = '. "$1"; printf "%s\\n\\n\\n%s" "$SMTP_USERNAME" "$SMTP_PASSWORD"'
        out = bench.run(program, "-c", script, "sh", path)
        user, _, secret = out.partition(b"\n\n\n")
        return user, secret
    return read


def python_dotenv(_bench, path):
    values = dotenv.dotenv_values(path, encoding="utf-8")
    return values["SMTP_USERNAME"].encode(), values["SMTP_PASSWORD"].encode()


def jq(bench, path):
    user = bench.run("jq", "-j", ".profiles[0].username", path)
    if b"password_command" in path.read_bytes():
        argv = json.loads(path.read_bytes())["profiles"][0]["password_command"]
        return user, bench.run(*argv).rstrip(b"\n")
    return user, bench.run("jq", "-j", ".profiles[0].password", path)


TOOLS = {
    "msmtp": ("msmtp", msmtp, True),
    "mutt": ("mutt", mutt_with("mutt"), True),
    "neomutt": ("mutt", mutt_with("neomutt"), True),
    "curl": ("curl", curl, False),
    "git": ("git", git, True),
    "git-send-email": ("git", git_send_email, True),
    "bash": ("shell", shell_with("bash"), True),
    "dash": ("shell", shell_with("dash"), True),
    "python-dotenv": ("dotenv", python_dotenv, False),
    "bash-dotenv": ("dotenv", shell_with("bash"), False),
    "jq": ("json", jq, True),
}
CLIENTS = ("msmtp", "mutt", "neomutt", "curl", "git-send-email")


def judge(faults, label, want, call):
    try:
        got = call()
    except (AssertionError, KeyError, OSError, ValueError, subprocess.SubprocessError) as fault:
        faults.append(f"{label}: {fault!r}")
        return
    if got != want:
        faults.append(f"{label}: got {got!r}, wanted {want!r}")


def words_for(tool, form, name):
    """What the stub is started with, all calls one behind the other."""
    vault = [b"--vault", b"/srv/o'x \"v\".db"]
    if form != "git":
        return [*vault, b"get", *([b"--"] if name.startswith(b"-") or form == "json" else []), name]
    calls = []
    for operation in (b"get", b"store", b"erase")[:3 if tool == "git" else 2]:
        calls += [*vault, b"git-credential", b"--profile", name, operation]
    return calls


def check(bench, tool, hostile):
    form, read, has_hook = TOOLS[tool]
    faults, told = [], {"secrets": 0, "users": 0, "names": 0}
    for is_text, value in hostile:
        if (path := bench.write(form, secret=value)) is not None:
            told["secrets"] += 1
            judge(faults, f"secret {value!r}", (USER, value), lambda: read(bench, path))
        if not is_text:
            continue
        if (path := bench.write(form, secret=SECRET, username=value)) is not None:
            told["users"] += 1
            judge(faults, f"user {value!r}", (value, SECRET), lambda: read(bench, path))
        if has_hook and value == value.strip(b" ") and len(value) <= NAME_MAX:
            path = bench.write(form, name=value, program=str(bench.stub).encode(),
                               vault=b"/srv/o'x \"v\".db")
            if path is not None:
                told["names"] += 1
                bench.asked.unlink(missing_ok=True)
                judge(faults, f"name {value!r}", (USER, SECRET), lambda: read(bench, path))
                judge(faults, f"name {value!r}", words_for(tool, form, value), bench.hook_words)
    return faults, told


def check_no_downgrade(bench, tool):
    """The recorder knows no TLS: a profile that wants it must not log in there."""
    form, read, has_hook = TOOLS[tool]
    for tls in (b"starttls", b"implicit"):
        for hook in (False, True)[:1 + has_hook]:
            login = {"program": str(bench.stub).encode()} if hook else {"secret": SECRET}
            path = bench.write(form, tls=tls, **login)
            try:
                read(bench, path)
            except (AssertionError, subprocess.SubprocessError):
                if not bench.server.take():
                    continue
            yield f"{tls.decode()} was given up for a login in clear"


def run_tool(driver, folder, tool):
    """Faults and counts of one tool, with a server and files of its own."""
    folder = pathlib.Path(folder) / tool
    folder.mkdir()
    bench = Bench(driver, str(folder))
    hostile = bench.hostile
    if tool == "git-send-email":  # slow, and the parser was asked above
        hostile = [pair for pair in hostile if re.search(rb"[\"'\\$ ]", pair[1])][:6]
    faults, told = check(bench, tool, hostile)
    if tool in CLIENTS:
        faults += check_no_downgrade(bench, tool)
    return tool, faults, told


def main():
    driver, folder, *tools = sys.argv[1:]
    failed = False
    # They wait more than they work.
    with concurrent.futures.ThreadPoolExecutor(2 * (os.cpu_count() or 1)) as pool:
        for tool, faults, told in pool.map(lambda tool: run_tool(driver, folder, tool),
                                           tools or TOOLS):
            failed = failed or bool(faults) or not told["secrets"]
            print(f"{'not ok' if faults else 'ok'} {tool}: "
                  + ", ".join(f"{n} {what}" for what, n in told.items()))
            for fault in faults:
                print("  " + fault)
    sys.exit(failed)


if __name__ == "__main__":
    main()
