#!/bin/sh
# SPDX-License-Identifier: ISC
# A job of Debian's cron sends by msmtp with a login from the agent. It is learnt who asks; what
# is granted then lets the job through and keeps a copy of msmtp out.
#
# cron looks at fixed places: it gets others there in a view of the file system of its own, and
# runs its jobs at once (@reboot).
# shellcheck disable=SC2317 # check calls functions by their name
set -eu
# shellcheck source=tests/integration/lib/vault.sh
. "$(dirname "$0")/lib/vault.sh"
CRON_PID=
cron_stop() {
    [ -z "$CRON_PID" ] || kill "$CRON_PID" 2>/dev/null || true
    [ -z "$CRON_PID" ] || wait "$CRON_PID" 2>/dev/null || true
    CRON_PID=
}
trap 'cron_stop; smtpvault --quiet lock 2>/dev/null; vault_stop' EXIT
vault_start
key=$SMTPVAULT_KEYFILE
mkdir -p "$WORK/spool/crontabs" "$WORK/etc" "$WORK/copy"
chmod 755 "$WORK/copy"
cp /usr/bin/msmtp "$WORK/copy/msmtp"
: >"$WORK/crontab"
smtpvault --quiet export starttls --to msmtp -o "$WORK/msmtp.conf"
# msmtp does not tell with what its command ended: this one leaves that, and what it printed.
watched="smtpvault get starttls >$WORK/eval.out; echo \$? >$WORK/eval.status; cat $WORK/eval.out"
sed "s|^passwordeval .*|passwordeval $watched|" "$WORK/msmtp.conf" >"$WORK/watched.conf"
cat >"$WORK/job.sh" <<END
#!/bin/sh
# job.sh PROGRAM SUBJECT [CONFIGURATION]
status=0
printf 'From: $MAIL_USER\nTo: bob@example.test\nSubject: %s\n\n$BODY\n' "\$2" |
    "\$1" -C "$WORK/\${3:-msmtp}.conf" "--tls-trust-file=$CA_FILE" -- bob@example.test 2>"$WORK/\$2.err" ||
    status=\$?
echo \$status >"$WORK/\$2.status"
END
chmod 755 "$WORK/job.sh"

# cron_run PROGRAM SUBJECT [CONFIGURATION]: cron starts, runs the job, and is ended.
cron_run() {
    rm -f "$WORK/$2.status"
    cat >"$WORK/spool/crontabs/root" <<END
HOME=$HOME
PATH=$PATH
XDG_DATA_HOME=$XDG_DATA_HOME
XDG_STATE_HOME=$XDG_STATE_HOME
XDG_RUNTIME_DIR=$XDG_RUNTIME_DIR
MAILTO=""
@reboot $WORK/job.sh $1 $2 ${3-}
END
    chmod 600 "$WORK/spool/crontabs/root"
    # shellcheck disable=SC2016 # the inner shell's
    unshare -m --propagation private sh -c '
        mount --bind "$1/spool" /var/spool/cron && mount --bind "$1/etc" /etc/cron.d &&
            mount --bind "$1/crontab" /etc/crontab && mount -t tmpfs none /run &&
            exec /usr/sbin/cron -f -L 0' sh "$WORK" &
    CRON_PID=$!
    for _ in $(seq 300); do
        [ ! -s "$WORK/$2.status" ] || break
        sleep 0.1
    done
    cron_stop
    [ -s "$WORK/$2.status" ]
}
status_is() {
    cat "$WORK/$1.err"
    [ "$(cat "$WORK/$1.status")" = "$2" ]
}
says() {
    cat "$2"
    grep -qF -- "$1" "$2"
}
accept() {
    smtpvault --keyfile "$key" grant learn starttls --accept
}
learn() {
    smtpvault --keyfile "$key" grant learn starttls --for 7d
}

unset SMTPVAULT_KEYFILE
check "the agent begins" smtpvault --keyfile "$key" unlock --for 1h
check "learning begins" learn
check "cron runs the job" cron_run msmtp learnt
check "the job's letter is sent" status_is learnt 0
check "and arrives" arrived learnt
smtpvault --keyfile "$key" grant learn starttls --show >"$WORK/proposed" 2>/dev/null
check "msmtp is proposed, for its user" \
    says "smtpvault grant add starttls --exe /usr/bin/msmtp --user $(id -un)" "$WORK/proposed"
check "and shown as what cron ran" says "cron > " "$WORK/proposed"
check "nobody else is" test "$(grep -c '^smtpvault' "$WORK/proposed")" = 1
check "it is granted" accept
smtpvault --keyfile "$key" grant list starttls >"$WORK/grants"
check "the grant is for msmtp" says "/usr/bin/msmtp" "$WORK/grants"
over() {
    status=0
    smtpvault --keyfile "$key" grant learn starttls --show >"$WORK/over" 2>&1 || status=$?
    cat "$WORK/over"
    [ "$status" -eq 66 ] && grep -qF 'is not learning' "$WORK/over"
}
check "and the learning is over" over

check "cron runs the job again" cron_run msmtp granted
check "the granted job's letter is sent" status_is granted 0
check "and arrives as well" arrived granted
check "the record names the job" asked_by msmtp get starttls
smtpvault --keyfile "$key" audit --op get --last 1 >"$WORK/record"
check "and a person reads how it came about" \
    says "cron > job.sh > /usr/bin/msmtp" "$WORK/record"
known() { # known FILTER: of what the newest release tells of who asked
    smtpvault --keyfile "$key" audit --json --op get --last 1 >"$WORK/record"
    cat "$WORK/record"
    jq -e "$1" "$WORK/record" >/dev/null
}
bytes=$(b2sum -l 256 /usr/bin/msmtp | cut -c 1-16)
check "the chain begins with cron" known '.parent == "cron > job.sh > msmtp" and .tty == null'
check "msmtp is known by its bytes" known ".exe_hash == \"$bytes\""
if [ -e /var/lib/dpkg/info/msmtp.list ]; then
    version=$(dpkg-query -W -f '${Version}' msmtp)
    check "and its package" known ".package == \"msmtp $version\""
fi
check "cron runs the job with a watch on get" cron_run msmtp watched watched
check "it is let through as well" status_is watched 0
check "get ended with 0" test "$(cat "$WORK/eval.status")" = 0
rm "$WORK/eval.status"

sent=$(mail_count)
check "cron runs a copy of msmtp" cron_run "$WORK/copy/msmtp" copied watched
check "the copy gets nothing" test "$(cat "$WORK/copied.status")" != 0
check "it is refused with 77" test "$(cat "$WORK/eval.status")" = 77
check "with not a byte on standard output" test ! -s "$WORK/eval.out"
check "and says whom it would have to be granted to" \
    says "smtpvault grant add starttls --exe $WORK/copy/msmtp --user $(id -un)" "$WORK/copied.err"
check "nothing is sent" test "$(mail_count)" -eq "$sent"
smtpvault --keyfile "$key" audit --result denied --last 1 >"$WORK/denied"
check "and it is on record" says "no grant for this program" "$WORK/denied"
check "with what it was" says "cron > job.sh > $WORK/copy/msmtp" "$WORK/denied"
check "the job itself goes on" cron_run msmtp after
check "and gets its letter through" status_is after 0
check "which arrives" arrived after
all_ok
