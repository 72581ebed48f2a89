#!/bin/bash
# SPDX-License-Identifier: ISC
# add: what the provider fills in, what is refused, and that nothing half is stored.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
t_vault
t_secrets=(abcdefghijklmnop "abcd efgh ijkl mnop" TopSecret)
printf 'abcd efgh ijkl mnop\n' >gmail
printf 'TopSecret\n' >plain
server="--host mail.example.org --port 465 --tls implicit --username ann"

# ---- providers
expect_status 0 add work --username ann@gmail.com --password-from file:gmail
expect_stdout ''
expect_stderr_has "blanks"
expect_stderr_has "stored work: ann@gmail.com at smtp.gmail.com:465 (implicit TLS)"
expect_status 0 get work
expect_stdout 'abcdefghijklmnop\n'
expect_status 0 show work --json
expect_json '.[0] | .provider == "gmail" and .host == "smtp.gmail.com" and .port == 465 and
    .tls == "implicit" and .kind == "app-password" and .version == 1'
expect_status 0 insert w2 --provider google --port 587 --username ann@example.org \
    --password-from file:gmail --quiet
expect_stderr_empty
expect_status 0 get w2 tls
expect_stdout 'starttls\n'
expect_status 0 get w2 provider
expect_stdout 'gmail\n'
expect_status 0 add w3 --from ann@gmail.com --kind password --password-from file:gmail
expect_status 0 get w3 username
expect_stdout 'ann@gmail.com\n'
expect_status 0 get w3 kind
expect_stdout 'password\n'
expect_status 0 add w4 --username ann@gmail.com --host relay.example.org --port 587 \
    --password-from file:plain
expect_status 66 get w4 provider
expect_status 0 get w4 tls
expect_stdout 'starttls\n'
expect_status 64 add x --provider gmial --username a@b.example --password-from file:plain
expect_stderr_has 'did you mean "gmail"?'

# ---- a name that is an address is the address, too
expect_status 0 add eve@gmail.com --password-from file:gmail
expect_stderr_has "stored eve@gmail.com: eve@gmail.com at smtp.gmail.com:465"
expect_status 0 add eve@example.org --host m.example.org --port 465 --password-from file:plain
expect_status 0 get eve@example.org username
expect_stdout 'eve@example.org\n'
expect_status 66 get eve@example.org from
expect_status 0 add fay@example.org --provider sendgrid --password-from file:plain --force
expect_status 0 get fay@example.org from
expect_stdout 'fay@example.org\n'
# shellcheck disable=SC2086
expect_status 0 add gus@example.org $server --password-from file:plain
expect_status 66 get gus@example.org from
expect_status 64 add a@b@c --host m.example.org --port 465 --password-from file:plain

# ---- inference between port and TLS, never a guess of clear text
expect_status 0 add i1 --host m.example.org --tls starttls --username a --password-from file:plain
expect_status 0 get i1 port
expect_stdout '587\n'
expect_status 0 add i2 --host m.example.org --port 465 --username a --password-from file:plain
expect_status 0 get i2 tls
expect_stdout 'implicit\n'
expect_status 64 add x --host m.example.org --username a --password-from file:plain
expect_status 64 add x --host m.example.org --port 10025 --username a --password-from file:plain
expect_status 64 add x --username ann@nobody-knows.example --password-from file:plain
expect_stderr_has "--host"
expect_status 64 add x --password-from file:plain
expect_stderr_has "--username"

# ---- values that are wrong: 64, before the vault is opened
wrong() { # wrong OPTION...
    # shellcheck disable=SC2086
    SMTPVAULT_KEYFILE='' expect_status 64 add x $server --password-from file:plain "$@"
}
for port in 0 65536 abc -1 '' ' 25' 0x19 587x; do wrong --port "$port"; done
for tls in ssl TLS12 ''; do wrong --tls "$tls"; done
wrong --auth ntlm
wrong --kind secret
wrong --rotate-every sometimes
wrong --host 'mail example'
wrong --host 'https://mail.example.org'
wrong --from 'no address'
wrong --username $'ann\n'
wrong --username $'\xff\xfe'
wrong --tag 'a,b'
wrong --tag ''
wrong --note $'bell\a'
wrong --tls none
expect_stderr_has "--insecure"
wrong --generate
expect_stderr_has "exclude each other"
SMTPVAULT_KEYFILE='' expect_status 64 add x --password-from fd:99999999

# ---- names
long=$(printf 'n%.0s' {1..128})
# shellcheck disable=SC2086,SC2016
for name in '' "${long}n" $'a\nb' $'a\tb' $'a\e[31mb' $'\xff' $'a\x7f' ' a' 'a ' \
    $'\xe2\x80\xae' $'\xc0\xaf' $'\xed\xa0\x80'; do
    expect_status 64 add $server --password-from file:plain -- "$name"
    expect_status 64 get -- "$name"
done
# shellcheck disable=SC2086,SC2016
for name in "$long" 'team/a b' 'ä€𝄞' '-x' '"' "'" '$HOME' '*' '.' '..' 'a#b' 'password'; do
    expect_status 0 add $server --password-from file:plain -- "$name"
    expect_status 0 get -- "$name"
    expect_stdout 'TopSecret\n'
    expect_status 73 add $server --password-from file:plain -- "$name"
done
expect_status 66 get 'TEAM/a b'

# ---- taken
expect_status 73 add work --username b@gmail.com --password-from file:plain
expect_stderr_has "exists already"
expect_status 0 get work username
expect_stdout 'ann@gmail.com\n'

# ---- secrets
bad() { # bad STATUS, the secret on stdin
    # shellcheck disable=SC2086
    expect_status "$1" add x $server --password-from stdin
    expect_status 66 get x
}
printf '' | bad 65
printf '\n' | bad 65
printf 'a\nb\n' | bad 65
printf 'a\rb' | bad 65
printf 'a\0b' | bad 65
head -c 1048576 /dev/zero | tr '\0' k | bad 65
head -c 8193 /dev/zero | tr '\0' k | bad 65
head -c 8194 /dev/zero | tr '\0' k | bad 65
head -c 8192 /dev/zero | tr '\0' k >most
# shellcheck disable=SC2086,SC2016
expect_status 0 add most $server --password-from file:most
expect_status 0 get -n most
expect cmp -s out most
(cat most && echo) | sv -q edit most --password-from stdin
expect_status 0 get -n most
expect cmp -s out most

# ---- shape
expect_status 65 add x --username b@gmail.com --password-from file:plain
expect_stderr_has "app password"
expect_stderr_has "--force"
expect_status 66 get x
expect_status 0 add forced --username b@gmail.com --password-from file:plain --force
expect_stderr_has "warning"
expect_status 0 get forced
expect_stdout 'TopSecret\n'
printf '"quoted"' | bad 65
printf ' blank' | bad 65
printf 'changeme' | bad 65
printf 'https://example.org/key' | bad 65

# ---- generate, tags, note, clear text
# shellcheck disable=SC2086,SC2016
expect_status 0 add made $server --generate --tag b --tag a --tag b --note $'two\nlines' \
    --rotate-every 12w
expect_stdout ''
expect_status 0 get made
expect grep -qE '^.{32}$' out
expect_status 0 get made tags
expect_stdout 'b,a\n'
expect_status 0 get made rotate-every
expect_stdout '84d\n'
expect_status 0 add clear --host m.example.org --tls none --insecure --username a \
    --password-from file:plain
expect_stderr_has "warning: clear uses no TLS"
expect_status 0 get clear port
expect_stdout '25\n'

# ---- without a terminal nothing is asked
expect_status 64 add x --host m.example.org --port 465 --password-from file:plain
expect_stderr_has "--username USER"
# shellcheck disable=SC2086,SC2016
expect_status 64 add x $server
expect_stderr_has "--password-from SOURCE or --generate"

# ---- one stdin, two secrets
expect_status 64 add x --passphrase-from stdin --password-from -
expect_stderr_has "use fd:N for one of them"
# shellcheck disable=SC2086,SC2016
sv -q add two $server --password-from fd:7 7<plain || die "fd:7"
expect_status 0 get two
expect_stdout 'TopSecret\n'
finish
