# SPDX-License-Identifier: ISC
"""Applications that keep their mail server in a database: the statement that export wrote goes
to a real MariaDB of our own, on a socket alone, and what it then holds is read back."""
import contextlib
import os
import shutil
import subprocess
import time

from .core import Fault, Target

SENDY = """CREATE DATABASE IF NOT EXISTS sendy; USE sendy; DROP TABLE IF EXISTS apps;
CREATE TABLE apps (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, app_name varchar(100),
  smtp_host varchar(100), smtp_port varchar(100), smtp_ssl varchar(100),
  smtp_username varchar(100), smtp_password varchar(100)) DEFAULT CHARSET=utf8mb4;
INSERT INTO apps (app_name) VALUES ('{name}');
"""


@contextlib.contextmanager
def mariadb(folder):
    """Answers with the words that reach it; it is stopped by its pid."""
    here = folder / "mariadb"
    shutil.rmtree(here, ignore_errors=True)
    here.mkdir()
    user = f"--user={'root' if os.getuid() == 0 else os.environ['USER']}"
    subprocess.run(["mariadb-install-db", "--no-defaults", f"--datadir={here}/data", user,
                    "--auth-root-authentication-method=normal", "--skip-test-db"],
                   check=True, capture_output=True, timeout=120)
    with open(here / "log", "wb") as log:
        server = subprocess.Popen(
            ["mariadbd", "--no-defaults", f"--datadir={here}/data", user, "--skip-networking",
             f"--socket={here}/socket", f"--pid-file={here}/pid"], stdout=log, stderr=log)
    try:
        until = time.monotonic() + 60
        while not (here / "socket").exists():
            if server.poll() is not None or time.monotonic() > until:
                raise Fault((here / "log").read_text()[-500:])
            time.sleep(0.1)
        yield ["mariadb", "--no-defaults", f"--socket={here}/socket",
               "--default-character-set=utf8mb4", "--batch", "--skip-column-names"]
    finally:
        server.terminate()
        server.wait(60)
        shutil.rmtree(here)


def ask(client, text):
    done = subprocess.run(client, input=text, capture_output=True, timeout=60, check=False)
    if done.returncode != 0:
        raise Fault(done.stderr.decode("utf-8", "replace").strip()[-300:])
    return done.stdout.decode().split()


def sendy(mode):
    """With the server's usual sql_mode, or another in which a backslash is an ordinary
    character."""
    def read(_bench, cases):
        with mariadb(cases[0].folder) as client:
            for case in cases:
                statement = case.path.read_bytes()
                name = statement.rsplit(b"'", 2)[1].decode()
                try:
                    ask(client, SENDY.format(name=name).encode())
                    ask(client, mode.encode() + b"USE sendy;" + statement)
                    user, password = ask(
                        client, b"SELECT HEX(smtp_username), HEX(smtp_password) FROM sendy.apps")
                except Fault as fault:
                    case.fault = str(fault)
                    continue
                case.got = (bytes.fromhex(user), bytes.fromhex(password))
    return read


PROGRAMS = ("mariadbd", "mariadb", "mariadb-install-db")
TARGETS = [
    Target("mariadb/sendy", "sendy", sendy(""), sends=False, batch=True, slow=True,
           programs=PROGRAMS),
    Target("mariadb/literal", "sendy", sendy("SET sql_mode='NO_BACKSLASH_ESCAPES';"),
           sends=False, batch=True, slow=True, programs=PROGRAMS),
]
