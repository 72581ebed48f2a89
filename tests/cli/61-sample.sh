#!/bin/bash
# SPDX-License-Identifier: ISC
# The frozen samples of every released format open, prove themselves and can be
# changed. A sample is never made anew: if this fails, the program is wrong.
source=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

check_sample() { # FORMAT WAY OPTION...
    local format=$1 way=$2
    shift 2
    local from=$source/tests/data/$format to=$t/$format-$way
    mkdir -p "$to/state/smtpvault"
    cp "$from/$way/vault.db" "$from/passphrase.txt" "$from/key.txt" "$to/"
    cp -R "$from/$way/state/." "$to/state/smtpvault/"
    chmod -R go= "$to"
    export XDG_STATE_HOME=$to/state
    set -- --no-input --vault "$to/vault.db" "$@"
    cd "$to" || die "no $to"

    expect_status 0 "$@" get work
    expect_stdout 'sample "password" #1 \\ $\0303\0251\0342\0202\0254\n'
    expect_status 0 "$@" get work --version 3
    expect_stdout 'sample password #2\n'
    expect_status 0 "$@" list --json
    expect_json '.[0].profiles | map(.name) == ["bulk/letters", "work"]'
    expect_json '.[0].profiles | map(.last_used != null) == [false, true]'
    expect_json '.[0].profiles[1] | .port == 465 and .tls == "implicit" and .tags == ["a", "b"]
        and .note == "a note" and .version == 4 and .rotation.every_days == 90'
    expect_status 0 "$@" verify --full
    expect_status 0 "$@" audit verify
    expect_status 0 "$@" audit --json
    expect_json 'map(.op) | index("rollback") != null and index("remove") != null'
    expect_json 'map(select(.op == "get" and .result == "ok")) | length >= 3'
    printf 'new' | expect_status 0 "$@" edit work --password-from stdin
    expect_status 0 "$@" get work
    expect_stdout 'new\n'
    expect_status 0 "$@" verify --full
    cd "$t" || exit 1
}

for format in "$source"/tests/data/sample-*; do
    format=$(basename "$format")
    check_sample "$format" keyfile --keyfile key.txt
    check_sample "$format" passphrase --passphrase-from file:passphrase.txt
    check_sample "$format" both --passphrase-from file:passphrase.txt --keyfile key.txt
done
finish
