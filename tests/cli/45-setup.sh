#!/bin/bash
# SPDX-License-Identifier: ISC
# setup: a tool's own file is changed in its place, once, and as it was again; and not at all where
# it is not this user's, or not what was shown.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
t_vault
add_plain work s3cret-x --from ann@example.org
t_secrets+=(geheim)
hook=$(sv export work --to msmtp | grep ^passwordeval)

# as_before FILE: byte for byte, and nothing beside it.
as_before() {
    expect cmp -s "$1" original
    expect_absent "$1.before-smtpvault"
}

# ---- the list needs no vault
expect_status 0 setup
expect_stdout_has git-send-email
expect_status 0 setup --json
expect_json '.[0] | .schema == 1 and (.tools | all(has("name") and has("installed") and has("possible")))'

# ---- words
expect_status 64 setup msmpt
expect_stderr_has 'did you mean "msmtp"'
expect_status 64 setup curl
expect_stderr_has "smtpvault exec NAME"
expect_status 75 setup msmtp
expect_stderr_has "--yes"
expect_status 64 setup msmtp work more
expect_status 66 setup msmtp nobody --yes
expect_absent .msmtprc

# ---- a look changes nothing; then it is made, and a second time there is nothing to do
expect_status 0 setup msmtp --dry-run
expect_stdout_has "+account work"
expect_absent .msmtprc
expect_status 0 setup msmtp --yes
expect_stdout ''
expect_stderr_has "+account work"
expect_mode 600 .msmtprc
expect grep -qxF "$hook" .msmtprc
expect_not grep -qF s3cret-x .msmtprc
expect_absent .msmtprc.before-smtpvault
cp .msmtprc once
expect_status 0 setup msmtp work --yes
expect_stderr_has "is set up for work"
expect cmp -s .msmtprc once
expect_status 0 setup --json
expect_json '.[0].tools[] | select(.name == "msmtp") | .profiles == ["work"]'
expect_status 0 setup msmtp --undo --yes --json
expect_json '.[0] | .state == "undone" and .profile == "work" and .tool == "msmtp"'
expect_absent .msmtprc
expect_status 0 setup msmtp --undo --yes
expect_stderr_has "nothing of smtpvault"
expect_absent .msmtprc

# ---- what is there already: no last line feed, DOS line ends, an account of the same name
originals=(
    'account work\nhost old.example.org\npassword geheim\n\n# mine\naccount default : work\nlogfile x'
    'defaults\r\ntls on\r\naccount b\r\nhost h\r\n'
    '\n'
)
for original in "${originals[@]}"; do
    printf %b "$original" >original
    install -m 640 original .msmtprc
    expect_status 0 setup msmtp work --yes
    expect_stderr_has 'as it was: ~/.msmtprc.before-smtpvault'
    expect_mode 640 .msmtprc
    expect_mode 600 .msmtprc.before-smtpvault
    expect cmp -s .msmtprc.before-smtpvault original
    expect [ "$(grep -c '^account default' .msmtprc)" = 1 ]
    expect msmtp -C .msmtprc --pretend -a work -- bob@example.org <<<x >said
    cp .msmtprc once
    expect_status 0 setup msmtp work --yes
    expect cmp -s .msmtprc once
    expect_status 0 setup msmtp --undo --yes
    as_before .msmtprc
    expect_mode 640 .msmtprc
done
printf %b "${originals[0]}" >.msmtprc
expect_status 0 setup msmtp work --yes
expect_stderr_has "password ***"
expect_stderr_has "line 14 of ~/.msmtprc seems to hold a password in clear, and so does ~/.msmtprc.before-smtpvault: remove"
expect grep -qx '# smtpvault: off for work: password geheim' .msmtprc
rm .msmtprc*

# ---- a second login, and the first one stays the default
add_plain 'größe "x" y' other-x
expect_status 64 setup msmtp --yes
expect_stderr_has 'which login? The vault has 2 of them: put one behind the name of the tool (größe "x" y, work)'
expect_absent .msmtprc
expect_status 0 setup msmtp work --yes
expect_status 0 setup msmtp 'größe "x" y' --yes
expect [ "$(grep -c '^account default' .msmtprc)" = 1 ]
expect grep -qx 'account "größe "x" y"' .msmtprc
expect_status 64 setup msmtp --undo --yes
expect_stderr_has '(work, größe "x" y)'
expect_status 0 setup msmtp work --undo --yes
expect_not grep -q "account work" .msmtprc
expect_status 0 setup msmtp --undo --yes
expect_absent .msmtprc
for tool in git-send-email mutt neomutt s-nail; do
    expect_status 0 setup "$tool" 'größe "x" y' --yes
    expect_status 0 setup "$tool" --undo --yes
done
expect [ -z "$(find . -name '*gitconfig*' -o -name '*mutt*' -type f -o -name .mailrc)" ]
# What the tool's syntax cannot say.
add_plain 'a:b' colon-x
expect_status 65 setup msmtp 'a:b' --yes
expect_absent .msmtprc

# ---- git reads what was written, and another key of the user's stays
git config --global sendemail.to bob@example.org
git config --global sendemail.smtpPass geheim
cp .gitconfig original
expect_status 0 setup git work --yes
expect [ "$(git config sendemail.smtpServer)" = mail.example.org ]
expect [ "$(git config sendemail.to)" = bob@example.org ]
expect_not git config sendemail.smtpPass
expect_status 0 setup git 'größe "x" y' --yes
expect [ "$(git config 'sendemail.größe "x" y.smtpServerPort')" = 465 ]
expect_status 0 setup git 'größe "x" y' --undo --yes
expect_status 0 setup git --undo --yes
as_before .gitconfig
expect_status 0 setup git work --yes
git config --global sendemail.cc carol@example.org
expect_status 0 setup git work --yes
expect [ "$(git config sendemail.cc)" = carol@example.org ]
git config --global sendemail.bcc dave@example.org
expect_status 0 setup git --undo --yes
expect [ "$(git config sendemail.cc)" = carol@example.org ]
expect [ "$(git config sendemail.bcc)" = dave@example.org ]
expect_not git config sendemail.smtpServer
rm .gitconfig*

# ---- a link is followed to the user's own file, and stays one
mkdir dotfiles
echo 'set a=b' >original
cp original dotfiles/muttrc
ln -s dotfiles/muttrc .muttrc
expect_status 0 setup mutt work --yes
expect_stderr_has ".muttrc is a link to ~/dotfiles/muttrc"
expect [ -L .muttrc ]
expect grep -q smtp_pass dotfiles/muttrc
expect_status 0 setup mutt --undo --yes
expect [ -L .muttrc ]
as_before dotfiles/muttrc
ln -sf nowhere .muttrc
expect_status 73 setup mutt work --yes
expect_stderr_has "leads nowhere"
expect_absent nowhere
rm .muttrc
mkdir .muttrc
expect_status 73 setup mutt work --yes
rmdir .muttrc

# ---- somebody else's file, and folder
if [[ $(id -u) -eq 0 ]]; then
    cp original .muttrc
    chown 65534 .muttrc
    expect_status 77 setup mutt work --yes
    expect_stderr_has "another user"
    expect cmp -s .muttrc original
    ln -s "$t/dotfiles/muttrc" link
    chown -h 65534 link
    expect_status 77 setup mutt work --yes --file link
    rm .muttrc link
fi
mkfifo pipe
expect_status 73 setup mutt work --yes --file pipe
expect_status 73 setup mutt work --yes --file /proc/smtpvault-none/muttrc
truncate -s 5M huge
expect_status 65 setup mutt work --yes --file huge
printf 'a\0b' >binary
expect_status 65 setup mutt work --yes --file binary
printf '# smtpvault: begin work\nx\n' >half
expect_status 65 setup mutt work --yes --file half
expect_stderr_has "line 1 begins a block"
expect_status 65 setup mutt --undo --yes --file half

# ---- a person says yes, says no, and somebody writes meanwhile
askpass() {
    printf '#!/bin/sh\n%s\n' "$1" >answer
    chmod 700 answer
    SMTPVAULT_NO_INPUT='' SMTPVAULT_ASKPASS=$t/answer SMTPVAULT_ASKPASS_REQUIRE=force \
        expect_status "$2" setup mutt work
}
cp original .muttrc
askpass 'exit 1' 1
expect_stderr_has "nothing was changed"
expect cmp -s .muttrc original
askpass "echo late >>$t/.muttrc; echo yes" 75
expect_stderr_has "was changed meanwhile"
expect [ "$(cat .muttrc)" = $'set a=b\nlate' ]
expect_absent .muttrc.before-smtpvault
rm .muttrc
askpass "echo late >>$t/.muttrc; echo yes" 75
expect [ "$(cat .muttrc)" = late ]
cp original .muttrc
askpass 'echo yes' 0
expect grep -q smtp_pass .muttrc
# What was kept first is not written over.
rm .muttrc
echo 'set c=d' >.muttrc
expect_status 0 setup mutt work --yes
expect cmp -s .muttrc.before-smtpvault original
rm .muttrc*

# ---- the hook is export's, with a vault elsewhere as well
SMTPVAULT_FILE=$vault expect_status 0 setup mutt work --yes
expect grep -qxF "$(sv export work --to mutt | grep smtp_pass)" .muttrc
cp "$vault" else.db
expect_status 0 setup mutt work --yes --vault else.db
expect grep -qF -- "--vault $t/else.db" .muttrc
expect_status 0 setup mutt --undo --yes
expect_absent .muttrc

add_plain shop other-x
# ---- behind AppArmor's fence msmtp gets the secret on a descriptor
if unshare --mount true 2>/dev/null; then
    mkdir -p machine/apparmor
    echo 'msmtp (enforce)' >machine/apparmor/profiles
    fenced() {
        unshare --mount sh -ec '[ -d /sys/kernel/security ] || { mount -t tmpfs none /sys
                mkdir -p /sys/kernel/security; }
            mount --bind machine /sys/kernel/security; exec "$@"' - "$program" "$@" >out 2>err
    }
    expect fenced setup msmtp work --yes
    expect grep -qx 'passwordeval "cat <&3"' .msmtprc
    expect_stderr_has "smtpvault exec work -- msmtp -a work"
    # What Debian's rules say of both: the profile of the package msmtp.
    expect grep -qE '^ +/\{,usr/\}bin/cat +PUx,' /etc/apparmor.d/usr.bin.msmtp
    expect_not grep -q smtpvault /etc/apparmor.d/usr.bin.msmtp
    expect fenced setup msmtp --undo --yes
    echo 'msmtp (complain)' >machine/apparmor/profiles
    expect fenced setup msmtp work --yes
    expect grep -qxF "$hook" .msmtprc
    expect fenced setup msmtp --undo --yes
fi

# ---- a table of TOML stands once
mkdir -p config/himalaya
echo '[accounts.work]' >config/himalaya/config.toml
expect_status 73 setup himalaya work --yes
expect_stderr_has "line 1"

expect_status 0 setup himalaya shop --yes --file fresh/config.toml
expect grep -qxF '[accounts."shop"]' fresh/config.toml
expect_status 0 setup himalaya --undo --yes --file fresh/config.toml
expect_absent fresh/config.toml

# ---- aerc: an account has a source, ours or the one that is there
printf '[shop]\nsource = maildir://~/Mail' >original
cp original accounts.conf
expect_status 0 setup aerc shop --yes --file accounts.conf
expect [ "$(grep -c ^source accounts.conf)" = 1 ]
expect_status 0 setup aerc shop --yes --file accounts.conf
expect_stderr_has "is set up for shop"
expect_status 0 setup aerc shop --undo --yes --file accounts.conf
as_before accounts.conf
rm accounts.conf
expect_status 0 setup aerc shop --yes --file accounts.conf
expect grep -q ^source accounts.conf
expect_status 0 setup aerc --undo --yes --file accounts.conf
expect_absent accounts.conf

# ---- Postfix: parameters that would be there twice
printf 'relayhost = old\n  goes on\nmyhostname = x\n' >main.cf
cp main.cf original
expect_status 0 setup postfix work --yes --file main.cf
expect grep -qx 'relayhost = \[mail.example.org\]:465' main.cf
expect grep -qx '# smtpvault: off for work:   goes on' main.cf
touch master.cf
expect [ "$(postconf -c "$t" -h relayhost smtp_tls_wrappermode myhostname 2>&1 | xargs)" = '[mail.example.org]:465 yes x' ]
expect [ "$(grep -vc '^#' main.cf)" -ge 5 ]
expect_status 0 setup postfix --undo --yes --file main.cf
as_before main.cf

# ---- a name that a shell would read otherwise; git's second login is asked for by its identity
odd="o'dd \$x"
typed="'o'\\''dd \$x'"
add_plain "$odd" s3cret-o
for tool in msmtp himalaya; do
    expect_status 0 setup "$tool" "$odd" --yes
    expect_stderr_has " -a $typed "
    expect_status 0 setup "$tool" "$odd" --undo --yes
done
expect_status 0 setup git-send-email work --yes
expect_stderr_has "send with: git send-email --to="
expect_status 0 setup git-send-email "$odd" --yes
expect_stderr_has "send with: git send-email --identity=$typed --to="
expect [ "$(git config "sendemail.$odd.smtpUser")" = ann ]
expect_status 0 setup git-send-email work --undo --yes
expect_status 0 setup git-send-email "$odd" --undo --yes

# ---- no vault, no home
expect_status 66 setup mutt work --yes --vault nowhere.db
expect_absent .muttrc
finish
