#!/bin/bash
# SPDX-License-Identifier: ISC
# import: a profile's folder of Thunderbird or Firefox, whose key the libnss3 of this machine
# made. The folder stays as it is, and nothing that it names is loaded.
make_profile=$(cd "$(dirname "$0")" && pwd)/nss_profile.py
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
t_vault
t_secrets+=("pä ss wörd" imap-secret refresh-token web-secret "primary pässword" wrong-word)

# profile FOLDER [PASSWORD]: logins on stdin.
profile() {
    "$make_profile" "$@" || die "no profile in $1"
}
line() { # line HOST USER SECRET [REALM]
    printf '%s\t%s\t%s\t%s\n' "$1" "${4-$1}" "$2" "$3"
}
logins() {
    line smtp://smtp.acme.example ann@acme.example 'pä ss wörd'
    line imap://imap.acme.example ann@acme.example imap-secret
    line oauth://accounts.google.com bob@gmail.com refresh-token https://mail.google.com/
    line https://bank.example ann web-secret
}
seen() { (cd "$1" && find . -type f -exec sha256sum {} + | sort && find . | sort); }

# ---- a profile of Thunderbird, with what prefs.js says of its servers
folder=.thunderbird/Profiles/xyz.default-release
mkdir -p "$folder/Mail"
logins | profile "$folder"
cat >"$folder/prefs.js" <<'P'
// Mozilla User Preferences
user_pref("mail.identity.id1.useremail", "ann.smith@acme.example");
user_pref("mail.identity.id1.smtpServer", "smtp1");
user_pref("mail.smtp.defaultserver", "smtp1");
user_pref("mail.smtpserver.smtp1.authMethod", 4);
user_pref("mail.smtpserver.smtp1.hostname", "smtp.acme.example");
user_pref("mail.smtpserver.smtp1.port", 2465);
user_pref("mail.smtpserver.smtp1.try_ssl", 3);
user_pref("mail.smtpserver.smtp1.username", "ann@acme.example");
user_pref("mail.smtpserver.smtp2.hostname", "out.other.example");
user_pref("mail.smtpserver.smtp2.try_ssl", 2);
user_pref("mail.smtpserver.smtp2.username", "carl");
user_pref("a", "$(touch owned)`touch owned`");
P
seen "$folder" >before
expect_status 0 import --dry-run "$folder" --json
no_secret_in out
expect_json '.[0] | .from == "thunderbird" and .counts.new == 1 and .counts.faulty == 1 and
    .counts["no-secret"] == 1 and .counts["not-mail"] == 1'
expect_json '.[0].logins | map({(.name): .}) | add | (.["ann@acme.example"] | .state == "new" and
    .host == "smtp.acme.example" and .port == 2465 and .tls == "implicit" and .auth == "cram-md5" and
    .from == "ann.smith@acme.example" and .changed == "2023-11-14T22:13:20Z") and
    (.["bob@gmail.com"] | .state == "faulty" and (.why | contains("OAuth2"))) and
    (.["carl@out.other.example"] | .state == "no-secret" and .port == 587 and .tls == "starttls")'
expect_status 0 import --yes "$folder"
expect_status 0 get ann@acme.example
expect_stdout 'pä ss wörd\n'
expect_status 0 import --yes "$folder"
expect_stderr_has "1 the same as in the vault"
seen "$folder" | diff before - || die "the folder was changed"
expect_absent owned

# ---- the folder above names it
cat >.thunderbird/profiles.ini <<'P'
[Install4F96D1932A9F858E]
Default=Profiles/xyz.default-release
Locked=1

[Profile1]
Name=default
IsRelative=1
Path=Profiles/old.default
Default=1

[Profile0]
Name=default-release
IsRelative=1
Path=Profiles/xyz.default-release
P
expect_status 0 import --dry-run .thunderbird
expect_stderr_has "its profile is .thunderbird/Profiles/xyz.default-release"
expect grep -q '^same .*ann@acme.example' out
expect_status 66 import --dry-run --from firefox .thunderbird/Profiles
expect_stderr_has "has no logins.json"
expect_status 64 import --dry-run "$t/data"
expect_status 65 import --dry-run "$folder/logins.json"
expect_stderr_has "give the folder it lies in"
expect_status 64 import --dry-run --from thunderbird "$folder/logins.json"
expect_status 64 import --dry-run --from thunderbird -
expect_status 64 import --dry-run --source-passphrase-from nonsense "$folder"
expect_status 64 import --yes --shred "$folder"
expect_stderr_has "in the program itself"
expect_status 64 import --yes --adopt "$folder"
seen "$folder" | diff before - || die "the folder was changed"

# ---- of Firefox
mkdir -p .mozilla/firefox
logins | profile .mozilla/firefox/abc
expect_status 0 import --dry-run .mozilla/firefox/abc --json
expect_json '.[0] | .from == "firefox" and .counts.conflict == 1 and
    .counts["not-mail"] == 1'

# ---- a primary password
logins | profile locked "primary pässword"
cp "$folder/prefs.js" locked/
printf 'primary pässword' >right
printf 'wrong-word' >wrong
expect_status 75 import --dry-run locked </dev/null
expect_stderr_has "--source-passphrase-from"
expect_status 77 import --dry-run locked --source-passphrase-from file:wrong
expect_stderr_has "not the primary password of locked"
expect_status 0 import --dry-run locked --source-passphrase-from file:right
expect grep -q '^same .*ann@acme.example' out
expect_status 0 import --dry-run locked --source-passphrase-from stdin <right
export SMTPVAULT_ASKPASS=$t/askpass
cat >askpass <<'A'
#!/bin/sh
echo "$1" >>"$HOME/asked"
[ "$(grep -c Primary "$HOME/asked")" -lt 3 ] && echo wrong-word || cat "$HOME/right"
A
chmod +x askpass
unset SMTPVAULT_NO_INPUT
SMTPVAULT_ASKPASS_REQUIRE=force expect_status 0 import --dry-run locked
expect [ "$(grep -c 'Primary password of locked: ' asked)" = 3 ]
printf '#!/bin/sh\necho wrong-word\n' >askpass
SMTPVAULT_ASKPASS_REQUIRE=force expect_status 77 import --dry-run locked
expect [ "$(grep -c 'not the primary password of locked' err)" = 3 ]
unset SMTPVAULT_ASKPASS
export SMTPVAULT_NO_INPUT=1

# ---- damage
cp -r "$folder" bad
sed -i 's/"encryptedPassword": "M/"encryptedPassword": "*/' bad/logins.json
expect_status 0 import --dry-run bad
expect grep -q '^faulty .*NSS cannot decrypt it' out
cp "$folder/logins.json" bad/
cp .mozilla/firefox/abc/key4.db bad/
expect_status 65 import --dry-run bad
expect_stderr_has "not of one profile"
head -c 5000 /dev/urandom >bad/key4.db
expect_status 65 import --dry-run bad
expect_stderr_has "cannot open key4.db"
cp "$folder/key4.db" bad/
truncate -s 10000 bad/key4.db
expect_status 65 import --dry-run bad
rm bad/key4.db
expect_status 66 import --dry-run bad
expect_stderr_has "has no key4.db"
touch bad/key3.db
expect_status 65 import --dry-run bad
expect_stderr_has "before 58"
rm bad/logins.json bad/key3.db
touch bad/logins.db
expect_status 65 import --dry-run bad
expect_stderr_has "logins.db alone"
cp "$folder/key4.db" bad/
echo '{"logins":[{"hostname":' >bad/logins.json
expect_status 65 import --dry-run bad
expect_stderr_has "line 2"
cp "$folder/logins.json" bad/
rm bad/cert9.db
expect_status 66 import --dry-run bad
expect_stderr_has "has no cert9.db"
cp -r "$folder" shut
chmod 000 shut/logins.json
chmod 300 shut
without="" # root reads everything, unless it gives that away
[[ $(id -u) != 0 ]] || without="setpriv --bounding-set=-dac_override,-dac_read_search"
wrap="$without $wrap" expect_status 74 import --dry-run shut
expect_stderr_has "Permission denied"
chmod 700 shut
wrap="$without $wrap" expect_status 74 import --dry-run shut
chmod 600 shut/logins.json

# ---- what the profile names is not loaded: a module that would end whoever loads it
printf '#include <unistd.h>\n__attribute__((constructor)) static void go(void) { _exit(99); }\n' >module.c
"${CC:-cc}" -shared -fPIC -o "$folder/module.so" module.c || die "no module"
expect_not python3 -c 'import ctypes, sys; ctypes.CDLL(sys.argv[1])' "$folder/module.so"
printf '\nlibrary=%s\nname=module\nNSS=trustOrder=100\n' "$PWD/$folder/module.so" >>"$folder/pkcs11.txt"
expect_status 0 import --dry-run "$folder"
expect grep -q '^same .*ann@acme.example' out

# ---- many, and none
for i in $(seq 1000); do
    line "smtp://smtp$i.acme.example" "u$i" "secret-$i"
done | profile many
SECONDS=0
expect_status 0 import --dry-run many --json
expect_json '.[0].counts.new == 1000'
expect [ "$SECONDS" -lt 60 ]
profile none </dev/null
expect_status 0 import --dry-run none
expect_stderr_has "no login"

# ---- without NSS, and with one that is too old for what a newer program wrote
apart=(unshare -m)
[[ $(id -u) == 0 ]] || apart=(unshare -rm)
cat >hidden <<'H'
#!/bin/sh
# hidden all|programs COMMAND...: without the libraries of NSS, or with the system's only.
what=$1
shift
for folder in /usr/lib/thunderbird /usr/lib/firefox-esr /usr/lib/firefox /usr/lib64/thunderbird \
    /usr/lib64/firefox /opt/thunderbird /opt/firefox; do
    [ ! -d "$folder" ] || mount -t tmpfs hidden "$folder" || exit 126
done
[ "$what" = programs ] || for file in /usr/lib/*/libnss3.so /usr/lib/libnss3.so; do
    [ ! -e "$file" ] || mount --bind /dev/null "$file" || exit 126
done
exec "$@"
H
chmod +x hidden
wrap="${apart[*]} ./hidden all $wrap" expect_status 78 import --dry-run "$folder"
expect_stderr_has "libnss3"
wrap="${apart[*]} ./hidden programs $wrap" expect_status 0 import --dry-run "$folder"
aes=MEMEEPgAAAAAAAAAAAAAAAAAAAEwHQYJYIZIAWUDBAEqBBB7KHcsK47xBHupu98fscUTBBBGcjXM3ydzAQlp7Im81EbR
cp -r "$folder" newer
sed -i "s|\(\"encrypted[A-Za-z]*\": \"\)[^\"]*|\1$aes|g" newer/logins.json
if ! python3 -c 'import ctypes; ctypes.CDLL("libnss3.so").PK11SDR_EncryptWithMechanism' 2>err; then
    wrap="${apart[*]} ./hidden programs $wrap" expect_status 78 import --dry-run newer
    expect_stderr_has "too old"
else
    wrap="${apart[*]} ./hidden programs $wrap" expect_status 65 import --dry-run newer
fi

# ---- pipes in the place of what SQLite opens: nobody waits for them
for name in key4.db cert9.db key4.db-journal cert9.db-wal; do
    rm -rf pipes
    mkdir pipes
    logins | profile pipes
    rm -f "pipes/$name"
    mkfifo "pipes/$name"
    got=0
    timeout 20 "$program" import --dry-run pipes >out 2>err </dev/null || got=$?
    expect [ "$got" = 65 ]
    expect_stderr_has "$name is not a regular file"
done
finish
