#!/bin/bash
# SPDX-License-Identifier: ISC
# Rotators without a mail server: how they are named and told, and what the shipped ones do to
# their files. With servers: tests/integration/50-rotators.sh.
here=$(cd "${0%/*}" && pwd)
# shellcheck source=tests/cli/lib.sh
. "$here/lib.sh"
t_vault
add_plain work s3cret-one
add_plain admin s3cret-of-admin
t_secrets+=(s3cret-one s3cret-of-admin)
shipped=$here/../../scripts/rotators.d

record() { # FILTER: jq's judgement of work's record
    expect_status 0 rotate --status work --json
    expect_json ".[0] | $1"
}

# ---- words
expect_status 64 rotate work --hook template --generate
expect_stderr_has "--hook, --generate and --password-from exclude each other"
expect_status 64 rotate work --set a=b
expect_stderr_has "give --hook PROGRAM"
expect_status 64 rotate work --hook template --set ab
expect_stderr_has "KEY=VALUE"
expect_status 64 rotate work --hook 'template --limit never'
expect_stderr_has "from 1s to 60m"
expect_status 64 rotate work --hook 'template --with'
expect_status 64 rotate work --hook "template file='/x"
expect_status 64 rotate work --hook '-x'
expect_status 64 rotate work --hook template --set "long=$(printf '%300s' '' | tr ' ' x)"
expect_stderr_has "at most 255 bytes"
expect_status 64 policy set work --hook 'template ab'
expect_status 66 rotate work --no-verify --hook nowhere
expect_stderr_has "there is no rotator \"nowhere\" in $t/config/smtpvault/rotators.d, /etc/smtpvault"
record '.stage == "none"'
expect [ "$(sv completion bash | grep -o 'amazon-ses [a-z -]*template' | head -1)" = \
    "$(cd "$shipped" && echo amazon-ses dovecot-passwd-file sql-sqlite ssh-command template)" ]
expect [ "$(cd "$shipped" && echo *)" = "amazon-ses dovecot-passwd-file sql-sqlite ssh-command template" ]

# ---- one that does nothing
expect_status 1 rotate work --no-verify --hook template
expect_stderr_has "template set: unsupported: the template changes nothing"
record '.stage == "pending" and .method == "hook" and .hook == "template"'
expect_status 0 rotate --rollback work --no-verify --force
record '.stage == "abandoned"'

# ---- what one is told, from the command line, and again when it is resumed
mkdir hooks
chmod 755 hooks
cat >hooks/notes <<END
#!/bin/sh
cat >"$t/asked.\$1"
cat <&3 >"$t/new.\$1"
cat <&5 >"$t/old.\$1"
cat <&6 >"$t/own.\$1"
tr '\\0' ' ' </proc/\$\$/cmdline >"$t/args.\$1"
[ ! -e "$t/later" ] || { echo '{"schema":1,"result":"retry","message":"not today"}'; exit; }
echo '{"schema":1,"result":"ok"}'
END
chmod 755 hooks/notes
touch later
expect_status 75 rotate work --no-verify --hook 'hooks/notes a=1 b="2 3"' --set a=4 --with admin
expect_stderr_has "notes create: retry: not today"
record ".stage == \"planned\" and .hook == \"$t/hooks/notes a=4 b=2\\\\ 3 --with admin\" and
    (.fault | test(\"not today\"))"
rm later
cd /
expect_status 0 rotate --resume work --no-verify
cd "$t" || exit 1
for step in create set finish; do
    expect [ "$(jq -c '[.step, .settings, .own.profile, .username]' "asked.$step")" = \
        "[\"$step\",{\"a\":\"4\",\"b\":\"2 3\"},\"admin\",$(jq .old_username asked.set)]" ]
    expect grep -qx s3cret-of-admin "own.$step"
    expect grep -qx s3cret-one "old.$step"
    expect_not grep -qF s3cret "args.$step"
done
expect cmp -s new.set new.finish
expect [ ! -s new.create ]
expect [ "$(sv get work)" = "$(cat new.set)" ]
expect_absent asked.test # no login is tried
expect_status 0 audit --op rotate --json
expect_json 'any(.note == "notes set: ok" and .profile == "work" and .result == "ok") and
    any(.note == "notes set" and .profile == "admin") and any(.note == "notes create: retry" and .result == "failed")'
no_secret_in out
expect_status 66 rotate work --no-verify --hook ./hooks/notes --with nobody
expect_status 0 rotate --rollback work --no-verify --force

# ---- one that is there no more: whatever it left behind can be ended, and how is said
rotator() { # rotator STEP RESULT: of our own, which says so at that step, and else ok
    cat >hooks/gone <<END
#!/bin/sh
result=ok
[ "\$1" != $1 ] || result=$2
echo "{\"schema\":1,\"result\":\"\$result\"}"
END
    chmod 755 hooks/gone
}
rotator set refused
expect_status 1 rotate work --no-verify --hook hooks/gone
record '.stage == "pending" and (.next | startswith("smtpvault rotate --resume work: the rotator sets"))'
rm hooks/gone
for words in "--resume work" "--rollback work" --resume; do
    # shellcheck disable=SC2086 # words on purpose
    expect_status 66 rotate $words --no-verify
    expect_stderr_has "the rotator $t/hooks/gone: No such file"
    expect_stderr_has 'or --hook names another'
    expect_stderr_has '"smtpvault rotate --rollback --force work" gives it up without it'
done
rotator create retry
expect_status 75 rotate admin --no-verify --hook hooks/gone
rm hooks/gone
expect_status 1 rotate --resume --no-verify
expect_stderr_has "left out: the rotator"
expect_status 1 rotate --resume --no-verify --json
expect_json '.[0] | .left == 2 and (.profiles | all(.result == "left" and
    (.why | test("No such file")) and (.next | startswith("smtpvault rotate --resume "))))'
expect_status 0 rotate --rollback --force work
expect_status 0 rotate --rollback --force admin
rotator finish refused
expect_status 1 rotate work --no-verify --hook hooks/gone
record '.stage == "promoted"'
rm hooks/gone
expect_status 66 rotate --resume work --no-verify
expect_stderr_has 'work" goes back to the old secret without it'
expect_status 0 rotate --resume work --no-verify --hook template
record '.stage == "finished"'
expect_status 0 rotate --rollback --force --no-verify work
expect_status 0 policy set work --hook absent-one
expect_status 66 rotate work --no-verify
expect_stderr_has 'there is no rotator "absent-one"'
expect_stderr_has 'the policy names it ("smtpvault policy show work")'
expect_status 0 policy remove work

# ---- the secret is changed by other means while a rotator is at work
cat >hooks/slow <<END
#!/bin/sh
[ "\$1" != set ] || { echo >"$t/setting"; while [ ! -e "$t/edited" ]; do sleep 0.05; done; }
echo '{"schema":1,"result":"ok"}'
END
chmod 755 hooks/slow
sv rotate work --no-verify --hook hooks/slow >slow.out 2>slow.err &
slow=$!
while [ ! -e setting ]; do sleep 0.05; done
sleep 1.1 # times are whole seconds
printf s3cret-edited | expect_status 0 edit work --password-from -
t_secrets+=(s3cret-edited)
echo >edited
wait "$slow"
expect [ $? -eq 75 ]
expect grep -qF 'was changed by other means since: "smtpvault history" shows when; "smtpvault rotate --rollback work" gives it up' slow.err
expect_not grep -qF -- --resume slow.err
expect_status 0 rotate --rollback work --no-verify
expect [ "$(sv get work)" = s3cret-edited ]

# ---- dovecot-passwd-file and sql-sqlite, by themselves
ask() { # ask ROTATOR USER SECRET SETTINGS: its result goes to answer
    jq -cn --arg user "$2" --argjson settings "$4" '{username: $user, settings: $settings}' >ask
    printf '%s\n' "$3" >secret
    "$shipped/$1" set <ask 3<secret >answer
}
result() {
    [ "$(jq -r .result answer)" = "$1" ] || die "$(cat answer)"
}
matches() { # matches HASH SECRET, by crypt(3)
    /usr/bin/python3 -W ignore - "$1" "$2" <<'END'
import crypt, sys
value = sys.argv[1].removeprefix("{SHA512-CRYPT}")
sys.exit(value == sys.argv[1] or crypt.crypt(sys.argv[2], value) != value)
END
}
field() {
    awk -F: -v user="$1" '$1 == user { print $2 }' users
}
printf 'a@x:{PLAIN}a:1:2\n#a@x:old\nb@x:{PLAIN}b' >users
chmod 640 users
ln -s users link
file="{\"file\":\"$t/link\"}"
ask dovecot-passwd-file a@x 'a "new" one' "$file"
result ok
expect matches "$(field a@x)" 'a "new" one'
expect [ "$(field b@x)" = '{PLAIN}b' ]
expect [ "$(tail -c 2 users)" = :b -o "$(tail -c 1 users)" = b ]
expect [ -L link ]
expect_mode 640 users
for user in nobody '' '#a@x' 'a@x:{PLAIN}a'; do
    cp users before
    ask dovecot-passwd-file "$user" new "$file"
    result refused
    expect cmp -s users before
done
ask dovecot-passwd-file a@x new "{\"file\":\"$t/none\"}"
result refused
ask dovecot-passwd-file a@x new '{"file":"users"}'
result refused
ask dovecot-passwd-file a@x new "{\"file\":\"$t/users\",\"scheme\":\"NONE\"}" 2>/dev/null
result refused
# Many at once: no change is lost, and each has a second of its own.
printf 'b@x:{PLAIN}b\nu1@x:-\nu2@x:-\nu3@x:-\nu4@x:-\n' >users
for n in 1 2 3 4; do
    jq -cn --arg user "u$n@x" --arg file "$t/users" '{username: $user, settings: {file: $file}}' >"ask.$n"
    echo "secret $n" >"secret.$n"
    "$shipped/dovecot-passwd-file" set <"ask.$n" 3<"secret.$n" >"answer.$n" &
done
wait
for n in 1 2 3 4; do
    expect grep -q '"ok"' "answer.$n"
    expect matches "$(field "u$n@x")" "secret $n"
done
expect [ "$(find . -name '.*.smtpvault' | wc -l)" = 0 ]
# The old one goes on in a second file, in another folder, until finish.
mkdir former
step() { # step STEP [MEMBERS]: of u1@x, from "secret 1" to "secret one"
    jq -cn --arg file "$t/users" --arg former "$t/former/users" '{username: "u1@x",
        old_username: "u1@x", settings: {file: $file, "previous-file": $former, linger: "0"}}'" ${2-}" >ask
    echo 'secret one' >new
    echo 'secret 1' >old
    "$shipped/dovecot-passwd-file" "$1" <ask 3<new 5<old >answer
    result ok
}
former() {
    (cd former && field "$1")
}
chmod 640 users
step set
expect_mode 640 former/users
expect matches "$(field u1@x)" 'secret one'
expect matches "$(former u1@x)" 'secret 1'
printf '# of others\nu2@x:{PLAIN}two:1:2\nu1@x:twice' >>former/users
step set
expect [ "$(grep -c '^u1@x:' former/users)" = 1 ]
expect matches "$(former u1@x)" 'secret 1'
step finish
expect matches "$(field u1@x)" 'secret one'
expect [ "$(cat former/users)" = '# of others
u2@x:{PLAIN}two:1:2' ]
expect_mode 640 former/users
step set '+ {emergency: true}'
expect matches "$(field u1@x)" 'secret one'
expect [ -z "$(former u1@x)" ]
step set '+ {old_username: "another@x"}'
expect [ -z "$(former u1@x)" ]
expect [ "$(find . -name '.*.smtpvault' | wc -l)" = 0 ]
# Two that have the folders the other way round do not wait for each other.
cp users former/two
for n in 1 2; do
    files="{\"file\":\"$t/users\",\"previous-file\":\"$t/former/users\"}"
    [ "$n" = 1 ] || files="{\"file\":\"$t/former/two\",\"previous-file\":\"$t/two\"}"
    echo "{\"username\":\"u$n@x\",\"old_username\":\"u$n@x\",\"settings\":$files}" >"ask.$n"
    for turn in 1 2 3; do
        "$shipped/dovecot-passwd-file" set <"ask.$n" 3<new 5<old >"answer.$n$turn"
    done &
done
wait
expect [ "$(grep -l '"ok"' answer.1? answer.2? | wc -l)" = 6 ]
# Without Dovecot on this machine.
mkdir path
ln -s /usr/bin/openssl path/
jq -cn --arg file "$t/users" '{username: "b@x", settings: {file: $file}}' >ask
echo 'by openssl' >secret
PATH=$t/path "$shipped/dovecot-passwd-file" set <ask 3<secret >answer
result ok
expect matches "$(field b@x)" 'by openssl'
rm path/openssl
PATH=$t/path "$shipped/dovecot-passwd-file" set <ask 3<secret >answer
result refused

/usr/bin/python3 - <<'END'
import sqlite3
with sqlite3.connect("mail.db") as db:
    db.execute("CREATE TABLE box (local TEXT, domain TEXT, hash TEXT)")
    db.executemany("INSERT INTO box VALUES (?, ?, '-')", [("a", "x"), ("a", "y"), ("b'--", "x"), ("c", "x"), ("c", "x")])
END
hash_of() {
    sqlite3 mail.db "SELECT hash FROM box WHERE local = '$1' AND domain = '$2'"
}
base="{\"file\":\"$t/mail.db\",\"table\":\"box\",\"user-column\":\"local\",\"domain-column\":\"domain\",\"password-column\":\"hash\"}"
ask sql-sqlite a@x 'new one' "$base"
result ok
expect matches "$(hash_of a x)" 'new one'
expect [ "$(hash_of a y)" = - ]
ask sql-sqlite "b'--@x" 'new one' "$base"
result ok
expect matches "$(hash_of "b''--" x)" 'new one'
for user in nobody@x c@x a; do # none, two, no domain
    ask sql-sqlite "$user" new "$base"
    result refused
done
expect [ "$(hash_of c x | sort -u)" = - ]
ask sql-sqlite a@x new "${base/box/box\\\"}"
result refused
ask sql-sqlite a@x new "{\"file\":\"$t/none.db\"}"
result refused
expect_absent none.db

finish
