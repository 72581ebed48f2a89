#!/bin/bash
# SPDX-License-Identifier: ISC
# import --shred: a file whose logins are in the vault is overwritten and removed, and no other.
source=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=tests/cli/terminal.sh
. "$source/tests/cli/terminal.sh"
t_vault
t_secrets+=(pass-one pass-two pass-three web-secret)

export_of() { # FILE [ROW...]
    local file=$1
    shift
    printf '%s\n' folder,favorite,type,name,notes,fields,reprompt,login_uri,login_username,login_password,login_totp \
        "$@" >"$file"
    chmod 600 "$file"
}
mail() { # NAME SECRET
    echo ",,login,$1,,,,smtp://smtp.acme.example,$1@acme.example,$2,"
}
web=",,login,forum,,,,https://forum.example,ann,web-secret,"
is_zeros() { # of what stands behind descriptor 9
    [[ $(wc -c <&9) != 0 && $(tr -d '\0' <&9 | wc -c) == 0 ]]
}

# ---- what cannot be meant
expect_status 64 import --shred --adopt x.csv
expect_status 64 import --force x.csv
expect_stderr_has "--force is for --shred"
expect_status 64 import --shred --from netrc - </dev/null
expect_stderr_has "standard input"
expect_status 66 import --shred --yes --from netrc nowhere

# ---- everything is in the vault: it goes, bytes first
export_of x.csv "$(mail work pass-one)" "$(mail home pass-two)" "$(mail work pass-one)"
size=$(stat -c %s x.csv)
exec 9<x.csv 8<x.csv
expect_status 0 import --dry-run --shred x.csv
expect [ "$(stat -c %s x.csv)" = "$size" ]
expect_status 0 import --shred --yes x.csv
expect_stderr_has "stored 2 logins"
expect_stderr_has "overwrote and removed x.csv"
expect_stderr_has "change what others could read"
expect_not grep -q "still holds" err
expect_absent x.csv
expect is_zeros
expect [ "$(wc -c <&8)" = "$size" ]
exec 9<&- 8<&-
expect_status 0 get home
expect_stdout 'pass-two\n'
expect_status 0 audit --op import --last 1 --json
expect_json ".[0].note == \"shredded $t/x.csv\" and .[0].result == \"ok\""
# The secrets were compared once more, behind the storing.
expect_status 0 audit --op import --json
expect_json 'map(.note) | .[0] == "2 profiles" and .[1] == "compared 3 secrets"'

# ---- what is there already goes as well, and the answer says so
export_of x.csv "$(mail work pass-one)"
expect_status 0 import --shred --yes --json x.csv
expect_json '.[0] | .counts.same == 1 and .file == {path: "x.csv", wish: "shred", done: "shredded", profiles: ["work"], left: []}'
expect_absent x.csv
export_of x.csv "$(mail work pass-one)"
expect_status 0 import --yes --json x.csv
expect_json '.[0].file == null'
expect_status 0 import --dry-run --shred --json x.csv
expect_json '.[0].file.done == "nothing"'
expect [ -s x.csv ]

# ---- what is not in the vault is named, and nothing is done
export_of x.csv "$(mail club pass-three)" "$web"
expect_status 65 import --shred --yes x.csv
expect_stderr_has "x.csv has the secret of forum, which would not be in the vault"
expect_stderr_has "--all takes what is not for mail, and --force"
expect [ -s x.csv ]
expect_status 66 get club
rows=()
for i in 1 2 3 4 5 6 7; do rows+=("${web/forum,/forum$i,}"); done
export_of many.csv "${rows[@]}"
expect_status 65 import --shred --yes many.csv
expect_stderr_has "forum1, forum2, forum3, forum4, forum5 and 2 others"
# Another secret under its name is not in the vault either.
export_of conflict.csv "$(mail work pass-three)"
expect_status 65 import --shred --yes conflict.csv
expect_stderr_has "secret of work"
expect_status 0 import --shred --yes --replace conflict.csv
expect_absent conflict.csv
expect_status 0 import --shred --yes --force --json x.csv
expect_json '.[0].file | .left == [{name: "forum", why: "not-mail"}] and .profiles == ["club"]'
expect_absent x.csv
expect_status 0 get club
expect_stdout 'pass-three\n'

# ---- a link, another's, another name of it, and what is no file
export_of x.csv "$(mail work pass-three)"
ln -s x.csv link.csv
expect_status 77 import --shred --yes --from bitwarden-csv link.csv
expect_stderr_has "is a symbolic link"
ln x.csv other.csv
expect_status 77 import --shred --yes x.csv
expect_stderr_has "has 2 names (hard links)"
rm other.csv link.csv
mkdir store
expect_status 64 import --shred --yes --from pass store
expect_stderr_has 'pass rm'
expect_status 64 import --adopt --yes --from pass store
expect_stderr_has 'pass rm'
mkdir profile
echo '{}' >profile/logins.json
echo 'user_pref("mail.accountmanager.accounts", "account1");' >profile/prefs.js
: >profile/key4.db
expect_status 64 import --shred --yes --from thunderbird profile
expect_stderr_has "in the program itself"
if [ "$(id -u)" = 0 ]; then
    chown 65534 x.csv
    expect_status 77 import --shred --yes x.csv
    expect_stderr_has "belongs to another user (uid 65534)"
    chown 0 x.csv
fi
expect [ "$(stat -c %h x.csv)" = 1 ]
expect_status 0 import --shred --yes x.csv
expect_absent x.csv
# A UTF-16 file, and one that is no text, are removed as well.
export_of x.csv "$(mail work pass-three)"
iconv -t UTF-16 x.csv >wide.csv
expect_status 0 import --shred --yes wide.csv
expect_absent wide.csv

# ---- a folder that takes nothing away: the bytes are gone, and the name is told
if [ "$(id -u)" != 0 ]; then
    mkdir fixed
    export_of fixed/x.csv "$(mail work pass-three)"
    chmod 500 fixed
    expect_status 74 import --shred --yes fixed/x.csv
    expect_stderr_has "was overwritten, but cannot be removed"
    chmod 700 fixed
    expect [ "$(tr -d '\0' <fixed/x.csv | wc -c)" = 0 ]
fi

# ---- on a terminal: asked at the end, and no is the answer of who says nothing
unset SMTPVAULT_NO_INPUT
export_of x.csv "$(mail late pass-one)" "$web"
t_open "'$program' import '$t/x.csv'"
t_see "Store this login?"
t_type y
t_key Enter
t_see "still holds the secrets in clear"
t_see "also has the secret of forum"
t_see "Overwrite and remove $t/x.csv?"
t_key Enter
t_see "ended with 0"
expect [ -s x.csv ]
t_open "'$program' import --shred --force '$t/x.csv'"
t_see "Overwrite and remove $t/x.csv?"
t_type n
t_key Enter
t_see "nothing was changed"
t_see "ended with 1"
expect [ -s x.csv ]
# With --yes nothing is asked, as nobody may be there.
t_open "'$program' import --yes '$t/x.csv'"
t_see "ended with 0"
t_see_not "Overwrite"
# A program that answers is no person at a terminal, and may say yes to everything.
cat >yes <<'END'
#!/bin/sh
exit 0
END
chmod 700 yes
SMTPVAULT_ASKPASS=$t/yes SMTPVAULT_ASKPASS_REQUIRE=force expect_status 0 import x.csv
expect [ -s x.csv ]
t_open "'$program' import '$t/x.csv'"
t_see "Overwrite and remove $t/x.csv?"
t_type y
t_key Enter
t_see "overwrote and removed"
t_see "ended with 0"
expect_absent x.csv
# What holds more than logins is not offered to be removed.
printf 'machine smtp.acme.example login ann@acme.example password pass-two\n' >.netrc
t_open "'$program' import '$t/.netrc'"
t_see "Store this login?"
t_type y
t_key Enter
t_see "ended with 0"
t_see_not "emove"
expect [ -s .netrc ]
finish
