#!/bin/bash
# SPDX-License-Identifier: ISC
# Debian's AppArmor profile of msmtp, as AppArmor's own parser reads it: what setup writes behind
# that fence is allowed there, and what it avoids is not.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
PATH=$PATH:/usr/sbin:/sbin
t_vault
add_plain work s3cret-x --from ann@example.org

# A copy: Debian switches the profile off by a link in disable/, which the parser heeds.
cp /etc/apparmor.d/usr.bin.msmtp profile
expect apparmor_parser --skip-kernel-load --skip-cache profile 2>parsed
apparmor_parser --skip-kernel-load --skip-cache --debug profile >entries 2>&1 || die "no entries"

# may PROFILE PROGRAM: whether that (child) profile lets the program be started, by the entries of
# the parser: "Mode: x:x  Name: (/{,usr/}bin/cat)".
may() {
    python3 - "$@" <<'END'
import re, sys

def pattern(glob):
    out, at, depth = "", 0, 0
    while at < len(glob):
        c = glob[at]
        if glob.startswith("**", at):
            out += ".*"
            at += 1
        elif c == "*":
            out += "[^/]*"
        elif c == "?":
            out += "[^/]"
        elif c == "[":
            end = glob.index("]", at)
            out += glob[at:end + 1]
            at = end
        elif c in "{}":
            depth += 1 if c == "{" else -1
            out += "(?:" if c == "{" else ")"
        elif c == "," and depth > 0:
            out += "|"
        else:
            out += re.escape(c)
        at += 1
    return out

inside, seen, lets = False, 0, False
for line in open("entries"):
    if m := re.match(r"Name:\s+(\S+)$", line):
        inside = m[1] == sys.argv[1]
    m = re.match(r"Mode:\s+(\S*?):(\S*)\s+Name:\s+\((.*)\)$", line)
    if inside and m:
        seen += 1
        # The second mode is that of files which are not the user's own.
        lets |= "x" in m[2] and re.fullmatch(pattern(m[3]), sys.argv[2]) is not None
sys.exit(2 if seen < 10 else not lets)
END
}
allowed() {
    expect may "$@"
}
forbidden() {
    local got=0
    may "$@" || got=$?
    expect [ $got = 1 ]
}
# msmtp starts a shell, which lands behind the fence; from there cat is let out.
allowed msmtp /bin/dash
allowed helpers /bin/cat
allowed helpers /usr/bin/cat
forbidden helpers /usr/bin/smtpvault
forbidden helpers /usr/local/bin/smtpvault
forbidden helpers /usr/bin/env
forbidden helpers /bin/dash

# The descriptor that cat reads has no path, so that no rule of files is about it.
expect_status 0 exec work -- readlink /proc/self/fd/3
expect grep -q '^pipe:' out

# What is written there, and sent with: msmtp is given the secret by this very block.
if unshare --mount true 2>/dev/null; then
    mkdir -p machine/apparmor
    echo 'msmtp (enforce)' >machine/apparmor/profiles
    # fenced PROGRAM...: where this profile is said to be in force.
    fenced() {
        unshare --mount sh -ec '[ -d /sys/kernel/security ] || { mount -t tmpfs none /sys
                mkdir -p /sys/kernel/security; }
            mount --bind machine /sys/kernel/security; exec "$@"' - "$@" >out 2>err
    }
    expect fenced "$program" setup msmtp work --yes
    expect grep -qx 'passwordeval "cat <&3"' .msmtprc
    expect_stderr_has "smtpvault exec work -- msmtp -a work"
    # A shell that finds nothing but cat, as behind the fence.
    mkdir bin
    ln -s /bin/cat bin/cat
    command=$(sed -n 's/^passwordeval "\(.*\)"/\1/p' .msmtprc)
    expect_status 0 exec work -- env PATH="$t/bin" /bin/sh -c "$command"
    expect_stdout 's3cret-x\n'
fi
finish
