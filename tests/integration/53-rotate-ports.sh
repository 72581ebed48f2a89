#!/bin/sh
# SPDX-License-Identifier: ISC
# A rotation is proved at every port at which the login is known to be used: one Postfix with two
# ports, behind each a Dovecot with passwords of its own; a port that nobody listens on, and ports that fail
# as asked.
# shellcheck disable=SC2317,SC2016 # check calls functions by their name, or jq
set -eu
# shellcheck source=tests/integration/lib/vault.sh
. "$(dirname "$0")/lib/vault.sh"
# shellcheck source=tests/integration/lib/rotate.sh
. "$(dirname "$0")/lib/rotate.sh"
# shellcheck source=tests/integration/lib/faults.sh
. "$(dirname "$0")/lib/faults.sh"
OTHER_PID=''
stop() {
    if [ -n "$OTHER_PID" ]; then
        kill "$OTHER_PID" 2>/dev/null || true
        wait "$OTHER_PID" 2>/dev/null || true
    fi
    faults_stop
    vault_stop
}
trap stop EXIT
MAIL_SERVICES="other smtpd_tls_wrappermode=yes smtpd_sasl_path=SERVERS/other/auth"
vault_start
faults_start
near=$SERVERS/dovecot/users far=$SERVERS/other/users
port=$SUBMISSION_PORT other=$(mail_port other) closed=$(free_ports 1)

# ---- the second Dovecot

other_start() {
    cat >"$SERVERS/other/dovecot.conf" <<END
base_dir = $SERVERS/other/run
state_dir = $SERVERS/other/run
log_path = $SERVERS/dovecot.log
protocols =
ssl = no
auth_mechanisms = plain login
auth_failure_delay = 0
passdb {
  driver = passwd-file
  args = $far
}
passdb {
  driver = passwd-file
  args = $far.previous
}
userdb {
  driver = static
  args = uid=$MAIL_UID gid=$MAIL_UID home=/nonexistent
}
service auth {
  unix_listener $SERVERS/other/auth {
    mode = 0660
    user = postfix
    group = postfix
  }
}
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
END
    dovecot -F -c "$SERVERS/other/dovecot.conf" </dev/null >/dev/null 2>&1 &
    OTHER_PID=$!
    sockets_answer "$SERVERS/other/auth"
}
mkdir -p "$SERVERS/other/run"
chmod 755 "$SERVERS/other" # as the first one's
for file in "$near" "$far"; do
    echo 'carol@example.test:{PLAIN}carols first' >>"$file"
done
: >"$far.previous"
chgrp dovecot "$far" "$far.previous"
chmod 640 "$far" "$far.previous"
other_start

# ---- a provider with these ports

# row MEMBER...: more servers of it
row() {
    mkdir -p "$XDG_CONFIG_HOME/smtpvault/providers.d"
    {
        echo '{"schema": 1, "providers": [{"id": "corp", "servers": ['
        echo "{\"host\": \"localhost\", \"port\": $port, \"tls\": \"starttls\"}"
        for more; do
            echo ", {\"host\": \"localhost\", $more}"
        done
        echo ']}]}'
    } >"$XDG_CONFIG_HOME/smtpvault/providers.d/corp.json"
}
row "\"port\": $other, \"tls\": \"implicit\""
echo 'carols first' >first
cp "$CA_FILE" ca.pem
smtpvault --quiet add carol --provider corp --host localhost --port "$port" --tls starttls \
    --username carol@example.test --password-from file:first --ca-file "$WORK/ca.pem"
wait_for smtpvault test carol
check "the login works" smtpvault test carol

# ---- a rotator that changes what is in `places`: near, far; old: far goes on with the old one

mkdir -p "$XDG_CONFIG_HOME/smtpvault/rotators.d"
cat >"$XDG_CONFIG_HOME/smtpvault/rotators.d/ports" <<END
#!/bin/sh
put() { # put FILE SECRET
    { hash=\$(printf '%s\\n%s\\n' "\$2" "\$2" | doveadm -O pw -s SHA512-CRYPT) &&
        echo "carol@example.test:\$hash" >"\$1.new" && chgrp dovecot "\$1.new" &&
        chmod 640 "\$1.new" && touch -d '2 seconds' "\$1.new" && mv "\$1.new" "\$1"; } || exit 1
}
if [ "\$1" = set ]; then
    read -r new <&3
    read -r old <&5
    for at in \$(cat "$WORK/places"); do
        case \$at in
        near) put "$near" "\$new" ;;
        far) put "$far" "\$new" ;;
        old) put "$far.previous" "\$old" ;;
        esac
    done
elif [ "\$1" = test ]; then
    sleep 1.2
fi
echo '{"schema":1,"result":"ok"}'
END
chmod 755 "$XDG_CONFIG_HOME/smtpvault/rotators.d/ports"
smtpvault --quiet policy set carol --hook ports
# record CONDITION: of carol's record, as jq sees it
record() {
    smtpvault rotate --status carol --json >record
    cat record
    jq -e --arg port "$port" --arg other "$other" --arg closed "$closed" "$1" record >/dev/null
}
# noted NOTE RESULT: the log has a test with it
noted() {
    smtpvault audit --json --op test --profile carol >noted
    cat noted
    jq -es --arg note "$1" --arg result "$2" 'any(.note == $note and .result == $result)' \
        noted >/dev/null
}
version() {
    smtpvault list --json carol | jq '.profiles[0].version'
}

# ---- both have it

echo near far >places
check "a secret that both ports take" rotates 0 carol
check "is proved by two logins, and the old one dead at both" record '.stage == "finished" and
    .verified_by == "2 logins, ports \($port) and \($other)" and
    .proof == "535 5.7.8, ports \($port) and \($other)"'
check "the log says where the new one was tried" noted "ok 235 2.7.0, port $other" ok
check "and the old one" noted "wrong-secret 535 5.7.8, port $other" failed
check "which nobody holds against the login" smtpvault test carol
row
check "with one port only" rotates 0 carol
check "it is one login" record '.verified_by == "1 login" and .proof == "535 5.7.8"'
row "\"port\": $closed, \"tls\": \"starttls\"" "\"port\": $other, \"tls\": \"implicit\""
check "a port that nobody listens on is no reason to stop" rotates 0 carol
check "but said" says "at port $closed of its server no login can be tried (refused)"
check "and on record" record '.stage == "finished" and
    .verified_by == "2 logins, ports \($port) and \($other); \($closed) untried" and
    .proof == "535 5.7.8, ports \($port) and \($other)"'
row "\"port\": $other, \"tls\": \"starttls\""
check "nor one that speaks otherwise" rotates 0 carol
check "which is on record too" record '.verified_by == "1 login, port \($port); \($other) untried" and
    .proof == "535 5.7.8"'
row "\"port\": $other, \"tls\": \"implicit\""

# ---- one has it

half="port $other of the server refuses the new secret (535 5.7.8), and port $port takes it"
before=$(version)
echo near >places
check "a secret that one port refuses" rotates 1 carol
check "is changed by half" says "carol: $half: it is changed by half, so the old one stays"
check "which is on record" record ".stage == \"pending\" and .fault == \"$half\""
check "and nothing is promoted" [ "$(version)" -eq "$before" ]
check "resumed, it is so still" rotates 1 --resume carol
echo near far >places
check "the rotator sets it at both, and it goes on" rotates 0 --resume carol
check "to its end" record '.stage == "finished" and .fault == null and
    .verified_by == "2 logins, ports \($port) and \($other)"'
echo near >places
check "another one that is changed by half" rotates 1 carol
check "can be given up" rotates 0 --rollback carol
check "and the login works as before" smtpvault test carol
echo near far >places
check "at both" rotates 0 carol

# By a person, who is at the one port only.
printf '%s\n' 'carols by hand' >hand
: >places
by_hand() { # by_hand FILE: as a person would there
    hash=$(cat hand hand | doveadm -O pw -s SHA512-CRYPT)
    echo "carol@example.test:$hash" >"$1"
    touch -d '2 seconds' "$1"
    sleep 1.2
}
by_hand "$near"
check "by hand, at one port" rotates 1 carol --password-from file:hand
check "is changed by half too" says "$half"
check "and waits for the other" record '.stage == "set"'
check "however often" rotates 1 --resume carol
by_hand "$far"
check "until that has it" rotates 0 --resume carol
check "and the secret is this one" sh -c 'smtpvault get carol | cmp - hand'

# ---- one still has the old one

echo near far old >places
smtpvault get carol >old
check "an old secret that lives on at one port" rotates 1 carol
check "is alive" says "the old secret is still alive: port $other of its server takes it"
check "which is on record" record '.stage == "promoted" and (.fault | test("still alive: port"))'
: >"$far.previous"
touch -d '3 seconds' "$far.previous"
sleep 1.2
check "until it is ended there" rotates 0 --resume carol
check "at both" record '.stage == "finished" and .proof == "535 5.7.8, ports \($port) and \($other)"'

# ---- one cannot tell

cat "$FAULTS/ca.pem" >>ca.pem
row "\"port\": $other, \"tls\": \"implicit\"" "\"port\": $(faults_port temporary), \"tls\": \"starttls\""
echo near far >places
before=$(version)
check "a port that cannot tell for now" rotates 75 carol
check "is waited for" says \
    "no login of carol at port $(faults_port temporary) tells whether its server takes the secret (temporary)"
check "with nothing promoted" [ "$(version)" -eq "$before" ]
check "however often" rotates 75 --resume carol
row "\"port\": $other, \"tls\": \"implicit\"" "\"port\": $(faults_port disabled), \"tls\": \"starttls\""
check "it goes on without it, and one that takes no logins is no reason to stop" \
    rotates 0 --resume carol
check "which is said" says \
    "at port $(faults_port disabled) of its server no login can be tried (disabled-by-policy)"
row "\"port\": $other, \"tls\": \"implicit\""
echo 'carol@example.test:::::::nopassword=y' >"$far.previous"
check "a port that takes any password" rotates 1 carol
check "proves nothing" says \
    "carol: port $other of this server accepts any password: the test proves nothing"
check "which is on record" record '.stage == "finished" and .proof == "any password is accepted"'

# ---- with an agent, and beside others

: >"$far.previous"
touch -d '3 seconds' "$far.previous"
printf 'from nobody\n' >nobody
smtpvault --quiet add dave --host localhost --port "$port" --tls starttls --ca-file "$CA_FILE" \
    --username dave@example.test --password-from file:nobody
printf '#!/bin/sh\necho "{\\"schema\\":1,\\"result\\":\\"ok\\"}"\n' >"$XDG_CONFIG_HOME/smtpvault/rotators.d/idle"
chmod 755 "$XDG_CONFIG_HOME/smtpvault/rotators.d/idle"
smtpvault --quiet policy set dave --hook idle
smtpvault --quiet unlock
check "an agent proves it so too" rotates 0 carol
check "at both" record '.verified_by == "2 logins, ports \($port) and \($other)"'
check "and with another that fails" rotates 1 carol dave --yes --jobs 2
check "it is finished" record '.stage == "finished" and
    .proof == "535 5.7.8, ports \($port) and \($other)"'
smtpvault --quiet lock
check "the vault is sound" smtpvault verify
all_ok
