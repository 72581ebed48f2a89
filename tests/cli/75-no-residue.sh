#!/bin/bash
# SPDX-License-Identifier: ISC
# No byte of a secret or a passphrase stays behind in a file, or in what a process shows
# of itself. (What is written while it runs, memory and cores: tests/attack/.)
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
pass='passphrase-Zq7-right' wrong='passphrase-Zq8-wrong' next='passphrase-Zq9-next'
one='secret-Xk1-first' two='secret-Xk2-second'
t_secrets=("$pass" "$wrong" "$next" "$one" "$two")
mkdir tmp
export TMPDIR=$t/tmp
way() { # way PASSPHRASE WORD...: the passphrase comes through a descriptor
    local word=$1
    shift
    sv --no-input --passphrase-from fd:9 "$@" 9<<<"$word"
}
nowhere() { # nowhere TEXT: in no file at all, but for those the scenario itself wrote
    local found
    found=$(grep -rlaF --exclude=out --exclude=err --exclude=asked --exclude='trace*' -- "$1" "$t" || true)
    [[ -z $found ]] || die "$1 stays in $found"
    ((checks++))
}

# ---- everything that handles a secret
way "$pass" init "$cheap" 2>err || die "init failed"
printf %s "$one" | way "$pass" add hidden-name --host hidden.example.org --port 1 --tls implicit \
    --username hidden-user --password-from stdin 2>err || die "add failed"
way "$wrong" get hidden-name >out 2>err && die "the wrong passphrase opened it"
expect [ ! -s out ]
printf %s "$two" | way "$pass" edit hidden-name --password-from stdin 2>err || die "edit failed"
way "$pass" get hidden-name >out 2>err || die "get failed"
expect [ "$(cat out)" = "$two" ]
way "$pass" show hidden-name --reveal >out 2>err || die "show failed"
way "$pass" exec hidden-name -- sh -c 'cat <&3 >/dev/null' >out 2>err || die "exec failed"
way "$pass" test hidden-name >out 2>err
no_secret_in out
way "$pass" export hidden-name --to msmtp --inline -o asked 2>err || die "export failed"
expect grep -qF "$two" asked
way "$pass" rollback hidden-name >out 2>err || die "rollback failed"
printf '%s\n' "$next" | way "$pass" passphrase --new-passphrase-from stdin "$cheap" >out 2>err ||
    die "passphrase failed"
way "$next" history hidden-name >out 2>err || die "history failed"
way "$next" remove --yes hidden-name >out 2>err || die "remove failed"
: >out
: >err
for text in "${t_secrets[@]}" hidden-name hidden.example.org hidden-user; do
    [[ $text == "$two" ]] && rm -f asked
    nowhere "$text"
done

# ---- a child is handed the secret on its descriptor, not in its surroundings
printf %s "$one" | way "$next" add again --host h.example.org --port 1 --tls implicit \
    --username u --password-from stdin 2>err || die "add failed"
# shellcheck disable=SC2016 # for the inner shell
way "$next" exec again -- sh -c 'tr "\0" "\n" </proc/self/environ; cat /proc/$$/cmdline /proc/$PPID/cmdline' \
    >out 2>err || die "exec failed"
no_secret_in out

finish
