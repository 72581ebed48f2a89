# SPDX-License-Identifier: ISC
"""Applications: their own configuration files, read as they read them. Of most no package
exists; then it is the library that they read it with, and the one that they send with."""
import json
import subprocess
import time
import urllib.request

from .carriers import YAML, from_raw_ini, from_yaml, js_reader, reader, with_parser
from .core import TO, Fault, Target, environment, run
from .languages import INI, MAILER, NODEMAILER, PHPMAILER, go_ini, node, php, ruby

ALERTMANAGER = "/usr/bin/prometheus-alertmanager"
PORT = 19093


def post_alert():
    alert = [{"labels": {"alertname": "x"}}]
    request = urllib.request.Request(f"http://127.0.0.1:{PORT}/api/v2/alerts",
                                     json.dumps(alert).encode(),
                                     {"Content-Type": "application/json"})
    for _ in range(100):
        try:
            urllib.request.urlopen(request, timeout=5).close()
            return
        except OSError:
            time.sleep(0.1)
    raise Fault("alertmanager takes no alert")


def alertmanager(bench, case):
    """The exported `global`, and one receiver who is told at once."""
    config = case.folder / "alertmanager.yml"
    config.write_text(case.path.read_text() + f"""
route: {{receiver: one, group_wait: 0s}}
receivers:
- name: one
  email_configs: [{{to: {TO}, headers: {{Subject: {case.subject}}}}}]
""")
    run(case, "amtool", "check-config", config)
    argv = [ALERTMANAGER, f"--config.file={config}", f"--storage.path={case.folder}/data",
            "--cluster.listen-address=", f"--web.listen-address=127.0.0.1:{PORT}"]
    with subprocess.Popen(argv, cwd=case.folder, env=environment(case), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        try:
            post_alert()
            come = bench.mailbox.wait([case], 5)
        finally:
            process.terminate()
            said = process.communicate(timeout=30)[0].decode(errors="replace")
    if not come:
        raise Fault(said[-600:])


def sends(name, form, how, files=(), programs=(), **more):
    return Target(name, form, how, batch=True, files=files, programs=programs, **more)


TARGETS = [
    sends("phpmailer/wordpress", "wp-mail-smtp", php("phpmailer_send.php", "wordpress"),
          PHPMAILER, ("php",)),
    sends("phpmailer/fluentsmtp", "fluentsmtp", php("phpmailer_send.php", "fluentsmtp"),
          PHPMAILER, ("php",), tls=("starttls",)),
    sends("phpmailer/roundcube", "roundcube", php("phpmailer_send.php", "roundcube"),
          PHPMAILER, ("php",)),
    sends("phpmailer/mautic4", "mautic4", php("phpmailer_send.php", "mautic4"),
          PHPMAILER, ("php",)),
    sends("symfony/mautic", "mautic", php("symfony_send.php", "mautic"), MAILER, ("php",)),
    sends("nodemailer/mailtrain", "mailtrain", node("nodemailer_send.js", "mailtrain"),
          NODEMAILER, ("node",)),
    sends("phpmailer/nextcloud", "nextcloud", php("phpmailer_send.php", "nextcloud"),
          PHPMAILER, ("php",)),
    sends("omnibus/mail", "gitlab", ruby("mail_send.rb", "gitlab"), programs=("ruby",)),
    sends("erb+psych/mail", "redmine", ruby("mail_send.rb", "redmine"), programs=("ruby",)),
    sends("dotenv/mail", "mastodon", ruby("mail_send.rb", "mastodon"), programs=("ruby",)),
    sends("psych/mail", "discourse", ruby("mail_send.rb", "discourse"), programs=("ruby",)),
    sends("nodemailer/ghost", "ghost", node("nodemailer_send.js", "ghost"), NODEMAILER,
          ("node",)),
    sends("go-ini/gitea", "gitea", go_ini("gitea", "mailer", "USER", "PASSWD"), (INI,), ("go",),
          sends=False, slow=True),
    sends("go-ini/grafana", "grafana", go_ini("grafana", "smtp", "user", "password"), (INI,),
          ("go",), sends=False, slow=True),
    Target("alertmanager", "alertmanager", alertmanager, programs=("amtool",),
           files=(ALERTMANAGER,), slow=True,
           fields={"ca-file": b""}),  # Debian's has no setting for it
    reader("rawconfigparser", "mailman3", with_parser(from_raw_ini)),
    reader("pyyaml/synapse", "synapse", with_parser(from_yaml), files=YAML),
    js_reader("js-yaml/authelia", "authelia", "yaml"),
]
