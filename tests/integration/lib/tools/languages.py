# SPDX-License-Identifier: ISC
"""Mail libraries and what is configured as they are. One process sends all messages of a
target: it gets the cases as JSON and answers with what went wrong, or what it has read."""
import functools
import json
import shutil
import subprocess

from .core import NPM, RUN, TO, Fault, Target, run

INI = "/usr/share/gocode/src/gopkg.in/ini.v1"
JAVA_MAIL = "/usr/share/java/javax.mail.jar:/usr/share/java/javax.activation.jar"
PHP = "/usr/share/php"


def ask(cases, *argv, **env):
    """Answers of the program: null or what went wrong, or the user's and the password's bytes
    in hexadecimal."""
    asked = [{"path": str(c.path), "from": c.user, "to": TO, "subject": c.subject,
              "port": c.port, "tls": c.tls} for c in cases]
    said = run(cases[0], *argv, stdin=json.dumps(asked).encode(), seconds=300, **env)
    answers = json.loads(said)
    for case, answer in zip(cases, answers, strict=True):
        if isinstance(answer, list):
            case.got = tuple(bytes.fromhex(word) for word in answer)
        elif answer is not None:
            case.fault = str(answer)


def python(script, *words):
    return lambda _bench, cases: ask(cases, "/usr/bin/python3", RUN / script, *words,
                                     PYTHONDONTWRITEBYTECODE="1")


def ruby(script, *words):
    return lambda _bench, cases: ask(cases, "ruby", "-W0", RUN / script, *words)


def php(script, *words):
    return lambda _bench, cases: ask(cases, "php", "-d", "display_errors=stderr", RUN / script,
                                     *words)


def node(script, *words):
    return lambda bench, cases: ask(cases, "node", RUN / script, *words, NODE_PATH=str(NPM),
                                    NODE_EXTRA_CA_CERTS=bench.authority)


def java(bench, cases):
    """Java has authorities of its own; it is given ours."""
    store = cases[0].folder / "authorities"
    run(cases[0], "keytool", "-importcert", "-noprompt", "-storepass", "changeit", "-file",
        bench.authority, "-keystore", store, seconds=60)
    ask(cases, "java", f"-Djavax.net.ssl.trustStore={store}",
        "-Djavax.net.ssl.trustStorePassword=changeit", "-cp", JAVA_MAIL,
        RUN / "SpringSend.java")


@functools.lru_cache(maxsize=None)
def go_program(folder):
    """Compiled once, by Debian's Go with Debian's library."""
    if not shutil.which("go"):
        raise Fault("no go")
    program = folder / "read_ini"
    subprocess.run(["go", "build", "-o", program, RUN / "read_ini.go"], check=True,
                   capture_output=True, timeout=300, cwd=folder,
                   env={"PATH": "/usr/bin:/bin", "HOME": str(folder), "GO111MODULE": "off",
                        "GOPATH": "/usr/share/gocode", "GOFLAGS": "", "GOCACHE":
                        str(folder / "go")})
    return program


def go_ini(*words):
    def read(bench, cases):
        ask(cases, go_program(bench.folder), *words)
    return read


NODEMAILER = (NPM / "nodemailer",)
MAILER = (f"{PHP}/Symfony/Component/Mailer",)
PHPMAILER = (f"{PHP}/libphp-phpmailer",)

TARGETS = [
    Target("django", "django", python("django_send.py"), batch=True,
           files=("/usr/lib/python3/dist-packages/django",)),
    Target("flask-mail", "flask", python("flask_send.py"), batch=True,
           files=("/usr/lib/python3/dist-packages/flask_mail.py",)),
    Target("actionmailer", "rails", ruby("mail_send.rb", "rails"), batch=True,
           programs=("ruby",)),
    Target("phpdotenv+symfony", "laravel", php("symfony_send.php", "laravel"), batch=True,
           programs=("php",), files=(*MAILER, f"{PHP}/Dotenv")),
    Target("symfony", "symfony", php("symfony_send.php", "symfony"), batch=True,
           programs=("php",), files=MAILER),
    Target("nodemailer", "nodemailer", node("nodemailer_send.js", "json"), batch=True,
           programs=("node",), files=NODEMAILER),
    Target("nodemailer/url", "nodemailer-url", node("nodemailer_send.js", "url"), batch=True,
           programs=("node",), files=NODEMAILER),
    Target("phpmailer", "phpmailer", php("phpmailer_send.php", "phpmailer"), batch=True,
           programs=("php",), files=PHPMAILER),
    Target("php", "php", php("phpmailer_send.php", "returned"), batch=True,
           programs=("php",), files=PHPMAILER),
    Target("parse_ini_file", "php-ini", php("phpmailer_send.php", "ini"), batch=True,
           programs=("php",), files=PHPMAILER),
    Target("phpmailer/phplist", "phplist", php("phpmailer_send.php", "phplist"), batch=True,
           programs=("php",), files=PHPMAILER),
    Target("javamail", "spring", java, batch=True, programs=("java", "keytool"),
           files=tuple(JAVA_MAIL.split(":")), slow=True),
]
