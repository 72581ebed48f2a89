#!/bin/bash
# SPDX-License-Identifier: ISC
# grant: a login is given to the programs that it was granted to. The program that asks is a
# copy of timeout(1), which starts smtpvault and stays; its folder is nobody else's.
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=tests/cli/terminal.sh
. "$here/terminal.sh"
t_vault
add_plain work s3cret-work
add_plain "our shop" s3cret-shop
mkdir bin other
cp /usr/bin/timeout bin/tool
cp /usr/bin/timeout other/tool
ln -s tool bin/link
me=$(id -un)

# by PROGRAM STATUS WORD...: that program runs smtpvault.
by() {
    local tool=$1 want=$2 got=0
    shift 2
    # shellcheck disable=SC2086 # words on purpose
    "$tool" 60 $wrap "$program" "$@" >"$t/out" 2>"$t/err" </dev/null || got=$?
    ((checks++))
    [[ $got -eq $want ]] || die "$tool: smtpvault $*: status $got, not $want"
    no_secret_in "$t/err"
    [[ $want -eq 0 || ! -s $t/out ]] || die "an error, and something on stdout"
}

# ---- words that make no sense, before anything is opened
for words in "" "frob" "add" "add work" "add work extra --user root" "list a b" "remove work" \
    "remove work 0" "remove work x" "remove work 1 --all" "learn work --for never" \
    "learn work --for 1d --show" "list --user root" "add work --all" "add work --hours 08-18" \
    "add work --user root --hours 8" "add work --user no-such-user" "add work --user root --pin" \
    "add work --unit a/b" "add work --user root --until soon" "add work --user root --max 20" "learn work --confirm"; do
    # shellcheck disable=SC2086 # words on purpose
    expect_status 64 --keyfile nowhere grant $words
done
expect_status 66 grant add work --exe "$t/bin/none"
expect_status 66 grant add nobody --user root
printf '#!/bin/sh\nexit 0\n' >bin/script
chmod 755 bin/script
expect_status 64 grant add work --exe bin/script
expect_stderr_has "script, and the program that runs then is /bin/sh"
expect_status 0 grant list
expect_stderr_has "there are no grants"

# ---- to one program
by bin/tool 0 get work
expect_status 66 grant add work --exe no-such-program
expect_stderr_has "there is no program no-such-program in this folder: give its path"
expect_status 0 grant add work --exe bin/link
expect_stderr_has "work: grant 1, --exe $t/bin/tool"
expect_stderr_has "given to nobody else"
by bin/tool 0 get work
expect_stdout 's3cret-work\n'
by other/tool 77 get work
expect_stderr_has "no grant names the program $t/other/tool"
expect_stderr_has "smtpvault grant add work --exe $t/other/tool --user $me"
expect_status 77 get work
by other/tool 0 get "our shop"
# Whatever takes a secret out is one door.
for words in "show work --reveal" "exec work -- true" "export work --to json --inline" \
    "get --json work" "get work password"; do
    # shellcheck disable=SC2086 # words on purpose
    by other/tool 77 $words
done
by other/tool 0 show work
expect_stdout_has "Granted to  --exe $t/bin/tool"
by other/tool 0 get work username
# What the message says is what is to be typed.
by other/tool 77 get work
command=$(grep -o 'smtpvault grant add [^"]*' err)
read -ra words <<<"${command#smtpvault }"
expect_status 0 "${words[@]}"
by other/tool 0 get work
expect_status 73 grant add work --exe other/tool --user "$me"
expect_stderr_has "grant 2 says the same"
expect_status 0 grant list work --json
expect_json ".[0].grants | length == 2 and .[0].exe == \"$t/bin/tool\" and .[0].uid == null and
    .[1].options == \"--exe $t/other/tool --user $me\" and .[1].number == 2"
expect_status 0 grant list
expect_stdout_has "--exe $t/bin/tool"
expect_status 0 audit --last 200
expect_stdout_has "grant 1"
expect_stdout_has "no grant for this program"
expect_status 0 audit --result denied --json
expect_json 'all(.[] | .. | objects | select(has("result")); .result == "denied")'

# ---- removed
expect_status 66 grant remove work 9
expect_status 0 grant remove work 1
expect_stderr_has "work has 1 grant left"
by bin/tool 77 get work
expect_status 0 grant remove work --all
expect_stderr_has "has no grants any more"
expect_status 0 get work

# ---- pinned: not what it was, though it stands where it stood
expect_status 0 grant add work --exe bin/tool --pin
by bin/tool 0 get work
cp other/tool bin/next && printf x >>bin/next && mv bin/next bin/tool
by bin/tool 77 get work
expect_stderr_has "it is not what it was then"
expect_stderr_has "grant add work --exe $t/bin/tool --pin"
expect_status 0 grant list work
expect_stdout_has "program was replaced"
expect_status 0 grant add work --exe bin/tool --pin
by bin/tool 0 get work
expect_status 0 grant remove work 1
by bin/tool 0 get work

# ---- a folder in which others can exchange it
chmod 777 bin
by bin/tool 77 get work
expect_stderr_has "other users can write to it or to a folder above it"
expect_status 0 grant list work --json
expect_json '.[0].grants[0].state == "others can write to the program"'
expect_status 77 grant add work --exe bin/tool
chmod 700 bin
by bin/tool 0 get work
expect_status 0 grant remove work --all

# ---- hours, an end, another user
hour=$(date +%-H)
expect_status 0 grant add work --exe bin/tool --hours "$(((hour + 2) % 24))-$(((hour + 3) % 24))"
by bin/tool 77 get work
expect_stderr_has "grant 1 holds in the hours"
expect_status 0 grant add work --exe bin/tool --until 1h
by bin/tool 0 get work
expect_status 0 grant remove work 2
expect_status 0 grant add work --exe bin/tool --user 3999999999
by bin/tool 77 get work
expect_status 0 grant add work --exe bin/tool --unit nightly
by bin/tool 77 get work
expect_status 0 grant list work
expect_stdout_has "--unit nightly.service"
expect_status 0 grant remove work --all

# ---- so often, however many ask at once
expect_status 0 grant add work --exe bin/tool --max 3/h
for ((i = 0; i < 8; i++)); do
    bin/tool 60 "$program" get work >"given.$i" 2>/dev/null </dev/null &
done
wait
expect [ "$(cat given.* | grep -c s3cret-work)" = 3 ]
by bin/tool 77 get work
expect_stderr_has "grant 1 gives it 3 times an hour, and again from"
expect_status 0 grant remove work --all

# ---- somebody is asked, where somebody can be
expect_status 0 grant add work --user "$me" --confirm
by bin/tool 77 get work
expect_stderr_has "only when somebody confirms it"
t_open "SMTPVAULT_NO_INPUT= $t/bin/tool --foreground 60 $program get work"
t_see 'Give the secret of "work" to'
t_type n
t_key Enter
t_see "it was not confirmed"
t_see "ended with 77"
t_open "SMTPVAULT_NO_INPUT= $t/bin/tool --foreground 60 $program get work"
t_see "[y/N]"
t_type y
t_key Enter
t_see "s3cret-work"
expect_status 0 audit --last 2
expect_stdout_has "grant 1; confirmed"
expect_stdout_has "not confirmed"

# Without a terminal by the program that asks; its no is a no.
cat >askpass <<END
#!/bin/sh
printf '%s' "\$1" >"$t/asked"
exec "$t/answer"
END
chmod 755 askpass
unset SMTPVAULT_NO_INPUT
export SMTPVAULT_ASKPASS=$t/askpass SMTPVAULT_ASKPASS_REQUIRE=force
printf '#!/bin/sh\nexit 0\n' >answer
chmod 755 answer
by bin/tool 0 get work
expect grep -q '^Give the secret of "work" to .*tool.*user .*?$' asked
printf '#!/bin/sh\nexit 1\n' >answer
by bin/tool 77 get work
expect_stderr_has "it was not confirmed"
unset SMTPVAULT_ASKPASS SMTPVAULT_ASKPASS_REQUIRE
export SMTPVAULT_NO_INPUT=1

# ---- through a change, a new name, a backup, and away
expect_status 0 edit work --port 587
by bin/tool 77 get work
expect_status 0 rename work job
by bin/tool 77 get job
expect_status 0 backup copy.db
expect_status 0 grant remove job --all
by bin/tool 0 get job
expect_status 0 restore copy.db --accept-rollback
by bin/tool 77 get job
expect_status 0 remove job --yes
add_plain job s3cret-work
by bin/tool 0 get job
expect_status 0 verify --full

# ---- learning
expect_status 66 grant learn job
expect_stderr_has "not learning"
expect_status 0 grant learn job --for 1d
by bin/tool 0 get job
by bin/tool 0 get job
by other/tool 0 get job
expect_status 0 grant learn job
expect_stdout_has "smtpvault grant add job --exe $t/bin/tool --user $me"
expect_stdout_has "tool, user $me"
expect_stdout_has " times, last "
cp out proposed
expect_status 0 grant learn job --show --json
expect_json ".[0].seen | length == 2 and .[0].times >= 2 and .[0].granted == false and
    .[1].command == \"smtpvault grant add job --exe $t/other/tool --user $me\""
# The proposal is a script: one of its lines, as it stands.
grep "bin/tool" proposed | grep -v '^#' >one
smtpvault() { sv "$@" 2>>"$t/err"; }
eval "$(cat one)"
expect_status 0 grant learn job
expect_stdout_has "it has a grant"
expect_status 0 grant learn job --accept
expect_stderr_has "1 grant made"
by bin/tool 0 get job
by other/tool 0 get job
cp other/tool bin/copy
by bin/copy 77 get job
expect_status 0 grant list job --json
expect_json '.[0].grants | length == 2 and all(.[]; .learning == false)'

# ---- an interpreter is more than the script that was seen
perl=$(realpath /usr/bin/perl)
expect_status 0 grant learn job --for 1d
by bin/tool 0 get job
by_script() { # by_script WORD...: a script of perl's runs smtpvault
    # shellcheck disable=SC2086 # words on purpose
    "$perl" script.pl $wrap "$program" "$@" >out 2>err </dev/null
}
echo 'exit(system(@ARGV) >> 8)' >script.pl
expect by_script get job
wider="$perl is an interpreter, so any script that user $me runs with it may ask"
expect_status 0 grant learn job
expect_stdout_has "; $wider; a unit of its own would tell this one apart"
expect_stdout_has "smtpvault grant add job --exe $perl --user $me"
expect [ "$(grep -c 'is an interpreter' out)" = 1 ]
expect_status 0 grant learn job --json
expect_json ".[0].seen | map(select(.interpreter)) | length == 1 and
    .[0].command == \"smtpvault grant add job --exe $perl --user $me\""
expect_status 0 grant learn job --accept
expect_stderr_has "job: $wider"
expect [ "$(grep -c 'is an interpreter' err)" = 1 ]
expect_stderr_has "1 grant made"
expect by_script get job
expect_status 0 grant learn job --for 1d
expect by_script get job
expect_status 0 grant learn job # it has a grant, and needs no warning
expect_not grep -q 'is an interpreter' out
expect_status 0 grant learn job --accept
expect_not grep -q 'is an interpreter' err

# ---- a passphrase that is typed is its owner's; one that comes from a source is not
printf 'correct horse battery\n' >words
t_secrets+=("correct horse battery")
unset SMTPVAULT_NO_INPUT
expect_status 0 passphrase --new-passphrase-from file:words $cheap
unset SMTPVAULT_KEYFILE
expect_status 77 --passphrase-from file:words get job
by bin/tool 0 --passphrase-from file:words get job
t_open "$program get job"
t_see "Passphrase for"
t_type "correct horse battery"
t_key Enter
t_see "s3cret-work"
expect_status 0 --passphrase-from file:words audit --last 1
expect_stdout_has "its owner is here"
finish
