#!/bin/bash
# SPDX-License-Identifier: ISC
# Amazon SES: an IAM secret is kept, a login gets the password derived from it, and whoever
# gives the wrong one of the two is told.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
t_vault
trap 'sv --quiet lock 2>/dev/null; rm -rf "$t"' EXIT
iam=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY # of AWS's documentation
smtp=BLBM/9hSUELfq8Gw+rU1YcBjkOxGbhT2XG763xVLGWL9
t_secrets=("$iam" "$smtp")
printf '%s\n' "$iam" >iam
printf '%s\n' "$smtp" >smtp
user=AKIAIOSFODNN7EXAMPLE

# ---- kept is one secret, given out is another
expect_status 0 add ses --provider ses --username $user --kind iam-secret --password-from file:iam
expect_status 0 get ses
expect_stdout "$smtp\n"
expect_status 0 get ses password
expect_stdout "$smtp\n"
expect_status 0 get ses --json
expect_json ".[0] | .password == \"$smtp\" and .kind == \"iam-secret\" and .username == \"$user\""
expect_status 0 show ses --reveal
expect_stdout_has "$smtp"
expect_not grep -qF "$iam" out
expect_status 0 exec ses --fd 3 -- sh -c 'cat <&3'
expect [ "$(<out)" = "$smtp" ]
expect_status 0 get ses iam-secret
expect_stdout "$iam\n"
expect_status 0 audit --op get --last 1 --json
expect_json '.[0] | .profile == "ses" and .result == "ok"'

# ---- what is written for other programs has the derived one, and does not call it the other
expect_status 0 export ses --to json --inline
expect_json ".[0].profiles[0] | .password == \"$smtp\" and .kind == \"api-key\""

# ---- another region: another password, the same secret; what was stays as it was
expect_status 0 edit ses --host email-smtp.us-west-1.amazonaws.com
expect_status 0 get ses
expect_not grep -qF "$smtp" out
expect_status 0 get ses --version 1
expect_stdout "$smtp\n"
expect_status 0 rename ses mail/ses
expect_status 0 rollback mail/ses 1
expect_status 0 get mail/ses
expect_stdout "$smtp\n"

# ---- a token gives out the password alone, and for no other profile is there an IAM secret
expect_status 0 token add --name ci --profile mail/ses --until 1d
cp out token
SMTPVAULT_KEYFILE='' expect_status 0 --token-from file:token get mail/ses
expect_stdout "$smtp\n"
SMTPVAULT_KEYFILE='' expect_status 77 --token-from file:token get mail/ses iam-secret
expect_stderr_has "leaves the vault for who opens it by its passphrase or key"
add_plain other TopSecret
expect_status 66 get other iam-secret
expect_status 0 audit --profile other --op get --last 1 --json
expect_json '.[0].result == "failed"'

# ---- whoever tells how a login went tells it of the derived one
printf 'protocol=smtp\nhost=email-smtp.us-east-1.amazonaws.com:465\nusername=%s\npassword=%s\n\n' \
    $user "$smtp" | expect_status 0 git-credential store
expect_status 0 audit --last 1 --json
expect_json '.[0].note | endswith("the login worked")'

# ---- nor does the agent hand it out
expect_status 0 unlock --for 1h
SMTPVAULT_KEYFILE='' expect_status 0 get mail/ses
expect_stdout "$smtp\n"
SMTPVAULT_KEYFILE='' expect_status 77 get mail/ses iam-secret
expect_status 0 --no-agent get mail/ses iam-secret
expect_stdout "$iam\n"
expect_status 0 lock

# ---- the wrong one of the two
expect_status 65 add x --provider ses --username $user --password-from file:iam
expect_stderr_has "--kind iam-secret it is kept"
expect_status 65 add x --provider ses --username $user --kind iam-secret --password-from file:smtp
expect_stderr_has "it is of --kind api-key"
printf An60U4ZD3sd4fg+FvXUjayOipTt8LO4rUUmhpdX6ctDy >old
expect_status 65 add x --provider ses --username $user --password-from file:old
expect_stderr_has "old recipe"
expect_status 65 add x --provider ses --username ASIAIOSFODNN7EXAMPLE --kind iam-secret \
    --password-from file:iam
expect_stderr_has "temporary credentials"
expect_status 64 add x --host mail.example.org --port 465 --username $user --kind iam-secret \
    --password-from file:iam
expect_stderr_has "names its region"
expect_status 64 add x --provider ses --username $user --kind iam-secret --generate
expect_status 66 get x host

# ---- a kind does not change under a secret that is of another
expect_status 0 add plain --provider ses --username $user --password-from file:smtp
expect_status 0 get plain
expect_stdout "$smtp\n"
expect_status 64 edit plain --kind iam-secret
expect_stderr_has "of another kind"
expect_status 64 edit mail/ses --kind api-key
expect_status 0 edit plain --kind iam-secret --password-from file:iam
expect_status 0 get plain
expect_stdout "$smtp\n"
finish
