#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""rotation_sender: sends messages until a file "stop" is there, and fetches the secret for each.

  rotation_sender.py HOW PROFILE USER PORT CA     HOW: get | git | msmtp

A line "sent" or "lost REASON" for each message goes to sender.PROFILE.HOW.
"""
import os
import smtplib
import ssl
import subprocess
import sys

how, profile, user, port, ca = sys.argv[1:]


def fetched():
    if how == "get":
        return subprocess.run(["smtpvault", "get", "-n", profile], stdout=subprocess.PIPE,
                              check=True).stdout.decode()
    asked = f"protocol=smtp\nhost=localhost:{port}\nusername={user}\n\n"
    told = subprocess.run(["git", "-c", "credential.helper=", "-c", "credential.helper=smtpvault",
                           "credential", "fill"], input=asked.encode(), stdout=subprocess.PIPE,
                          check=True).stdout.decode()
    return dict(line.split("=", 1) for line in told.splitlines())["password"]


def send(letter):
    if how == "msmtp":
        subprocess.run(["msmtp", "-C", f"msmtprc.{profile}", "bob@example.test"],
                       input=letter.encode(), stderr=subprocess.PIPE, check=True)
        return
    secret = fetched()
    with smtplib.SMTP("localhost", int(port), timeout=30) as server:
        server.starttls(context=ssl.create_default_context(cafile=ca))
        server.login(user, secret)
        server.sendmail(user, ["bob@example.test"], letter)


number = 0
with open(f"sender.{profile}.{how}", "w", buffering=1, encoding="utf-8") as log:
    while not os.path.exists("stop"):
        number += 1
        try:
            send(f"From: {user}\nTo: bob@example.test\nSubject: {profile} {how} {number}\n\nA line.\n")
            log.write("sent\n")
        except subprocess.CalledProcessError as e:
            log.write(f"lost {e.returncode} {e.stderr or ''}\n")
        except (OSError, smtplib.SMTPException) as e:
            log.write(f"lost {e!r}\n")
