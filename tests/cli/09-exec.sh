#!/bin/bash
# SPDX-License-Identifier: ISC
# exec: a secret on a descriptor, once, and nowhere else.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
t_vault
add_plain work s3cret-x --from ann@example.org

# ---- the descriptor
expect_status 0 exec work -- cat /dev/fd/3
expect_stdout 's3cret-x\n'
# shellcheck disable=SC2016
expect_status 0 run work -- sh -c 'read -r password <&3; echo "$password"; cat <&3; echo end'
expect_stdout 's3cret-x\nend\n'
expect_status 0 exec work --fd 9 -- cat /dev/fd/9
expect_stdout 's3cret-x\n'
expect_status 0 exec work --fd 0 -- cat
expect_stdout 's3cret-x\n'
for fd in 1 2 1024 -1 x ''; do expect_status 64 exec work --fd "$fd" -- true; done
head -c 8192 /dev/zero | tr '\0' k >most
sv -q add most --host h.example.org --port 465 --username a --password-from file:most || die most
expect_status 0 exec most -- sh -c 'cat <&3 | tr -d "\n"'
expect cmp -s most out

# ---- the environment: settings always, the secret only on request
expect_status 0 exec work -- env
expect grep -qx SMTP_HOST=mail.example.org out
expect grep -qx SMTP_PORT=465 out
expect grep -qx SMTP_USERNAME=ann out
expect_not grep -q '^SMTP_PASSWORD' out
no_secret_in out
expect_status 0 exec work --env -- env
expect grep -qx SMTP_PASSWORD=s3cret-x out
SMTP_PASSWORD=another SMTP_HOST=another expect_status 0 exec work -- env
expect_not grep -q another out

# ---- the child inherits nothing else of ours; we hold nothing while it runs
expect_status 0 exec work -- sh -c 'ls /proc/self/fd | sort -n | xargs'
expect grep -qE '^0 1 2 3( |$)' out
# shellcheck disable=SC2016
expect_status 0 exec work -- sh -c 'ls -l "/proc/$PPID/fd" 2>&1; cat "/proc/$PPID/maps" 2>&1 | head -1'
expect_not grep -q 'vault.db' out
expect_status 0 exec work -- sh -c 'cat </dev/null; tr "\0" " " </proc/self/cmdline'
no_secret_in out

# ---- statuses
for status in 0 1 3 64 75 126 200 255; do
    expect_status $status exec work -- sh -c "exit $status"
done
expect_status 127 exec work -- frobnicate-nothing
expect_stderr_has "cannot run frobnicate-nothing"
expect_status 126 exec work -- /dev/null
expect_stderr_has "cannot run /dev/null"
: >file
expect_status 126 exec work -- ./file
expect_status 126 exec work -- "$t"
# shellcheck disable=SC2016
for number in 1 2 9 13 15; do
    expect_status $((128 + number)) exec work -- sh -c "kill -$number \$\$"
done
expect_status 66 exec nobody -- touch ran
expect_absent ran

# ---- SIGPIPE is as it was for the child
# shellcheck disable=SC2016
expect_status 0 exec work -- bash -c 'yes | head -n 1 >/dev/null; echo "${PIPESTATUS[0]}"'
expect_stdout '141\n'

# ---- signals are passed on
cat >child.sh <<'SH'
trap 'echo "got $1"; exit 42' "$1"
echo ready >ready
while :; do sleep 0.05; done
SH
for signal in TERM HUP QUIT USR1 USR2 INT; do
    rm -f ready
    # bash ignores INT and QUIT in what it starts behind the scenes: setsid and env undo that.
    # shellcheck disable=SC2086
    env --default-signal=INT,QUIT $wrap "$program" exec work -- env --default-signal=INT,QUIT \
        bash child.sh $signal >out 2>err &
    pid=$!
    for _ in {1..600}; do [[ -e ready ]] && break; sleep 0.05; done
    kill -$signal $pid
    got=0
    wait $pid || got=$?
    expect [ $got = 42 ]
    expect_stdout "got $signal\n"
done

# ---- outcomes are on record
expect_status 0 audit --op exec --json
expect_json 'any(.result == "failed" and .note == "sh ended with 75" and .version == 1)'
expect_json 'any(.result == "ok" and (.note | startswith("env ended with 0")))'
expect_json 'any(.result == "failed" and .note == "frobnicate-nothing ended with 127")'
expect_json 'any(.result == "failed" and .profile == "nobody")'
finish
