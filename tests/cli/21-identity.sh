#!/bin/bash
# SPDX-License-Identifier: ISC
# member identity: a key pair of one's own; its public line, read wrong in every way.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
t_vault
add_plain work s3cret-w
printf 'anna own words\n' >anna.pass
printf 'new anna words\n' >anna.next
printf 'wrong words here\n' >wrong.pass
: >empty
t_secrets+=("anna own words" "new anna words" "wrong words here")
mine=(--identity "$t/anna.id" --passphrase-from "file:$t/anna.pass")

# ---- making one: no vault is needed
expect_status 75 --vault nowhere member identity
expect_absent config/smtpvault/identity
expect_status 0 --vault nowhere member identity --new-passphrase-from file:anna.pass $cheap
expect_mode 600 config/smtpvault/identity
expect_stderr_has "send the line below to an administrator"
expect [ "$(wc -l <out)" = 1 ]
expect grep -qxE 'smtpvault-identity-1 [A-Za-z0-9_-]{48}' out
expect cmp -s out <(head -n 1 config/smtpvault/identity)
expect_status 73 member identity --new-passphrase-from file:anna.pass $cheap
expect_stderr_has "an identity is never replaced"
expect_status 0 member identity -o anna.id --comment "Anna Müller <anna@example.com>" \
    --new-passphrase-from file:anna.pass $cheap
cp out anna.txt
line=$(cat anna.txt)
expect_status 0 member identity --show anna.id
expect cmp -s out anna.txt
expect_status 0 member identity --show anna.id --json
expect_json ".[0].comment == \"Anna Müller <anna@example.com>\""
expect_status 65 member identity -o x.id --new-passphrase-from file:empty $cheap
expect_absent x.id
expect_status 64 member identity -o x.id --comment $'two\nlines' --new-passphrase-from file:anna.pass
expect_status 64 member identity --show anna.id --change-passphrase anna.id
expect_status 66 member identity --show nowhere
expect_status 65 member identity --show anna.pass
expect_stderr_has "no identity file"

# ---- letting it in
expect_status 77 "${mine[@]}" get work
expect_stderr_has "nobody opens this vault with an identity"
expect_status 0 member add anna --role reader --identity anna.txt
expect_stderr_has "$line"
expect_status 0 "${mine[@]}" get work
expect_stdout 's3cret-w\n'
SMTPVAULT_IDENTITY=$t/anna.id SMTPVAULT_PASSPHRASE_FROM=file:$t/anna.pass expect_status 0 list
expect_stdout 'work\n'
expect_status 0 audit --via identity --json
expect_json 'length == 1 and .[0].op == "get"'
expect_status 77 "${mine[@]}" --passphrase-from file:wrong.pass get work
expect_stderr_has "wrong passphrase for this identity"
expect_status 75 --identity anna.id get work
expect_stderr_has "the identity's own passphrase"
expect_status 77 --identity config/smtpvault/identity --passphrase-from file:anna.pass get work
expect_stderr_has "this identity is no member of this vault"
expect_status 0 status --json
expect_json '.[0].opens_with == ["keyfile", "identity"]'
expect_status 64 "${mine[@]}" passphrase --new-passphrase-from file:anna.next
expect_stderr_has "member identity --change-passphrase"

# ---- twice, under another name too
expect_status 73 member add anna --role reader --identity "$line"
expect_status 73 member add annette --role admin --identity "$line"
expect_stderr_has 'this identity is the member "anna" already'

# ---- every kind of wrong line
expect_bad() { # expect_bad WORDS LINE
    expect_status 65 member add bob --role reader --identity "$2"
    expect_stderr_has "$1"
}
for at in 21 30 44 60 68 72 99; do # one character, anywhere
    char=${line:at:1}
    [[ $char == x ]] && other=y || other=x
    expect_bad "does not agree with its own checksum" "${line:0:at}$other${line:at+1}"
done
expect_bad "checksum" "${line% *}"
expect_bad "checksum" "${line:0:60}"
expect_bad "no identity line" "smtpvault-identity-2 ${line#* }"
expect_bad "gives to nobody" "$(tail -n 1 anna.id)"
expect_status 65 member add bob --role reader --identity anna.id
expect_stderr_has "it stays with its owner"
expect_status 66 member add bob --role reader --identity nowhere.txt
expect_stderr_has "neither a public line"
head -c 10000000 /dev/zero | tr '\0' 'a' >long
expect_status 65 member add bob --role reader --identity long
expect_status 65 member identity --show long
expect_status 65 --identity long --passphrase-from file:anna.pass get work
: >nothing
expect_status 65 member add bob --role reader --identity nothing
expect_status 0 member list --json
expect_json '.[0].members | length == 2'

# ---- another passphrase; the vault need not know
expect_status 77 member identity --change-passphrase anna.id --passphrase-from file:wrong.pass \
    --new-passphrase-from file:anna.next $cheap
expect_status 0 member identity --change-passphrase anna.id --passphrase-from file:anna.pass \
    --new-passphrase-from file:anna.next $cheap
expect_mode 600 anna.id
expect_status 77 "${mine[@]}" get work
expect_status 0 "${mine[@]}" --passphrase-from file:anna.next get work
expect cmp -s anna.txt <(head -n 1 anna.id)
chmod 644 anna.id
expect_status 0 "${mine[@]}" --passphrase-from file:anna.next get work
expect_stderr_has "chmod"
chmod 600 anna.id

# ---- a damaged file
sed 's/AQEDAAAA/AQECAAAA/' anna.id >weak.id
chmod 600 weak.id
expect_status 65 --identity weak.id --passphrase-from file:anna.next get work
sed '1s/Anna/Hans/' anna.id >other.id
chmod 600 other.id
expect_status 65 --identity other.id --passphrase-from file:anna.next get work

# ---- after she left
expect_status 0 member remove anna --yes
expect_stdout_has "times)"
expect_status 77 "${mine[@]}" --passphrase-from file:anna.next get work
expect_status 0 member add anna --role auditor --identity anna.txt
expect_status 77 "${mine[@]}" --passphrase-from file:anna.next get work
expect_status 0 "${mine[@]}" --passphrase-from file:anna.next audit --last 1
finish
