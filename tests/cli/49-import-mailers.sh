#!/bin/bash
# SPDX-License-Identifier: ISC
# import: what mailers and mail servers keep in their own files, by its usual names.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
t_vault
t_secrets+=(m-secret-1 m-secret-2 m-secret-3 m-secret-4 m-secret-5)
export HOME=$t/home
mkdir -p home/.config/aerc home/.config/git etc/postfix etc/nullmailer etc/mail

# ---- every file has its row, and its name alone tells which
expect_status 0 import --formats
for source in msmtp mutt neomutt s-nail aerc git git-credentials authinfo curl swaks esmtp ssmtp \
    postfix exim4 opensmtpd dma nullmailer sendmail; do
    expect grep -qE "^$source +" out
done
expect_stdout_has '/.config/neomutt/neomuttrc'

# ---- msmtprc: accounts, their parents, a command that stays what it is
cat >home/.msmtprc <<'END'
# Set default values for all following accounts.
defaults
auth           on
tls            on
tls_trust_file /etc/ssl/certs/ca-certificates.crt

account        work
host           smtp.acme.example
port           587
from           ann@acme.example
user           ann@acme.example
password       "m-secret-1 "quoted" #x"

account        home : work
host           mail.acme.example
tls_starttls   off
port           465
password       m-secret-2

account        asks
host           smtp.other.example
port           587
user           ann@other.example
passwordeval   "touch ran; echo m-secret-3"

account default : work
END
expect_status 0 import --dry-run home/.msmtprc
expect_stderr_has "2 new, 1 without a secret"
expect_stdout_has 'smtp.other.example'
expect_not grep -q default out
expect_status 0 import --dry-run home/.msmtprc --json
expect_json '.[0] | .from == "msmtp" and (.logins | length) == 3 and
    (.logins[0] | .name == "work" and .host == "smtp.acme.example" and .port == 587 and
     .tls == "starttls" and .username == "ann@acme.example" and .line == 12) and
    (.logins[1] | .name == "home" and .tls == "implicit" and .username == "ann@acme.example") and
    .logins[2].state == "no-secret"'
expect_status 0 import --yes home/.msmtprc
expect_status 0 get work
expect_stdout 'm-secret-1 "quoted" #x\n'
expect_status 0 get home
expect_stdout 'm-secret-2\n'
expect_absent ran

# ---- muttrc: quotes as mutt reads them; what it would run or read is left alone
cat >home/.muttrc <<'END'
source ~/.mutt/hooks   # not followed: set smtp_pass=m-secret-5
set realname = "Ann O'Neil"; set from="ann@mutt.example"
set my_pass = "m-secret-3 \"\$HOME\" #"
set smtp_url = "smtp://ann%40mutt.example@smtp.mutt.example:587/" \
    smtp_pass = $my_pass
set ssl_starttls ssl_force_tls
END
mkdir -p home/.mutt
echo 'set smtp_pass=m-secret-5' >home/.mutt/hooks
expect_status 0 import --yes home/.muttrc
# shellcheck disable=SC2016 # a dollar sign that is meant
expect_status 0 get ann@mutt.example
# shellcheck disable=SC2016
expect_stdout 'm-secret-3 "$HOME" #\n'
expect_status 0 show ann@mutt.example --json
expect_json '.[0] | (.profiles[0] // .) | .tls == "starttls" and .port == 587 and .from == "ann@mutt.example"'
# shellcheck disable=SC2016
printf 'set smtp_url=smtp://bob@smtp.mutt.example\nset smtp_pass="`touch %s/ran; echo x`"\n' "$t" >home/muttrc
expect_status 0 import --dry-run home/muttrc --json
expect_json '.[0].logins[0] | .state == "no-secret"'
expect_absent ran

# ---- the others, as they lie about, each told by its name
printf '[smtp.acme.example]:587 pf@acme.example:m-secret-4\n' >etc/postfix/sasl_passwd
printf 'smtp.acme.example smtp --port=465 --ssl --user=nm --pass='"'"'m-secret-4'"'"'\n' >etc/nullmailer/remotes
printf 'AuthInfo:smtp.acme.example "U:sm" "P:m-secret-4" "M:LOGIN"\n' >etc/mail/authinfo
printf '[sendemail]\n\tsmtpServer = smtp.acme.example\n\tsmtpServerPort = 587\n\tsmtpEncryption = tls\n\tsmtpUser = gs\n\tsmtpPass = "m-secret-4"\n' >home/.config/git/config
printf 'https://x:token@github.com\nsmtp://gc:m-secret-4@smtp.acme.example%%3a587\n' >home/.git-credentials
printf '[Work]\noutgoing = smtps+login://ae:m-secret-4@smtp.acme.example:465\n' >home/.config/aerc/accounts.conf
printf 'set v15-compat\nset mta=smtps://sn:m-secret-4@smtp.acme.example:465\n' >home/.mailrc
printf 'machine smtp.acme.example port 587 login ai password m-secret-4\n' >home/.authinfo
for file in etc/postfix/sasl_passwd:postfix:pf@acme.example:587:starttls \
    etc/nullmailer/remotes:nullmailer:nm:465:implicit etc/mail/authinfo:sendmail:sm:587:starttls \
    home/.config/git/config:git:gs:587:starttls home/.git-credentials:git-credentials:gc:587:starttls \
    home/.config/aerc/accounts.conf:aerc:ae:465:implicit home/.mailrc:s-nail:sn:465:implicit \
    home/.authinfo:authinfo:ai:587:starttls; do
    IFS=: read -r path source user port tls <<<"$file"
    expect_status 0 import --dry-run "$path" --json
    no_secret_in out
    expect_json ".[0] | .from == \"$source\" and (.logins | length) == 1 and (.logins[0] |
        .state == \"new\" and .host == \"smtp.acme.example\" and .username == \"$user\" and
        .port == $port and .tls == \"$tls\")"
done

# ---- scan finds them by the same readers, whoever they are for
expect_status 1 scan home etc
no_secret_in out
expect grep -qE '/.msmtprc:12 +msmtp configuration +ann@acme.example at smtp.acme.example ' out
expect grep -qE '/.muttrc:3 +mutt configuration +ann@mutt.example at smtp.mutt.example ' out
expect grep -qE '/sasl_passwd:1 +Postfix sasl_passwd +pf@acme.example at smtp.acme.example ' out
expect grep -qE '/.git-credentials:2 +git credential store +gc at smtp.acme.example ' out
expect_not grep -qE 'passwordeval|/muttrc:' out

# ---- what export writes comes in as the same
for format in msmtp mutt neomutt s-nail aerc git curl swaks esmtp nullmailer; do
    expect_status 0 export work --to "$format" --inline -o "$t/round"
    expect_status 0 import --dry-run --from "$format" "$t/round" --json
    expect_json '.[0].counts | .same == 1 and .new == 0'
    rm "$t/round"
done

# ---- nothing of a file that is cut is stored; a text of none is none
printf 'account cut\nhost h.example\nuser u\ntls on\npassword "m-secret-5' >half
expect_status 0 import --yes --from msmtp half --json
expect_json '.[0].counts.faulty == 1'
no_secret_in out
expect_status 66 get cut
printf 'account a\0b\n' >zero
expect_status 65 import --dry-run --from msmtp zero
: >empty
expect_status 0 import --dry-run --from mutt empty --json
expect_json '.[0].logins == []'
finish
