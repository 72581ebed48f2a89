# SPDX-License-Identifier: ISC
"""commands: what is done to a vault while something fails, and what must be left.

Every command of src/cli/commands.def stands here, either as a scenario or among those
that change nothing; `check_complete` fails when one is missing, or when a command whose
row says CMD_MUTATES is among the latter.
"""
import itertools
import os
import pathlib
import re

HERE = pathlib.Path(__file__).resolve().parent
BIG = "four" + "x" * 3000  # a row with overflow pages


OPEN = {"planned", "pending", "set", "verified"}  # stages of a rotation before the promotion


class World:
    """Profiles by name, the (port, secret) of each version oldest first, a secret of None
    being any; which of the key files opens the vault; the labels of members and tokens; which
    profiles have grants; at which stages the rotation of a profile may stand; for whom the
    policy has rules."""

    def __init__(self, profiles, key=0, members=("owner",), tokens=(), grants=(), rules=()):
        self.profiles = profiles
        self.key = key
        self.members, self.tokens, self.grants = set(members), set(tokens), set(grants)
        self.rotations, self.rules = {}, set(rules)

    def copy(self):
        world = World({name: list(versions) for name, versions in self.profiles.items()}, self.key,
                      self.members, self.tokens, self.grants, self.rules)
        world.rotations = {name: set(stages) for name, stages in self.rotations.items()}
        return world

    def stages(self, name):
        return self.rotations.get(name, {"none"})

    def matches(self, found):
        return (self.key == found.key and self.members == found.members and
                self.tokens == found.tokens and self.grants == found.grants and
                self.rules == found.rules and
                self.profiles.keys() == found.profiles.keys() and
                all(found.stages(name) <= self.stages(name) for name in self.profiles) and
                all(len(mine) == len(found.profiles[name]) and
                    all(a[0] == b[0] and a[1] in (None, b[1])
                        for a, b in zip(mine, found.profiles[name]))
                    for name, mine in self.profiles.items()))

    def __repr__(self):
        return (f"key {self.key}, {self.profiles}, {self.members}, {self.tokens}, {self.grants}, "
                f"{self.rotations}, {self.rules}")


def base_world():
    return World({"work": [(465, "one"), (465, "two")], "home": [(465, "three")]},
                 members=("owner", "bob"), tokens=("ci",))


class Base:
    """What is there before, made of what is filled: the words, secret and status of commands,
    and what they change in a World. lost: the end of files' names that are not there."""

    def __init__(self, change, *steps, lost=None):
        self.change, self.steps, self.lost = change, steps, lost

    def world(self):
        world = base_world()
        self.change(world)
        return world


class Scenario:
    """words: of the program; {root} is the place's folder. secret: for standard input.
    after: changes a World into the one that must be there when it succeeded. released:
    names whose secrets come out, log: the operation that must then be in the log. base:
    what is there before. file: what the command writes beside the vault; holds: the secret
    that is in it then; backup: that is a vault. also: statuses by which it may fail as well.
    given: another tool's file, name and text, whose secret the command takes out of it; gone:
    tells by a text, or None, that this was done. Then the vault has it, and until then the file
    is what it was. several: it makes several changes, and what it says was made may be the first
    of them: of the worlds before and after that makes those that a failure may leave which says
    nothing of a change, and those that are possible at all. sign: a file that is there only
    behind the change. loose: changes the world after into one that a success may leave when
    something failed. report: it answers with what became of each profile, as JSON, also where
    that is a failure (1). thin: a long one, of which the sample takes so many times less.
    never: a file that is never there. ends: the status of one that did all it can."""

    def __init__(self, command, words, after=None, secret="", released=(), log=None,
                 base="filled", program=None, file=None, holds="two", also=(), backup=False,
                 several=None, name=None, given=None, gone=None, sign=None, loose=None,
                 report=False, thin=1, never=None, ends=0):
        self.command, self.words, self.secret = command, words, secret
        self.after, self.released, self.log = after, released, log
        self.base, self.program, self.file, self.holds = base, program, file, holds
        self.backup, self.also, self.several = backup, set(also), several
        self.given, self.gone, self.sign = given, gone, sign
        self.loose, self.report, self.thin = loose, report, thin
        self.never, self.ends = never, ends
        self.name = name or command

    def worlds(self):
        """What may be there before, and what after; None: no vault."""
        before = None if self.base in ("none", "lost-vault") else base_world()
        after = World({}) if self.base == "none" else base_world()
        if self.base in BASES:
            before, after = BASES[self.base].world(), BASES[self.base].world()
        if self.base == "old-backup":
            new(before, "late", (465, "late"))
        if self.base == "copied":
            again(before, "work", 465, "six")
            again(after, "work", 465, "six")
        if self.after:
            self.after(after)
        return before, after

    def between(self, before, after):
        """What a failure may leave: where it says nothing of a change, and where it does."""
        return self.several(before, after) if self.several else ([before], [before, after])


def new(world, name, *versions):
    world.profiles[name] = list(versions)


def again(world, name, port, secret):
    world.profiles[name].append((port, secret))


def rotated(world, name, secret, stage="finished"):
    again(world, name, 465, secret)
    world.rotations[name] = {stage}


def rotating(*names, begins=True):
    """Each of these is changed, or its rotation stands anywhere before that."""
    def between(before, after):
        worlds = []
        for done in itertools.product((False, True), repeat=len(names)):
            world = after.copy()
            for name, is_done in zip(names, done):
                world.profiles[name] = (after if is_done else before).profiles[name]
                world.rotations[name] = after.stages(name) | {"promoted"} if is_done else \
                    before.stages(name) | (OPEN if begins else set())
            worlds.append(world)
        return worlds[:1], worlds
    return between


SERVER = ["--host", "mail.example.org", "--port", "465", "--tls", "implicit", "--username", "ann"]
MANY = 40
MSMTPRC = ("account club\nhost mail.example.net\nport 587\ntls on\nauth on\nuser ann\n"
           "password four\nlogfile ~/log\n")



def verb(name, what, after, log):
    """A change that judge makes with the library: all of its command but the words."""
    return Scenario(name.split("-", maxsplit=1)[0], [name, "{vault}", "{state}", "{key}", what],
                    name=name, program="judge", after=after, log=log)


def prod_rule(world):
    world.rules.add("tag prod")


def own_rule(world):
    world.rules.add("this profile")


def no_own_rule(world):
    world.rules.remove("this profile")


def card_again(world):
    """A period stands in the card, which is a version."""
    world.profiles["work"].append(world.profiles["work"][-1])


ROTATE = ["rotate", "work", "--no-verify"]
GIVEN = [*ROTATE, "--password-from", "stdin"]
PROD = ["policy", "set", "--tag", "prod", "--every", "30d"]
OWN = ["policy", "set", "work", "--every", "90d", "--lead", "7d"]
BEHIND = ["policy", "set", "--all", "--after", f"{HERE}/behind", "--hook", f"{HERE}/rotator"]
WATCHED = ["policy", "set", "--all", "--overlap", "24h", "--reject-threshold", "1"]
ERASE = "protocol=smtp\nhost=mail.example.org:465\nusername=ann\npassword=five\n\n"
BOTH = ("work", "home")

BASES = {
    "rotated": Base(lambda w: rotated(w, "work", "five"),
                    (["export", "work", "--to", "json", "--inline", "-o", "{root}/out"], "", 0),
                    (GIVEN, "five", 0)),
    "half": Base(lambda w: w.rotations.update(work={"pending"}), ([*ROTATE, "--generate"], "", 75)),
    "halves": Base(lambda w: w.rotations.update(work={"pending"}, home={"pending"}),
                   *((["rotate", name, "--no-verify", "--generate"], "", 75) for name in BOTH)),
    "ruled": Base(lambda w: [prod_rule(w), own_rule(w), card_again(w)], (PROD, "", 0),
                  (OWN, "", 0)),
    "behind": Base(lambda w: w.rules.add("the vault"), (BEHIND, "", 0)),
    "unagreed": Base(lambda w: w.rules.add("the vault"), (BEHIND, "", 0), lost="/agreed"),
    "watched": Base(lambda w: [rotated(w, "work", "five"), w.rules.add("the vault")],
                    (WATCHED, "", 0), (GIVEN, "five", 0)),
}

SCENARIOS = [
    Scenario("init", ["init", "--no-passphrase"], base="none"),
    Scenario("add", ["add", "club", *SERVER, "--password-from", "stdin"], secret=BIG,
             after=lambda w: new(w, "club", (465, BIG)), log="add"),
    Scenario("add", ["add", "made", *SERVER, "--generate"], name="add-generate",
             after=lambda w: new(w, "made", (465, None)), log="add"),
    verb("many", str(MANY), lambda w: [new(w, f"m{i}", (465, f"m{i}")) for i in range(MANY)],
         "import"),
    Scenario("import", ["import", "--from", "netrc", "-", "--yes"],
             secret="machine mail.example.net login ann port 587 password four\n",
             after=lambda w: new(w, "ann@mail.example.net", (587, "four")), log="import"),
    Scenario("import", ["import", "--adopt", "--yes", "msmtprc"], name="import-adopt", also=[73, 75],
             given=("msmtprc", MSMTPRC), gone=lambda text: text is not None and text.startswith(
                 MSMTPRC.split("password")[0] + "passwordeval") and "four" not in text,
             after=lambda w: new(w, "club", (587, "four")), log="import"),
    Scenario("import", ["import", "--shred", "--yes", "netrc"], name="import-shred",
             also=[75, 77], given=("netrc", "machine mail.example.net login ann port 587 password four\n"),
             gone=lambda text: text is None or "four" not in text,
             after=lambda w: new(w, "ann@mail.example.net", (587, "four")), log="import"),
    verb("member-add", "eve", lambda w: w.members.add("eve"), "member"),
    verb("member-remove", "bob", lambda w: w.members.remove("bob"), "member"),
    Scenario("token", ["token", "add", "--name", "cron", "--profile", "work"], name="token-add",
             after=lambda w: w.tokens.add("cron"), log="token"),
    Scenario("token", ["token", "remove", "ci"], name="token-remove",
             after=lambda w: w.tokens.remove("ci"), log="token"),
    Scenario("edit", ["edit", "work", "--port", "587", "--password-from", "stdin"], secret="five",
             after=lambda w: again(w, "work", 587, "five"), log="edit"),
    Scenario("edit", ["edit", "work", "--port", "588"], name="edit-card",
             after=lambda w: again(w, "work", 588, w.profiles["work"][-1][1]), log="edit"),
    Scenario("rename", ["rename", "work", "office"], log="rename",
             after=lambda w: w.profiles.update(office=w.profiles.pop("work"))),
    Scenario("remove", ["remove", "work", "--yes"], log="remove",
             after=lambda w: w.profiles.pop("work")),
    Scenario("rollback", ["rollback", "work"], log="rollback",
             after=lambda w: w.profiles["work"].append(w.profiles["work"][-2])),
    Scenario("policy", ["policy", "set", "work", "--every", "90d"], log="policy",
             after=card_again),
    Scenario("policy", PROD, name="policy-rule", log="policy", after=prod_rule),
    # That it may run here is noted first, and nothing changes where it cannot be.
    Scenario("policy", BEHIND, name="policy-hook", log="policy",
             after=lambda w: w.rules.add("the vault")),
    Scenario("policy", OWN, name="policy-own", log="policy",
             after=lambda w: [own_rule(w), card_again(w)]),
    Scenario("policy", ["policy", "remove", "--tag", "prod"], name="policy-remove", log="policy",
             base="ruled", after=lambda w: w.rules.remove("tag prod")),
    Scenario("policy", ["policy", "remove", "work"], name="policy-remove-own", log="policy",
             base="ruled", after=lambda w: [no_own_rule(w), card_again(w)]),
    # What was begun is a record in the card; the secret is another once it is promoted.
    Scenario("rotate", GIVEN, secret="five", after=lambda w: rotated(w, "work", "five"),
             log="rotate", several=rotating("work"), also=[77]),
    # The secret is made here, and what the rotator says has to be on record.
    Scenario("rotate", [*ROTATE, "--hook", f"{HERE}/rotator"], name="rotate-hook",
             after=lambda w: rotated(w, "work", None), log="rotate", several=rotating("work"),
             also=[1, 77], thin=2),
    # What stands in the vault runs where it was agreed to: a rotator, and a command behind it.
    Scenario("rotate", ROTATE, name="rotate-behind", base="behind", sign="behind",
             after=lambda w: rotated(w, "work", None), log="rotate", several=rotating("work"),
             also=[1, 77], thin=2),
    # What nobody agreed to on this machine does not run, whatever fails.
    Scenario("rotate", GIVEN, secret="five", name="rotate-unagreed", base="unagreed",
             after=lambda w: rotated(w, "work", "five"), log="rotate", several=rotating("work"),
             also=[1, 77], never="behind", ends=1, thin=2),
    Scenario("rotate", ["rotate", "--rollback", "work", "--no-verify"], name="rotate-back",
             base="rotated", after=lambda w: rotated(w, "work", "two", "rolled-back"),
             log="rotate", several=rotating("work", begins=False), file="out", also=[1, 77]),
    Scenario("rotate", ["rotate", "--rollback", "work", "--no-verify"], name="rotate-give-up",
             base="half", after=lambda w: w.rotations.update(work={"abandoned"}), log="rotate",
             also=[77]),
    Scenario("rotate", ["rotate", "--resume", "work", "--no-verify"], name="rotate-resume",
             base="half", after=lambda w: rotated(w, "work", None), log="rotate",
             several=rotating("work"), also=[77]),
    Scenario("rotate", ["rotate", "--emergency", *GIVEN[1:]], name="rotate-emergency",
             secret="five", after=lambda w: rotated(w, "work", "five"), log="rotate",
             several=rotating("work"), also=[77], thin=2),
    Scenario("rotate", ["--json", "rotate", "--yes", *BOTH, "--no-verify", "--hook",
                        f"{HERE}/rotator"], name="rotate-many", log="rotate", report=True,
             after=lambda w: [rotated(w, name, None) for name in BOTH],
             several=rotating(*BOTH), also=[1, 77], thin=4),
    Scenario("rotate", ["--json", "rotate", "--resume", "--no-verify"], name="rotate-resume-all",
             base="halves", after=lambda w: [rotated(w, name, None) for name in BOTH],
             log="rotate", report=True, several=rotating(*BOTH), also=[1, 77], thin=3),
    # An alarm is nothing that the command which saw the rejection fails for.
    Scenario("git-credential", ["git-credential", "--profile", "work", "erase"],
             name="rotate-alarm", base="watched",
             secret=ERASE, after=lambda w: w.rotations.update(work={"finished, rejected"}),
             loose=lambda w: w.rotations["work"].add("finished"), log="git-credential"),
    Scenario("passphrase", ["passphrase", "--no-passphrase", "--new-keyfile", "{key}2"],
             after=lambda w: setattr(w, "key", 1), log="passphrase"),
    Scenario("grant", ["grant", "add", "work", "--user", str(os.getuid())], log="grant",
             after=lambda w: w.grants.add("work")),
    Scenario("audit", ["audit", "resume", "--accept-loss"], name="audit-resume", base="lost-log"),
    Scenario("get", ["get", "work"], released=["work"], log="get"),
    Scenario("get", ["get", "--json", "home", "work"], name="get-json", released=["home", "work"],
             log="get"),
    Scenario("get", ["get", "work"], name="get-first", released=["work"], log="get",
             base="new-machine"),
    Scenario("get", ["--token-from", "file:{root}/ci.token", "get", "work"], name="get-token",
             released=["work"], log="get"),
    Scenario("show", ["show", "work", "--reveal"], released=["work"], log="show"),
    Scenario("exec", ["exec", "work", "--", "/bin/sh", "-c", "cat <&3"], released=["work"],
             log="exec"),
    Scenario("git-credential", ["git-credential", "--profile", "work", "get"], secret="protocol=smtp\n"
             "host=mail.example.org:465\nusername=ann\n\n", base="filled", name="git-get",
             released=["work"], log="git-credential"),
    Scenario("git-credential", ["git-credential", "--general", "store"], name="git-store",
             secret="protocol=https\nhost=git.example.org\nusername=ann\npassword=four\n\n",
             after=lambda w: new(w, "https://ann@git.example.org", (0, "four")), log="add"),
    Scenario("git-credential", ["git-credential", "--general", "erase"], name="git-erase",
             secret="protocol=smtp\nhost=mail.example.org:465\nusername=ann\npassword=two\n\n",
             after=lambda w: again(w, "work", 465, "two"), log="edit"),
    Scenario("render", ["render", "-"], secret="{{ smtpvault://work/password }}\n",
             base="filled", released=["work"], log="render"),
    # 77: a vault that cannot be opened for writing is read, and then nothing can be recorded.
    Scenario("export", ["export", "work", "--to", "json", "--inline", "-o", "{root}/out"],
             log="export", file="out", also=[77]),
    Scenario("export", ["export", "--refresh", "work"], name="export-refresh", base="copied",
             log="export", file="out", holds="six", also=[1]),
    Scenario("backup", ["backup", "{root}/copy.db"], log="backup", file="copy.db", backup=True),
    Scenario("restore", ["restore", "{root}/copy.db"], base="lost-vault", log="restore"),
    Scenario("restore", ["restore", "{root}/copy.db", "--accept-rollback"], name="restore-older",
             base="old-backup", after=lambda w: None, log="restore"),
    Scenario("list", ["list", "--json"]),
    Scenario("due", ["due", "--json"]),
    Scenario("remind", ["remind"]),
]

# The shell runs the others' commands; test and doctor look at servers and machines, scan at
# files, and setup changes files of other tools. What test learns of a server changes a card as
# a grant does.
CHANGES_NOTHING = {"status", "verify", "doctor", "drill", "scan", "setup", "unlock", "lock", "agent",
                   "history", "generate", "providers", "test", "due", "shell", "completion", "help"}

# These wait for a person, and then store what came as others do, whose faults stand above.
STORED_AS = {"login": {"add", "edit"}}


def check_complete(source):
    """Every command is classified, and rightly."""
    rows = re.findall(r"^COMMAND\((cmd_\w+),", (source / "src/cli/commands.def").read_text(), re.M)
    known = {s.command for s in SCENARIOS}
    known |= {name for name, others in STORED_AS.items() if others <= known}
    for symbol in rows:
        text = "".join(p.read_text() for p in pathlib.Path(source / "src/cmd").glob("cmd_*.c")
                       if f"const struct command {symbol} =" in p.read_text())
        row = text[text.index(f"const struct command {symbol} ="):]
        name = re.search(r'\.name = "([^"]+)"', row).group(1)
        flags = re.search(r"\.flags = ([^,]+),", row)
        mutates = flags is not None and "CMD_MUTATES" in flags.group(1)
        if name not in known | CHANGES_NOTHING or (mutates and name not in known):
            raise SystemExit(f"tests/faults/commands.py has no scenario of \"{name}\", a command "
                             f"that {'changes the vault' if mutates else 'may change something'}")
