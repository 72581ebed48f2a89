#!/bin/bash
# SPDX-License-Identifier: ISC
# Words: unknown ones, wrong places, and secrets that must not be arguments.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
t_secrets=(hunter2)

# ---- nothing, help, version
expect_status 64
expect_stderr_has "usage: smtpvault"
expect_status 0 --version
expect_stdout "smtpvault $(sed -n 's/^VERSION  := //p' "${BUILD:-.}/../../Makefile")\n"
expect_status 0 --help
expect_stdout_has "audit     audit          show or prove the log of every use"
# It fits a screen, and no help is wider than a terminal.
expect [ "$(wc -l <out)" -le 46 ]
expect_status 0 help options
expect_stdout_has "  --keyfile FILE "
expect_stdout_has "  cred:NAME "
expect_status 0 help exit-status
while read -r status; do
    expect grep -qE "^  $status +[a-z]" out
done < <(sv help --tables | awk '$1 == "status" { print $2 }')
expect_stdout_has "  74  input/output error"
expect [ "$(awk 'length > 80' out | wc -l)" = 0 ]
expect_status 0 help
expect_stdout_has "help exit-status"
cp out overview
expect_status 0 -h
expect cmp -s out overview
sv help --tables >tables || die "no tables"
while read -r command; do
    expect_status 0 "$command" --help
    expect_stdout_has "usage: smtpvault $command"
    expect_stdout_has "examples:"
    expect_stdout_has "--passphrase-from SOURCE"
    cp out one
    expect_status 0 help "$command"
    expect cmp -s out one
    expect_stdout_has "$(grep -m1 -E "^.{10}$command +" overview | cut -c26-)"
    expect [ "$(awk 'length > 80' one | wc -l)" = 0 ]
done < <(awk '$1 == "command" { print $2 }' tables)
while read -r alias; do
    expect_status 0 "$alias" --help
done < <(awk '$1 == "alias" { print $3 }' tables)
expect [ "$(awk '$1 == "alias" { print $3 ">" $2 }' tables | sort | xargs)" = \
    "insert>add ls>list mv>rename rm>remove run>exec set>edit" ]
expect [ "$(awk '$1 == "status" { print $2 }' tables | xargs)" = "0 1 64 65 66 69 70 73 74 75 77 78" ]

# ---- commands and options that are not there
expect_status 64 shwo
expect_stderr_has 'unknown command "shwo"; did you mean "show"?'
expect_status 64 frobnicate
expect_stderr_has 'unknown command "frobnicate"'
expect_status 64 $'bad\e[31m'
expect_stderr_has 'unknown command "bad\x1b[31m"'
expect_status 64 help frobnicate
expect_status 64 remember
expect_stderr_has 'unknown command "remember"'
expect_status 64 get work --verison 2
expect_stderr_has "did you mean --version?"
expect_status 64 --valt x list
expect_stderr_has "did you mean --vault?"
expect_status 64 list --frobnicate
expect_stderr_has "unknown option --frobnicate"
expect_status 64 list -x
expect_stderr_has "unknown option -x"
expect_status 64 list --tag
expect_stderr_has "--tag needs a value"
expect_status 64 --vault '' list
expect_stderr_has "--vault needs a value"
expect_status 64 list --json=yes
expect_stderr_has "--json takes no value"
expect_status 64 --color=blue list
expect_stderr_has "--color is auto, always or never"
expect_status 64 list --vers
expect_stderr_has "unknown option --vers"

# ---- words: too few, too many; surplus words are not repeated
expect_status 64 get
expect_status 64 add
expect_status 64 rename work
expect_status 64 add work hunter2
expect_stderr_has "too many words for add"
expect_status 64 list a hunter2
expect_status 64 exec work ls
expect_stderr_has 'goes behind "--"'
expect_status 64 exec work --
expect_status 64 completion tcsh
expect_status 64 audit frob
expect_status 64 audit resume
expect_stderr_has "--accept-loss"

# ---- a secret is never an argument, and never repeated
for word in --password=hunter2 --password=hunter2=x --passphrase=hunter2 --secret=hunter2 \
    --pass=hunter2 --passwd=hunter2 --token=hunter2 --api-key=hunter2 -phunter2 \
    --smtp-password=hunter2 --new-passphrase=hunter2; do
    expect_status 64 add work "$word"
    expect_stderr_has "a secret is never an argument"
    expect_stderr_has "SOURCE"
    expect_status 64 "$word" list
    expect_stderr_has "a secret is never an argument"
done
expect_status 64 add work --password hunter2
expect_stderr_has "--password-from SOURCE"
expect_status 64 get work --passphrase hunter2
expect_stderr_has "--passphrase-from SOURCE"
expect_status 64 add work --password-from hunter2
expect_stderr_has "a source of secrets is"
expect_absent data

# ---- global options before and behind the command, letters in clusters
t_vault
add_plain work s3cret
add_plain -dash other-s3cret
expect_status 0 --keyfile "$t/key" --vault "$vault" get work
expect_stdout 's3cret\n'
expect_status 0 get work --keyfile "$t/key" --vault "$vault"
expect_stdout 's3cret\n'
expect_status 0 --vault="$vault" get -n work
expect_stdout s3cret
expect_status 0 get work -qn
expect_stdout s3cret
expect_status 0 -q get work --no-agent --no-newline
expect_stdout s3cret
expect_status 0 --json list
expect_json '.[0].profiles | length == 2'

# ---- a name that begins with a dash
expect_status 64 get -dash
expect_stderr_has 'goes behind "--"'
expect_status 0 get -- -dash
expect_stdout 'other-s3cret\n'
expect_status 0 get -n -- -dash
expect_stdout other-s3cret
expect_status 0 exec -- -dash -- cat /dev/fd/3
expect_stdout 'other-s3cret\n'
expect_status 0 exec work -- printf '%s|' --fd -- -x
expect_stdout '--fd|--|-x|'
expect_status 64 get --
finish
