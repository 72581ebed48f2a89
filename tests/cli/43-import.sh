#!/bin/bash
# SPDX-License-Identifier: ISC
# import: what is elsewhere comes in, after a look, in one transaction, and only what is for mail.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
t_vault
t_secrets+=(pass-one pass-two pass-three pass-four web-secret other-one abcdefghijklmnop)

states() { jq -c '[.logins[] | .name + ":" + .state] | sort' out; }
expect_states() { # of `import --json`: NAME:STATE...
    expect [ "$(states)" = "$(printf '%s\n' "$@" | jq -Rnc '[inputs] | sort')" ]
}

# ---- the list of formats
expect_status 0 import --formats
expect_stdout_has netrc
expect_status 0 import --formats --json
expect_json '.[0] | .schema == 1 and (.formats | all(has("name") and has("title") and has("file") and has("knows")))'

# ---- usage
expect_status 64 import
expect_stderr_has "--formats"
expect_status 64 import --from netrc
expect_stderr_has "/.netrc"
expect_status 64 import --from netcr x
expect_stderr_has 'did you mean "netrc"'
expect_status 64 import --replace --rename x
expect_status 66 import --dry-run nowhere
echo hello >nothing
expect_status 64 import --dry-run nothing
expect_stderr_has "--from FORMAT"
echo | expect_status 64 --passphrase-from - import --from netrc -

cat >.netrc <<'END'
machine smtp.gmail.com login ann@gmail.com password "abcd efgh ijkl mnop"
machine mail.acme.example port 465 login bob password pass-one
machine mail.acme.example port 465 login bob password pass-two
machine smtp.acme.example login carol password "pass-three"
machine smtp.acme.example port 99999 login dave password pass-four
machine smtp.acme.example login erin
machine www.acme.example login frank password web-secret
END

# ---- a look changes nothing
expect_status 0 import --dry-run .netrc
expect_stdout_has "ann@gmail.com"
no_secret_in out
expect grep -q '^new .*bob@mail.acme.example-2 .*was bob@mail.acme.example' out
expect_not grep -q www.acme out
expect_stderr_has "4 new, 1 not for mail (--all takes them), 1 without a secret, 1 faulty"
expect_status 0 import --dry-run .netrc --json
no_secret_in out
expect_json '.[0] | .schema == 1 and .dry_run and .from == "netrc" and .counts.new == 4 and
    (.logins[0] | .host == "smtp.gmail.com" and .port == 465 and .tls == "implicit" and
     .provider == "gmail" and .line == 1 and .kind == "app-password")'
expect_json '.[0].logins[3] | .port == 587 and .tls == "starttls" and .why == "its port is a guess"'
expect_json '.[0].logins[4].why | contains("99999")'
expect_status 0 list
expect_stdout ''
# Nobody is here to say yes.
expect_status 64 import .netrc
expect_stderr_has "--yes"

: >nothing.csv
expect_status 65 import nothing.csv --dry-run
expect_stderr_has "nothing.csv is empty"
rm nothing.csv

# ---- stored, by name as by content
expect_status 0 import --yes .netrc --tag moved --tag "from netrc"
expect_stderr_has "stored 4 logins"
expect_stderr_has ".netrc still holds the secrets in clear"
expect_stderr_has ", and cannot ask the vault"
expect_stdout ''
expect_status 0 get bob@mail.acme.example-2
expect_stdout 'pass-two\n'
expect_status 0 get ann@gmail.com
expect_stdout 'abcdefghijklmnop\n'
expect_status 0 list --tag moved
expect [ "$(wc -l <out)" = 4 ]
expect_status 0 audit --op import --json
expect_json 'length == 1 and .[0].note == "4 profiles"'

# ---- a second time everything is there
expect_status 0 import --yes .netrc --json
expect_json '.[0].counts | .new == 0 and .same == 4'
expect_not grep -q stored err
expect_status 0 audit --op import --json
expect_json 'length == 2 and .[1].note == "compared 6 secrets"'
# Under another name it is the same, too.
expect_status 0 rename bob@mail.acme.example elsewhere
expect_status 0 import --dry-run .netrc
expect grep -q '^same .*as elsewhere' out
expect_status 0 rename elsewhere bob@mail.acme.example

# ---- a conflict stays, is replaced, or gets another name
sed 's/pass-three/other-one/' .netrc >changed
expect_status 0 import --yes --from netrc - --json <changed
expect_states ann@gmail.com:same bob@mail.acme.example:same bob@mail.acme.example-2:same \
    carol@smtp.acme.example:conflict dave@smtp.acme.example:faulty \
    erin@smtp.acme.example:no-secret frank@www.acme.example:not-mail
expect_status 0 get carol@smtp.acme.example
expect_stdout 'pass-three\n'
expect_status 0 import --yes --from netrc changed --rename
expect_status 0 get carol@smtp.acme.example-2
expect_stdout 'other-one\n'
expect_status 0 import --yes --from netrc changed --rename
expect_stderr_has "4 the same as in the vault"
expect_status 0 remove --yes carol@smtp.acme.example-2
expect_status 0 import --yes --from netrc changed --replace
expect_stderr_has "1 to replace"
expect_status 0 get carol@smtp.acme.example
expect_stdout 'other-one\n'
expect_status 0 get carol@smtp.acme.example --version 1
expect_stdout 'pass-three\n'
expect_status 0 audit --op import --last 1 --json
expect_json '.[0].note == "0 profiles, 1 replaced"'

# ---- what may be too open, and what is no regular file
chmod 644 changed
expect_status 0 import --dry-run --from netrc changed
expect_stderr_has "can be read by others (mode 0644)"
ln -s .netrc link
expect_status 0 import --dry-run --from netrc link
mkfifo pipe
expect_status 65 import --dry-run --from netrc pipe
truncate -s 100M huge
expect_status 65 import --dry-run --from netrc huge
expect_stderr_has "too large"
expect_status 64 import --dry-run --from netrc .
rm -f link pipe huge changed

# ---- nothing is stored of a file that is half written
printf '%s\n' "$(sed -n 4p .netrc | sed 's/carol/zoe/')" 'machine smtp.acme.example login zed password "half' >half
expect_status 65 import --yes --from netrc half
expect_stderr_has "line 2"
expect_status 66 get zoe@smtp.acme.example

# ---- nothing in a source is executed
# shellcheck disable=SC2016 # dollar signs that are meant
{
echo 'machine smtp.acme.example login "`touch ran`" password "$(touch ran)"' >evil
expect_status 0 import --yes --from netrc evil
expect_status 0 get '`touch ran`@smtp.acme.example'
expect_stdout '$(touch ran)\n'
expect_absent ran
}

# ---- what is exported comes in again, and is the same
own() { sv list --json ann@gmail.com | jq -c '.profiles[0] | del(.created, .updated, .version, .last_used, .tags)'; }
expect_status 0 edit ann@gmail.com --rotate-every 45d --kind app-password
own >before
expect grep -q '"provider":"gmail".*"kind":"app-password".*"every_days":45,"last":"20' before
sleep 1 # times are whole seconds
expect_status 0 export ann@gmail.com --to json --inline -o own.json
expect_status 0 import --dry-run own.json --json
expect_states ann@gmail.com:same
expect_status 0 remove --yes ann@gmail.com
expect_status 0 import --yes own.json
expect_status 0 get ann@gmail.com
expect_stdout 'abcdefghijklmnop\n'
own >after
expect cmp before after
rm before after
expect_status 0 export ann@gmail.com --to json -o hook.json
expect_status 0 import --dry-run hook.json
expect grep -q '^no-secret .*a command gives its secret' out

# ---- a manager's date is when it was rotated; UTF-16 as it is
{
    echo '"url","username","password","httpRealm","formActionOrigin","guid","timeCreated","timeLastUsed","timePasswordChanged"'
    echo '"smtp://smtp.acme.example","dated","pass-four","",,"{1}","1","2","1704164645000"'
} | iconv -t UTF-16 >logins.csv
expect_status 0 import --yes logins.csv
expect_status 0 get dated@smtp.acme.example rotated
expect_stdout '2024-01-02T03:04:05Z\n'

# ---- an archive of 1Password: a login, an account of mail, a note
cat >export.data <<'END'
{"accounts":[{"attrs":{},"vaults":[{"attrs":{},"items":[
 {"uuid":"a","createdAt":1600000000,"categoryUuid":"001","details":{"loginFields":[
   {"designation":"username","value":"ann"},{"designation":"password","value":"pass-one"}],
   "passwordHistory":[{"value":"older","time":1704164645}],"notesPlain":"a note","sections":[]},
  "overview":{"title":"Relay","url":"smtps://smtp.acme.example","tags":["Work"]}},
 {"item":{"createdAt":1600000000,"categoryUuid":"111","details":{"sections":[{"fields":[
   {"id":"pop_server","title":"server","value":{"string":"pop.acme.example"}},
   {"id":"pop_password","title":"password","value":{"concealed":"web-secret"}},
   {"id":"smtp_server","title":"SMTP server","value":{"string":"out.acme.example"}},
   {"id":"smtp_port","title":"port number","value":{"string":"465"}},
   {"id":"smtp_username","title":"username","value":{"string":"bob"}},
   {"id":"smtp_security","title":"security","value":{"menu":"SSL"}},
   {"id":"smtp_password","title":"password","value":{"concealed":"pass-two"}}]}]},
  "overview":{"title":"Mail"}}},
 {"categoryUuid":"003","details":{"notesPlain":"x"},"overview":{"title":"Note"}}]}]}]}
END
python3 - <<'END'
import zipfile
with zipfile.ZipFile("my.1pux", "w", zipfile.ZIP_DEFLATED) as z:
    z.writestr("export.attributes", "{}")
    z.write("export.data")
END
expect_status 0 import --dry-run my.1pux --json
expect_json '.[0] | .from == "1pux" and (.logins | length == 2) and (.logins[0] | .name == "Relay" and
    .port == 465 and .username == "ann" and .changed == "2024-01-02T03:04:05Z") and (.logins[1] |
    .host == "out.acme.example" and .tls == "implicit" and .username == "bob")'
expect_status 0 import --yes my.1pux
expect_status 0 get Mail
expect_stdout 'pass-two\n'
head -c 300 my.1pux >half.1pux
expect_status 65 import --dry-run half.1pux
expect_stderr_has "half written"

# ---- what people take for an export
echo '{"encrypted":true,"data":"2.x"}' | expect_status 65 import --dry-run --from bitwarden-json -
expect_stderr_has "as \".json\""
printf '\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5' >x.kdbx
expect_status 65 import --dry-run x.kdbx
expect_stderr_has "keepassxc-cli export"
echo '{}' >logins.json
expect_status 65 import --dry-run logins.json
expect_stderr_has "give the folder it lies in"
finish
