#!/bin/bash
# SPDX-License-Identifier: ISC
# make install puts everything under DESTDIR and PREFIX, and make uninstall leaves
# nothing of it, nor an empty folder.
source=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

# The sources that are tracked, and the objects that were made of them: then only what knows
# the version and the places is compiled again.
if git -C "$source" ls-files -z >files 2>/dev/null; then
    tar -c -C "$source" --null -T files -f - 2>/dev/null | tar -x -C "$t" -f -
    build=${BUILD:-$source/.build/none}
    mkdir "$t/.build"
    [[ $build != "$source"/.build/* || ! -d $build ]] || cp -a "$build" "$t/.build/"
else
    cp -a "$source/." "$t/"
fi
mkdir "$t/dest"
make -s -j2 install DESTDIR="$t/dest" PREFIX=/opt/mail >make.log 2>&1 || die "$(tail -n 5 make.log)"
for file in bin/smtpvault libexec/smtpvault/smtpvault libexec/smtpvault/smtpvault-net libexec/smtpvault/smtpvault-nss \
    share/man/man1/smtpvault.1 share/man/man1/git-credential-smtpvault.1 share/man/man5/smtpvault-store.5 \
    libexec/smtpvault/rotators.d/dovecot-passwd-file libexec/smtpvault/rotators.d/template \
    share/man/man5/smtpvault-export.5 share/man/man7/smtpvault-agent.7 share/man/man7/smtpvault-rotators.7 include/smtpvault.h \
    share/bash-completion/completions/smtpvault share/zsh/site-functions/_smtpvault \
    share/fish/vendor_completions.d/smtpvault.fish \
    lib/systemd/system/smtpvault.service lib/systemd/system/smtpvault.socket \
    lib/systemd/user/smtpvault-agent.service lib/sysusers.d/smtpvault.conf \
    share/doc/smtpvault/examples/mailer.service; do
    expect test -s "$t/dest/opt/mail/$file"
done
expect grep -q '^ExecStart=/opt/mail/bin/smtpvault ' \
    "$t/dest/opt/mail/lib/systemd/system/smtpvault.service"
expect test -x "$t/dest/opt/mail/libexec/smtpvault/rotators.d/template"
expect_not grep -rq @BINDIR@ "$t/dest"
expect test "$("$t/dest/opt/mail/bin/git-credential-smtpvault" capability)" = "version 0"
expect test "$("$t/dest/opt/mail/bin/smtpvault" --version)" = "$(sv --version)"
expect grep -qa /opt/mail/libexec/smtpvault "$t/dest/opt/mail/bin/smtpvault"

# Somebody else's file stays, and its folder.
touch "$t/dest/opt/mail/bin/other"
make -s uninstall DESTDIR="$t/dest" PREFIX=/opt/mail >make.log 2>&1 || die "$(cat make.log)"
expect test "$(cd "$t/dest" && find . -type f)" = ./opt/mail/bin/other
rm "$t/dest/opt/mail/bin/other"
make -s uninstall DESTDIR="$t/dest" PREFIX=/opt/mail >make.log 2>&1 || die "$(cat make.log)"
expect test -z "$(find "$t/dest" -mindepth 1)"
# A build that lacks a defence says so, and is not installed.
folder=$(readlink .build/last)
poor=.build/without/$folder/WIPE
make -s WITHOUT=WIPE "$poor/smtpvault" >make.log 2>&1 || die "$(tail -n 5 make.log)"
expect grep -q 'without WIPE' <("$poor/smtpvault" --version 2>/dev/null)
expect grep -q 'for tests only: it has no defence WIPE' <("$poor/smtpvault" --quiet list 2>&1)
expect_not make -s -o all install B="$poor" DESTDIR="$t/dest" PREFIX=/opt/mail >make.log 2>&1
expect grep -q 'lacks a defence: it is not installed' make.log
expect test -z "$(find "$t/dest" -mindepth 1)"
finish
