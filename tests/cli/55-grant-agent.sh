#!/bin/bash
# SPDX-License-Identifier: ISC
# Grants through the agent: it asks who is behind the connection, and not whose agent it is.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
t_vault
add_plain work s3cret-work
add_plain shop s3cret-shop
key=$SMTPVAULT_KEYFILE
mkdir bin other
cp /usr/bin/timeout bin/tool
cp /usr/bin/timeout other/tool
me=$(id -un)

trap 'sv --quiet lock 2>/dev/null; rm -rf "$t"' EXIT
# by PROGRAM STATUS WORD...: that program runs smtpvault.
by() {
    local tool=$1 want=$2 got=0
    shift 2
    # shellcheck disable=SC2086 # words on purpose
    "$tool" 60 $wrap "$program" "$@" >"$t/out" 2>"$t/err" </dev/null || got=$?
    ((checks++))
    [[ $got -eq $want ]] || die "$tool: smtpvault $*: status $got, not $want"
    no_secret_in "$t/err"
}

expect_status 0 grant add work --exe bin/tool --pin
expect_status 0 unlock --for 1h
unset SMTPVAULT_KEYFILE
by bin/tool 0 get work
expect_stdout 's3cret-work\n'
by other/tool 77 get work
expect_stderr_has "no grant names the program $t/other/tool"
expect_stderr_has "smtpvault grant add work --exe $t/other/tool --user $me"
expect_status 77 get work
expect_status 66 get nobody
expect_status 0 status --json
expect_json '.[0].agent.refused == 2' # what was denied, not what was asked for in vain
expect_status 0 get shop
for words in "show work --reveal" "exec work -- true" "get --json shop work" \
    "export work --to json --inline"; do
    # shellcheck disable=SC2086 # words on purpose
    by other/tool 77 $words
    # shellcheck disable=SC2086 # words on purpose
    by bin/tool 0 $words
done
expect_status 0 list
expect_status 0 grant list work
expect_stdout_has "--exe $t/bin/tool --pin"
expect_status 0 audit --result denied
expect_stdout_has "no grant for this program"
expect_stdout_has "agent"

# ---- administration is not the agent's: it wants the key again
for words in "grant add work --user $me" "grant remove work --all" "grant learn work --for 1d"; do
    # shellcheck disable=SC2086 # words on purpose
    expect_status 75 $words
done
expect_status 0 --keyfile "$key" grant add work --exe other/tool --max 2/h
# What was granted meanwhile the agent knows at once; a limit is one for it and for others.
by other/tool 0 get work
by other/tool 0 --no-agent --keyfile "$key" get work
by other/tool 77 get work
expect_stderr_has "grant 2 gives it 2 times an hour"
by other/tool 77 --no-agent --keyfile "$key" get work

# ---- replaced under the agent
cp other/tool bin/next && printf x >>bin/next && mv bin/next bin/tool
by bin/tool 77 get work
expect_stderr_has "it is not what it was then"

# ---- many at once: none is lost, none is too much
expect_status 0 --keyfile "$key" grant remove work --all
expect_status 0 --keyfile "$key" grant add work --exe other/tool --max 9/h
for ((i = 0; i < 20; i++)); do
    other/tool 60 "$program" get work >"given.$i" 2>/dev/null </dev/null &
done
wait
expect [ "$(cat given.* | grep -c s3cret-work)" = 9 ]

# ---- another uid, a confirmation
expect_status 0 --keyfile "$key" grant remove work --all
expect_status 0 --keyfile "$key" grant add work --user 3999999999
by other/tool 77 get work
expect_stderr_has "is for the user 3999999999"
expect_status 0 --keyfile "$key" grant remove work --all
expect_status 0 --keyfile "$key" grant add work --user "$me" --confirm
by other/tool 77 get work
expect_stderr_has "only when somebody confirms it"
expect_status 0 lock
finish
