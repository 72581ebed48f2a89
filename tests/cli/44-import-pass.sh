#!/bin/bash
# SPDX-License-Identifier: ISC
# import: a store that pass(1) made, decrypted by gpg with a key of its own; what is not for mail
# is not even decrypted.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
t_vault
t_secrets+=("pa ss-relay" gmx-secret nested-secret bank-secret)
export GNUPGHOME=$t/gnupg PASSWORD_STORE_DIR=$t/.password-store
mkdir -m 700 "$GNUPGHOME"
trap 'gpgconf --kill all 2>/dev/null; rm -rf "$t"' EXIT
gpg --quiet --batch --passphrase '' --quick-gen-key store@example.org 2>gpg.log || die "no key: $(cat gpg.log)"
pass init store@example.org >/dev/null 2>&1 || die "pass init failed"
store() { pass insert --multiline --force "$1" >/dev/null || die "pass insert $1 failed"; }
printf 'pa ss-relay\nurl: smtp://smtp.acme.example:587\nlogin: ann\notpauth://totp/x?secret=ABC\n' | store mail/relay
printf 'gmx-secret\n' | store mail/gmx.net/ann@gmx.net
printf 'nested-secret\n---\nport: 465\nuser: "o-neil"\nhost: smtp.acme.example\n' | store "business/smtp x"
printf 'bank-secret\n' | store web/bank.example/ann

# ---- what is for mail, by path and by lines; the rest stays closed
printf '#!/bin/sh\necho "$*" >>%s/ran\nexec %s "$@"\n' "$t" "$(command -v gpg)" >gpg
chmod +x gpg
t_path=$t:$PATH expect_status 0 import --dry-run .password-store --json
expect_json '.[0] | .from == "pass" and .counts.new == 3 and (.logins | length == 3)'
expect_json '.[0].logins | map({(.name): .}) | add | (.["mail/relay"] | .host == "smtp.acme.example"
    and .port == 587 and .username == "ann") and (.["mail/gmx.net/ann@gmx.net"] |
    .provider == "gmx-net" and .username == "ann@gmx.net") and (.["business/smtp x"] |
    .tls == "implicit" and .username == "o-neil")'
no_secret_in out
expect [ "$(wc -l <ran)" = 3 ]
expect_not grep -q bank ran

# ---- they are stored as they are
expect_status 0 import --yes --from gopass .password-store
expect_stderr_has "stored 3 logins"
expect_status 0 get mail/relay
expect_stdout 'pa ss-relay\n'
expect_status 0 get "business/smtp x"
expect_stdout 'nested-secret\n'
expect_status 66 get mail/relay note
expect_status 0 import --yes .password-store
expect_stderr_has "3 the same as in the vault"
expect_status 0 import --dry-run --all .password-store
expect grep -q '^incomplete .*bank.example' out

# ---- what gpg cannot decrypt is told, and a key that is missing ends it
echo nonsense >.password-store/mail/broken.gpg
expect_status 0 import --dry-run .password-store
expect grep -q '^faulty .*mail/broken .*gpg cannot decrypt it' out
mkdir empty && chmod 700 empty
GNUPGHOME=$t/empty expect_status 77 import --dry-run .password-store
expect_stderr_has "gpg --decrypt"
finish
