# SPDX-License-Identifier: ISC
"""The exports of a login, used against a real submission server: each client, each TLS
mode, with the secret inside and with the hook.

    format_servers.py DRIVER FOLDER SUBMISSION_PORT SMTPS_PORT CA_FILE USER PASSWORD_FILE
"""
import pathlib
import subprocess
import sys

from format_roundtrip import Bench

TO = "inbox@example.test"


def message(user, subject):
    return f"From: {user}\nTo: {TO}\nSubject: {subject}\n\nx\n".encode()


def msmtp(bench, path, user, authority, subject):
    bench.run("msmtp", "-C", path, f"--tls-trust-file={authority}", "-f", user, TO,
              stdin=message(user, subject))


def mutt_with(program):
    def send(bench, path, user, authority, subject):
        path.write_bytes(path.read_bytes() +
                         f"set copy=no\nset from={user}\nset use_envelope_from=yes\n"
                         f"set hostname=localhost\nset ssl_ca_certificates_file={authority}\n"
                         .encode())
        bench.run(program, "-n", "-F", path, "-s", subject, TO, stdin=b"x\n")
    return send


def curl(bench, path, user, authority, subject):
    mail = bench.folder / "mail"
    mail.write_bytes(message(user, subject))
    bench.run("curl", "-sS", "-K", path, "--cacert", authority, "--mail-from", user,
              "--mail-rcpt", TO, "-T", mail)


def git(bench, path, user, authority, subject):
    patch = bench.folder / "x.patch"
    patch.write_bytes(message(user, subject))
    bench.run("git", "send-email", "--quiet", "--confirm=never", f"--to={TO}", f"--from={user}",
              "--suppress-cc=all", f"--smtp-ssl-cert-path={authority}", patch,
              GIT_CONFIG_GLOBAL=str(path), GIT_CONFIG_NOSYSTEM="1", GIT_TERMINAL_PROMPT="0",
              EMAIL=user)


CLIENTS = {"msmtp": ("msmtp", msmtp), "mutt": ("mutt", mutt_with("mutt")),
           "neomutt": ("mutt", mutt_with("neomutt")), "curl": ("curl", curl),
           "git send-email": ("git", git)}


def main():
    driver, folder, submission, smtps, authority, user, password_file = sys.argv[1:]
    bench = Bench(driver, folder)
    secret = pathlib.Path(password_file).read_bytes().rstrip(b"\n")
    # git's helper speaks git's protocol; all others want the bare secret.
    bench.stub.write_text(f"#!/bin/sh\n[ \"$1\" != git-credential ] || printf password=\n"
                          f"cat '{password_file}'\n")
    ports = {"starttls": submission, "implicit": smtps}
    failed = False
    for client, (form, send) in CLIENTS.items():
        for tls, port in ports.items():
            for how in ("inline", "hook"):
                if form == "curl" and how == "hook":
                    continue
                login = {"secret": secret} if how == "inline" else {"program":
                                                                    str(bench.stub).encode()}
                path = bench.write(form, host=b"localhost", port=port.encode(), tls=tls.encode(),
                                   username=user.encode(), **login)
                label = f"{client}, {tls}, {how}"
                try:
                    send(bench, path, user, authority, label)
                    print(f"ok {label}")
                except (AssertionError, subprocess.SubprocessError) as fault:
                    failed = True
                    print(f"not ok {label}: {fault}")
    sys.exit(failed)


main()
