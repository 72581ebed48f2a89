#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""import_readers: what import reads, held against the programs that read such files.

import_readers.py DRIVER FOLDER [SEED]: random values in each syntax go to the program and to
import_driver. A secret that import takes has to be the program's, byte by byte. What import
tells as a fault costs nothing but is counted: of what the program reads, most is taken.
"""
import ast
import io
import logging
import pathlib
import random
import subprocess
import sys
import warnings

import dotenv

DRIVER, FOLDER = sys.argv[1], pathlib.Path(sys.argv[2])
SEED = int(sys.argv[3]) if len(sys.argv) > 3 else 7
PIECES = ["a", "b", "Z", " ", "'", '"', "\\", "$", "{", "}", "#", " #", "`", "%", "n", "é", ";", "\t",
          "=", "!", "&", "/", "*", "(", ")", "$a", "${a}", "#{1}", "\\n", "\\\\", "\\'", '\\"',
          "\\x41", "\\u00e9", "\\101", "\\u{e9}", "\\z", "|", ":", ",", "0", "?>"]

# ---- how each program reads; None: it does not, or it computes it

PHP_EVAL = r"""
set_error_handler(function () { throw new Exception("x"); });
for ($i = 0; $i < $argv[2]; $i++) {
    $smtp_password = null;
    ob_start();
    try { eval(substr(file_get_contents("$argv[1]/$i"), 5)); } catch (Throwable $e) { $smtp_password = null; }
    ob_end_clean();
    echo is_string($smtp_password) ? "=" . bin2hex($smtp_password) : "!", "\n";
}"""
PHP_DOTENV = r"""
require "/usr/share/php/Dotenv/autoload.php";
for ($i = 0; $i < $argv[2]; $i++) {
    try {
        $s = Dotenv\Dotenv::parse(file_get_contents("$argv[1]/$i"))["SMTP_PASSWORD"] ?? null;
        if (preg_match('/\A([\'"])(.*)\1\z/', $s ?? "", $m)) { $s = $m[2]; }
    } catch (Throwable $e) { $s = null; }
    echo $s === null ? "!" : "=" . bin2hex($s), "\n";
}"""
RUBY_EVAL = r"""
$VERBOSE = nil
ARGV[1].to_i.times { |i|
  begin
    s = eval(File.read("#{ARGV[0]}/#{i}") + "\nsmtp_password", TOPLEVEL_BINDING.dup)
  rescue Exception
    s = nil
  end
  puts(s.is_a?(String) ? "=" + s.unpack1("H*") : "!")
}"""


def by_program(command):
    def read(texts):
        for i, text in enumerate(texts):
            (FOLDER / str(i)).write_text(text, encoding="utf-8")
        out = subprocess.run([*command, str(FOLDER), str(len(texts))], stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL, check=True, encoding="utf-8").stdout.split()
        assert len(out) == len(texts), f"{command[0]}: {len(out)} answers for {len(texts)} texts"
        return [None if word == "!" else bytes.fromhex(word[1:]) for word in out]
    return read


def by_python(texts):
    def one(text):
        try:
            value = ast.parse(text).body[0].value
        except (SyntaxError, ValueError):
            return None
        is_text = isinstance(value, ast.Constant) and isinstance(value.value, str)
        return value.value.encode("utf-8", "replace") if is_text else None
    warnings.simplefilter("ignore")
    return [one(text) for text in texts]


def by_python_dotenv(texts):
    logging.disable(logging.CRITICAL)
    values = (dotenv.dotenv_values(stream=io.StringIO(text)).get("SMTP_PASSWORD") for text in texts)
    return [None if value is None else value.encode() for value in values]


def by_shell(texts):
    def one(text):
        done = subprocess.run(["/bin/dash", "-c", text + 'printf %s "$SMTP_PASSWORD"'], env={"PATH": ""},
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        return done.stdout if done.returncode == 0 and not done.stderr else None
    return [one(text) for text in texts]


# ---- the texts

def value():
    return "".join(random.choice(PIECES) for _ in range(random.randint(1, 8)))


def env():
    form = random.choice(["'%s'", '"%s"', "%s", "%s", " %s", "'%s' # c", '"%s" #c'])
    return "SMTP_PASSWORD=" + form.replace("%s", value()) + "\nX=y\n"


def quoted(prefixes=("",), quotes=("'", '"'), behind=("",)):
    quote = random.choice(quotes)
    return random.choice(prefixes) + quote + value() + quote + random.choice(behind)


def shell():
    while True:
        word = random.choice(["'%s'", '"%s"', "%s", "'%s'\\''x'"]).replace("%s", value())
        if not any(c in word for c in " \t;|&()<>*?[~!{}="):
            return "SMTP_PASSWORD=" + word + "\n"


CASES = {  # source: the program, its name, a text, how much of what it reads is taken at least
    "python-dotenv": (by_python_dotenv, env, 0.8),
    "laravel": (by_program(["php", "-r", PHP_DOTENV]), env, 0.7),
    "shell": (by_shell, shell, 0.7),
    "php": (by_program(["php", "-r", PHP_EVAL]),
            lambda: "<?php\n$smtp_password = " + quoted(behind=("", "", " . 'x'", "/* c */")) + ";\n", 0.6),
    "python": (by_python, lambda: "SMTP_PASSWORD = " + quoted(
        ("", "", "r", "u", "b", "f"), ("'", '"', "'''", '"""'), ("", "", " # c", "+'x'", " 'y'", ",")) + "\n", 0.6),
    "ruby": (by_program(["ruby", "-e", RUBY_EVAL]),
             lambda: "smtp_password = " + quoted(behind=("", "", " + 'x'", " # c")) + "\n", 0.6),
}


def storable(secret):
    return secret and not any(c in secret for c in b"\0\r\n")


def imported(pairs):
    """What the driver says of (source, text)."""
    requests = "".join(f"{source} {text.encode().hex()}\n" for source, text in pairs)
    out = subprocess.run([DRIVER], input=requests, stdout=subprocess.PIPE, check=True,
                         encoding="utf-8").stdout.splitlines()
    assert len(out) == len(pairs), "the driver ended early"
    return [bytes.fromhex(line[2:]) if line.startswith("= ") else None for line in out]


def check(source, texts, real, floor):
    wrong = taken = could = 0
    for text, want, got in zip(texts, real, imported([(source, text) for text in texts])):
        # A program that stops at what stands behind the value has no opinion on it.
        if want is None or not storable(want):
            continue
        could += 1
        taken += got is not None
        if got is not None and got != want:
            wrong += 1
            print(f"{source}: {text!r} is {want!r}, and import takes {got!r}")
    print(f"{source}: {taken} of {could} taken, {wrong} wrong")
    return wrong == 0 and could > 50 and taken >= floor * could


def main():
    random.seed(SEED)
    good, envs = True, []
    for source, (read, make, floor) in CASES.items():
        texts = [make() for _ in range(300 if source == "shell" else 1500)]
        real = read(texts)
        if make is env:
            envs.append((texts, real))
        good = check(source, texts, real, floor) and good
    # What all agree on is what each of them sees.
    for texts, real in envs:
        good = check("dotenv", texts, real, 0.2) and good
    return 0 if good else 1


sys.exit(main())
