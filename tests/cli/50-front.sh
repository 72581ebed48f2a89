#!/bin/bash
# SPDX-License-Identifier: ISC
# The front: it fetches from the agent what it can, with the frames of agent/wire.h, and
# gives everything else to the full program untouched. The agent here is a stub that
# answers as it is told, and the full program a script that says what it was given.
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
# A short path: it is a socket's too.
run=$(mktemp -d /tmp/sv-front.XXXXXX)
trap 'rm -rf "$t" "$run"' EXIT
mkdir -p bin/libexec "$run/smtpvault" data/smtpvault other
cp "$program" bin/smtpvault
cat >bin/libexec/smtpvault <<'END'
#!/bin/bash
printf 'full'
printf ' [%s]' "$@"
echo
exit 42
END
chmod +x bin/libexec/smtpvault
program=$t/bin/smtpvault
export XDG_RUNTIME_DIR=$run
: >"$vault"

stub_pid=
stub_end() {
    [[ -n $stub_pid ]] || return 0
    exec 7>&-
    wait "$stub_pid"
    rm -f "$at" requests
    stub_pid=
}
# stub SOCKET ANSWER: another agent than the one before.
stub() {
    local i
    stub_end
    rm -f requests
    at=$1
    exec 7> >(exec "$here/stub_agent.py" "$1" "$t/requests" "$2" 2>"$t/stub")
    stub_pid=$!
    for ((i = 0; i < 200; i++)); do
        [[ ! -e requests ]] || return 0
        sleep 0.02
    done
    die "the stub did not start: $(cat stub)"
}
usual=$run/smtpvault/agent
ok=010000
text() { printf %s "$1" | od -An -v -tx1 | tr -d ' \n'; }
str() {
    local LC_ALL=C
    printf '%02x%02x%s' $((${#1} % 256)) $((${#1} / 256)) "$(text "$1")"
}
# number PATH: which vault a request is about, and the end of a socket's name.
number() {
    python3 - "$(realpath "$1")" <<'END'
import sys
h = 0xcbf29ce484222325
for c in sys.argv[1].encode():
    h = (h ^ c) * 0x100000001b3 & (1 << 64) - 1
print("%016x" % h)
END
}
which=$(number "$vault" | fold -w2 | tac | tr -d '\n')
# asked NAME [FIELD [VERSION [TOKEN]]]: the stub's only request was this one.
asked() {
    expect test "$(cat requests)" = \
        "0101$which$(str "$1")$(str "${2-}")$(str "${3-}")$(str "${4-}")"
    : >requests
}
none_asked() { expect test ! -s requests; }
# full WORD...: the full program gets these words, and the agent is not asked.
full() {
    local shown
    shown=$(printf ' [%s]' "$@")
    "$program" "$@" >out 2>err
    expect test "$?/$(cat out err)" = "42/full$shown"
    none_asked
}

# ---- what it answers by itself
stub "$usual" "$ok$(text 's3cret value')"
expect_status 0 get work
expect_stdout 's3cret value\n'
expect_stderr_empty
asked work
expect_status 0 get work password -n
expect_stdout 's3cret value'
asked work
expect_status 0 get work username --no-newline
expect_stdout 's3cret value'
asked work username
expect_status 0 get --version current work
asked work '' current
expect_status 0 get --version previous work username
asked work username previous
expect_status 0 get 'büro 2' --version=3
asked 'büro 2' '' 3
name=$(printf 'n%.0s' {1..128})
expect_status 0 get "$name"
asked "$name"
# The usual vault by another path of it, in the forms that `export` and people write.
ln -s ../data other/data
expect_status 0 --vault data/smtpvault/vault.db get work
asked work
expect_status 0 --vault="$t/other/data/smtpvault/vault.db" get work
asked work
expect_status 0 get work --vault "$vault" -n
asked work
SMTPVAULT_FILE=$vault SMTPVAULT_TOKEN_FROM='' expect_status 0 get work
asked work

# ---- a token from a file that nobody else can read
token=smtpvault_t1_$(printf 'a%.0s' {1..56})
printf '%s\n' "$token" >token
printf '%s' "$token" >bare
expect_status 0 --token-from file:token get work
asked work '' '' "$token"
expect_status 0 --vault "$vault" --token-from=file:"$t"/bare get work username
asked work username '' "$token"
expect_status 0 get work --token-from file:token
asked work '' '' "$token"
SMTPVAULT_TOKEN_FROM=file:$t/token expect_status 0 get work
asked work '' '' "$token"
SMTPVAULT_TOKEN_FROM=file:absent expect_status 0 --token-from file:token get work
asked work '' '' "$token"

# ---- every value arrives whole
stub "$usual" "${ok}00ff0a0d"
"$program" get work | od -An -tx1 | tr -d ' ' >out
expect_stdout '00ff0a0d0a\n'
stub "$usual" "$ok"
expect_status 0 get work
expect_stdout '\n'
expect_status 0 get work -n
expect_stdout ''
stub "$usual" longest
expect_status 0 get work
expect test "$(wc -c <out)/$(tr -d x <out | od -An -tx1 | tr -d ' ')" = 65534/0a

# ---- what an output has against it
stub "$usual" "$ok$(text s3cret)"
got=0
"$program" get work >/dev/full 2>err || got=$?
expect test "$got" -eq 74
expect_stderr_has 'smtpvault: cannot write to standard output: No space left on device'
mkfifo pipe
{ exec 8<pipe; exec 8<&-; touch closed; sleep 1; } &
exec 9>pipe
while [[ ! -e closed ]]; do sleep 0.02; done
got=0
"$program" get work >&9 2>err || got=$?
exec 9>&-
expect test "$got" -eq 74
expect_stderr_has 'smtpvault: cannot write to standard output: Broken pipe'
: >requests

# ---- what the agent refuses
stub "$usual" "014200$(text 'no profile "work"')"
expect_status 66 get work
expect_stderr_has 'smtpvault: no profile "work"'
stub "$usual" "014d00$(text 'a')1b5b324a0ac29bc3a47f"
expect_status 77 get work
expect test "$(cat err)" = 'smtpvault: a?[2J???ä?'
stub "$usual" 014b00
expect_status 75 get work
# No status of ours, and more frames than one: not an agent of ours.
for answer in 014100 01f300 01c800 010001 0100 huge; do
    stub "$usual" "$answer$([[ $answer == 01????* ]] && text s3cret)"
    want=69
    [[ $answer == 014100 ]] && want=65
    expect_status "$want" get work
done
# It ended, or keeps another vault open: as if it were not there.
for answer in gone 010100; do
    stub "$usual" "$answer"
    "$program" get work >out
    expect_stdout 'full [get] [work]\n'
done

# ---- what the full program gets: other words, and an agent that is none
stub "$usual" "$ok$(text s3cret)"
full get
full get work --json
full get work another third
full get work password password
full --quiet get work
full get --help
full get -- work
full get -n -n -x work
full get ''
full get $'a\nb'
full get ' work'
full get "${name}n"
full get work --version
full get work --version=
full get work --version 0
full get work --version 1234567890123456789
full get work pasword
full get work --vault=
full get work --no-agent
full --version
full list
full --vault "$vault" list
full '' get work
SMTPVAULT_TOKEN_FROM=fd:3 full get work
full --token-from stdin get work
full get work --token-from cmd:true
full --token-from "$token" get work
full --token-from file:token get work --keyfile k
# What is wrong with a token's file is for the full program to say; the agent is left again.
left() {
    expect_status 42 "$@"
    expect test -z "$(tr -d '\n' <requests)"
    : >requests
}
chmod 640 token
left --token-from file:token get work
chmod 600 token
printf '%s\n\n' "$(<bare)" >token
left --token-from file:token get work
printf 'short' >token
left --token-from file:token get work
left --token-from file:absent get work
mkfifo waiting
left --token-from file:waiting get work
SMTPVAULT_FILE=$t/absent full get work
SMTPVAULT_AGENT=relative full get work
SMTPVAULT_AGENT=$t/$(printf 'n%.0s' {1..100}) full get work
XDG_RUNTIME_DIR=relative full get work
HOME='' XDG_DATA_HOME='' full get work --vault "$vault"
# A descriptor that is closed: the socket would take its place.
for closing in '<&-' '2>&-'; do
    eval "\"\$program\" get work $closing >out"
    expect_stdout 'full [get] [work]\n'
    none_asked
done
# No words at all, not even a name.
expect test "$(exec -a '' "$program")" = 'full []'

# ---- an agent elsewhere
stub "$run/a" "$ok$(text elsewhere)"
SMTPVAULT_AGENT=$run/a expect_status 0 get work
expect_stdout 'elsewhere\n'
cp "$vault" other/second.db
hash=$(number other/second.db)
stub "$run/smtpvault/agent-$hash" "$ok$(text second)"
expect_status 0 --vault other/second.db get work
expect_stdout 'second\n'
: >requests
full get work
mkdir -p state/smtpvault/run
chmod 700 state/smtpvault/run
if [[ ! -d /run/user/$(id -u) ]]; then
    XDG_RUNTIME_DIR='' XDG_STATE_HOME=$run full get work
    mkdir -p "$run/smtpvault/run"
    stub "$run/smtpvault/run/agent" "$ok$(text state)"
    XDG_RUNTIME_DIR='' XDG_STATE_HOME=$run expect_status 0 get work
    expect_stdout 'state\n'
fi

# ---- nobody there; not private; of another version; closed at once
stub_end
full get work
touch "$usual"
full get work
rm "$usual"
stub "$usual" "$ok$(text s3cret)"
chmod 666 "$usual"
chmod 755 "$run/smtpvault"
full get work
chmod 700 "$run/smtpvault"
for answer in 02 020000 024500; do
    stub "$usual" "$answer$(text s3cret)"
    "$program" get work >out
    expect_stdout 'full [get] [work]\n'
done

# ---- no answer, or no place in the queue: it waits, but not for ever
stub "$usual" silent
begun=$SECONDS
expect_status 75 get work &
waiting=$!
"$program" get work >/dev/null 2>&1 &
watched=$!
for ((i = 0; i < 200; i++)); do
    [[ $(wc -l <requests) -eq 2 ]] && break
    sleep 0.02
done
# While it waits: what it has in memory, and who may look at it.
expect grep -q '^Max core file size *0 *0 ' "/proc/$watched/limits"
if [[ $(id -u) -ne 0 ]]; then
    expect_not head -c 1 "/proc/$watched/mem" 2>/dev/null
fi
wait "$waiting" || exit 1
expect test $((SECONDS - begun)) -ge 14 -a $((SECONDS - begun)) -le 20
wait "$watched"

# ---- what it does in the system: it opens nothing and loads nothing
stub "$usual" "$ok$(text s3cret)"
strace -o trace "$program" get work >out || die "strace"
expect_stdout 's3cret\n'
sed -n 's/(.*//p' trace | sort | uniq -c >calls
expect_not grep -Eq ' (open|openat|openat2|fork|clone|clone3|vfork)$' calls
expect_not grep -Eq '^mmap\(.*, [0-9]+, [0-9a-fx]+\) = ' trace # of a file
expect grep -q ' 1 execve$' calls
expect grep -qF "connect(3, {sa_family=AF_UNIX, sun_path=\"$usual\"}" trace
expect test "$(grep -c '^write(1, "s3cret\\n", 7)' trace)" = 1
expect test "$(awk '{n += $1} END {print n}' calls)" -le 40
expect_not readelf -lW "$program" 2>/dev/null | grep -q INTERP
# The value is wiped before the end: it is in no page that could be seen then.
expect grep -q '^mlock2(' trace
expect grep -q 'MADV_DONTDUMP' trace
finish
