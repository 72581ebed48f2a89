#!/bin/bash
# SPDX-License-Identifier: ISC
# import --adopt of environment files: a reference stands where the secret stood, and what reads
# the file through exec and render has the secret as before.
# shellcheck disable=SC2016 # it is the program's shell that reads them
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
t_vault
t_secrets+=('pass one' pass-two pass-three)
export HOME=$t
t_path=$(dirname "$program"):$PATH

env_file() { # FILE
    cat >"$1" <<'END'
# app
DB_URL=postgres://app@db.example/app
MAIL_HOST=smtp.acme.example
MAIL_PORT=587
MAIL_USERNAME=ann@acme.example
MAIL_PASSWORD='pass one' # the password
MAIL_FROM="ann@acme.example"
OTHER='$HOME'
END
    chmod 600 "$1"
}

# ---- by hand, and what uses it
env_file .env
cp .env before
expect_status 0 import --dry-run --adopt .env
expect_stdout_has "-MAIL_PASSWORD='***' # the password"
expect_stdout_has "+MAIL_PASSWORD=smtpvault://ann%40acme.example/password # the password"
no_secret_in out
expect_status 0 import --adopt --yes .env
expect_stderr_has 'what reads .env by itself gets references in place of secrets then'
expect_stderr_has '"smtpvault exec --env-file .env -- COMMAND" starts a program with it'
expect [ "$(diff before .env | grep '^[<>]' | grep -vc '^[<>] MAIL_PASSWORD=')" = 0 ]
expect grep -qx 'MAIL_PASSWORD=smtpvault://ann%40acme.example/password # the password' .env
expect_mode 600 .env
expect_status 0 exec --env-file .env -- sh -c 'printf %s "$MAIL_PASSWORD"'
expect_stdout 'pass one'
expect_status 0 exec --env-file .env -- sh -c 'printf %s "$DB_URL $MAIL_FROM"'
expect_stdout 'postgres://app@db.example/app ann@acme.example'
expect_status 0 scan .env
expect_stdout ''
expect_status 0 import --adopt --yes .env
expect_stderr_has "holds no secret that the vault could be asked for instead"

# ---- lines that end otherwise, a mark before the first, quotes, nothing behind the last
printf '\357\273\277MAIL_HOST=smtp.acme.example\r\nMAIL_PORT=465\r\nMAIL_USERNAME=bob\r\nMAIL_PASSWORD="pass-two"\r\n# end' >.env
cp .env before
expect_status 0 import --adopt --yes .env
expect cmp -s .env <(sed 's|"pass-two"|smtpvault://bob%40smtp.acme.example/password|' before)
expect_status 0 exec --env-file .env -- sh -c 'printf %s "$MAIL_PASSWORD"'
expect_stdout 'pass-two'

# ---- names that are hostile to a URI
env_file .env
expect_status 0 rename ann@acme.example 'a/b {{ %2F # ä"'"'"'$(x)'
expect_status 0 import --adopt --yes .env --json
expect_json '.[0] | .logins[0].state == "same" and .file.done == "adopted"'
expect_status 0 exec --env-file .env -- sh -c 'printf %s "$MAIL_PASSWORD"'
expect_stdout 'pass one'

# ---- a shell's file asks by a command
printf 'export SMTP_HOST=smtp.acme.example SMTP_PORT=587 SMTP_USERNAME=late\nexport SMTP_PASSWORD="pass-three"\n' >.envrc
expect_status 0 import --adopt --yes .envrc
expect [ "$(PATH=$t_path sh -c '. ./.envrc; printf %s "$SMTP_PASSWORD"')" = pass-three ]

# ---- a secret inside of a URL cannot be a reference; nothing is stored then
printf 'MAILER_DSN=smtp://eve:pass-three@smtp.acme.example:587\n' >.env
cp .env before
expect_status 65 import --adopt --yes .env
expect cmp -s before .env
expect_status 66 get eve@smtp.acme.example

# ---- scan finds them and has them ask
mkdir -p app/a app/b
env_file app/a/.env
cp before app/b/.env
expect_status 1 scan --adopt --yes --json app
expect_json '.[0].adopted | length == 2 and (map(select(.file.done == "adopted")) | length == 1) and (map(select(.why != null)) | length == 1)'
expect_json '.[0].findings | length == 1 and .[0].path == "app/b/.env"'
expect_not grep -q 'pass one' app/a/.env
finish
