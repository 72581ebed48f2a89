#!/bin/bash
# SPDX-License-Identifier: ISC
# import: what programs and frameworks keep in their configuration comes in, exactly, or the
# file says why not; nothing in it is evaluated.
# shellcheck source=tests/cli/lib.sh
# shellcheck disable=SC2016 # dollar signs that are meant
. "${0%/*}/lib.sh"
t_vault
t_secrets+=(env-secret-1 env-secret-2 "env secret #3" env-secret-4 lara-secret)

# ---- .env: two sets are two logins, and only what is written out is taken
cat >.env.production <<'END2'
# Mastodon's
LOCAL_DOMAIN=social.example
SMTP_SERVER=smtp.acme.example
SMTP_PORT=587
SMTP_LOGIN=ann
SMTP_PASSWORD=env-secret-1
SMTP_FROM_ADDRESS='Social <ann@acme.example>'
export BULK_SMTP_SERVER=bulk.acme.example
BULK_SMTP_PORT=465
BULK_SMTP_LOGIN=bob
BULK_SMTP_PASSWORD='env secret #3' # in quotes
OTHER_MAIL_HOST=smtp.acme.example
OTHER_MAIL_USERNAME=carol
OTHER_MAIL_PASSWORD="$(touch ran)"
THIRD_MAIL_HOST=smtp.acme.example
THIRD_MAIL_USERNAME=dave
THIRD_MAIL_PASSWORD=env-secret-4 # which of it?
FOURTH_MAIL_HOST=smtp.acme.example
FOURTH_MAIL_USERNAME=erin
FOURTH_MAIL_PASSWORD=smtpvault://work/password
END2
expect_status 0 import --dry-run .env.production --json
no_secret_in out
expect_json '.[0] | .from == "dotenv" and .counts.new == 2 and .counts.faulty == 2 and
    .counts["no-secret"] == 1'
expect_json '.[0].logins[0] | .host == "smtp.acme.example" and .port == 587 and
    .tls == "starttls" and .username == "ann" and .from == "ann@acme.example" and .line == 6'
expect_json '.[0].logins[1] | .tls == "implicit" and .username == "bob"'
expect_json '.[0].logins[2].why | startswith("OTHER_MAIL_PASSWORD in line 14 would have to be computed")'
expect_json '.[0].logins[3].why | contains("docker-env")'
expect_status 0 import --yes .env.production
expect_status 0 get ann@smtp.acme.example
expect_stdout 'env-secret-1\n'
expect_status 0 get bob@bulk.acme.example
expect_stdout 'env secret #3\n'
expect_absent ran

# ---- the reader is named, and the same line is another secret
expect_status 0 import --yes --from npm-dotenv .env.production
expect_status 0 get dave@smtp.acme.example
expect_stdout 'env-secret-4\n'
expect_status 0 import --yes --replace --from docker-env .env.production
expect_status 0 get dave@smtp.acme.example
expect_stdout 'env-secret-4 # which of it?\n'
expect_status 0 get bob@bulk.acme.example
expect_stdout "'env secret #3' # in quotes\n"

# ---- Laravel's own rules; a DSN with its provider
printf 'APP_KEY=base64:x\nMAIL_MAILER=smtp\nMAIL_HOST=smtp.acme.example\nMAIL_PORT=2525\nMAIL_USERNAME=fay\nMAIL_PASSWORD="lara-secret\\"\\$x"\nMAIL_ENCRYPTION=tls\n' >.env
expect_status 0 import --yes .env --json
expect_json '.[0].from == "laravel" and .[0].logins[0].tls == "starttls"'
expect_status 0 get fay@smtp.acme.example
expect_stdout 'lara-secret"$x\n'
echo 'MAILER_DSN=sendgrid+smtp://SG.env-secret-2@default' >symfony.env
expect_status 0 import --dry-run symfony.env --json
expect_json '.[0].logins[0] | .provider == "sendgrid" and .username == "apikey" and .host == "smtp.sendgrid.net"'

# ---- what takes its place is understood by exec
cat >app.env <<'END2'
# ours
export SMTP_HOST=smtp.acme.example
SMTP_PORT = 587
SMTP_USER=gus
SMTP_PASSWORD= "env-secret-5 x" # rotate it
NAME='of the app' # in quotes
END2
t_secrets+=(env-secret-5)
expect_status 0 import --yes --adopt app.env
no_secret_in app.env
expect grep -qx 'SMTP_PASSWORD= smtpvault://gus%40smtp.acme.example/password # rotate it' app.env
expect_status 0 exec --env-file app.env -- sh -c 'echo "$NAME $SMTP_PORT $SMTP_PASSWORD"'
expect_stdout 'of the app 587 env-secret-5 x\n'
expect_status 0 import --dry-run app.env --json
expect_json '.[0].counts["no-secret"] == 1'
# A URL has more in it than a secret.
echo 'MAILER_DSN=smtps://hal:env-secret-2@smtp.acme.example' >dsn.env
expect_status 65 import --yes --adopt dsn.env
expect_stderr_has 'part of a URL'
expect grep -q env-secret-2 dsn.env
printf '. ./x\nexport SMTP_HOST=smtp.acme.example SMTP_PORT=587\nSMTP_PORT=587\nSMTP_USER=ida\nSMTP_PASSWORD=env-secret-2\n' >.envrc
expect_status 0 import --yes --adopt .envrc
expect grep -q '^SMTP_PASSWORD="$(.*smtpvault.* get ida@smtp.acme.example)"$' .envrc
# ---- code: literals are taken, nothing is evaluated
t_secrets+=("wp-secret '1" dj-secret)
cat >wp-config.php <<'END2'
<?php
// define( 'WPMS_SMTP_PASS', 'not this' );
define( 'DB_PASSWORD', 'nor this' );
define( 'WPMS_ON', true );
define( 'WPMS_SMTP_HOST', 'smtp.acme.example' );
define( 'WPMS_SMTP_PORT', 465 );
define( 'WPMS_SSL', 'ssl' );
define( 'WPMS_SMTP_USER', 'wanda' );
define( 'WPMS_SMTP_PASS', 'wp-secret \'1' );
define( 'WPMS_MAIL_FROM', "web@acme.example" );
$other_mail = ['host' => 'smtp.acme.example', 'user' => 'xena', 'pass' => system('touch ran')];
$table_prefix = 'wp_';
END2
expect_status 0 import --dry-run wp-config.php --json
no_secret_in out
expect_json '.[0] | .from == "php" and .counts.new == 1 and .counts.faulty == 1'
expect_json '.[0].logins[0] | .host == "smtp.acme.example" and .port == 465 and .tls == "implicit" and
    .username == "wanda" and .from == "web@acme.example" and .line == 9'
expect_json '.[0].logins[1].why | startswith("other_mail.pass in line 11 would have to be computed")'
expect_status 0 import --yes wp-config.php
expect_stderr_has 'wp-config.php still holds the secrets in clear, and cannot ask the vault'
expect_stderr_has 'smtpvault render'
expect_status 0 get wanda@smtp.acme.example
expect_stdout "wp-secret '1\n"
expect_absent ran
expect_status 1 scan wp-config.php
no_secret_in out
expect grep -q 'wp-config.php:9 .*wanda at smtp.acme.example' out
printf 'EMAIL_HOST = "smtp.acme.example"\nEMAIL_USE_TLS = True\nEMAIL_HOST_USER = "yves"\nEMAIL_HOST_PASSWORD = r"dj-secret"\n' >settings.py
expect_status 0 import --yes settings.py
expect_status 0 get yves@smtp.acme.example
expect_stdout 'dj-secret\n'
printf 'global:\n  smtp_smarthost: "smtp.acme.example:587"\n  smtp_auth_username: zed\n  smtp_auth_password: am-secret # c\n' >alertmanager.yml
t_secrets+=(am-secret)
expect_status 0 import --yes alertmanager.yml
expect_status 0 get zed@smtp.acme.example
expect_stdout 'am-secret\n'

# ---- what is exported comes in again, and is the same
for pair in dotenv:dotenv docker-env:docker-env systemd-env:systemd-env npm-dotenv:npm-dotenv \
    shell:shell laravel:laravel symfony:dotenv wp-mail-smtp:php nextcloud:php phpmailer:php \
    django:python flask:python rails:ruby gitlab:ruby gitea:ini grafana:ini spring:properties \
    alertmanager:yaml authelia:yaml redmine:yaml discourse:yaml synapse:yaml yaml:yaml \
    ghost:json-config; do
    rm -f own
    expect_status 0 export gus@smtp.acme.example --to "${pair%:*}" --inline -o own
    expect_status 0 import --dry-run --from "${pair#*:}" own --json
    expect_json '.[0].logins | length == 1 and .[0].state == "same"'
done
finish
