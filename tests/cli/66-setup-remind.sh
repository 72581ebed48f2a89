#!/bin/bash
# SPDX-License-Identifier: ISC
# setup reminders: a line of the crontab where no systemd runs for this user, and a drop-in of our
# service where one does; shown, made once, and taken out again byte for byte. The programs are
# stand-ins here; the real ones are in tests/integration and tests/systemd.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
export SMTPVAULT_NO_INPUT=1
# Root's systemd is the machine's: here everything is done as an ordinary user.
if [[ $(id -u) -eq 0 ]]; then
    wrap="unshare --user --map-user=1000 --map-group=1000"
    $wrap true || die "a user namespace is needed"
fi
mkdir bin
cat >bin/crontab <<END
#!/bin/sh
case \$1 in
-l) [ ! -e $t/deny ] || { echo "You are not allowed to use this program" >&2; exit 1; }
    [ -e $t/tab ] || { echo "no crontab for ann" >&2; exit 1; }
    cat $t/tab ;;
-r) rm $t/tab ;;
-) cat >$t/tab ;;
esac
END
cat >bin/systemctl <<END
#!/bin/sh
echo "\$*" >>$t/systemctl.log
END
chmod 755 bin/*
t_path=$t/bin:$t_path

# ---- words
expect_status 64 setup reminders --by post --yes
expect_status 64 setup reminders --to ann@example.org --yes
expect_status 64 setup reminders --by mail --to ann --yes
expect_status 64 setup reminders --every never --yes
expect_status 64 setup msmtp --every 7d --yes
expect_stderr_has 'is for "smtpvault setup reminders"'
expect_status 75 setup reminders
expect_absent tab
# What stands behind the end of a line would be a job of its own.
expect_status 64 --vault $'/x\n* * * * * touch pwn\n/v.db' setup reminders --yes
expect_stderr_has "a path with a control character"
expect_absent tab

# shellcheck disable=SC2016 # it is to be no variable
odd='a "b" $c'

# ---- a crontab that is there already
printf 'MAILTO=ann\n5 4 * * * true' >tab
cp tab was
expect_status 0 setup reminders --dry-run
expect_stdout_has "+53 9 * * * '"
expect cmp tab was
expect_status 0 setup reminders --yes --by mail --by "file:$t/100%'s.json" --to ann@example.org \
    --every 3d "$odd"
expect_stderr_has 'once a day cron starts "smtpvault remind"'
expect grep -q '^# smtpvault: begin reminders' tab
expect grep -qx 'MAILTO=ann' tab
# What cron makes of it: a shell's command, in which \% is %.
job=$(grep "'remind'" tab | cut -d ' ' -f 6- | sed 's/\\%/%/g')
printf "printf '%%s\\\\n' %s\n" "$job" >judge
sh judge >said
expect grep -qx -- "file:$t/100%'s.json" said
expect grep -qxF -- "$odd" said
expect grep -qx -- '--no-input' said
expect grep -qx -- '3d' said
cp tab once
expect_status 0 setup reminders --yes --by mail --by "file:$t/100%'s.json" --to ann@example.org \
    --every 3d "$odd"
expect cmp tab once
expect_status 0 setup reminders --yes --by stdout
expect test "$(grep -c remind tab)" -eq 3
expect_status 0 setup --json
expect_json '.[0].tools | any(.name == "reminders" and .possible)'
expect_status 0 setup reminders --undo --yes --json
expect_json '.[0].state == "undone"'
expect cmp tab was
expect_status 0 setup reminders --undo --yes
expect_stderr_has 'no reminder was set up'

# ---- none is there; it goes again. One that cannot be read is not replaced.
rm tab
expect_status 0 setup reminders --yes
expect test -s tab
expect_status 0 setup reminders --undo --yes
expect_absent tab
touch deny
expect_status 78 setup reminders --yes
expect_stderr_has 'not allowed'
expect_absent tab
rm deny
expect_absent systemctl.log

# ---- systemd: the drop-in, and the timer that is shipped
mkdir -p run/systemd config/systemd/user
python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' run/systemd/private
drop=config/systemd/user/smtpvault-remind.service.d
if [[ ! -e /usr/local/lib/systemd/user/smtpvault-remind.timer ]]; then
    expect_status 78 setup reminders --yes
    expect_stderr_has 'make install'
fi
touch config/systemd/user/smtpvault-remind.timer
expect_status 0 setup reminders --dry-run
expect_stdout_has '+ExecStart='
expect_absent "$drop"
expect_absent systemctl.log
expect_status 0 setup reminders --yes --by "file:$t/100%\$\"x\\" --by notify
expect_absent tab
expect grep -qx 'ExecStart=' "$drop/smtpvault.conf"
expect grep -qF "\"--by\" \"file:$t/100%%\$\$\\\"x\\\\\" \"--by\" \"notify\"" "$drop/smtpvault.conf"
printf -- '--user --quiet daemon-reload\n--user --quiet enable --now smtpvault-remind.timer\n' |
    cmp - systemctl.log || die "not so: $(cat systemctl.log)"
expect_status 0 setup --json
expect_json '.[0].tools | any(.name == "reminders" and .profiles == ["reminders"])'
expect_status 0 setup reminders --undo --yes
expect_absent "$drop"
expect grep -qx -- '--user --quiet disable --now smtpvault-remind.timer' systemctl.log
finish
