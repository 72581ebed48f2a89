#!/bin/bash
# SPDX-License-Identifier: ISC
# Before a rotation: whom it would concern (rotate --plan). After it: who is behind (--status), and
# the commands that the policy has run then.
here=$(cd "${0%/*}" && pwd)
# shellcheck source=tests/cli/lib.sh
. "$here/lib.sh"
t_vault
add_plain work s3cret-one --note 'of the office'
add_plain shop other-one
printf abcdefghijklmnop | sv --quiet add elsewhere --provider gmail --username ann@gmail.com \
    --password-from stdin || die "add elsewhere"
t_secrets+=(s3cret-two s3cret-three)
printf s3cret-two >two
printf s3cret-three >three
mkdir bin
for name in mailer reports; do
    cat >"bin/$name" <<'SH'
#!/bin/sh
"$SV" get "$@" >/dev/null
SH
    chmod +x "bin/$name"
done
export SV=$program
plan() { # FILTER
    expect_status 0 rotate --plan work --json
    expect_json ".[0] | $1"
}
status() { # FILTER
    expect_status 0 rotate --status work --json
    expect_json ".[0] | $1"
}

# ---- words
expect_status 64 rotate --plan
expect_status 64 rotate --plan work --status
expect_stderr_has "exclude each other"
expect_status 66 rotate --plan nobody
expect_status 64 rotate work --generate --since 3d
expect_stderr_has "--since is for --plan, --status, --report and --emergency"

# ---- nobody uses it yet
plan '.uses_known and (.uses | length == 0) and (.copies | length == 0) and .tokens_known and (.tokens | length == 0) and (.grants | length == 0)'
expect_status 0 rotate --plan work
expect_stdout_has "by nobody"
expect_stdout_has "Files that hold it: none is known"
expect_stdout_has "Tokens that open it: none"
expect_stdout_has "there are no grants"
expect_stdout_has "nothing was done"
expect_status 0 rotate --status
expect_stderr_has "no rotation is under way"

# ---- two programs, a copy, a token, a grant
"$t/bin/mailer" work || die "mailer"
"$t/bin/mailer" work || die "mailer"
"$t/bin/reports" work || die "reports"
"$t/bin/mailer" shop || die "mailer"
expect_status 0 export work --to netrc --inline -o netrc
sv token add --name ci --profile work >badge 2>err || die "token add"
sv token add --name other --profile shop >badge2 2>err || die "token add"
expect_status 0 grant add work --exe "$program" --user "$(id -un)"
plan '[.uses[] | select(.program | endswith("/bin/mailer")) | .uses, .user, (.machine | length > 0), (.last | length > 0)] == [2, "'"$(id -un)"'", true, true]'
plan '[.uses[] | select(.program | endswith("/bin/reports")) | .uses] == [1]'
plan '(.copies | length == 1) and (.copies[0].path | endswith("/netrc")) and .copies[0].here and .tokens == ["ci"]'
plan '(.grants | length == 1) and (.grants[0] | test("--exe"))'
expect_status 0 rotate --plan work
expect_stdout_has "bin/mailer"
expect_stdout_has "  ci"
expect_stdout_has "grant 1: --exe"
expect_stdout_has "1 file on this machine is written anew"
expect_not grep -q 'other$' out
expect_status 0 grant remove work 1

# ---- what would happen, by the way that is taken; and nothing of it does
expect_status 0 rotate --plan work
expect_stdout_has "a login with it at mail.example.org:465 has to work; else"
expect_status 0 rotate --plan elsewhere
expect_stdout_has "at smtp.gmail.com:465 has to work, and at port 587 where it can be tried; else"
expect_status 0 policy set work --after "touch $t/reloaded" --overlap 24h --reject-threshold 3 --on-reject rollback
expect_status 0 rotate --plan work
expect_stdout_has "it is changed where the accounts of its server are kept"
expect_stdout_has "this is run: touch $t/reloaded"
expect_stdout_has "rejected 3 times within 24 hours, there is an alarm, and the old one comes back"
expect_status 0 rotate --plan work --generate --no-verify --json
expect_json '.[0] | .way == "generated" and (.steps | any(test("nothing will be proved")))'
expect_status 0 rotate --plan work --password-from file:two --json
expect_json '.[0].way == "given"'
status '.stage == "none"'
expect_absent reloaded

# ---- after it: who is behind
expect_status 0 rotate work --no-verify --password-from file:two
expect test -e reloaded
status '.stage == "finished" and .behind_known and (.behind | length == 2)'
status '.after == [{"what": "ended with 0: touch '"$t"'/reloaded", "ok": true, "when": .after[0].when}]'
status '[.copies[].old] == [false]'
expect_status 0 audit --op rotate --json
expect_json 'any(.note == "after it, ended with 0: touch '"$t"'/reloaded" and .result == "ok" and .profile == "work")'
"$t/bin/mailer" work || die "mailer"
status '[.behind[].program | endswith("/bin/reports")] == [true]'
expect_status 0 rotate --status work
expect_stdout_has "bin/reports of user $(id -un)"
expect_stdout_has "after it    ended with 0: touch $t/reloaded"
# Who asks for the previous one is behind again, and fetching the new one ends that.
sleep 1.1
"$t/bin/mailer" work --version previous || die "mailer"
status '.behind | length == 2'
sleep 1.1
"$t/bin/mailer" work || die "mailer"
"$t/bin/reports" work || die "reports"
status '.behind | length == 0'
expect_status 0 rotate --status work
expect_stdout_has "nobody, as far as this machine's log tells"
# What a program did before the last change but one is not told of.
status '.copies | length == 1'
echo changed >>netrc
expect_status 1 rotate work --no-verify --password-from file:three
status '[.copies[].old] == [true]'
expect_status 0 rotate --status work
expect_stdout_has "old copy    "

# ---- commands after it that fail, hang about in words, or want a shell
cat >fine <<'END'
#!/bin/sh
echo '{"schema":1,"result":"ok"}'
END
chmod 755 fine
# shellcheck disable=SC2016 # for the sh of that line
expect_status 0 policy set work --after "sh -c \"echo told; echo \\\$0 >'$t/said'; exit 3\"" --after "touch '$t/a file'" --after '/nowhere/reload now'
rm netrc
expect_status 0 export --forget work netrc
sleep 1.1
expect_status 1 rotate work --no-verify --password-from file:two
expect_stderr_has "ended with 3: run it by hand"
expect_stderr_has "\"/nowhere/reload now\" cannot be run (No such file or directory)"
expect_stdout ''
expect_stderr_has "told"
expect test -e 'a file'
expect test "$(cat said)" = sh
status '.stage == "finished" and (.fault | test("run it by hand")) and ([.after[] | .ok] | sort == [false, false, true])'
expect_status 0 get work
expect_stdout 's3cret-two\n'
# Several at once tell it as well, and so does who wants no warnings.
expect_status 1 --quiet rotate work --no-verify --password-from file:three
expect_stderr_has "work: after the change"
add_plain twin s3cret-twin
expect_status 0 policy set work --overlap 0h
expect_status 1 rotate --yes work twin --no-verify --hook "$t/fine" --json
expect_json '.[0] | .rotated == 2'
expect_json '.[0].profiles[] | select(.profile == "work").why | test("run it by hand")'
expect_json '.[0].profiles[] | select(.profile == "twin").why == null'
sv -q remove twin --yes || die "remove"
sv -q rotate work --no-verify --password-from file:three || [ $? = 1 ] || die "rotate"
sv -q rotate work --no-verify --password-from file:two || [ $? = 1 ] || die "rotate"
# Taking back runs them as well.
rm 'a file'
expect_status 1 rotate --rollback work --no-verify
expect test -e 'a file'
status '.stage == "rolled-back" and (.fault | test("run it by hand"))'
expect_status 0 get work
expect_stdout 's3cret-three\n'

# ---- what one finds: no folder of ours, no descriptor, no terminal; and what it may say of itself
cat >finds <<END
#!/bin/sh
{ pwd; ls /proc/self/fd; (: >/dev/tty) 2>/dev/null && echo tty; } >"$t/found"
printf '\\033]0;title\\007 \\302\\233 red\\r\\377 \\342\\200\\256over\\n' >&2
END
chmod 755 finds
expect_status 64 policy set work --after ./finds
expect_stderr_has "its whole path"
expect_status 64 policy set work --after bin/finds
expect_status 0 policy set work --after "$t/finds"
exec 9<three
expect_status 0 rotate work --no-verify --password-from file:two
exec 9<&-
expect [ "$(tr '\n' ' ' <found)" = "/ 0 1 2 3 " ]
expect_stderr_has "$t/finds: \\x1b]0;title\\x07 \\xc2\\x9b red\\x0d\\xff \\xe2\\x80\\xaeover"
expect_status 0 rotate --rollback work --no-verify
expect_status 0 get work
expect_stdout 's3cret-three\n'

# ---- a vault that comes from others: nobody on this machine agreed to its commands
expect_status 0 policy set work --after "touch $t/unagreed"
rm state/smtpvault/*/agreed
expect_status 1 rotate work --no-verify --password-from file:two
expect_stderr_has 'touch '"$t/unagreed"'" was not run, nobody here agreed to it'
expect_absent unagreed
status '.stage == "finished" and (.fault | test("nobody here agreed"))'
expect_status 1 rotate --rollback work --no-verify
expect_absent unagreed
expect_status 0 get work
expect_stdout 's3cret-three\n'

# ---- a session that may not read the log
expect_status 77 --token-from file:badge rotate --plan work
expect_status 0 rotate --status work --since 1d

# ---- by an agent
expect_status 0 policy set work --after "touch $t/again"
expect_status 0 unlock
key=$SMTPVAULT_KEYFILE
unset SMTPVAULT_KEYFILE
trap 'SMTPVAULT_KEYFILE=$key sv -q lock; rm -rf "$t"' EXIT
expect_status 0 rotate --plan work --json
expect_json '.[0] | .uses_known and (.tokens_known | not)'
expect_status 0 rotate work --no-verify --password-from file:two
expect test -e again
status '.stage == "finished" and (.after | any(.ok and (.what | endswith("/again"))))'
expect_status 75 rotate shop --generate
expect_status 0 rotate --status --json
expect_json '.[0].rotations | length == 1 and .[0].profile == "shop" and .[0].stage == "pending"'
expect_status 0 lock
export SMTPVAULT_KEYFILE=$key
finish
