# SPDX-License-Identifier: ISC
"""Mailers for the command line: each sends one message, told where to log in by nothing but
the exported file."""
import fcntl
import os
import pty
import select
import subprocess
import time

from .core import RUN, TO, Fault, Target, environment, run


def msmtp(_bench, case):
    run(case, "msmtp", "-C", case.path, "-f", case.user, TO, stdin=case.letter)


def php_mail(_bench, case):
    """PHP's mail() with the exported line of php.ini, by msmtp with the exported account."""
    case.path.rename(case.folder / ".msmtprc")
    ini = case.folder / "php.ini"
    ini.write_text(case.also["php-sendmail"])
    code = "mail($argv[1], $argv[2], 'x', 'From: ' . $argv[3]) || exit(1);"
    run(case, "php", "-c", ini, "-r", code, "--", TO, case.subject, case.user)


def mutt_with(program):
    def send(_bench, case):
        # No copy, no signature: the mail alone.
        words = ["set copy=no", "set use_envelope_from=yes", "set hostname=localhost"]
        options = [option for word in words for option in ("-e", word)]
        run(case, program, "-n", "-F", case.path, *options, "-s", case.subject, TO, stdin=b"x\n")
    return send


def git(_bench, case):
    patch = case.folder / "x.patch"
    patch.write_bytes(case.letter)
    run(case, "git", "send-email", "--quiet", "--confirm=never", f"--to={TO}",
        f"--from={case.user}", "--suppress-cc=all", patch, GIT_CONFIG_GLOBAL=str(case.path),
        GIT_CONFIG_NOSYSTEM="1", GIT_TERMINAL_PROMPT="0", EMAIL=case.user)


def curl_with(*options):
    """To a server that the options name, or the exported file where they name none."""
    def send(_bench, case):
        letter = case.folder / "letter"
        letter.write_bytes(case.letter)
        given = [o.format(path=case.path, scheme="smtps" if case.tls == "implicit" else "smtp",
                          port=case.port) for o in options]
        run(case, "curl", "-sS", *given, "--mail-from", case.user, "--mail-rcpt", TO, "-T", letter)
    return send


def curl_url(_bench, case):
    """The URL of the exported file, on standard input."""
    url = case.path.read_text().strip()
    letter = case.folder / "letter"
    letter.write_bytes(case.letter)
    run(case, "curl", "-sS", "-K", "-", "--ssl-reqd", "--mail-from", case.user, "--mail-rcpt", TO,
        "-T", letter, stdin=f'url = "{url.partition("?")[0]}"\n'.encode())


def s_nail(_bench, case):
    run(case, "s-nail", "-:u", "-Ssendwait", "-Sposix", f"-r{case.user}", "-s", case.subject, TO,
        stdin=b"x\n", MAILRC=str(case.path))


# Of a login in ~/.netrc the way to the server is no part.
NETRC = ("--netrc-file", "{path}", "--ssl-reqd", "{scheme}://localhost:{port}")


def s_nail_netrc(_bench, case):
    scheme = "smtps" if case.tls == "implicit" else "smtp"
    settings = ["v15-compat", "posix", "sendwait", "netrc-lookup", "smtp-auth=plain",
                "tls-verify=strict", "smtp-use-starttls",
                f"mta={scheme}://{case.user.replace('@', '%40')}@localhost:{case.port}"]
    run(case, "s-nail", "-:u", *[f"-S{word}" for word in settings], f"-r{case.user}", "-s",
        case.subject, TO, stdin=b"x\n", MAILRC="/dev/null",
        NETRC=str(case.path))


def msmtp_netrc(_bench, case):
    case.path.rename(case.folder / ".netrc")
    starttls = "on" if case.tls == "starttls" else "off"
    run(case, "msmtp", "--host=localhost", f"--port={case.port}", "--auth=plain", "--tls=on",
        f"--tls-starttls={starttls}", "--tls-trust-file=/etc/ssl/certs/ca-certificates.crt",
        f"--user={case.user}", "-f", case.user, TO, stdin=case.letter)


def swaks(_bench, case):
    run(case, "swaks", "--config", case.path, "--to", TO, "--from", case.user, "--helo",
        "localhost", "--data", "-", stdin=case.letter)


def apprise(_bench, case):
    """It writes to the sender where it is not told otherwise."""
    case.path.write_bytes(case.path.read_bytes().rstrip(b"\n") + f"&to={TO}\n".encode())
    run(case, "/usr/bin/apprise", "--config", case.path, "--title", case.subject, "--body", "x")


def mailutils(_bench, case):
    case.path.rename(case.folder / ".mailrc")
    run(case, "/usr/bin/mail.mailutils", "-r", case.user, "-s", case.subject, TO, stdin=b"x\n")


def emacs(_bench, cases):
    """One Emacs sends them all, and forgets the passwords between them."""
    (cases[0].folder / ".emacs.d").mkdir()
    lines = [f'("{c.path}" "{c.user}" {c.port} {"ssl" if c.tls == "implicit" else "starttls"} '
             f'"{c.subject}")' for c in cases]
    told = run(cases[0], "emacs", "-Q", "--batch", "-l", RUN / "emacs_send.el", TO,
               stdin=f"({' '.join(lines)})\n".encode(), seconds=300).decode(errors="replace")
    for case in cases:
        mark = f"{case.subject}: "
        case.fault = next((line for line in told.splitlines() if line.startswith(mark)), None)


def typed(case, argv, script, then):
    """Runs a program that wants a terminal, and types to it: pairs of what to wait for on the
    screen, and what to type then. It is ended after `then`."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(case.folder)
        os.execvpe(argv[0], argv, environment(case, TERM="xterm", EDITOR="true"))
    try:
        fcntl.ioctl(terminal, 0x5414, b"\x28\x00\x78\x00\0\0\0\0")  # 40 lines of 120
        screen = b""
        for wanted, keys in script:
            screen = expect(terminal, screen, wanted)
            os.write(terminal, keys)
        then()
    finally:
        os.kill(pid, 15)
        drain(terminal, pid)


def expect(terminal, screen, wanted, seconds=15):
    until = time.monotonic() + seconds
    while wanted not in screen:
        if time.monotonic() > until:
            raise Fault(f"{wanted!r} is not on the screen: {screen[-600:]!r}")
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                screen += os.read(terminal, 65536)
            except OSError as gone:
                raise Fault(f"it ended: {screen[-600:]!r}") from gone
    return screen.partition(wanted)[2]


def drain(terminal, pid):
    os.close(terminal)
    os.waitpid(pid, 0)


def aerc(bench, case):
    """An account wants a mailbox of its own beside the way out."""
    config = case.folder / ".config/aerc"
    config.mkdir(parents=True)
    for folder in ("cur", "new", "tmp"):
        (case.folder / "mail/INBOX" / folder).mkdir(parents=True)
    text = case.path.read_text()
    (config / "accounts.conf").write_text(text + f"source = maildir://{case.folder}/mail\n"
                                          "default = INBOX\n")
    (config / "accounts.conf").chmod(0o600)
    compose = (f":compose -H 'From: <{case.user}>' -H 'To: <{TO}>' "
               f"-H 'Subject: {case.subject}'\r")
    typed(case, ["aerc"], [(b"INBOX", compose.encode()), (b"Send this email", b"y")],
          lambda: bench.mailbox.wait([case], 5))



def monit(bench, case):
    """It sends an alert that its own service has begun."""
    control = case.folder / "monitrc"
    control.write_text(
        f"set daemon 1\nset idfile {case.folder}/id\nset statefile {case.folder}/state\n"
        f"set pidfile {case.folder}/pid\n"
        f"set mail-format {{ from: {case.user}\n subject: {case.subject}\n message: x }}\n"
        f"set alert {TO}\nset ssl options {{ verify: enable }}\n" + case.path.read_text())
    control.chmod(0o600)
    with subprocess.Popen(["monit", "-I", "-c", control], cwd=case.folder,
                          env=environment(case), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        come = bench.mailbox.wait([case], 6)
        process.terminate()
        said = process.communicate(timeout=30)[0].decode(errors="replace")
    if not come:
        raise Fault(said[-400:])


TARGETS = [
    Target("msmtp", "msmtp", msmtp, programs=("msmtp",)),
    Target("php/msmtp", "msmtp", php_mail, programs=("php", "msmtp"), also=("php-sendmail",),
           slow=True),
    Target("mutt", "mutt", mutt_with("mutt"), programs=("mutt",)),
    Target("neomutt", "neomutt", mutt_with("neomutt"), programs=("neomutt",)),
    Target("s-nail", "s-nail", s_nail, programs=("s-nail",)),
    Target("aerc", "aerc", aerc, programs=("aerc",)),
    Target("git send-email", "git", git, programs=("git",)),
    Target("swaks", "swaks", swaks, programs=("swaks",)),
    Target("apprise", "apprise", apprise, programs=("apprise",), slow=True),
    Target("curl", "curl", curl_with("-K", "{path}"), programs=("curl",)),
    Target("curl --netrc", "curl-netrc", curl_with(*NETRC), programs=("curl",)),
    Target("netrc/curl", "netrc", curl_with(*NETRC), programs=("curl",)),
    Target("netrc/s-nail", "netrc", s_nail_netrc, programs=("s-nail",)),
    Target("netrc/msmtp", "netrc", msmtp_netrc, programs=("msmtp",)),
    Target("url/curl", "url", curl_url, programs=("curl",)),
    Target("emacs", "authinfo", emacs, batch=True, programs=("emacs",), slow=True),
    Target("mailutils", "mailutils", mailutils, programs=("mail.mailutils",),
           tls=("implicit",)),
    Target("monit", "monit", monit, programs=("monit",), slow=True),
]
