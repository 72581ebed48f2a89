# SPDX-License-Identifier: ISC
"""oauth_agent: what goes wrong around an agent that renews an access token.

  oauth_agent.py CASE PROVIDER AGENT-PID

PROVIDER is the folder of oauth_server.py. The login "work" has no token that lasts, and was
renewed before, so that its lock is there. Status 0: nothing is broken; else the last line says
what is.
"""
import fcntl
import os
import pathlib
import resource
import signal
import socket
import subprocess
import sys
import time

PROVIDER = pathlib.Path(sys.argv[2])
AGENT = int(sys.argv[3])
STATE = pathlib.Path(os.environ["XDG_STATE_HOME"])
SOCKET = os.path.join(os.environ["XDG_RUNTIME_DIR"], "smtpvault/agent")


def provider(name, text):
    (PROVIDER / name).write_text(text, encoding="utf-8")


def start(*words):
    return subprocess.Popen(["smtpvault", *words], stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def get(*options):
    p = start(*options, "get", "work")
    out, err = p.communicate(timeout=60)
    return p.returncode, out.strip(), err.strip()


def connect():
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    s.connect(SOCKET)
    s.settimeout(2)
    return s


def gone():
    """Who waits goes, another process's token lets the wait end, and somebody new connects: all
    in one round of the agent's. The new one has asked for nothing, and is given nothing."""
    lock = os.open(next(STATE.glob("smtpvault/*/oauth-*.lock")), os.O_RDWR)
    fcntl.flock(lock, fcntl.LOCK_EX)
    waits = start("get", "work")
    time.sleep(1)
    if waits.poll() is not None:
        sys.exit(f"nobody waits: {waits.communicate()}")
    os.kill(AGENT, signal.SIGSTOP)
    provider("life", "3600")
    fcntl.flock(lock, fcntl.LOCK_UN)
    status, token, err = get("--no-agent")
    waits.kill()
    waits.wait()
    new = connect()
    os.kill(AGENT, signal.SIGCONT)
    if status != 0:
        sys.exit(f"the other process was given no token: {err}")
    try:
        got = new.recv(1 << 17)
        sys.exit("the agent has ended" if not got else
                 f"who asked for nothing was given the token: {token.encode() in got}")
    except TimeoutError:
        pass
    answer = get()
    if answer[:2] != (0, token):
        sys.exit(f"the next one was answered {answer}")


def children(pid):
    return [int(p) for p in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def renewer():
    return next(p for p in children(AGENT)
                if pathlib.Path(f"/proc/{p}/comm").read_text().strip() == "smtpvault-renew")


def ends(p, within, status):
    begun = time.monotonic()
    try:
        out, err = p.communicate(timeout=within)
    except subprocess.TimeoutExpired:
        sys.exit(f"after {within} s it waits still")
    if p.returncode != status:
        sys.exit(f"it ended with {p.returncode}: {out} {err}")
    print(f"after {time.monotonic() - begun:.1f} s: {err.strip()}")


def works():
    status, token, err = get()
    if status != 0 or not token:
        sys.exit(f"and then: {status} {err}")


def killed():
    """The process that asks for one token dies: who waits is told so, and the next one is given
    a token, here and without the agent."""
    provider("slow", "3")
    waits = start("get", "work")
    time.sleep(1)
    asks = children(renewer())
    if len(asks) != 1:
        sys.exit(f"{len(asks)} processes ask")
    os.kill(asks[0], signal.SIGKILL)
    (PROVIDER / "slow").unlink()
    ends(waits, 29, 69)
    works()


def no_memory():
    """There is no memory for a grant: it is said at once, and no process starts another one
    for ever."""
    parent = renewer()
    resource.prlimit(parent, resource.RLIMIT_AS, (4096, resource.RLIM_INFINITY))
    ends(start("get", "work"), 5, 69)
    resource.prlimit(parent, resource.RLIMIT_AS, (resource.RLIM_INFINITY,) * 2)
    works()


def end():
    """The agent is asked to end, and all of its processes are told to, while a renewal is on
    its way: the new refresh token is kept."""
    (PROVIDER / "rotate").touch()
    provider("slow", "3")
    old = (PROVIDER / "refresh").read_text()
    waits = start("get", "work")
    time.sleep(1)
    parent = renewer()
    asks = children(parent)
    for pid in (parent, *asks, *(p for a in asks for p in children(a))):
        os.kill(pid, signal.SIGTERM)
    ends(start("lock"), 1, 0)
    # It has the key file, and goes on by itself when the answer has been kept.
    ends(waits, 5, 0)
    (PROVIDER / "slow").unlink()
    if (PROVIDER / "refresh").read_text() == old:
        sys.exit("the provider replaced no refresh token")
    provider("life", "3600")
    time.sleep(6)
    works()


{"gone": gone, "killed": killed, "no-memory": no_memory, "end": end}[sys.argv[1]]()
