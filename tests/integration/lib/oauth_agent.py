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


{"gone": gone}[sys.argv[1]]()
