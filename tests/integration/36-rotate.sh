#!/bin/sh
# SPDX-License-Identifier: ISC
# `smtpvault rotate` on the private mail server, whose passwords Dovecot keeps: the new secret is
# proved by a login and the old one's death by another; killed anywhere, vault and server agree in
# the end.
# shellcheck disable=SC2317 # check calls functions by their name
set -eu
# shellcheck source=tests/integration/lib/vault.sh
. "$(dirname "$0")/lib/vault.sh"
# shellcheck source=tests/integration/lib/rotate.sh
. "$(dirname "$0")/lib/rotate.sh"
# shellcheck source=tests/integration/lib/dialog.sh
. "$(dirname "$0")/lib/dialog.sh"
trap vault_stop EXIT
vault_start
keep_ca_file

# Dovecot looks at its file once a second, and sees what has another size.
users=1
server_takes() { # server_takes FILE...: the passwords that the server takes from now on
    users=$((users + 1))
    for which in users users2; do
        {
            head -c "$users" /dev/zero | tr '\0' '#'
            echo
            [ -z "${1-}" ] ||
                printf '%s:{PLAIN.b64}%s\n' "$MAIL_USER" "$(tr -d '\n' <"$1" | base64 -w 0)"
        } >"$SERVERS/dovecot/$which.new"
        [ -z "${1-}" ] || shift
        chgrp dovecot "$SERVERS/dovecot/$which.new"
        chmod 640 "$SERVERS/dovecot/$which.new"
        mv "$SERVERS/dovecot/$which.new" "$SERVERS/dovecot/$which"
    done
    sleep 1.1
}
cat >>"$SERVERS/dovecot/dovecot.conf" <<END
passdb {
  driver = passwd-file
  args = $SERVERS/dovecot/users2
}
END
cp "$MAIL_PASSWORD_FILE" old
server_takes old
kill -HUP "$DOVECOT_PID"
wait_for smtpvault test implicit

# record CONDITION: of the record, as jq sees it
record() {
    smtpvault rotate --status implicit --json >record
    cat record
    jq -e "$1" record >/dev/null
}

# holds VERSION FILE
holds() {
    smtpvault get implicit --version "$1" >got
    cmp got "$2"
}

sound() {
    smtpvault verify --full 2>&1
}

# ---- made here, set by whoever runs the server

check "without a terminal a made secret waits" rotates 75 implicit --generate
check "and how to get it is said" says 'smtpvault get implicit --version pending'
check "it is pending" record '.stage == "pending" and .method == "generated" and .next != null'
check "the current one is as it was" holds current old
smtpvault get implicit --version pending >new
check "another rotation has to wait for it" rotates 73 implicit --generate
check "it is not the server's yet" rotates 75 --resume implicit
check "and stays pending" record '.stage == "pending"'
server_takes new
check "once it is, the rotation is finished" rotates 0 --resume
check "which is on record, with the server's words" record '.stage == "finished" and
    .proof == "535 5.7.8" and .verified_by == "1 login" and .version_to == 3 and .fault == null'
check "the new one is current" holds current new
check "the old one the one before" holds previous old
check "nothing is pending" sh -c '! smtpvault get implicit --version pending 2>/dev/null'
check "the login works" smtpvault test implicit
check "the log has the steps" sh -c 'smtpvault audit --json --op rotate | jq -es "
    map(select(.result == \"ok\").note) == [\"begin: planned\", \"pending: pending\", \"note: pending\",
    \"promoted: promoted\", \"note: finished\"]" >/dev/null ||
    smtpvault audit --json --op rotate | jq -r "select(.result == \"ok\").note"'

# ---- given: the server has it already

echo 'a-given-one-2' >given
check "a secret that the server refuses is not promoted" rotates 1 implicit --password-from file:given
check "which is said" says 'the server refuses the new secret (535 5.7.8)'
check "and on record" record '.stage == "set" and (.fault | test("refuses the new secret"))'
check "the current one is as it was" holds current new
check "rolled back, nothing is left of it" rotates 0 --rollback implicit
check "but the record" record '.stage == "abandoned"'
check "the login still works" smtpvault test implicit
check "the same secret again is no rotation" rotates 65 implicit --password-from file:new
check "and can be given up" rotates 0 --rollback implicit
smtpvault --quiet export implicit --to netrc --inline -o copy
server_takes given
check "one that it takes is" rotates 0 implicit --password-from file:given
check "a file that held the old one holds it" grep -qF "$(cat given)" copy
check "the vault is sound" sound

# ---- the old one lives on

echo 'third one' >third # with a blank, which netrc has no way to say
server_takes third given
check "an old secret that lives is a finding" rotates 1 implicit --password-from file:third --json
check "it says so" says 'the old secret is still alive'
check "so is a file that cannot hold the new one" says 'still has the old one: netrc cannot hold'
smtpvault --quiet export --forget implicit copy --force
check "it stays promoted" record '.stage == "promoted" and .old_alive and .alive != null'
check "the new one is current" holds current third
check "it is tried again" rotates 1 --resume implicit
server_takes third
check "until it is dead" rotates 0 --resume implicit --json
check "which is on record" record '.stage == "finished" and (.old_alive | not)'
check "and was the answer" jq -e '.stage == "finished" and .profile == "implicit"' out

# ---- back

server_takes given
check "back to the old one, which the server takes" rotates 0 --rollback implicit
check "it is current" holds current given
check "and works" smtpvault test implicit
check "the record says it" record '.stage == "rolled-back"'
check "nothing is left to take back" rotates 66 --rollback implicit
echo 'fourth one' >fourth
server_takes fourth
smtpvault rotate implicit --password-from file:third >/dev/null 2>&1 || true
check "a pending one is replaced by another" rotates 0 --resume implicit --password-from file:fourth
check "which works" smtpvault test implicit
echo 'fifth one' >fifth
check "one that is not set" rotates 1 implicit --password-from file:fifth
server_takes fifth
check "is not taken back once the server has it, and nothing else" rotates 1 --rollback implicit
check "which is said" says 'nothing is taken back'
check "but goes on" rotates 0 --resume implicit
check "and works" smtpvault test implicit
server_takes fourth
check "what is promoted is not taken back for a dead one" sh -c '
    cp fifth sixth && echo x >>sixth && smtpvault --quiet get implicit >/dev/null'
check "back again" rotates 0 --rollback implicit
check "the vault is sound" sound

# ---- who may not

two_at_once() { # implicit's lock is the only one so far
    lock=$(find .local/state/smtpvault -name 'rotate-*.lock')
    (flock 9 && rotates 75 implicit --password-from file:fifth) 9>"$lock" &&
        says 'another process rotates implicit'
}
check "two at once" two_at_once
smtpvault token add --name ci --profile implicit >badge
check "a token rotates nothing" rotates 77 implicit --generate --token-from file:badge
check "nor is there a pending one for it" sh -c '
    ! smtpvault --token-from file:badge get implicit --version pending 2>err; cat err'
check "without a terminal it needs a source" rotates 64 implicit

# ---- a person

by_hand() {
    server_takes seventh
    dialog 0 rotate implicit <<END
Make a random one here | n
Change the secret of alice@example.test at localhost
New secret for implicit | <$WORK/seventh
is finished: the new secret logs in, the old one is refused (535 5.7.8)
END
}
echo 'seventh one' >seventh
unset SMTPVAULT_NO_INPUT
later() {
    dialog 75 rotate implicit <<END
Make a random one here | n
New secret for implicit | ENTER
"smtpvault rotate --resume implicit" goes on
END
}
check "a person who has no secret yet goes on later" later
check "it is planned" record '.stage == "planned"'
check "and given up" rotates 0 --rollback implicit
check "a person types it" by_hand
shown() {
    dialog 75 rotate implicit <<END
Make a random one here | ENTER
Show it here? | y
Set it at the server now | l
"smtpvault rotate --resume implicit" goes on
END
    smtpvault get implicit --version pending >waits
    grep -qFf waits screen
}
check "and is shown one that was made here" shown
check "the showing is on record" sh -c "smtpvault audit --json --last 20 | grep -q 'rotate: to be set'"
server_takes waits
set_by_now() { # the server has it by now, and takes the old one no more
    dialog 0 rotate --resume implicit <<END
is finished: the new secret logs in
END
}
check "once it is set, it goes on" set_by_now
export SMTPVAULT_NO_INPUT=1

# ---- the vault's file is an older one meanwhile, which its owner has accepted

# put_back FILE: as before, by hand
put_back() {
    smtpvault --quiet restore "$1" --accept-rollback >out 2>err || { cat out err; return 1; }
    rm -f "$XDG_DATA_HOME"/smtpvault/vault.db.before-*
}
cp waits now
smtpvault --quiet backup before.db
echo 'eighth one' >eighth
server_takes now
check "one that is given and not set yet" rotates 1 implicit --password-from file:eighth
smtpvault --quiet backup set.db
server_takes eighth
check "goes on to its end" rotates 0 --resume implicit
smtpvault --quiet backup end.db
check "put back to where it was set" put_back set.db
check "it is where it was" record '.stage == "set"'
check "and goes on to the same end, as the login tells" rotates 0 --resume implicit
check "the server's is current" holds current eighth
check "and works" smtpvault test implicit
check "put back to where it was set again" put_back set.db
server_takes now
check "and the server as well: nothing is promoted" rotates 1 --resume implicit
check "which is said" says 'the server refuses the new secret'
check "nor is the old one taken back for another" rotates 0 --rollback implicit
check "the server's is current" holds current now

# As far as "set" and "promoted", as a break may leave them.
stops_at() { # stops_at STAGE: the rotation to "eighth" is killed there
    n=1
    while :; do
        put_back before.db >/dev/null && server_takes eighth
        ASAN_OPTIONS=detect_leaks=0 strace -qq -o /dev/null -e trace=fdatasync \
            -e inject=fdatasync:signal=KILL:when="$n" \
            smtpvault rotate implicit --password-from file:eighth >out 2>err && return 1
        [ "$(smtpvault rotate --status implicit --json | jq -r .stage)" != "$1" ] || return 0
        n=$((n + 1))
    done
}
check "one that broke off before it was promoted" stops_at set
server_takes now
check "is proved, and not promoted" rotates 1 --resume implicit
check "the server's is current" holds current now
check "the record has it" record '.stage == "set" and (.fault | test("refuses the new secret"))'
server_takes eighth
check "it goes on once the server has it" rotates 0 --resume implicit
check "the server's is current" holds current eighth
check "one that broke off when it was promoted" stops_at promoted
server_takes now
smtpvault --quiet backup promoted.db
check "is proved again, and the old one not ended" rotates 1 --resume implicit
check "which is said" says 'refuses the new secret (535 5.7.8) and takes the old one'
check "with the way back" says 'rotate --rollback implicit" goes back to it'
check "the record has it" record '.stage == "promoted" and (.fault | test("takes the old one"))'
check "which is gone" rotates 0 --rollback implicit
check "the server's is current" holds current now
check "and works" smtpvault test implicit
server_takes
check "put back once more" put_back promoted.db
check "where the server takes neither" rotates 1 --resume implicit
check "it is said" says 'and the old one too'
server_takes eighth
check "it ends where the server has the new one" rotates 0 --resume implicit
check "the server's is current" holds current eighth
check "the vault is sound" sound

# ---- no login

check "unproved, where nobody can log in, it waits to be set" rotates 75 starttls --generate --no-verify
check "until somebody says that it is" rotates 0 --resume starttls --no-verify
check "is said so" sh -c 'smtpvault rotate --status starttls --json |
    jq -e ".unproved and .old_untried and .stage == \"finished\"" >/dev/null'
check "to people too" sh -c 'smtpvault rotate --status starttls | grep -q "no login was tried"'

# ---- killed at every step

# killed N: the Nth time that something reaches the disk the process is gone; true: it was
killed() {
    status=0
    ASAN_OPTIONS=detect_leaks=0 strace -qq -o /dev/null -e trace=fdatasync \
        -e inject=fdatasync:signal=KILL:when="$1" \
        smtpvault rotate implicit --password-from file:next >out 2>err || status=$?
    [ "$status" -eq 137 ]
}

stage() {
    smtpvault rotate --status implicit --json | jq -r .stage
}

# ends_well: what a kill left ends as finished, by going on, and the server agrees
ends_forward() {
    case $(stage) in
    finished) holds current next || smtpvault rotate implicit --password-from file:next ;;
    rolled-back | abandoned | none) smtpvault rotate implicit --password-from file:next ;;
    *) smtpvault rotate --resume implicit --password-from file:next ;;
    esac
    [ "$(stage)" = finished ] && holds current next && smtpvault test implicit
}

# ends_back: as it was before, once the server has the old one again
ends_back() {
    if [ "$(stage)" = finished ] && holds current now; then
        :
    else
        smtpvault rotate --rollback implicit || [ "$(stage)" = none ] || return 1
    fi
    holds current now && smtpvault test implicit &&
        case $(stage) in finished | rolled-back | abandoned) true ;; *) false ;; esac
}

smtpvault get implicit >now
server_takes now
check "before the kills it works" smtpvault test implicit
kills=0 wrong=0 n=1 seen=' '
while :; do
    echo "number $n" >next
    if [ $((n % 2)) -eq 1 ]; then server_takes next; else server_takes next now; fi
    killed "$n" || break
    kills=$((kills + 1))
    seen="$seen$(stage) "
    if [ $((n % 2)) -eq 1 ]; then
        ends_forward >said 2>&1 || wrong=$((wrong + 1))
        [ "$wrong" -eq 0 ] || break
        cp next now
    else
        ends_back >said 2>&1 || wrong=$((wrong + 1))
        [ "$wrong" -eq 0 ] || break
    fi
    n=$((n + ${ROTATE_KILL_STEP:-3}))
done
# The way back, killed as well.
back=0
smtpvault get implicit >now
server_takes now
for n in 1 4 7 10; do
    echo "back $n" >next
    server_takes next now
    smtpvault rotate implicit --password-from file:next >/dev/null 2>&1 || true
    server_takes now
    status=0
    ASAN_OPTIONS=detect_leaks=0 strace -qq -o /dev/null -e trace=fdatasync \
        -e inject=fdatasync:signal=KILL:when="$n" \
        smtpvault rotate --rollback implicit >out 2>err || status=$?
    [ "$status" -ne 137 ] || back=$((back + 1))
    [ "$(stage)" = rolled-back ] || smtpvault rotate --rollback implicit >>said 2>&1 || true
    [ "$(stage)" = rolled-back ] && holds current now && smtpvault test implicit >>said 2>&1 ||
        wrong=$((wrong + 1))
done
check "the way back was killed too" test "$back" -ge 2

echo "# killed $kills times; found: $(printf '%s' "$seen" | tr ' ' '\n' | sort | uniq -c | tr '\n' ' ')"
if [ "$wrong" -eq 0 ] && [ "$kills" -gt 10 ]; then
    ok "killed $kills times, it always ends with server and vault agreed"
else
    not_ok "killed $kills times, it always ends with server and vault agreed" said
fi
check "the kills met every stage that stands by itself" sh -c "for s in planned set promoted finished; do
    case '$seen' in *\" \$s \"*) ;; *) echo \$s; exit 1 ;; esac; done"
check "the vault is sound" sound
all_ok
