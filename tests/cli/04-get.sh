#!/bin/bash
# SPDX-License-Identifier: ISC
# get: the bytes and a line feed, or nothing at all.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
t_vault

# ---- secrets that break others come back byte for byte
i=0
while IFS= read -r secret; do
    i=$((i + 1))
    printf '%s' "$secret" >want
    printf '%s' "$secret" | sv -q add "s$i" --host h.example.org --port 465 --username ann \
        --password-from stdin --force || die "add: $secret"
    expect_status 0 get -n "s$i"
    expect cmp -s want out
    echo >>want
    expect_status 0 get "s$i"
    expect cmp -s want out
    expect [ "$(sv get "s$i")" = "$secret" ]
    expect_status 0 get "s$i" --json
    expect [ "$(jq -r .password out)" = "$secret" ]
done <<'SECRETS'
a b
 leading
trailing 
"
'
\
a\nb
# hash
$HOME ${HOME} $(id) `id`
%41 %s %n %%
pässwörd€ 𝄞
: @ / ? & = ; , ! ~ ^ { } < > | + *
	tab	
-n
--
"quoted"
ends with \
x
SECRETS
[[ $i -eq 18 ]] || die "the table was not read"
printf 'a\001\177\200\377b' >want
sv -q add raw --host h.example.org --port 465 --username ann --password-from file:want || die raw
expect_status 0 get -n raw
expect cmp -s want out
expect_status 65 get raw --json

# ---- fields
add_plain work s3cret --from ann@example.org --tag x --note 'a note' --rotate-every 90d
check() { # check FIELD TEXT
    expect_status 0 get work "$1"
    expect_stdout "$2\n"
    expect_stderr_empty
    expect_status 0 get -n work "$1"
    expect_stdout "$2"
}
check password s3cret
check name work
check host mail.example.org
check port 465
check tls implicit
check auth auto
check username ann
check from ann@example.org
check kind password
check tags x
check note 'a note'
check rotate-every 90d
check version 1
for field in created updated rotated; do
    expect_status 0 get work $field
    expect grep -qE '^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$' out
done
expect_status 66 get work provider
expect_stderr_has '"work" has no provider'
expect_status 66 get work hots
expect_stderr_has 'did you mean "host"?'
expect_status 66 get nobody
expect_status 66 get nobody host
expect_status 66 get wor
expect_status 66 get WORK
expect_status 64 get work host port
expect_stderr_has "--json"

# ---- versions
printf 'second' | sv -q edit work --password-from - --port 587 --tls starttls || die edit
t_secrets+=(second)
expect_status 0 get work
expect_stdout 'second\n'
expect_status 0 get work --version current
expect_stdout 'second\n'
expect_status 0 get work --version previous
expect_stdout 's3cret\n'
expect_status 0 get work --version 1
expect_stdout 's3cret\n'
expect_status 0 get work port --version 1
expect_stdout '465\n'
expect_status 0 get work port --version=2
expect_stdout '587\n'
expect_status 0 get work --version 1 --json
expect_json '.[0] | .password == "s3cret" and .port == 465 and .version == 1'
expect_status 66 get work --version 3
expect_status 66 get work --version pending
expect_status 66 get s1 --version previous
expect_status 64 get work --version 0
expect_status 64 get work --version newest

# ---- JSON: one object, or all of them in one answer
expect_status 0 get work --json
expect_json '.[0] | .schema == 1 and .name == "work" and .password == "second" and
    (keys | length == 21)'
expect [ "$(wc -l <out)" = 1 ]
add_plain shop third
expect_status 0 get work shop --json
expect_json '.[0] | .schema == 1 and (.profiles | map(.name) == ["work", "shop"]) and
    (.profiles | map(.password) == ["second", "third"])'
expect_status 66 get work nobody --json
expect_status 66 get work host --json

# ---- a name with a slip in it: the message alone knows better
add_plain private/gmail fourth
for wrong in 'get wrok' 'show wrok' 'test wrok' 'rotate wrok' 'edit wrok --note x' 'remove wrok --yes' \
    'history wrok' 'rename wrok shed'; do
    # shellcheck disable=SC2086 # words on purpose
    expect_status 66 $wrong
    expect_stderr_has 'there is no profile "wrok" (did you mean "work"?)'
done
expect_status 66 get gmail
expect_stderr_has '(did you mean "private/gmail"?)'
expect_status 66 rotate work gmial shop --yes
expect_stderr_has 'there is no profile "gmial"'
expect_status 66 get quite-another
expect_not grep -q 'did you mean' err

# ---- what was fetched, and what was not, is on record
expect_status 0 audit --profile work --op get --json
expect_json '(map(select(.result == "ok")) | length > 3 and all(.version == 1 or .version == 2)) and
    (map(select(.result == "failed")) | length == 1 and .[0].version == 3)'
expect_status 0 audit --profile nobody --json
expect_json 'any(.op == "get" and .result == "failed")'
finish
