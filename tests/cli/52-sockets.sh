#!/bin/bash
# SPDX-License-Identifier: ISC
# The agent's sockets for Postfix and for systemd, seen from the other side: requests in
# pieces and in one, what is no request, forged names, clients that read nothing; and the
# sockets themselves. With the real programs: tests/integration/20-socketmap, tests/systemd.
here=$(cd "${0%/*}" && pwd)
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
peer() {
    python3 "$here/side_peer.py" "$@"
}
t_vault
add_plain work s3cret-w
add_plain other s3cret-o
expect_status 0 -q edit other --host smtp.example.net --port 587 --from 'o@example.net'
mkdir side
map=$t/side/map cred=$t/side/cred
agent=
trap '[[ -z $agent ]] || kill "$agent" 2>/dev/null; rm -rf "$t"' EXIT

# begin OPTION...: an agent in the foreground, until its sockets are there.
begin() {
    sv agent "$@" 2>agent.log &
    for _ in $(seq 200); do
        agent=$(sv status --json | jq .agent.pid)
        [[ $agent != null ]] && return
        sleep 0.05
    done
    agent=
    die "no agent: $(cat agent.log)"
}
end() {
    kill "$agent"
    wait
    agent=
}

# ---- options
for bad in '--socketmap inet:127.0.0.1:1234' '--socketmap map' '--socketmap unix:' \
    "--credentials $(printf '/%0108d' 1)" '--credential x' '--credential a/b/c=work' \
    '--credential =work'; do
    # shellcheck disable=SC2086 # words
    expect_status 64 agent $bad
done
expect_status 64 agent --socketmap inet:127.0.0.1:1234
expect_stderr_has 'does not listen on the network'
echo kept >side/file
expect_status 73 agent --socketmap "$t/side/file"
expect grep -qx kept side/file
mkdir -m 1777 open
expect_status 77 agent --socketmap "$t/open/map"

begin --socketmap "unix:$map" --credentials "$cred" --credential smtp=other \
    --credential a.service/smtp=work
expect_mode 660 "$map"
expect_mode 660 "$cred"
unset SMTPVAULT_KEYFILE

# ---- Postfix
says() { # says WANT PIECE...
    local want=$1
    shift
    ((checks++))
    [[ $(peer map "$map" "$@") == "$want" ]] || die "not '$want' to '$*': $(peer map "$map" "$@")"
}
says 'OK ann:s3cret-w' '27:sasl [mail.example.org]:465,'
says 'OK ann:s3cret-o' '21:sasl smtp.example.net,'
says 'OK ann:s3cret-o' '18:sasl o@example.net,'
says 'NOTFOUND ' '18:sasl x@example.net,'
says 'NOTFOUND ' '15:aliases nothing,'
says 'NOTFOUND ' '0:,'
says 'OK ann:s3cret-w' 2 7 :sas 'l [mail.exam' 'ple.org]:4' 65 ,
says $'NOTFOUND \nOK ann:s3cret-o\nNOTFOUND ' '6:sasl x,21:sasl smtp.example.net,6:sasl y,'
says $'NOTFOUND \nOK ann:s3cret-o' '6:sasl x,21:sasl sm' 'tp.example.net,'
for nonsense in 'GET / HTTP/1.1,' '99999:,' '5:sasl x,' '007:sasl xy,' ':,'; do
    says END "$nonsense"
done
expect_status 0 -q edit other --username 'a:b'
((checks++))
[[ $(peer map "$map" '21:sasl smtp.example.net,') == 'PERM '*'has a colon'* ]] || die "no PERM"
expect_status 0 -q edit other --username ann

# A change is seen at once, and an old password is not given for a host that was left.
expect_status 0 -q edit other --host smtp2.example.net
says 'NOTFOUND ' '21:sasl smtp.example.net,'
says 'OK ann:s3cret-o' '22:sasl smtp2.example.net,'
printf new-s3cret | sv -q edit other --password-from stdin || die "edit"
t_secrets+=(new-s3cret)
says 'OK ann:new-s3cret' '22:sasl smtp2.example.net,'

# ---- systemd. Only root's word is taken for a unit; this user lies in none of that name.
gives() { # gives WANT NAME
    ((checks++))
    [[ $(peer credential "$cred" "$2") == "$1" ]] || die "not '$1' for '$2'"
}
if [[ $(id -u) -eq 0 ]]; then
    gives s3cret-w 12ab/unit/b.service/work
    gives s3cret-w 12ab/unit/a.service/smtp
    gives new-s3cret 12ab/unit/b.service/smtp
    gives refused 12ab/unit/b.service/absent
    expect_status 0 audit --json --last 1
    expect_json '.[0] | .op == "get" and .profile == "absent" and .unit == "b.service" and
        .result == "failed" and .note == "LoadCredential" and (.exe | contains("python3"))'
else
    gives refused 12ab/unit/a.service/smtp
    expect_status 0 audit --json --last 1
    expect_json '.[0] | .op == "get" and .profile == "work" and .result == "denied"'
fi
gives refused 12ab/units/a.service/smtp
gives refused -
expect [ "$(peer deaf "$cred" 200)" = 'ok 200' ]
says 'OK ann:s3cret-w' '27:sasl [mail.example.org]:465,'

# ---- one that serves is not replaced, one that was killed is
export SMTPVAULT_KEYFILE=$t/key
mkdir -m 700 run2
XDG_RUNTIME_DIR=$t/run2 expect_status 73 agent --socketmap "$map"
expect_stderr_has 'is there already'
says 'OK ann:s3cret-w' '27:sasl [mail.example.org]:465,'
kill -KILL "$agent"
wait
expect test -S "$map"
begin --socketmap "$map"
says 'OK ann:s3cret-w' '27:sasl [mail.example.org]:465,'
end
expect_absent "$map"

# ---- other users: with --others, and with a grant
if [[ $(id -u) -eq 0 ]]; then
    chmod 711 "$t" "$t/run"
    stranger() { # stranger STATUS WORD...
        local want=$1 got=0
        shift
        HOME=/nonexistent XDG_DATA_HOME=/nonexistent XDG_STATE_HOME=/nonexistent \
            SMTPVAULT_AGENT=$t/run/smtpvault/agent setpriv --reuid=65534 --regid=65534 --clear-groups \
            "$program" "$@" >out 2>err </dev/null || got=$?
        ((checks++))
        [[ $got -eq $want ]] || die "a stranger's $*: status $got, not $want"
        no_secret_in err
    }
    mkdir -m 777 stranger
    cat >stranger/msmtp <<'SH'
#!/bin/sh
cat <&3 >/dev/null
touch "${0%/*}/there"
[ -z "$2" ] || while [ ! -e "${0%/*}/go" ]; do sleep 0.05; done
exit "$1"
SH
    chmod 755 stranger/msmtp
    told() { # told NAME WORKED REJECTED
        expect_status 0 list --json "$1"
        expect_json ".[0].profiles[0] | [.last_worked, .last_rejected | . != null] == [$2, $3]"
    }
    for others in '' --others; do
        # shellcheck disable=SC2086 # a word or none
        begin $others
        chmod 711 run/smtpvault
        chmod 666 run/smtpvault/agent
        stranger 77 get work
        stranger 77 list
        stranger 77 remove --yes work
        stranger 77 lock
        if [[ -n $others ]]; then
            stranger 77 get work
            expect_stderr_has 'it has no grants, and then the agent gives it to no other user'
            expect_status 0 -q grant add work --user 65534
            stranger 0 get work
            expect_stdout 's3cret-w\n'
            stranger 0 get work --json
            stranger 77 get work username
            # What a stranger says of a login counts while it is granted to them.
            stranger 77 exec work -- "$t/stranger/msmtp" 77
            told work false true
            rm -f stranger/there stranger/go # of the one before
            stranger 0 exec work -- "$t/stranger/msmtp" 0 wait &
            job=$!
            for _ in $(seq 400); do [[ -e stranger/there ]] && break; sleep 0.05; done
            expect_status 0 -q grant remove work --all
            touch stranger/go
            wait "$job"
            told work false true
            expect_status 0 audit --op exec --last 1 --json
            expect_json '.[0].note == "msmtp ended with 0: the login worked" and .[0].uid == 65534'
            expect_status 0 -q grant add work --user 65534
            stranger 77 get other
            # A token is as good, for the logins that it opens, and nothing else.
            sv -q token add --name stranger --max-uses 2 other >stranger.tok || die "no token"
            chown 65534 stranger.tok
            shown=(--token-from "file:$t/stranger.tok")
            stranger 0 "${shown[@]}" get other
            stranger 0 "${shown[@]}" get other username
            stranger 0 "${shown[@]}" list
            expect_stdout 'other\n'
            stranger 77 "${shown[@]}" get work
            expect_stderr_has 'opens no profile "work"'
            stranger 0 "${shown[@]}" get other --json
            stranger 77 "${shown[@]}" get other
            expect_stderr_has 'as often as it may be (2)'
            stranger 77 "${shown[@]}" remove --yes other
            stranger 0 status
            expect_stdout_has "Agent       process $agent, open since"
            expect_stdout_has "Logins      not known to other users than the agent's"
            stranger 0 status --json
            expect_json '.[0] | .agent.pid == '"$agent"' and .profiles == null and .id == null'
        else
            stranger 77 status
        fi
        end
    done
fi
no_secret_in agent.log
finish
