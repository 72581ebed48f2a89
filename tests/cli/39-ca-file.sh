#!/bin/bash
# SPDX-License-Identifier: ISC
# The file of a private server's authorities, kept with the login: add, edit, what shows it, the
# versions, and what is said when it is not there. What servers say is the business of the
# integration tests.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
t_vault
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
t_secrets=(s3cret-x)
printf s3cret-x >secret
echo 'authorities' >ca.pem
echo 'others' >other.pem
server="--host 127.0.0.1 --port $port --tls implicit --username ann --password-from file:secret"
add() { # add STATUS NAME OPTION...
    local want=$1
    shift
    # shellcheck disable=SC2086 # words
    expect_status "$want" add "$@" $server
}

# ---- kept as an absolute path, and shown
add 0 own --ca-file ca.pem
expect_not grep -q warning err
expect_status 0 get own ca-file
expect_stdout "$t/ca.pem\n"
expect_status 0 show own
expect_stdout_has "CA file     $t/ca.pem"
expect_status 0 show own --json
expect_json ".[0].ca_file == \"$t/ca.pem\""
expect_status 0 list --json own
expect_json ".[0].profiles[0].ca_file == \"$t/ca.pem\""
add 0 plain
expect_status 66 get plain ca-file
expect_status 0 show plain
expect_not grep -q 'CA file' out
expect_status 0 show plain --json
expect_json '.[0].ca_file == null'

# ---- edit: another, none, and none beside a new provider; what is not named stays
expect_status 0 edit own --ca-file "$t/other.pem"
expect_status 0 edit own --note x
expect_status 0 get own ca-file
expect_stdout "$t/other.pem\n"
expect_status 0 edit own --ca-file ''
expect_status 66 get own ca-file
expect_status 0 edit own --ca-file other.pem
expect_status 0 edit own --provider gmail
expect_status 66 get own ca-file
expect_status 0 rm own --yes

# ---- versions
add 0 own --ca-file ca.pem
expect_status 0 edit own --ca-file other.pem
expect_status 0 edit own --ca-file ''
expect_status 0 history own --json
expect_json ".[0].versions | map(.ca_file) == [\"$t/ca.pem\", \"$t/other.pem\", null]"
expect_status 0 get own ca-file --version 1
expect_stdout "$t/ca.pem\n"
expect_status 0 rollback own 1
expect_status 0 get own ca-file
expect_stdout "$t/ca.pem\n"

# ---- what is no path is refused before a vault is opened
(
    export SMTPVAULT_FILE=$t/nowhere.db
    for bad in $'a\nb' $'\xff' "$(printf '%01100d' 0)"; do
        add 64 x --ca-file "$bad"
        expect_stderr_has "ca-file"
        expect_status 64 edit own --ca-file "$bad"
    done
) || exit

# ---- one that is not here is kept, since it may be elsewhere, and said
add 0 gone --ca-file gone.pem
expect_stderr_has "warning: the CA file of gone cannot be read here: $t/gone.pem: No such file"
missing="the authorities that gone is held to, in $t/gone.pem, cannot be read: No such file"
mend='smtpvault edit gone --ca-file FILE'
expect_status 66 test gone
expect_stderr_has "$missing"
expect_stderr_has "$mend"
expect_status 66 test gone --probe
expect_stderr_has "$missing"
expect_stderr_has "$mend"
expect_status 1 test gone --ca-file ca.pem # that of the command line wins
expect_stdout_has "gone: refused: "
expect_status 1 test gone --probe --ca-file ca.pem
add 1 early --ca-file early.pem --test
expect_stderr_has "not tested: the authorities that early is held to, in $t/early.pem,"
mkdir folder
expect_status 0 edit early --ca-file folder
expect_stderr_has "$t/folder: it is no file"
expect_status 66 test early
expect_stderr_has "it is no file"

# ---- --all tests the others, and names each that it leaves out
expect_status 1 test --all --json
expect_json 'map(.profile) == ["own", "plain"]'
expect_stderr_has "warning: gone is not tested: $missing"
expect_stderr_has "warning: early is not tested: "
expect_status 0 rm own plain --yes
expect_status 1 test --all
expect_stderr_has "warning: gone is not tested: $missing"
expect_stderr_has "warning: early is not tested: "
expect_status 0 rm early --yes
expect_status 66 test --all
expect_stderr_has "$missing"

# ---- exports, where the program has a word for it
expect_status 0 edit gone --ca-file 'our ca.pem'
path="$t/our ca.pem"
exported() { # exported FORMAT [OPTION]
    expect_status 0 export gone --to "$@"
}
exported msmtp
expect grep -qxF "tls_trust_file \"$path\"" out
exported mutt
expect grep -qxF "set ssl_ca_certificates_file='$path'" out
exported git
expect [ "$(git config -f out --get sendemail.smtpSSLCertPath)" = "$path" ]
exported curl --inline
expect grep -qxF "cacert = \"$path\"" out
exported dotenv --inline
expect grep -qxF "SMTP_CA_FILE='$path'" out
exported shell
expect [ "$(SMTPVAULT_NO_INPUT=1 sh -c '. ./out 2>/dev/null; echo "$SMTP_CA_FILE"')" = "$path" ]
exported json
expect_json ".[0].profiles[0].ca_file == \"$path\""

# ---- by way of the agent
expect_status 0 unlock --for 1h
expect_status 0 edit gone --ca-file other.pem
expect_status 0 get gone ca-file
expect_stdout "$t/other.pem\n"
expect_status 1 test gone
expect_stdout_has "gone: refused: "
expect_status 0 lock
expect_status 0 get gone ca-file
expect_stdout "$t/other.pem\n"
expect_status 0 verify --full
finish
