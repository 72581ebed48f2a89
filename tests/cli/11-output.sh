#!/bin/bash
# SPDX-License-Identifier: ISC
# stdout that is closed, full or gone; descriptors that are not there.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
t_vault
add_plain work s3cret-x

status_of() { # status_of N WORD...: redirections are the caller's
    local want=$1 got=0
    shift
    "$@" 2>err || got=$?
    ((checks++))
    [[ $got -eq $want ]] || die "$*: status $got, not $want"
    no_secret_in err
}

for words in "get work" "get work --json" "show work --reveal" list "list --json" "audit --json" \
    help --version --help generate "export work --to msmtp --inline" "completion bash"; do
    # shellcheck disable=SC2086
    {
        status_of 74 sv $words >&-
        expect_stderr_has "standard output is closed"
        status_of 74 sv $words >/dev/full
        expect_stderr_has "No space left on device"
    }
done

# A reader that went away: a failed write, not a death by signal.
sleep 0 | :
# shellcheck disable=SC2094
{
    mkfifo gone
    exec 8<>gone 9>gone
    exec 8>&-
    status_of 74 sv get work >&9
    expect_stderr_has "Broken pipe"
    exec 9>&-
}
exec 8<>gone
status_of 0 sv get work >&8
read -r line <&8
expect [ "$line" = s3cret-x ]
exec 8>&-

# Nothing that we open lands on a standard descriptor.
before=$(sha256sum <"$vault")
status_of 74 sv get work <&- >&-
got=0
sv get work <&- >out 2>&- || got=$?
expect [ $got = 0 ]
expect_stdout 's3cret-x\n'
got=0
sv get work <&- >&- 2>&- || got=$?
expect [ $got = 74 ]
got=0
sv frobnicate <&- >&- 2>&- || got=$?
expect [ $got = 64 ]
got=0
sv -q add closed --host h.example.org --port 465 --username a --generate <&- >&- 2>&- || got=$?
expect [ $got = 0 ]
expect_status 0 list
expect_stdout 'closed\nwork\n'
expect_status 0 verify
expect_status 0 audit verify
expect_not [ "$before" = "$(sha256sum <"$vault")" ]

# With --quiet errors are still said.
expect_status 66 -q get nobody
expect_stderr_has "nobody"
finish
