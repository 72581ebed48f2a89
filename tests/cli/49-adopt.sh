#!/bin/bash
# SPDX-License-Identifier: ISC
# import --adopt and scan --adopt: a file asks the vault for the secrets that it held in clear, and
# nothing else of it is touched.
source=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=tests/cli/terminal.sh
. "$source/tests/cli/terminal.sh"
t_vault
t_secrets+=(pass-one pass-two pass-three other-one pass-odd)
export HOME=$t
t_path=$(dirname "$program"):$PATH # the command in the file is "smtpvault"

msmtprc() { # FILE: two logins and a third name of the first
    cat >"$1" <<'END'
# my mail
defaults
tls on
account work
host smtp.acme.example
port 587
from ann@acme.example
auth on
user ann@acme.example
	password "pass-one"   
account alias : work
from news@acme.example

account home
host mail.acme.example
port 465
tls_starttls off
auth on
user bob
# password pass-two-of-old
password pass-two
account default : work
END
    printf 'logfile ~/x' >>"$1" # the last line has no end
    chmod 640 "$1"
}

# ---- what would be done
msmtprc .msmtprc
cp .msmtprc before
expect_status 0 import --dry-run --adopt .msmtprc
expect_stdout_has '-	password "***"'
expect_stdout_has '+	passwordeval "smtpvault get work"'
expect_stdout_has '+passwordeval "smtpvault get home"'
no_secret_in out
expect cmp -s before .msmtprc
expect_status 0 list
expect_stdout ''
expect_status 64 import --adopt .msmtprc
expect_stderr_has "--yes"

# ---- done
chgrp nogroup .msmtprc 2>/dev/null || true
group=$(stat -c %g .msmtprc)
exec 9<.msmtprc
expect_status 0 import --adopt --yes .msmtprc
expect_stdout ''
expect_stderr_has "stored 3 logins"
expect_stderr_has ".msmtprc asks the vault now for the secrets of 3 logins"
expect_not grep -q "still holds" err
expect_mode 640 .msmtprc
expect [ "$(stat -c %g .msmtprc)" = "$group" ]
expect [ "$(stat -c %h .msmtprc)" = 1 ]
# The characters of the old password stand in a comment, which is not changed, but told.
expect_status 0 audit --op import --last 1 --json
expect_json ".[0].note == \"adopted $t/.msmtprc\" and .[0].result == \"ok\""
# Two lines are others, and nothing else.
expect [ "$(diff before .msmtprc | grep -c '^[<>]')" = 4 ]
expect [ "$(diff before .msmtprc | grep -c '^> 	*passwordeval "smtpvault get [a-z]*" *$')" = 2 ]
expect_not grep -qE '^[[:blank:]]*password[[:blank:]]' .msmtprc
# No copy of what it was: neither beside it, nor in what had its name.
expect_absent .msmtprc.before-smtpvault
expect [ "$(grep -l pass-one ./.msmtprc* ./* 2>/dev/null | sort | tr '\n' ' ')" = "./before " ]
expect [ "$(tr -d '\0' <&9 | wc -c)" = 0 ]
exec 9<&-
# setup knows of it, though nothing of it is its own.
expect_status 0 setup --json
expect_json '.[0].tools[] | select(.name == "msmtp") | .profiles == ["work", "home"]'
expect_status 0 setup
expect grep -qE '^msmtp +[a-z]+ +work, home ' out
cat >.muttrc <<'END'
set smtp_url="smtp://ann@smtp.acme.example:587/"
set smtp_pass="`/usr/bin/smtpvault --no-input get -- 'o'\''dd one'`"
END
mkdir odd-home
{
    printf 'host h.acme.example\npass''wordeval "%s"\n' 'smtpvault get work | head -1' 'pass get x' |
        sed 's/^host/account a\nhost/'
    printf 'account c\nhost h.acme.example\npass''wordeval "smtpvault get \377\033"\n'
} >odd-home/.msmtprc
expect_status 0 setup --json
expect_json '.[0].tools[] | select(.name == "mutt") | .profiles == ["o'\''dd one"]'
HOME=$t/odd-home expect_status 0 setup --json
expect_json '.[0].tools[] | select(.name == "msmtp") | .profiles == []'
rm -r .muttrc odd-home
# The command gives the secret.
command=$(sed -n 's/^password''eval "\(.*\)"$/\1/p' .msmtprc)
expect [ "$(PATH=$t_path sh -c "$command")" = pass-two ]
# Once more: there is nothing left.
cp .msmtprc after
expect_status 0 import --adopt --yes .msmtprc
expect_stderr_has "holds no secret that the vault could be asked for instead"
expect cmp -s after .msmtprc

# ---- a file that a shell would read otherwise
printf 'account odd\nhost h.example.org\nport 465\ntls on\ntls_starttls off\nuser x\npassword pass-odd\n' >"of bob's"
expect_status 0 import --yes --from msmtp "of bob's"
expect_stderr_has "\"smtpvault import --adopt --from msmtp 'of bob'\\''s'\""
rm "of bob's"

# ---- what is there already, JSON, a link
mkdir dotfiles
msmtprc dotfiles/msmtprc
rm .msmtprc
ln -s dotfiles/msmtprc .msmtprc
expect_status 0 import --adopt --yes --json .msmtprc
expect_json '.[0] | .counts.same == 3 and .file == {path: ".msmtprc", wish: "adopt", done: "adopted", profiles: ["work", "alias", "home"], left: []}'
expect [ -L .msmtprc ]
expect_not grep -q pass-one dotfiles/msmtprc
expect_mode 640 dotfiles/msmtprc
rm -r dotfiles .msmtprc

# ---- what the vault does not have stays, and is named
msmtprc .msmtprc
sed -i 's/^password pass-two/password other-one/' .msmtprc
expect_status 0 import --adopt --yes .msmtprc --json
expect_stderr_has ".msmtprc keeps the secret of home"
expect_json '.[0].file | .profiles == ["work", "alias"] and .left == [{name: "home", why: "conflict"}]'
expect grep -qx 'password other-one' .msmtprc
expect_not grep -q pass-one .msmtprc
expect_status 0 import --adopt --yes --replace .msmtprc
expect_not grep -q '^password ' .msmtprc
# The same characters elsewhere are told, and not shown.
printf 'account late\nhost smtp.acme.example\nport 587\ntls on\nuser late\npassword pass-three\n#password pass-three\n' >.msmtprc
expect_status 0 import --adopt --yes .msmtprc
expect_stderr_has "line 7 of .msmtprc has the same characters as the secret of late"

# ---- what cannot be
expect_status 64 import --adopt --yes --from msmtp -
printf 'machine smtp.acme.example login x@acme.example password pass-three\n' >.netrc
expect_status 64 import --adopt --yes .netrc
expect_stderr_has "has no way to ask the vault"
expect_status 66 get x@acme.example
msmtprc .msmtprc
iconv -t UTF-16 .msmtprc >wide
expect_status 65 import --adopt --yes --from msmtp wide
expect_stderr_has "is UTF-16: save it as UTF-8"
ln .msmtprc other
expect_status 77 import --adopt --yes .msmtprc
expect_stderr_has "has 2 names (hard links)"
rm other
cp .msmtprc before
if [ "$(id -u)" = 0 ]; then
    chown 65534 .msmtprc
    expect_status 77 import --adopt --yes .msmtprc
    expect_stderr_has "belongs to another user (uid 65534)"
    chown 0 .msmtprc
fi
printf 'account late\nhost smtp.acme.example\nport 587\ntls on\nuser late\npassword pass-one\npassword pass-three\n' >twice
expect_status 65 import --adopt --yes --from msmtp twice
expect_stderr_has "would still hold a secret of late"
expect grep -q pass-three twice
# One statement for two servers.
printf 'defaults\ntls on\nport 587\nuser late\npassword pass-one\naccount a\nhost smtp.a.example\naccount b\nhost smtp.b.example\n' >both
expect_status 65 import --adopt --yes --from msmtp both
expect_stderr_has "one place for the secrets of two logins"
expect_status 66 get a
# A folder in which nothing can be made.
if [ "$(id -u)" != 0 ]; then
    mkdir fixed
    msmtprc fixed/.msmtprc
    chmod 500 fixed
    expect_status 73 import --adopt --yes fixed/.msmtprc
    chmod 700 fixed
    expect grep -q pass-one fixed/.msmtprc
    rm -r fixed
fi

# ---- changed while the question waited: it is left alone
unset SMTPVAULT_NO_INPUT
cp before .msmtprc
chmod 600 .msmtprc
t_open "env PATH='$t_path' '$program' import --adopt --replace '$t/.msmtprc'"
t_see 'password "***"'
t_see "Store this login and change $t/.msmtprc?"
t_see_not pass-
echo '# mine' >>.msmtprc
t_type y
t_key Enter
t_see "the logins are stored, but ~/.msmtprc was changed meanwhile"
t_see "ended with 75"
expect grep -q pass-one .msmtprc

# ---- the end of an import on a terminal: no is the answer of who says nothing
t_open "env PATH='$t_path' '$program' import '$t/.msmtprc'"
t_see "3 the same as in the vault"
t_see "Change $t/.msmtprc?"
t_key Enter
t_see "ended with 0"
expect grep -q pass-one .msmtprc
t_open "env PATH='$t_path' '$program' import '$t/.msmtprc'"
t_see "Change $t/.msmtprc?"
t_type y
t_key Enter
t_see "asks the vault now for the secrets of 3 logins"
t_see "ended with 0"
expect_not grep -q pass-one .msmtprc
# What cannot be taken out as a whole is not offered.
msmtprc .msmtprc
sed -i 's/^password pass-two/password other-one/' .msmtprc
t_open "env PATH='$t_path' '$program' import '$t/.msmtprc'"
t_see "in conflict"
t_see "ended with 0"
t_see_not "Change"
export SMTPVAULT_NO_INPUT=1

# ---- a copy that was recorded is none any more
expect_status 0 export work --to msmtp --inline -o copied
expect_status 0 list --json work
expect_json '.[0].profiles[0].copies == 1'
expect_status 0 import --adopt --yes --from msmtp copied
expect_status 0 list --json work
expect_json '.[0].profiles[0].copies == 0'
expect_status 0 audit --last 1 --json
expect_json ".[0].note == \"forget the copy in $t/copied\" and .[0].profile == \"work\""
expect_status 0 export work --to json --inline -o copied.json
expect_status 0 import --shred --yes copied.json
expect_absent copied.json
expect_status 0 list --json work
expect_json '.[0].profiles[0].copies == 0'

# ---- scan --adopt
rm -rf ./.msmtprc twice both wide before after .netrc
mkdir -p home/.config/msmtp home/src
msmtprc home/.msmtprc
printf 'account late\nhost smtp.acme.example\nport 587\ntls on\nuser late\npassword other-one\n' >home/.config/msmtp/config
printf 'machine smtp.acme.example login x@acme.example password pass-three\n' >home/.netrc
printf 'SMTP_PASSWORD=pass-three\n' >home/src/notes
cp -r home copy
expect_status 64 scan --yes home
expect_status 64 scan --adopt home
expect_stderr_has "--yes"
expect_status 1 scan --adopt --yes home
expect grep -q 'home/.netrc:1 ' out
expect grep -q 'home/src/notes:1 ' out
# late is another login in the vault, so its secret stays where it is.
expect grep -q 'msmtp/config' out
expect_not grep -q 'home/.msmtprc' out
expect_stderr_has "1 file asks the vault now"
expect_stderr_has "keeps the secret of late"
expect_not grep -q pass-one home/.msmtprc
for same in .netrc src/notes .config/msmtp/config; do expect cmp -s "copy/$same" "home/$same"; done
expect_status 0 remove --yes late
expect_status 1 scan --adopt --yes --json home
expect_json '.[0] | (.findings | map(.path | sub(".*/"; "")) | sort) == [".netrc", "notes"]'
expect_json '.[0].adopted | map(select(.from == "dotenv")) | length == 1 and .[0].file.left[0].why == "incomplete" and .[0].file.done == "nothing"'
expect_json '.[0].adopted | map(select(.from == "msmtp")) | length == 1 and (.[0] | .stored == 1 and .why == null and .file.done == "adopted" and .file.profiles == ["late"])'
rm home/.netrc home/src/notes
expect_status 0 scan --adopt --yes home
expect_stdout ''
# What is wrong with one file is its own fault.
cp copy/.msmtprc home/.msmtprc
mkdir home/b
cp copy/.msmtprc home/b/.msmtprc
ln home/.msmtprc home/other
expect_status 1 scan --adopt --yes --json home
expect_json '.[0].adopted | length >= 2 and (map(select(.why != null)) | length >= 1 and all(.why | contains("hard links")))'
expect_not grep -q pass-one home/b/.msmtprc
expect grep -q pass-one home/.msmtprc

# ---- a secret that stands there under another name as well is shown under neither
printf 'set smtp_url="smtps://v@h.example:465"\nset smtp_pass="pass-five"\nset my_x="pass-five"\n' >other.muttrc
t_secrets+=(pass-five)
expect_status 0 import --from mutt --dry-run --adopt other.muttrc
expect_stdout_has 'set my_x="***"'
no_secret_in out

# ---- a name that NeoMutt would read as another login's
t_secrets+=(pass-four)
printf pass-four | sv --quiet add 'a\b' --host h.example --port 465 --tls implicit --username u \
    --password-from stdin || die "no login"
printf 'set smtp_url="smtps://u@h.example:465"\nset smtp_pass="pass-four"\n' >.neomuttrc
expect_status 65 import --adopt --yes .neomuttrc
expect_stderr_has "a backslash is in it"
expect grep -q pass-four .neomuttrc

# ---- a question for each file
unset SMTPVAULT_NO_INPUT
rm -r home
mkdir -p home/b
cp copy/.msmtprc home/.msmtprc
cp copy/.msmtprc home/b/.msmtprc
t_open "env PATH='$t_path' '$program' scan --adopt '$t/home/b/.msmtprc' '$t/home/.msmtprc'"
t_see "Change $t/home/b/.msmtprc?"
t_key Enter
t_see "nothing was changed"
t_see "Change $t/home/.msmtprc?"
t_type y
t_key Enter
t_see "1 file asks the vault now"
t_see "ended with 1"
t_see_not pass-
expect cmp -s copy/.msmtprc home/b/.msmtprc
expect_not grep -q pass-one home/.msmtprc
finish
