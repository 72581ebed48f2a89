# SPDX-License-Identifier: ISC
"""Carriers: files that any program may read. What the parsers make of them, several where
the dialects differ."""
import base64
import configparser
import json
import tomllib
import urllib.parse
import xml.etree.ElementTree

from .core import NPM, RUN, TOP, Fault, Target, run
from .languages import node, ruby

YAML = ("/usr/lib/python3/dist-packages/yaml",)
USERS = ("username", "user", "smtp_username", "smtp_user")
PASSWORDS = ("password", "smtp_password", "smtp_pass", "pass", "raw")


def find(tree, names):
    """The first text below such a key, however deep."""
    pairs = tree.items() if isinstance(tree, dict) else enumerate(tree)
    for key, value in pairs:
        if isinstance(value, (dict, list)):
            if (below := find(value, names)) is not None:
                return below
        elif str(key).lower() in names and isinstance(value, str):
            return value
    return None


def take(case, tree):
    user, password = find(tree, USERS), find(tree, PASSWORDS)
    if user is None or password is None:
        raise Fault("there is no user or no password in it")
    case.got = (user.encode("utf-8", "surrogateescape"),
                password.encode("utf-8", "surrogateescape"))


def with_parser(parse):
    def read(_bench, case):
        take(case, parse(case.path.read_bytes()))
    return read


def from_toml(text):
    return tomllib.loads(text.decode())


def from_yaml(text):
    import yaml
    return yaml.safe_load(text)


def python_dotenv(_bench, case):
    import dotenv
    take(case, dotenv.dotenv_values(case.path, encoding="utf-8"))


def kubernetes(_bench, case):
    """What kubectl sends, and what the pod sees."""
    secret = from_yaml(case.path.read_bytes())
    data = {k: base64.b64decode(v, validate=True).decode("utf-8", "surrogateescape")
            for k, v in secret.get("data", {}).items()}
    take(case, data | secret.get("stringData", {}))


def from_raw_ini(text):
    return from_ini(text, configparser.RawConfigParser())


def from_ini(text, ini=None):
    ini = ini or configparser.ConfigParser()
    ini.read_string(text.decode())
    return {section: dict(ini[section]) for section in ini.sections()}


def from_xml(text):
    return {node.tag: node.text for node in xml.etree.ElementTree.fromstring(text).iter()}


def whole(_bench, case):
    """A file that is the password; the user is elsewhere."""
    case.got = (case.user.encode(), run(case, "cat", case.path))


def drop_in(bench, case):
    """systemd has nothing to say of the drop-in. That a unit gets the password by it from the
    agent is shown in tests/systemd, under a systemd that runs."""
    unit = case.folder / "mail.service"
    unit.write_text("[Service]\nExecStart=/bin/true\n")
    folder = case.folder / "mail.service.d"
    folder.mkdir()
    (folder / "smtpvault.conf").write_text(case.also["systemd-credential"])
    said = run(case, "sh", "-c", 'systemd-analyze verify --man=no "$1" 2>&1', "sh", unit)
    if said:
        raise Fault(said.decode())
    whole(bench, case)


def python_netrc(_bench, case):
    import netrc
    user, _, password = netrc.netrc(case.path).authenticators("localhost")
    case.got = (user.encode(), password.encode())


def from_url(text):
    url = urllib.parse.urlsplit(text.decode().strip())
    return {"username": urllib.parse.unquote(url.username),
            "password": urllib.parse.unquote(url.password)}


def docker_env(text):
    """opts/file.go of docker: what is behind the first equals sign, as it stands."""
    lines = [line for line in text.decode("utf-8", "surrogateescape").split("\n")
             if line.strip() and not line.startswith("#")]
    return dict(line.lstrip().split("=", 1) for line in lines)


def compose(_bench, case):
    """docker-compose itself, with the exported env_file; it doubles the dollars for whoever
    reads its output."""
    document = case.folder / "compose.yml"
    document.write_text(f"services: {{app: {{image: x, env_file: {case.path}}}}}\n"
                        "version: '3'\n")
    text = run(case, "docker-compose", "-f", document, "config")
    take(case, json.loads(json.dumps(from_yaml(text)).replace("$$", "$")))


def systemd(bench, cases):
    """A real systemd gives each file to a service."""
    said = run(cases[0], TOP / "tests/systemd/lab", RUN / "systemd_read.sh", seconds=200,
               SMTPVAULT="-", BUILD=str(bench.folder)).decode()
    told = dict(line.split(" ", 2)[1:] for line in said.splitlines()
                if line.startswith("read ") and line.count(" ") == 3)
    for case in cases:
        case.got = tuple(bytes.fromhex(word) for word in told.get(case.folder.name, "").split())


SHELL = '. "$1"; printf "%s\\n\\n\\n%s" "$SMTP_USERNAME" "$SMTP_PASSWORD"'


def shell_with(program):
    def read(_bench, case):
        user, _, password = run(case, program, "-c", SHELL, "sh", case.path).partition(b"\n\n\n")
        case.got = (user, password)
    return read


def jq(_bench, case):
    case.got = tuple(run(case, "jq", "-j", f".profiles[0].{key}", case.path)
                     for key in ("username", "password"))


def reader(name, form, how, programs=(), files=(), **more):
    return Target(name, form, how, sends=False, programs=programs, files=files, **more)


def js_reader(name, form, parser):
    modules = {"dotenv": "dotenv", "yaml": "js-yaml", "toml": "smol-toml",
               "hcl": "@cdktf/hcl2json"}
    return reader(name, form, node("read_carrier.js", parser), ("node",),
                  (NPM / modules[parser],) if parser in modules else (), batch=True)


TARGETS = [
    reader("python-dotenv", "dotenv", python_dotenv),
    reader("python-dotenv", "python-dotenv", python_dotenv),
    reader("configparser", "configparser", with_parser(from_ini)),
    reader("elementtree", "xml", with_parser(from_xml)),
    reader("the file", "docker-secret", whole),
    reader("the file", "systemd-creds", whole),
    reader("systemd-analyze", "systemd-creds", drop_in, ("systemd-analyze",), slow=True,
           also=("systemd-credential",)),
    reader("bash/dotenv", "dotenv", shell_with("bash")),
    reader("bash", "shell", shell_with("bash")),
    reader("dash", "shell", shell_with("dash")),
    reader("jq", "json", jq, ("jq",)),
    reader("tomllib/himalaya", "himalaya", with_parser(from_toml)),
    js_reader("smol-toml/himalaya", "himalaya", "toml"),
    reader("pyyaml", "yaml", with_parser(from_yaml), files=YAML),
    js_reader("js-yaml", "yaml", "yaml"),
    reader("psych", "yaml", ruby("read_yaml.rb"), ("ruby",), batch=True),
    reader("tomllib", "toml", with_parser(from_toml)),
    js_reader("smol-toml", "toml", "toml"),
    reader("netrc/python", "netrc", python_netrc),
    reader("urllib", "url", with_parser(from_url)),
    js_reader("url/whatwg", "url", "url"),
    js_reader("hcl2json", "tfvars", "hcl"),
    js_reader("dotenv", "npm-dotenv", "dotenv"),
    reader("docker's rule", "docker-env", with_parser(docker_env)),
    reader("systemd", "systemd-env", systemd, batch=True, slow=True,
           files=("/lib/systemd/systemd",)),
    reader("docker-compose", "compose", compose, ("docker-compose",), YAML, slow=True),
    reader("pyyaml/kubernetes", "kubernetes", kubernetes, files=YAML),
    reader("json/listmonk", "listmonk", with_parser(json.loads)),
    js_reader("dotenv/vaultwarden", "vaultwarden", "dotenv"),
]
