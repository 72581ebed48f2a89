#!/bin/bash
# SPDX-License-Identifier: ISC
# add on a terminal: a conversation that asks nothing which the table of providers knows.
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/cli/lib.sh
. "$here/lib.sh"
# shellcheck source=tests/cli/terminal.sh
. "$here/terminal.sh"
t_vault
unset SMTPVAULT_NO_INPUT

# dialog WORD... -- QUESTION ANSWER...: runs add with these words. Each question must be the
# last line of the screen when it comes, so that none is asked in between, and none behind
# the last.
dialog() {
    local words=()
    while [[ $1 != -- ]]; do
        words+=("$1")
        shift
    done
    shift
    local typed=
    t_open "'$program' add ${words[*]}"
    while [[ $# -gt 0 ]]; do
        t_see_last "$1"
        t_type "$2"
        t_key Enter
        [[ $1 == "Password for"* ]] && typed=1
        shift 2
    done
    if [[ $typed ]]; then
        t_see "now, to see that it works? [Y/n]"
        t_type no
        t_key Enter
    fi
    t_see_last "ended with ${ends:-0}"
    no_secret_in out
}
# shown TEXT: in the last dialog, whatever line it was broken into.
shown() {
    ((checks++))
    tr -s '\n ' '  ' <out | grep -qF -- "$1" || die "the dialog has not: $1"
}
# stored NAME FILTER: the profile is as it should be.
stored() {
    expect_status 0 show "$1" --json
    expect_json ".[0] | $2"
}
secret() { # secret NAME: what get gives is the last of $t_secrets
    expect_status 0 get "$1"
    expect_stdout "${t_secrets[-1]}\n"
}
who="Your mail address (or a provider, or a server):"

# ---- an address whose domain the table has: its name, its secret, no more
t_secrets=("abcd efgh ijkl mnop" abcdefghijklmnop)
dialog -- "$who" ann@gmail.com "Name for this login [gmail]:" "" \
    "Password for gmail (not shown):" "abcd efgh ijkl mnop"
shown "Gmail wants an app password here; the password of the account is refused."
shown "Make one at https://myaccount.google.com/apppasswords"
stored gmail '.provider == "gmail" and .username == "ann@gmail.com" and .from == null and
    .host == "smtp.gmail.com" and .port == 465 and .kind == "app-password"'
secret gmail
dialog work --username ann@gmail.com -- "Password for work (not shown):" "abcd efgh ijkl mnop"
secret work
dialog -- "$who" bob@gmail.com "Name for this login [gmail-2]:" bob \
    "Password for bob (not shown):" "abcd efgh ijkl mnop"
stored bob '.username == "bob@gmail.com"'
t_secrets+=(zyxwvutsrqponmlk)
dialog -- "$who" " ann@yahoo.com " "Name for this login [yahoo]:" "" \
    "Password for yahoo (not shown):" zyxwvutsrqponmlk
stored yahoo '.host == "smtp.mail.yahoo.com" and .username == "ann@yahoo.com"'

# ---- a domain of one's own, sent by a provider
key=SG.aaaaBBBBcccc1111-_22.ddddEEEEffff3333gggg4444hhhh5555iiii6666jjj
t_secrets+=("$key")
sender="Who sends its mail? A provider (gmail, ses ...) or a server:"
dialog -- "$who" ann@example.org "$sender" sendgrid "Name for this login [sendgrid]:" "" \
    "Password for sendgrid (not shown):" "$key"
stored sendgrid '.username == "apikey" and .from == "ann@example.org" and
    .host == "smtp.sendgrid.net" and .kind == "api-key"'
secret sendgrid
t_secrets+=(mailgun-Secret-1)
dialog -- "$who" postmaster@mg.example.org "$sender" mailgun "Region [us]:" eu \
    "User name at Mailgun (Sinch) (the whole address) [postmaster@mg.example.org]:" "" \
    "Name for this login [mailgun]:" "" "Password for mailgun (not shown):" mailgun-Secret-1
stored mailgun '.host == "smtp.eu.mailgun.org" and .username == "postmaster@mg.example.org"'
t_secrets+=(xsmtpsib-0123456789abcdef)
dialog -- "$who" ann@example.org "$sender" Brevo \
    "User name at Brevo (formerly Sendinblue) (given by the provider):" 7a8b@smtp-brevo.com \
    "Name for this login [brevo]:" "" \
    "Password for brevo (not shown):" xkeysib-0123456789abcdef \
    "Password for brevo (not shown):" xsmtpsib-0123456789abcdef
shown "Brevo (formerly Sendinblue) wants an SMTP key here"
shown "this is a key for the REST API, which SMTP refuses"
stored brevo '.username == "7a8b@smtp-brevo.com" and .from == "ann@example.org"'

# ---- where the secret is the user name too, it is asked for once and shown by no list
token=0a1b2c3d-0000-4000-8000-aaaabbbbcccc
t_secrets+=("$token")
dialog -- "$who" ann@example.org "$sender" postmark "Name for this login [postmark]:" "" \
    "Password for postmark (not shown):" "$token"
expect_status 0 list --json
no_secret_in out
expect_status 0 get postmark --json
expect_json ".[0] | .username == \"$token\" and .password == \"$token\""
expect_status 0 exec postmark --fd 3 -- sh -c 'env; cat <&3; echo'
expect grep -qx "$token" out
expect [ "$(grep -cF "$token" out)" = 1 ] # not in the environment
expect_status 0 exec postmark --env -- env
expect grep -qx "SMTP_USERNAME=$token" out

# ---- Amazon SES: either secret, and the region that no table can know
iam=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY
smtp=BLBM/9hSUELfq8Gw+rU1YcBjkOxGbhT2XG763xVLGWL9
t_secrets+=("$iam" "$smtp")
dialog -- "$who" AKIAIOSFODNN7EXAMPLE "Region [us-east-1]:" "" \
    "Name for this login [amazon-ses]:" ses "Password for ses (not shown):" "$iam"
shown "it is kept, and SMTP gets the password derived from it for us-east-1."
stored ses '.kind == "iam-secret" and .host == "email-smtp.us-east-1.amazonaws.com"'
secret ses
dialog -- "$who" ses "Region [us-east-1]:" mars "Region [us-east-1]:" eu-south-2 \
    "User name at Amazon SES (the id of the IAM access key, AKIA ...):" ASIAIOSFODNN7EXAMPLE \
    "User name at Amazon SES (the id of the IAM access key, AKIA ...):" AKIAIOSFODNN7EXAMPLE \
    "Name for this login [amazon-ses]:" ses "Name for this login [amazon-ses]:" ses2 \
    "Password for ses2 (not shown):" "$smtp"
shown "temporary credentials"
shown 'a profile "ses" exists already'
stored ses2 '.kind == "api-key" and .host == "email-smtp.eu-south-2.amazonaws.com" and
    .port == 465 and .tls == "implicit"'
secret ses2

# ---- providers that have left passwords: an app password is not even asked for
ends=64 dialog -- "$who" ann@outlook.com "Name for this login [outlook-com]:" "" \
    "Client id (Enter alone: there is none yet):" ""
shown "has left passwords, and app passwords with them: it signs in by OAuth2."
shown "smtpvault login outlook-com --username ann@outlook.com --provider outlook-com"
t_secrets+=(Still-by-Password)
dialog -- "$who" ann@example.org "$sender" office365 "Name for this login [microsoft-365]:" "" \
    "Client id (Enter alone: by password, while it lasts):" "" \
    "Password for microsoft-365 (not shown):" Still-by-Password
shown "Microsoft switches password logins off by default at the end of December 2026"
stored microsoft-365 '.kind == "password" and .username == "ann@example.org"'

# ---- a server of one's own; slips of the pen
t_secrets+=(TopSecret)
dialog -- "$who" ann@example.org "$sender" gmial "$sender" smtp.example.org \
    "Port (465 with implicit TLS, 587 with STARTTLS) [465]:" 70000 \
    "Port (465 with implicit TLS, 587 with STARTTLS) [465]:" 587 \
    "User name at the server [ann@example.org]:" ann "Name for this login [example]:" "" \
    "Password for example (not shown):" TopSecret
shown 'did you mean "gmail"?'
stored example '.host == "smtp.example.org" and .port == 587 and .tls == "starttls" and
    .username == "ann" and .from == "ann@example.org" and .provider == null'
secret example
ends=64 dialog -- "$who" "" "$who" "Ann <ann@gmail.com>" "$who" $'ann\e[31m@gmail.com'
expect_not grep -q $'\e' out
ends=64 dialog -- "$who" ann@tutanota.com
shown "has no SMTP login for other programs"
ends=65 dialog -- "$who" ann@nobody.example "$sender" $'\x04'
expect_status 0 list
expect [ "$(wc -l <out)" = 12 ]

# ---- a name that is an address is the address
t_secrets+=(ijklmnopabcdefgh)
dialog cyd@gmail.com -- "Password for cyd@gmail.com (not shown):" ijklmnopabcdefgh
stored cyd@gmail.com '.username == "cyd@gmail.com" and .from == null and .provider == "gmail"'
dialog dan@gmial.com -- "Did you mean dan@gmail.com? [Y/n]" "" \
    "Password for dan@gmail.com (not shown):" ijklmnopabcdefgh
stored dan@gmail.com '.username == "dan@gmail.com"'
ends=65 dialog cyd@example.org -- "$sender" $'\x04'

# ---- a slip in the domain is asked about before that domain is; what it is stays one's own choice
t_secrets+=(mnopabcdefghijkl)
dialog -- "$who" bea@gmial.com "Did you mean bea@gmail.com? [Y/n]" "" \
    "Name for this login [gmail-2]:" bea "Password for bea (not shown):" mnopabcdefghijkl
stored bea '.username == "bea@gmail.com" and .provider == "gmail"'
ends=65 dialog -- "$who" bea@gmail "Did you mean bea@gmail.com? [Y/n]" n "$sender" $'\x04'
shown "gmail is none of the mail domains in the table"
ends=64 dialog --username bea@gmial.com -- "Did you mean bea@gmail.com? [Y/n]" ""
shown "begin again with --username bea@gmail.com"

# ---- options say it, nothing is asked
t_secrets+=(TopSecret2)
printf TopSecret2 >plain
dialog --host m.example.org --username ann --port 465 --password-from file:plain -- \
    "Name for this login [example-2]:" ""
dialog named --host m.example.org --username ann --port 465 --password-from file:plain --
secret named
SMTPVAULT_NO_INPUT=1 expect_status 64 add
expect_stderr_has "smtpvault add NAME"
finish
