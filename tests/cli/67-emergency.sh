#!/bin/bash
# SPDX-License-Identifier: ISC
# rotate --emergency: a secret that is out is changed at once, and who used it is told.
here=$(cd "${0%/*}" && pwd)
# shellcheck source=tests/cli/lib.sh
. "$here/lib.sh"
t_vault
mkdir -p config/smtpvault/rotators.d
cat >config/smtpvault/rotators.d/fine <<'END'
#!/bin/sh
echo '{"schema":1,"result":"ok"}'
END
chmod 755 config/smtpvault/rotators.d/fine
add_plain work s3cret-one
add_plain other s3cret-other
printf s3cret-two >two
t_secrets+=(s3cret-two)

expect_status 64 rotate --emergency
expect_status 64 rotate --emergency work other --yes
expect_status 64 rotate --emergency --resume work
expect_stderr_has "--emergency is a rotation of its own"
expect_status 64 rotate --emergency work --generate --since whenever
expect_status 66 rotate --emergency nobody --hook fine --no-verify

# Who had it: two programs, a file, a token.
sv -q policy set work --overlap 24h --hook fine || die "policy"
expect_status 0 get work
expect_status 0 exec work -- true
expect_status 0 export work --to netrc --inline -o "$t/netrc"
expect_status 0 get other
sv token add --name ci --profile work >badge 2>err || die "token add"
sv token add --name 'x; touch evil' --profile work >badge 2>err || die "token add"
expect_status 0 rotate --emergency work --no-verify
expect grep -qE '^[0-9-]+ [0-9:]+ +get ' out
expect grep -qE '^[0-9-]+ [0-9:]+ +exec ' out
expect grep -qE '^[0-9-]+ [0-9:]+ +export ' out
expect_stdout_has "token  ci opens the new one too: smtpvault token remove ci --leaked"
expect_stdout_has "smtpvault token remove 'x; touch evil' --leaked"
expect_not grep -q "has it still" out # it was written anew
expect grep -qF -e "$(sv get work)" netrc # it may begin with a dash
no_secret_in out
expect_status 0 rotate --status work --json
expect_json '.[0] | .emergency and .stage == "finished" and .overlap_until == null'
# It says so because it is so: who stole the token has the new one too, though not the old one,
# until the token ends.
expect_status 0 --token-from file:badge get work
expect_status 77 --token-from file:badge get work --version previous
expect_status 0 token remove 'x; touch evil' --leaked
expect_status 77 --token-from file:badge get work

# Nothing since then: the old one is what was used, not the new one.
expect_status 0 rotate --emergency other --hook fine --no-verify --json
expect_json '.[0] | .schema == 1 and .emergency and (.uses | length == 1 and .[0].op == "get") and
    .copies == [] and .tokens == [] and .grants == [] and .uses_known and .tokens_known'
expect_status 0 rotate --emergency other --hook fine --no-verify --since 2999-01-01 --json
expect_json '.[0].uses == []'
expect_status 0 rotate --emergency other --hook fine --no-verify
expect_stderr_has "has no use of the old secret"

# What a change of the card left under another number is the same secret.
expect_status 0 get other
expect_status 0 edit other --note 'another card'
expect_status 0 get other
expect_status 0 rotate --emergency other --hook fine --no-verify --json
expect_json '.[0].uses | map(.op) == ["get", "get"]'

# A program whose name is no text hides neither itself nor the rest.
mkdir bin
evil=bin/$'ev\xff\e[31m\xc2\x9bil'
cp /usr/bin/dash "$evil"
export program
# shellcheck disable=SC2016 # for that shell
"$evil" -c '"$program" get other; exit 0' >out 2>err || die "$evil"
expect_status 0 rotate --plan other --json
expect_json '.[0].uses | any(.program | endswith("/ev\\xff\\x1b[31m\\xc2\\x9bil"))'
expect_status 0 audit --profile other --last 1 --json
expect_json '.[0].exe | endswith("/ev\\xff\\x1b[31m\\xc2\\x9bil")'
expect_status 0 rotate --emergency other --hook fine --no-verify --json
expect_json '.[0].uses | length == 1 and (.[0].exe | endswith("il"))'
expect_not grep -q $'[\x1b\xff]' out

# Who is given it besides: programs.
expect_status 0 grant add other --exe /usr/bin/bash
expect_status 0 rotate --emergency other --hook fine --no-verify --json
expect_json '.[0].grants | . == ["--exe /usr/bin/bash"]'
expect_status 0 rotate --emergency other --hook fine --no-verify
expect_stdout_has "to --exe /usr/bin/bash: smtpvault grant remove other 1"
expect_status 0 grant remove other 1

# One that stands still is due at once.
expect_status 75 rotate --emergency other --generate
expect_status 1 due --json
expect_json '.[0].items[] | select(.profile == "other" and .clock == "rotation") |
    .urgency == "due" and .do == "smtpvault rotate --resume other" and
    (.why | test("^the secret is out, and its rotation on .* stands still at \"pending\": "))'
expect_status 0 rotate --rollback other --force
expect_status 1 due --json
expect_json '.[0].items | map(.clock) | index("rotation") == null'

# One that waits goes on as one.
expect_status 75 rotate other --generate
expect_status 0 rotate --emergency other --password-from file:two --no-verify
expect_status 0 get other
expect_stdout 's3cret-two\n'
expect_status 0 rotate --status other --json
expect_json '.[0] | .emergency and .stage == "finished"'

# The change is made, also where what is told of it cannot be given.
got=0
sv rotate --emergency other --hook fine --no-verify --json >/dev/full 2>err || got=$?
expect [ "$got" = 74 ]
expect_stderr_has "the change was made, but its answer was lost"

# A name that a shell would obey stands in no line that is to be typed as it is.
name='x; touch evil'
add_plain "$name" s3cret-x
printf s3cret-two | expect_status 0 edit "$name" --password-from -
expect_stderr_has "smtpvault test 'x; touch evil'"
expect_status 75 rotate "$name" --generate
expect_stderr_has "smtpvault get 'x; touch evil' --version pending"
expect_stderr_has "smtpvault rotate --resume 'x; touch evil'"
printf s3cret-three | expect_status 0 edit "$name" --password-from -
expect_stderr_has "smtpvault rotate --rollback 'x; touch evil'"
expect_not grep -q 'smtpvault [a-z -]*x; touch' err
finish
