#!/bin/bash
# SPDX-License-Identifier: ISC
# Attack 23, a caller that was not granted the login: its program.
# Without GRANTS: a program got a login that was not granted to it
# Without GRANT_PIN: a program in the place of the granted one got its login
# Without GRANT_RUNNING: a program that is not the file at its path got its login
# Without GRANT_FOLDER: a program that others can exchange got its login
#
# Programs that ask are copies of dash(1) under another name: they run a script of the
# attacker's, and are what smtpvault sees.
# shellcheck source=tests/attack/lib.sh
. "${0%/*}/lib.sh"
t_vault
add_plain work s3cret-x
mkdir bin evil
cp /usr/bin/dash bin/tool
cp /usr/bin/dash evil/tool
{ cat /usr/bin/dash && echo evil; } >evil/other
chmod 755 evil/other
export program
cat >ask <<'END'
"$program" get work
exit $?
END

# refused TEXT WHAT WORD...: that program asks.
refused() {
    local text=$1 what=$2 got=0
    shift 2
    "$@" ask >out 2>err </dev/null || got=$?
    [[ $got -ne 0 ]] || broken "$what"
    [[ $got -eq 77 && ! -s out ]] || die "$*: status $got, and on stdout: $(cat out)"
    expect_stderr_has "$text"
}
given() {
    local got=0
    "$@" ask >out 2>err </dev/null || got=$?
    [[ $got -eq 0 ]] || die "$*: status $got"
    expect_stdout 's3cret-x\n'
}

expect_status 0 grant add work --exe bin/tool --pin
given bin/tool

# ---- a copy, a link, another name, a shell, and none
other="a program got a login that was not granted to it"
refused "no grant names" "$other" evil/tool
ln bin/tool evil/hard
refused "no grant names" "$other" evil/hard
mkdir evil/bin && cp bin/tool evil/bin/tool
(cd evil && refused "no grant names" "$other" bin/tool ../ask) || exit 1
refused "no grant names" "$other" sh
# The name in the table of processes is the program's own to choose.
refused "no grant names" "$other" bash -c "exec -a $t/bin/tool evil/tool \"\$0\""
got=0
"$program" get work >out 2>err || got=$?
[[ $got -ne 0 ]] || broken "$other"

# ---- another file where the granted one was
cp bin/tool good
for how in "cp evil/other bin/next && mv bin/next bin/tool" "cat evil/other >bin/tool"; do
    eval "$how"
    refused "it is not what it was then" \
        "a program in the place of the granted one got its login" bin/tool
    cp good bin/next && mv bin/next bin/tool
    given bin/tool
done

# ---- another program that puts the granted one back once it runs
cat >swap <<'END'
cp good bin/next && mv bin/next bin/tool
. ./ask
END
cp evil/other bin/next && mv bin/next bin/tool
got=0
bin/tool swap >out 2>err </dev/null || got=$?
[[ $got -ne 0 ]] || broken "a program that is not the file at its path got its login"
expect [ "$got" -eq 77 ]
expect_stderr_has "was replaced or removed"
given bin/tool

# ---- where others can write
chmod 1777 bin
refused "other users can write" "a program that others can exchange got its login" bin/tool
chmod 700 bin
chmod 722 bin/tool
refused "other users can write" "a program that others can exchange got its login" bin/tool
chmod 700 bin/tool
given bin/tool

# ---- a view of the file system of the attacker's own, in which the path is another program's:
# the agent, which is outside of it, is not deceived
trap '"$program" --quiet lock 2>/dev/null; rm -rf "$t"' EXIT
expect_status 0 unlock --for 10m
unset SMTPVAULT_KEYFILE
given bin/tool
unshare -rm true || die "no namespaces here: nothing is proved"
got=0
unshare -rm sh -c 'mount --bind evil/other bin/tool && exec bin/tool ask' >out 2>err </dev/null ||
    got=$?
[[ $got -ne 0 ]] || broken "a program that is not the file at its path got its login"
expect [ "$got" -eq 77 ]
expect_stderr_has "another file"
finish
