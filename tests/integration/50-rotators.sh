#!/bin/sh
# SPDX-License-Identifier: ISC
# `smtpvault rotate --hook`: the shipped rotators change passwords of a real Dovecot (passwd-file,
# SQLite), on another machine by a real sshd, and at a loopback IAM; and rotators that hang, lie,
# die and talk are found out by logins.
# shellcheck disable=SC2317,SC2016,SC2094 # check calls functions by their name, or sh
set -eu
# shellcheck source=tests/integration/lib/vault.sh
. "$(dirname "$0")/lib/vault.sh"
# shellcheck source=tests/integration/lib/rotate.sh
. "$(dirname "$0")/lib/rotate.sh"
SSHD_PID='' IAM_PID=''
stop() {
    for pid in $SSHD_PID $IAM_PID; do
        kill "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    vault_stop
}
trap stop EXIT
SES_HOST=email-smtp.eu-central-1.amazonaws.com
CERT_NAMES="DNS:localhost,IP:127.0.0.1,DNS:$SES_HOST"
vault_start
users=$SERVERS/dovecot/users
previous=$SERVERS/dovecot/previous/users # which Dovecot tries behind it
base=$SERVERS/dovecot/mail.sqlite

# ---- what the rotators change

sqlite3 "$base" 'CREATE TABLE users (userid TEXT PRIMARY KEY, password TEXT NOT NULL);
    INSERT INTO users VALUES ("carol@example.test", "{PLAIN}carols first");
    INSERT INTO users VALUES ("dave@example.test", "{PLAIN}another one");'
chgrp dovecot "$base"
chmod 640 "$base"
cat >"$SERVERS/dovecot/sql.conf" <<END
driver = sqlite
connect = $base
password_query = SELECT userid AS user, password FROM users WHERE userid = '%u'
END
cat >"$SERVERS/dovecot/oauth.conf" <<END
auth_mechanisms = plain login
auth_username_format = %u
passdb {
  driver = sql
  args = $SERVERS/dovecot/sql.conf
}
END
{
    echo '# a comment: with a colon'
    echo 'bob@example.test:{PLAIN}bobs first:1000:1000::/home/bob::userdb_quota_rule=*:storage=1G'
    echo 'erin@example.test:{PLAIN}erins first'
} >>"$users"
cat >>"$SERVERS/dovecot/dovecot.conf" <<END
passdb {
  driver = passwd-file
  args = $previous
}
END
mkdir "${previous%/*}"
: >"$previous"
chmod 755 "${previous%/*}"
chgrp dovecot "$previous"
chmod 640 "$previous"
kill -HUP "$DOVECOT_PID"

profile() { # profile NAME USER SECRET
    printf '%s\n' "$3" >"$1.first"
    smtpvault --quiet add "$1" --host localhost --port "$SUBMISSION_PORT" --tls starttls \
        --username "$2" --password-from "file:$1.first" --ca-file "$CA_FILE"
}
profile bob bob@example.test 'bobs first'
profile carol carol@example.test 'carols first'
profile erin erin@example.test 'erins first'
sleep 1.1
wait_for smtpvault test bob
check "Dovecot knows the users" smtpvault test bob carol erin

# record NAME CONDITION: of its record, as jq sees it
record() {
    smtpvault rotate --status "$1" --json >record
    cat record
    jq -e "$2" record >/dev/null
}

# noted NAME NOTE RESULT: the log has an entry of a rotator's step
noted() {
    smtpvault audit --json --op rotate --profile "$1" >noted
    cat noted
    jq -es --arg note "$2" --arg result "$3" \
        'any(.note == $note and .result == $result)' noted >/dev/null
}

# answered STATUS NAME FILE: so does a test with that secret end at its server
answered() {
    wanted=$1
    shift
    smtpvault --quiet add "old-$1" --host localhost --port "$SUBMISSION_PORT" --tls starttls \
        --username "$1@example.test" --password-from "file:$2" --ca-file "$CA_FILE"
    took=0
    smtpvault test "old-$1" || took=$?
    smtpvault --quiet remove "old-$1" --yes
    [ "$took" -eq "$wanted" ]
}
refused() {
    answered 1 "$@"
}
taken() {
    answered 0 "$@"
}

# ---- dovecot-passwd-file

chown nobody "$users"
before=$(stat -c '%U %G %a' "$users")
check "dovecot-passwd-file changes a password" rotates 0 bob --hook dovecot-passwd-file \
    --set "file=$users"
check "the new one works" smtpvault test bob
check "the old one does not" refused bob bob.first
check "which is on record" record bob '.stage == "finished" and .method == "hook" and
    (.hook | startswith("dovecot-passwd-file file=")) and .proof == "535 5.7.8"'
check "the rest of the file is what it was" sh -c '
    grep -qx "# a comment: with a colon" "$1" && grep -qx "erin@example.test:{PLAIN}erins first" "$1" &&
    grep -q "^bob@example.test:{SHA512-CRYPT}[^:]*:1000:1000::/home/bob::userdb_quota_rule=" "$1"' sh "$users"
check "owner and mode too" [ "$(stat -c '%U %G %a' "$users")" = "$before" ]
check "nothing is left beside it" sh -c '! ls -A "${1%/*}" | grep "^.smtpvault-"' sh "$users"
for row in "create: unsupported" "set: ok" "test: ok" "finish: unsupported"; do
    check "the log has \"$row\"" noted bob "dovecot-passwd-file $row" ok
done
check "and what the rotator was given" noted bob "dovecot-passwd-file set" ok
smtpvault get bob >bob.second
check "back to the old one" rotates 0 --rollback bob
check "which the server has again" smtpvault test bob
check "and the vault" sh -c 'smtpvault get bob | cmp - bob.first'
check "and not the new one" refused bob bob.second
check "another scheme" rotates 0 bob --hook dovecot-passwd-file --set "file=$users" \
    --set scheme=argon2id
check "is in the file" grep -q '^bob@example.test:{ARGON2ID}' "$users"
check "a user that is not there" rotates 1 bob --hook dovecot-passwd-file --set "file=$base"
check "is said" says 'the server takes the old secret, and the new one is pending'
check "a setting that was wrong is mended" rotates 0 --resume bob --set "file=$users"

# ---- the old one goes on in a second file

rm "$previous"
without() { # without USER: the second file has no line of that user, and is whole
    cat "$previous"
    ! grep "^$1@" "$previous" && [ "$(ls -A "${previous%/*}")" = users ]
}
set -- --hook dovecot-passwd-file --set "file=$users" --set "previous-file=$previous"
smtpvault --quiet policy set bob --overlap 1h
smtpvault get bob >bob.old
check "where the policy lets the old one go on" rotates 75 bob "$@"
check "it does" taken bob bob.old
check "beside the new one" smtpvault test bob
check "from a second file, made with owner and mode of the first" [ \
    "$(stat -c '%U %G %a' "$previous")" = "$before" ]
check "as the user's whole line" grep -q \
    '^bob@example.test:{SHA512-CRYPT}[^:]*:1000:1000::/home/bob::userdb_quota_rule=' "$previous"
check "until it is over" rotates 75 --resume bob
smtpvault --quiet policy set bob --overlap off
chmod 640 "$previous"
chown root:dovecot "$previous"
printf '%s\n' '# a comment: too' 'erin@example.test:{PLAIN}erins zeroth' >>"$previous"
check "then it ends" rotates 0 --resume bob
check "the old one is dead" refused bob bob.old
check "on record" record bob '.stage == "finished" and .proof == "535 5.7.8"'
check "the log has finish" noted bob "dovecot-passwd-file finish: ok" ok
check "the second file has nothing of it" without bob
check "but the rest" sh -c 'printf "# a comment: too\nerin@example.test:{PLAIN}erins zeroth\n" |
    cmp - "$1"' sh "$previous"
check "its owner and mode too" [ "$(stat -c '%U %G %a' "$previous")" = 'root dovecot 640' ]
smtpvault --quiet policy set bob --overlap 1h
smtpvault get bob >bob.old
check "within an overlap" rotates 75 bob "$@"
smtpvault get bob >bob.new
check "it can go back" rotates 0 --rollback bob
check "to the old one" sh -c 'smtpvault get bob | cmp - bob.old && smtpvault test bob'
check "and the new one is dead" refused bob bob.new
check "in both files" without bob
check "another, within the overlap of one that goes on" sh -c '
    smtpvault -q rotate bob "$@"; [ $? -eq 75 ] || exit 1
    smtpvault get bob >bob.older; smtpvault -q rotate bob "$@"; [ $? -eq 75 ]' sh "$@"
check "ends the first old one" refused bob bob.old
check "and the second goes on" taken bob bob.older
check "of one user there is one line" [ "$(grep -c '^bob@' "$previous")" -eq 1 ]

# What the second file has behind each step.
mkdir -p "$WORK/.config/smtpvault/rotators.d"
watcher=$WORK/.config/smtpvault/rotators.d/watcher
cat >"$watcher" <<END
#!/bin/sh
"$(dirname "$SMTPVAULT")/libexec/rotators.d/dovecot-passwd-file" "\$1"
grep -c '^bob@' "$previous" >"$WORK/behind.\$1"
END
chmod 755 "$watcher"
smtpvault get bob >bob.old
check "one that is out" rotates 0 --emergency bob --hook watcher --set "file=$users" \
    --set "previous-file=$previous"
check "gets no time, whatever the policy says" sh -c '[ "$(cat behind.set behind.finish)" = "0
0" ]'
check "and is dead" refused bob bob.old
check "while another does" sh -c 'smtpvault -q rotate bob --hook watcher --set "file=$1" \
    --set "previous-file=$2"; [ $? -eq 75 ] && [ "$(cat behind.set)" = 1 ]' sh "$users" "$previous"
smtpvault --quiet policy set bob --overlap off
check "until it is over" rotates 0 --resume bob
for wrong in "previous-file=$users" previous-file=users linger=soon; do
    sum=$(cksum <"$users")
    check "$wrong is refused" rotates 1 bob "$@" --set "$wrong"
    check "and nothing changed" [ "$(cksum <"$users")" = "$sum" ]
    check "it is given up" rotates 0 --rollback bob --hook dovecot-passwd-file --set "file=$users"
done

# ---- sql-sqlite, by a policy

smtpvault --quiet policy set carol --hook "sql-sqlite file=$base user-column=userid"
check "sql-sqlite changes a password, as the policy says" rotates 0 carol
check "the new one works" smtpvault test carol
check "the old one does not" refused carol carol.first
check "the others are what they were" [ "$(sqlite3 "$base" \
    "SELECT password FROM users WHERE userid LIKE 'dave%'")" = '{PLAIN}another one' ]
check "no table is made of a word" rotates 1 carol --hook sql-sqlite --set "file=$base" \
    --set 'table=users; DROP TABLE users'
check "and the rotation goes on with the right one" rotates 0 --resume carol \
    --hook "sql-sqlite file=$base user-column=userid"

# ---- ssh-command

ssh_start() {
    SSH_PORT=$(free_ports 1)
    mkdir -p /run/sshd ssh
    ssh-keygen -q -t ed25519 -N '' -f ssh/host
    ssh-keygen -q -t ed25519 -N '' -f ssh/mine
    cp ssh/mine.pub ssh/authorized
    printf '[127.0.0.1]:%s %s\n' "$SSH_PORT" "$(cut -d' ' -f1,2 ssh/host.pub)" >ssh/known
    cat >ssh/sshd_config <<END
Port $SSH_PORT
ListenAddress 127.0.0.1
HostKey $PWD/ssh/host
AuthorizedKeysFile $PWD/ssh/authorized
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin prohibit-password
END
    cat >ssh/config <<END
Host mailbox
  HostName 127.0.0.1
  Port $SSH_PORT
  User root
  IdentityFile $PWD/ssh/mine
  IdentitiesOnly yes
  UserKnownHostsFile $PWD/ssh/known
END
    # What the machine there has: a secret on standard input, the user as an argument.
    cat >ssh/set-password <<END
#!/bin/sh
read -r new && [ -n "\$new" ] || exit 3
echo "changing \$1" >&2
hash=\$(printf '%s\n%s\n' "\$new" "\$new" | doveadm -O pw -s SHA512-CRYPT)
sed "s|^\$1:[^:]*|\$1:\$hash|" "$users" >"$users.ssh"
chown --reference="$users" "$users.ssh" && chmod --reference="$users" "$users.ssh"
touch -d '2 seconds' "$users.ssh" && mv "$users.ssh" "$users" && sleep 1.2
END
    chmod 755 ssh/set-password
    /usr/sbin/sshd -D -e -f "$PWD/ssh/sshd_config" </dev/null >ssh/log 2>&1 &
    SSHD_PID=$!
    sockets_answer "$SSH_PORT"
}
ssh_start
set -- --hook ssh-command --set host=mailbox --set "config=$WORK/ssh/config"
check "ssh-command changes a password on another machine" rotates 0 erin "$@" \
    --set "command=$WORK/ssh/set-password %u"
check "what the command says is shown" says 'ssh-command: changing erin@example.test'
check "the new one works" smtpvault test erin
check "the old one does not" refused erin erin.first
check "a command that fails" rotates 1 erin "$@" --set "command=exit 3"
check "is said with its status" says 'the command ended with status 3'
check "and given up" rotates 0 --rollback erin --set "command=$WORK/ssh/set-password %u"
mv ssh/known ssh/known.away
check "a host that is not known is for later" rotates 75 erin "$@" \
    --set "command=$WORK/ssh/set-password %u"
mv ssh/known.away ssh/known
check "and goes on when it is" rotates 0 --resume erin
check "the login works" smtpvault test erin

# ---- rotators that are not to be trusted; each does its work by the shipped one, or does not

mkdir -p "$WORK/.config/smtpvault/rotators.d"
shipped=$(dirname "$SMTPVAULT")/libexec/rotators.d/dovecot-passwd-file
export SMTPVAULT_TEST_SHIPPED="$shipped"
rotator() { # rotator NAME: its step "set" is on standard input
    {
        echo '#!/bin/sh'
        echo "change() { $shipped set >/dev/null; }"
        echo '[ "$1" = set ] || { echo "{\"schema\":1,\"result\":\"unsupported\"}"; exit; }'
        cat
    } >"$WORK/.config/smtpvault/rotators.d/$1"
    chmod 755 "$WORK/.config/smtpvault/rotators.d/$1"
}
set -- --set "file=$users"
OK='echo "{\"schema\":1,\"result\":\"ok\"}"'

rotator liar <<END
$OK
END
check "one that lies" rotates 1 bob --hook liar "$@"
check "is found out" says 'the rotator said that the new secret is set, and the server refuses it'
check "the new secret is pending" record bob '.stage == "pending" and .fault != null'
check "the old one works" smtpvault test bob
check "an honest one goes on" rotates 0 --resume bob --hook "dovecot-passwd-file file=$users"

rotator hangs-after <<'END'
change
sleep 600
END
check "one that hangs when it is done" rotates 0 bob --hook 'hangs-after --limit 4s' "$@"
check "is ended, and the login decides" says 'but the server takes the new secret, so it goes on'
check "the login works" smtpvault test bob
check "the log says unsure" noted bob "hangs-after set: unsure" failed

rotator hangs-before <<'END'
sleep 600
END
check "one that hangs before" rotates 1 bob --hook 'hangs-before --limit 1s' "$@"
check "leaves the new secret pending" record bob '.stage == "pending"'
check "and can be given up" rotates 0 --rollback bob
check "the login works" smtpvault test bob

rotator dies <<'END'
change
kill -KILL $$
END
check "one that dies between its work and its answer" rotates 0 bob --hook dies "$@"
check "is survived" says 'it died of signal 9'
check "the login works" smtpvault test bob

rotator prints <<'END'
tee /dev/stderr <&3
cat <&5
END
check "one that prints the secrets" rotates 1 bob --hook prints "$@"
smtpvault get bob --version pending >pending
smtpvault get bob >current
check "shows none of them" sh -c '! cat out err | grep -qF -f pending -f current && grep -qF "****" err'
check "nor does the record" sh -c '! smtpvault rotate --status bob --json | grep -qF -f pending -f current'
check "nor the log" sh -c '! smtpvault audit --json | grep -qF -f pending -f current'
smtpvault --quiet rotate --rollback bob

rotator refuses <<'END'
echo '{"schema":1,"result":"refused","message":"the password is too short"}'
END
check "one that refuses" rotates 1 bob --hook refuses "$@"
check "says why" record bob '.fault | test("refuses set: refused: the password is too short")'
smtpvault --quiet rotate --rollback bob

rotator retries <<'END'
echo '{"schema":1,"result":"retry","message":"at night"}'
END
check "one that is for later" rotates 75 bob --hook retries "$@"
check "is later" rotates 75 --resume bob
smtpvault --quiet rotate --rollback bob

rotator breaks <<'END'
sed -i 's/^bob@example.test:[^:]*/bob@example.test:{PLAIN}neither of them/' "$SMTPVAULT_SET_FILE"
chown nobody:dovecot "$SMTPVAULT_SET_FILE"
exit 1
END
version=$(smtpvault get bob version 2>/dev/null || smtpvault list --json bob | jq '.profiles[0].version')
check "one after which no secret works" rotates 1 bob --hook breaks "$@"
check "is an alarm" says 'the server refuses both the old secret and the new one'
check "which is on record" record bob '.stage == "pending" and (.fault | test("refuses both"))'
check "and nothing is promoted" [ "$(smtpvault list --json bob | jq '.profiles[0].version')" = "$version" ]
check "until a good one mends it" rotates 0 --resume bob --hook "dovecot-passwd-file file=$users"
check "the login works" smtpvault test bob

rotator owned <<END
read -r own <&6 && [ "\$own \$SMTPVAULT_OWN_USERNAME" = "carols first admin" ] && change && $OK
END
smtpvault --quiet add admin --host localhost --port "$SUBMISSION_PORT" --tls starttls \
    --username admin --password-from file:carol.first --ca-file "$CA_FILE"
check "one that needs an administrator's secret" rotates 0 bob --hook owned --with admin "$@"
check "has it, and that is in the log" noted admin "owned set" ok

rotator slow <<END
change
: >"$WORK/changed"
sleep 600
END
rm -f changed
smtpvault rotate bob --hook slow "$@" >out 2>err &
slow=$!
wait_for test -e changed
kill -KILL "$slow"
wait "$slow" 2>/dev/null || true
sleep 1.2
check "killed in the middle, it is pending" record bob '.stage == "pending"'
check "and resumed to its end" rotates 0 --resume bob
check "the login works" smtpvault test bob
chmod 777 "$WORK/.config/smtpvault/rotators.d/slow"
check "one that anybody may change is not run" rotates 77 bob --hook slow "$@"
check "nor one that is not there" rotates 66 bob --hook nowhere
check "the vault is sound" smtpvault verify --full

# ---- amazon-ses

mkdir iam
old=AKIATESTTESTTEST0001
secret=wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY # of AWS's documentation, nearly
echo "$old $secret" >iam/keys
/usr/bin/python3 "$LIB/iam_server.py" iam "$users" eu-central-1 </dev/null >iam/out 2>&1 &
IAM_PID=$!
wait_for test -s iam/port
printf '%s\n' "$secret" >iam/secret
smtpvault --quiet add ses --host $SES_HOST --port "$SUBMISSION_PORT" --tls starttls \
    --username $old --kind iam-secret --password-from file:iam/secret --ca-file "$CA_FILE"
{ cat /etc/hosts && echo "127.0.0.1 $SES_HOST"; } >hosts
# there COMMAND...: where SES is on loopback
there() {
    # shellcheck disable=SC2016 # for that shell
    unshare --mount sh -c 'mount --bind "$1" /etc/hosts && shift && exec "$@"' sh "$WORK/hosts" "$@"
}
ses_rotates() { # ses_rotates STATUS WORD...
    status=0
    wanted=$1
    shift
    there smtpvault rotate "$@" >out 2>err || status=$?
    cat out err iam/calls 2>/dev/null
    [ "$status" -eq "$wanted" ]
}
sleep 1.2
check "the derived password logs in" there smtpvault test ses
set -- --hook amazon-ses --set "endpoint=http://127.0.0.1:$(cat iam/port)"
check "amazon-ses makes a new key and deletes the old one" ses_rotates 0 ses "$@"
check "there is one key, and the profile has it" sh -c '
    [ "$(cut -d" " -f1 iam/keys)" = "$(smtpvault get ses username)" ] && ! grep -q "$1" iam/keys' sh $old
check "its secret is the vault's" sh -c '
    smtpvault get ses iam-secret | grep -qxF -e "$(cut -d" " -f2 iam/keys)"'
check "the derived password logs in" there smtpvault test ses
check "each call was signed" sh -c '! grep -v " 200$" iam/calls && grep -q "^DeleteAccessKey '$old' AKIA" iam/calls'
check "the secrets are nowhere" sh -c '! cat out err | grep -qF -e "$(cut -d" " -f2 iam/keys)"'
smtpvault --quiet policy set ses --overlap 1h
check "where the policy lets the old key go on" ses_rotates 75 ses "$@"
check "it goes on" says 'the old secret may go on until'
check "the new one is current, and both log in" sh -c '[ "$(wc -l <iam/keys)" = 2 ]'
smtpvault --quiet policy set ses --overlap off
check "back, the new one is deleted" ses_rotates 0 --rollback ses
check "and the old one is the only one" sh -c '
    [ "$(cut -d" " -f1 iam/keys)" = "$(smtpvault get ses username)" ]'
check "where the old secret dies at once no overlap helps" sh -c '
    smtpvault --quiet policy set bob --overlap 1h && smtpvault rotate bob --hook "dovecot-passwd-file file=$1"' sh "$users"
smtpvault --quiet policy set bob --overlap off
echo 503 >iam/mood
check "an IAM that is busy is for later" ses_rotates 75 ses "$@"
check "and goes on" ses_rotates 0 --resume ses
echo "AKIAOTHEROTHEROTHER1 another/secret" >>iam/keys
check "two keys already" ses_rotates 1 ses "$@"
check "are said, with the one that is not in use" says 'delete AKIAOTHEROTHEROTHER1, if nothing uses it'
check "given up, all is as it was" ses_rotates 0 --rollback ses
sed -i /OTHER/d iam/keys
printf '%s\n' - 503 >iam/mood
check "a key that was made, and IAM is busy then" ses_rotates 75 ses "$@"
check "there are two" [ "$(wc -l <iam/keys)" = 2 ]
check "given up" ses_rotates 0 --rollback ses
check "the new one is deleted, and the old one kept" sh -c '
    [ "$(cut -d" " -f1 iam/keys)" = "$(smtpvault get ses username)" ]'
check "and logs in" there smtpvault test ses

# ---- with an agent

smtpvault --quiet unlock
check "an agent lets a rotator work" rotates 0 bob --hook "dovecot-passwd-file file=$users"
check "and records it" noted bob "dovecot-passwd-file set: ok" ok
check "an IAM secret it gives to nobody" ses_rotates 77 ses "$@"
smtpvault --quiet lock
check "nothing was begun that cannot go on" ses_rotates 0 --rollback ses
all_ok
