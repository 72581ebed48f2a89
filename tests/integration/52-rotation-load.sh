#!/bin/sh
# SPDX-License-Identifier: ISC
# Rotations of a real Dovecot's passwords, two in SQL and two in a passwd-file, while msmtp, git and
# a loop go on sending: no message is lost; and killed at every step they come to an end at which
# server and vault agree.
#
#   ROTATION_ROUNDS=N    how often four logins are changed under load (2)
#   ROTATION_KILLS=N     and how many kills within the vault's own writes (3)
#   ROTATION_LINGER=N    seconds for which the server takes the old one too (3); "none": it does
#                        not at all, and messages are lost: the test is to fail then
# shellcheck disable=SC2317 # check calls functions by their name
set -eu
# shellcheck source=tests/integration/lib/vault.sh
. "$(dirname "$0")/lib/vault.sh"
SENDERS=''
stop() {
    [ -z "$WORK" ] || : >"$WORK/stop"
    for pid in $SENDERS; do
        wait "$pid" 2>/dev/null || true
    done
    vault_stop
}
trap stop EXIT
suite=$(cd "$(dirname "$0")" && pwd)
shipped=$(cd "$suite/../../scripts/rotators.d" && pwd)
rounds=${ROTATION_ROUNDS-2} kills=${ROTATION_KILLS-3} linger=${ROTATION_LINGER-3}
vault_start
base=$SERVERS/dovecot/sql/mail.sqlite
users=$SERVERS/dovecot/sql/users

# ---- a server that takes the previous password too, while there is one

mkdir "$SERVERS/dovecot/sql"
sqlite3 "$base" 'PRAGMA journal_mode = WAL;
    CREATE TABLE users (userid TEXT PRIMARY KEY, password TEXT NOT NULL, previous TEXT);' >/dev/null
for i in 1 2 3 4; do
    kept=sql
    [ $((i % 2)) -eq 1 ] || kept='file'
    printf 'first of %s\n' "$i" >"first.$i"
    if [ $kept = sql ]; then
        sqlite3 "$base" "INSERT INTO users VALUES ('u$i@example.test', '{PLAIN}first of $i', NULL)"
    else
        echo "u$i@example.test:{PLAIN}first of $i" >>"$users"
    fi
    smtpvault --quiet add "u$i" --host localhost --port "$SUBMISSION_PORT" --tls starttls \
        --username "u$i@example.test" --from "u$i@example.test" --tag load --tag $kept \
        --password-from "file:first.$i" --ca-file "$CA_FILE"
    cat >"msmtprc.u$i" <<END
account default
host localhost
port $SUBMISSION_PORT
tls on
tls_starttls on
tls_trust_file $CA_FILE
auth plain
user u$i@example.test
from u$i@example.test
passwordeval smtpvault get u$i
END
done
: >"$users.previous"
chgrp -R dovecot "$SERVERS/dovecot/sql"
chmod 770 "$SERVERS/dovecot/sql"
chmod 660 "$SERVERS/dovecot/sql/"*
for column in password previous; do
    cat >"$SERVERS/dovecot/$column.conf" <<END
driver = sqlite
connect = $base
password_query = SELECT userid AS user, $column AS password FROM users WHERE userid = '%u' AND $column IS NOT NULL
END
    cat >>"$SERVERS/dovecot/oauth.conf" <<END
passdb {
  driver = sql
  args = $SERVERS/dovecot/$column.conf
}
END
done
for file in "$users" "$users.previous"; do
    cat >>"$SERVERS/dovecot/oauth.conf" <<END
passdb {
  driver = passwd-file
  args = $file
}
END
done
sed -i '1i auth_username_format = %u' "$SERVERS/dovecot/oauth.conf"
kill -HUP "$DOVECOT_PID"
sleep 1.1
wait_for smtpvault test u1
check "Dovecot knows the users" smtpvault test u1 u2 u3 u4

# ---- under load

if [ "$linger" = none ]; then
    in_sql='' in_file=''
else
    in_sql="previous-column=previous linger=$linger"
    in_file="previous-file=$users.previous linger=$linger"
fi
smtpvault --quiet policy set --tag sql --hook "sql-sqlite file=$base user-column=userid $in_sql"
smtpvault --quiet policy set --tag file --hook "dovecot-passwd-file file=$users $in_file"
smtpvault unlock
for sender in "msmtp u1" "git u2" "get u3" "get u4"; do
    # shellcheck disable=SC2086 # two words
    set -- $sender
    "$suite/lib/rotation_sender.py" "$1" "$2" "$2@example.test" "$SUBMISSION_PORT" "$CA_FILE" &
    SENDERS="$SENDERS $!"
done
sleep 1
all_rotate() {
    smtpvault rotate --tag load --yes --per-provider 4 --json >summary 2>err || {
        cat summary err
        return 1
    }
    jq -e '.rotated == 4' summary
}
for round in $(seq "$rounds"); do
    check "four at once, under load: $round" all_rotate
done
sleep 1
: >stop
for pid in $SENDERS; do
    wait "$pid" || true
done
SENDERS=''
none_lost() {
    grep -h '^lost' sender.* | sort | uniq -c | head -5
    [ "$(cat sender.* | grep -c '^sent')" -gt $((4 * rounds)) ] && ! grep -q '^lost' sender.*
}
all_arrived() {
    sent=$(cat sender.* | grep -c '^sent')
    wait_for sh -c "[ \"\$(find '$MAILBOX/new' -type f | wc -l)\" -ge $sent ]"
    [ "$(mail_count)" -eq "$sent" ]
}
check "nobody was turned away" none_lost
check "every message is there" all_arrived
echo "# $((4 * rounds)) rotations, $(cat sender.* | grep -c '^sent') messages, $(cat sender.* | grep -c '^lost' || true) lost"
smtpvault -q lock

# ---- killed, wherever it is

# In `fatal`: before or after a step; or a step and a number, which of its renames is the last thing
# that the rotator comes to.
mkdir -p .config/smtpvault/rotators.d
cat >.config/smtpvault/rotators.d/killer <<END
#!/bin/sh
cd "$WORK"
fatal=\$(cat fatal 2>/dev/null)
shipped=$shipped/\$SMTPVAULT_SET_SHIPPED
dies() {
    rm fatal
    kill -9 "\$(cut -d' ' -f4 "/proc/\$PPID/stat")" # smtpvault; between is a keeper
    sleep 5
}
[ "\$fatal" != "before \$1" ] || dies
case \$fatal in
"\$1 "*)
    strace -f -qq -o /dev/null -e trace=rename,renameat,renameat2 \\
        -e "inject=rename,renameat,renameat2:signal=KILL:when=\${fatal#* }" \\
        "\$shipped" "\$1" >"answer.\$\$"
    [ -s "answer.\$\$" ] || dies
    ;;
*) "\$shipped" "\$1" >"answer.\$\$" ;;
esac
[ "\$fatal" != "after \$1" ] || dies
cat "answer.\$\$"
rm "answer.\$\$"
END
chmod 755 .config/smtpvault/rotators.d/killer
smtpvault --quiet policy set --tag sql --hook "killer shipped=sql-sqlite file=$base \
user-column=userid previous-column=previous linger=0"
smtpvault --quiet policy set --tag file --hook "killer shipped=dovecot-passwd-file file=$users \
previous-file=$users.previous linger=0"

# agree NAME CONDITION: the server of u1, in SQL, or u2, in a file, takes what the vault has, and no
# other that it had
agree() {
    smtpvault rotate --status "$1" --json >record
    cat record
    jq -e "$2" record && smtpvault test "$1" &&
        [ -z "$(sqlite3 "$base" "SELECT previous FROM users WHERE userid LIKE '$1%'")" ] &&
        ! grep "^$1@" "$users.previous"
}
ended='.stage == "finished" or .stage == "abandoned" or .stage == "rolled-back"'
resumed() {
    status=0
    smtpvault rotate --resume "$1" || status=$?
    # 66: it was over, or not begun yet.
    [ "$status" -eq 0 ] || [ "$status" -eq 66 ]
}
rounds_killed=0
for name in u1 u2; do
    set -- "before create" "before set" "after set" "after test" "before finish" "after finish"
    [ $name = u1 ] || set -- "$@" "set 1" "set 2" "finish 1" "finish 2"
    for at; do
        echo "$at" >fatal
        smtpvault rotate $name >out 2>&1 || true
        check "$name killed: $at" [ ! -e fatal ]
        check "it goes on" resumed $name
        check "and server and vault agree" agree $name '.stage == "finished"'
        rounds_killed=$((rounds_killed + 1))
    done
    set -- "before set" "after set"
    [ $name = u1 ] || set -- "$@" "set 2"
    for at; do
        echo "$at" >fatal
        smtpvault rotate $name >out 2>&1 || true
        check "$name killed: $at; and given up" smtpvault rotate --rollback $name
        check "server and vault agree" agree $name '.stage == "abandoned"'
        rounds_killed=$((rounds_killed + 1))
    done
done
# Of some forty calls that make a write durable.
for n in $(seq 1 "$kills"); do
    at=$((n * 40 / kills))
    status=0
    strace -f -qq -o /dev/null -e trace=fdatasync -e "inject=fdatasync:signal=KILL:when=$at" \
        "$(dirname "$SMTPVAULT")/libexec/smtpvault" rotate u1 >out 2>&1 || status=$?
    echo "# write $at: status $status"
    check "killed at write $at it goes on" resumed u1
    check "server and vault agree" agree u1 "$ended"
    rounds_killed=$((rounds_killed + 1))
done
echo "# $rounds_killed kills, all resumed or rolled back"
check "the vault is whole" smtpvault verify
check "and its log" smtpvault audit verify
all_ok
