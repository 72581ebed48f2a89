#!/bin/bash
# SPDX-License-Identifier: ISC
# Attack 26, a command that comes with a vault, and a rotator that others can exchange.
# Without AGREED: a command out of the vault ran where nobody had agreed to it
# Without FILE_MODE: a rotator that others can write was run
# Without FOLDER_MODE: a rotator in a folder of others' was run
# Without FILE_OWNER: a rotator of another user was run
# Without ROTATOR_ABOVE: a rotator below a folder that others can change was run
# Without ROTATOR_KEEPER: what a rotator had started went on when its time was over
#
# What the vault says is another's word: its rotator, what a rotation that is under way is done
# by, what is to run after it. And what this user named is only as good as who can change it.
# Owners are root's to give, so root begins; the rest is an ordinary user's, whom modes bind.
if [[ $(id -u) -eq 0 && -z ${T_USER-} ]]; then
    place=$(mktemp -d)
    trap 'rm -rf "$place"' EXIT
    chmod 755 "$place"
    # The build may lie where that user may not go.
    install -m 755 "${SMTPVAULT:?}" "$place/smtpvault"
    install -D -m 755 "${SMTPVAULT%/*}/libexec/smtpvault" "$place/libexec/smtpvault"
    # One of a third user's, one of this user's below a folder of theirs, and one of root's.
    mkdir -p "$place/theirs" "$place/between/ours" "$place/roots"
    cat >"$place/roots/tool" <<'END'
#!/bin/sh
touch "${TMPDIR:?}/ran"
echo '{"schema":1,"result":"ok"}'
END
    chmod 755 "$place/roots/tool"
    cp -p "$place/roots/tool" "$place/theirs/tool"
    cp -p "$place/roots/tool" "$place/between/ours/tool"
    chown -R 65534:65534 "$place/between/ours"
    chown 65533:65533 "$place/between" "$place/theirs/tool"
    export SMTPVAULT=$place/smtpvault T_USER=65534 T_FOREIGN=$place
    setpriv --reuid=65534 --regid=65534 --clear-groups "$0" "$@"
    exit
fi
# shellcheck source=tests/attack/lib.sh
. "${0%/*}/lib.sh"
t_vault
add_plain work s3cret-x
add_plain more s3cret-y
export TMPDIR=$t
mkdir -p mine/in
chmod 755 mine mine/in
cat >mine/in/tool <<END
#!/bin/sh
touch "$t/ran"
[ ! -e "$t/later" ] || { echo '{"schema":1,"result":"retry"}'; exit; }
echo '{"schema":1,"result":"ok"}'
END
chmod 755 mine/in/tool

# refused STATUS TEXT WHAT WORD...: that command, and nothing that should not has run.
refused() {
    local want=$1 text=$2 what=$3 got=0
    shift 3
    rm -f ran after
    "$program" "$@" >out 2>err </dev/null || got=$?
    [[ ! -e ran && ! -e after ]] || broken "$what"
    [[ $got -eq $want ]] || die "$*: status $got, not $want: $(cat err)"
    expect_stderr_has "$text"
}
runs() {
    rm -f ran
    expect_status 0 "$@"
    expect [ -e ran ]
}

# ---- out of a vault that somebody else has written
expect_status 0 edit work --tag x
runs rotate work --no-verify --hook "$t/mine/in/tool"
touch later
expect_status 75 rotate more --no-verify --hook "$t/mine/in/tool a=1"
rm later
expect_status 0 policy set work --hook "$t/mine/in/tool b=2" --after "touch $t/after"
ours=$XDG_STATE_HOME
export XDG_STATE_HOME=$t/elsewhere
what="a command out of the vault ran where nobody had agreed to it"
refused 77 "nobody has agreed" "$what" rotate work --no-verify
refused 77 "nobody has agreed" "$what" rotate --resume more --no-verify
refused 77 "nobody has agreed" "$what" rotate --rollback more --no-verify
refused 77 "nobody has agreed" "$what" rotate --emergency work --no-verify
refused 1 "" "$what" rotate --tag x --no-verify --yes
export XDG_STATE_HOME=$ours

# ---- where others can change it
what="a rotator that others can write was run"
for mode in 775 757 777; do
    chmod "$mode" mine/in/tool
    refused 77 "can be written by other" "$what" rotate work --no-verify --hook "$t/mine/in/tool"
done
chmod 755 mine/in/tool
what="a rotator in a folder of others' was run"
for mode in 775 757 1777; do
    chmod "$mode" mine/in
    refused 77 "other users can write" "$what" rotate work --no-verify --hook "$t/mine/in/tool"
done
chmod 755 mine/in
# A link chooses the program: it stands where others write, what it leads to does not.
mkdir open
chmod 777 open
ln -s "$t/mine/in/tool" open/link
refused 77 "other users can write" "$what" rotate work --no-verify --hook "$t/open/link"
what="a rotator below a folder that others can change was run"
for mode in 775 757 777; do
    chmod "$mode" mine
    refused 77 "which the rotator is below" "$what" \
        rotate work --no-verify --hook "$t/mine/in/tool"
done
chmod 755 mine
runs rotate work --no-verify --hook "$t/mine/in/tool"

# ---- what it leaves behind, in a session of its own, when its time is over or we are gone
cat >mine/in/slow <<END
#!/bin/sh
cd "$t"
(setsid sh -c 'echo \$\$ >pid.new; mv pid.new pid; exec sleep 300' >&- 2>&- 3<&- 5<&- &)
while [ ! -e pid ]; do sleep 0.01; done
sleep 300
END
chmod 755 mine/in/slow
# gone WHAT: that process is no more
gone() {
    local pid n
    pid=$(cat pid)
    for ((n = 0; n < 300; n++)); do
        kill -0 "$pid" 2>/dev/null || return 0
        sleep 0.01
    done
    kill -9 "$pid"
    broken "$1"
}
what="what a rotator had started went on when its time was over"
expect_status 1 rotate work --no-verify --hook "$t/mine/in/slow --limit 1s"
expect_stderr_has "did not end within 1 s"
gone "$what"
rm pid
sv rotate --resume work --no-verify >out 2>err &
rotates=$!
for ((n = 0; n < 500; n++)); do
    [[ ! -e pid ]] || break
    sleep 0.01
done
kill -9 "$rotates" "$(pgrep -P "$rotates")" 2>/dev/null
wait "$rotates" 2>/dev/null
gone "$what"
expect_status 0 rotate --rollback work --no-verify --force
rm ran

# ---- where others own it
if [[ -n ${T_FOREIGN-} ]]; then
    runs rotate work --no-verify --hook "$T_FOREIGN/roots/tool"
    refused 77 "which the rotator is below" "$what" \
        rotate work --no-verify --hook "$T_FOREIGN/between/ours/tool"
    refused 77 "another user" "a rotator of another user was run" \
        rotate work --no-verify --hook "$T_FOREIGN/theirs/tool"
fi
finish
