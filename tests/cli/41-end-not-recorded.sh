#!/bin/bash
# SPDX-License-Identifier: ISC
# A change that was made while its end could not be recorded: what it needs stays.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
t_vault
add_plain work s3cret

# The anchor is replaced after the commit, under a lock that cannot be opened now.
anchor_lock=$(dirname "$XDG_STATE_HOME"/smtpvault/*/anchor)/anchor.lock
break_end() { rm -f "$anchor_lock" && ln -s nowhere "$anchor_lock"; }
mend_end() { rm "$anchor_lock"; }

break_end
expect_status 74 passphrase --new-keyfile "$t/next" --no-passphrase
expect_stderr_has "the change was made, but its end could not be recorded"
expect_stderr_has "the new key file is kept"
mend_end
expect_status 77 list
expect_status 0 --keyfile next get work
expect_stdout 's3cret\n'
export SMTPVAULT_KEYFILE=$t/next

# ---- the same fault before the commit leaves nothing
expect_status 64 passphrase --new-keyfile "$t/third" --no-passphrase --argon2 t=3,m=65536,p=4
expect_absent third
expect_status 65 passphrase --new-keyfile "$t/third" --new-passphrase-from file:/dev/null
expect_absent third

break_end
expect_status 74 edit work --port 2525
expect_stderr_has "the change was made"
mend_end
expect_status 0 get work port
expect_stdout '2525\n'

# ---- several rotations, which may be begun as one change: each is told to stand where it does
add_plain home other-s3cret
one_left() { # it is begun, and told so
    expect_json '.[0] | .left >= 1 and .rotated == 0 and .refused == 0'
    expect_json '.[0].profiles | map(select(.result == "left")) | all(
        .next == "smtpvault rotate --resume \(.profile)" and
        (.why | test("the change was made, but its end could not be recorded")))'
}
break_end
expect_status 1 rotate --yes work home --no-verify --generate --json
mend_end
one_left
expect_json '.[0].profiles | all((.result == "left") == (.stage == "planned"))'
cp out told
for name in home work; do
    stage=$(jq -r --arg n "$name" '.profiles[] | select(.profile == $n).stage' told)
    expect_status 0 rotate --status "$name" --json
    expect_json ".[0].stage == \"$stage\""
    [[ $stage == none ]] || expect_status 0 rotate --rollback "$name" --no-verify
done

# ---- an agent that cannot read it either leaves no doubt that it may have been begun
trap 'sv --quiet lock 2>/dev/null; rm -rf "$t"' EXIT
expect_status 0 unlock --for 1h
break_end
expect_status 1 rotate --yes work home --no-verify --generate --json
mend_end
one_left
cp out told
for name in $(jq -r '.profiles[] | select(.result == "left").profile' told); do
    expect_status 0 rotate --status "$name" --json
    expect_json '.[0].stage == "planned"'
done
for name in $(jq -r '.profiles[] | select(.result != "left").profile' told); do
    expect_status 0 rotate --status "$name" --json
    expect_json '.[0].stage | . != "planned"'
done
expect_status 0 lock

# ---- a policy: the rule is there, and its count was lost
break_end
expect_status 74 policy set work --every 90d --lead 7d
expect_stderr_has "the change was made"
mend_end
expect_status 0 policy show work
expect_stdout_has "7d"
expect_status 0 verify
expect_status 0 audit verify
finish
