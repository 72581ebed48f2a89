#!/bin/bash
# SPDX-License-Identifier: ISC
# scan: passwords of mail servers in clear, told without showing them.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
t_secrets=(h-secret-1 h-secret-2 h-secret-3 h-secret-4 h-secret-5)
mkdir -p home/.config/app src etc
export HOME=$t/home
echo 'SMTP_PASSWORD=h-secret-1' >home/.config/app/.env
chmod 644 home/.config/app/.env
printf 'ls\nswaks --auth-password h-secret-2 --to x\n' >home/.bash_history
printf 'machine smtp.gmail.com login ann password h-secret-3\n' >home/.netrc
chmod 640 home/.netrc
printf 'smtp_pass=%s\0' h-secret-1 >home/binary
# shellcheck disable=SC2016
printf 'SMTP_PASSWORD=smtpvault://work/password\nMAIL_PASSWORD=${X}\n' >home/reference
ln -s "$t/etc" home/link
printf 'SMTP_PASSWORD=h-secret-4' >etc/app

# ---- the home, where nothing is named
expect_status 1 scan
expect grep -qE '^~?.*/home/.config/app/.env:1 +a setting +SMTP_PASSWORD +everybody \(0644\) +10 characters' out
expect grep -qE '/home/.bash_history:2 +a command line +swaks +its owner \(0600\) +10 characters' out
expect grep -qE '/home/.netrc:1 +netrc.* ann at smtp.gmail.com +its group \(0640\) +10 characters' out
expect_not grep -qE 'binary|reference|/etc/app|/link' out
expect_stderr_has 'smtpvault import FILE'
no_secret_in out

# ---- places by name, links among them; nothing found
expect_status 1 scan home/link home/.netrc
expect grep -q 'home/link/app:1 ' out
expect [ "$(wc -l <out)" = 3 ]
expect_status 0 scan home/reference home/binary src
expect_stdout ''
expect_stderr_has 'looked at 2 files: no mail password in clear'
expect_status 66 scan home nowhere
expect_stderr_has 'nowhere: cannot look at the place'

# ---- manuals are full of examples
mkdir -p src/share/man/man5
echo 'smtp_password: "h-secret-5"' >src/share/man/man5/example.5
expect_status 0 scan src
expect_status 1 scan src/share/man
rm -r src/share

# ---- JSON, with names that are hostile
printf 'smtp_password: "h-secret-5"\n' >"$(printf 'src/a\033]0;x\a\nb\xff')"
expect_status 1 scan --json src
expect_json '.[0] | .schema == 1 and .files == 1 and (.findings | length) == 1'
expect_json '.[0].findings[0] | .line == 1 and .kind == "a setting" and .mode == "0600" and .readers == "its owner" and .secret == "10 characters"'
expect_status 1 scan src
expect_not grep -q "$(printf '\033')" out
rm src/*

# ---- what cannot be read, is too large, or hangs
mkfifo src/fifo
head -c 5000000 /dev/zero | tr '\0' x >src/large
expect_status 0 scan --json src
expect_json '.[0] | .files == 1 and .too_large == 1'
expect_status 0 scan src
expect_stderr_has 'looked at 0 files: no mail password in clear; 1 file beyond 4 MiB was passed over'
expect_status 1 scan src/large home/.netrc
expect_stderr_has 'looked at 1 file:'
expect_stderr_has '; 1 file beyond 4 MiB was passed over'
# What was named, and cannot be looked at, is no all-clear; and told before all the work.
expect_status 65 scan home src/fifo
expect_stderr_has 'src/fifo: it is a pipe, socket or device'
expect_stdout ''
rm src/*
deep=$(printf 'deep/%.0s' {1..130})
mkdir -p "src/$deep"
printf 'SMTP_PASSWORD=h-secret-4\n' >"src/$deep.env"
expect_status 0 scan src
expect_stderr_has 'it lies 128 folders deep; name it to have it looked at'
expect_status 1 scan "src/${deep:0:50}"
ln -s .. src/deep/up
ln -s loop src/deep/loop
expect_status 1 scan "src/$deep"
rm -r src/deep
if [ "$(id -u)" = 0 ]; then
    chmod 711 "$t"
    cp -r home src/home
    chown -R 65534 src/home
    chmod 000 src/home/.netrc src/home/.config
    chown 65534 src
    t_as=(setpriv --reuid 65534 --regid 65534 --clear-groups)
    "${t_as[@]}" env HOME=/nonexistent "$program" scan "$t/src" >out 2>err
    expect [ $? = 1 ]
    expect_stderr_has 'cannot read '
    expect grep -q bash_history out
    for place in .config .netrc; do
        "${t_as[@]}" env HOME=/nonexistent "$program" scan "$t/src/home/$place" >out 2>err
        expect [ $? = 74 ]
        expect_stderr_has "/$place: cannot look at the place: Permission denied"
    done
    rm -rf src/home
    chown 0 src
fi

# ---- the history of a repository: what was taken out is still there
cd src || exit 1
git init -q .
commit() { git -c user.email=a@b -c user.name=a commit -qm "$1"; }
printf 'x\nsmtp_password = h-secret-4\n' >"b c.txt"
git add .
commit one
git rm -q "b c.txt"
commit two
# Nothing that the repository names is run.
git config core.fsmonitor "touch $t/ran; true"
git config diff.external "touch $t/ran; true"
git config core.pager "touch $t/ran; cat"
git config filter.x.smudge "touch $t/ran; cat"
git config gpg.program "$t/ran.sh"
git config log.showSignature true
cd ..
expect_status 0 scan src
expect_status 1 scan --git src
expect grep -qE "^b c.txt +a setting +smtp_password +commit $(git -C src rev-list --all | tail -1 | cut -c1-12) +10 characters" out
expect_not test -e ran
echo ref: refs/x >src/.git/HEAD
rm -rf src/.git/refs src/.git/objects
expect_status 0 scan --git src
expect_stderr_has 'git cannot tell the history of src/.git'
finish
