#!/bin/bash
# SPDX-License-Identifier: ISC
# setup systemd: a drop-in for one service, that asks the agent for a credential; setup for what
# is root's, with a login out of another user's vault; Postfix with a copy in the agent's place.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
t_vault
add_plain work s3cret-x --from ann@example.org
add_plain 'größe' s3cret-y
t_secrets+=(s3cret-x s3cret-y)
drop=config/systemd/user/mailer.service.d
# Root's drop-ins are the machine's: here everything is done as an ordinary user.
if [[ $(id -u) -eq 0 ]]; then
    wrap="unshare --user --map-user=1000 --map-group=1000"
    $wrap true || die "a user namespace is needed"
fi

# ---- words
expect_status 64 setup systemd work --yes
expect_stderr_has "which service?"
for unit in "a b" "" x/y mailer.socket mailer.scope; do
    expect_status 64 setup systemd work --unit "$unit" --yes
done
expect_status 64 setup msmtp work --unit mailer --yes
expect_status 64 setup msmtp work --socket /run/x --yes
expect_stderr_has "a command"
for path in relative "/with blank" '/with%t' "/with\$x" /with,comma; do
    expect_status 64 setup systemd work --unit mailer --socket "$path" --yes
    expect_stderr_has "absolute path"
done
expect_status 64 setup systemd work --unit mailer --copy /x --yes
expect_status 64 setup systemd work --unit mailer --user root --yes
expect_status 66 setup systemd nobody --unit mailer --yes
# What the name of a credential cannot be.
expect_status 65 setup systemd 'größe' --unit mailer --yes
expect_absent config/systemd

# ---- in, twice, another login beside it, out
expect_status 0 setup systemd work --unit mailer --dry-run
expect_stdout_has "+LoadCredential=work:%t/smtpvault/credentials"
expect_absent config/systemd
expect_status 0 setup systemd work --unit mailer --yes
expect_stderr_has "systemd has no unit mailer.service yet"
expect_stderr_has 'systemctl --user daemon-reload'
expect_stderr_has "the file work of \$CREDENTIALS_DIRECTORY"
expect [ "$(cat $drop/smtpvault.conf)" = '# smtpvault: begin work
[Service]
LoadCredential=work:%t/smtpvault/credentials
# smtpvault: end work' ]
cp $drop/smtpvault.conf once
expect_status 0 setup systemd work --unit mailer.service --yes
expect_stderr_has "is set up for work"
expect cmp -s once $drop/smtpvault.conf
add_plain shop s3cret-z
expect_status 0 setup systemd shop --unit mailer --socket /run/other/sock --yes
expect grep -qx 'LoadCredential=shop:/run/other/sock' $drop/smtpvault.conf
expect [ "$(grep -c ^LoadCredential $drop/smtpvault.conf)" = 2 ]
expect_status 0 setup systemd shop --unit other@ --yes
expect_status 0 setup --json
expect_json '.[0].tools[] | select(.name == "systemd") | .profiles | sort == ["shop", "shop", "work"]'
expect_status 0 setup
expect grep -qE '^systemd +(yes|no) +(work, shop, shop|shop, work, shop)' out
expect_status 0 setup systemd shop --undo --unit other@ --yes
expect_status 0 setup systemd shop --undo --unit mailer --yes
expect cmp -s once $drop/smtpvault.conf
expect_status 0 setup systemd --undo --unit mailer --yes --json
expect_json '.[0] | .state == "undone" and .profile == "work" and .tool == "systemd"'
expect_absent $drop

# ---- a line of the user's own for that credential is in its way, also one that goes on
mkdir -p $drop
printf '[Service]\nLoadCredential = work: \\\n  /etc/old\nLoadCredential=other:/etc/other\n' >original
cp original $drop/smtpvault.conf
expect_status 0 setup systemd work --unit mailer --yes
expect [ "$(grep -v '^#' $drop/smtpvault.conf | xargs)" = \
    '[Service] LoadCredential=other:/etc/other [Service] LoadCredential=work:%t/smtpvault/credentials' ]
expect_status 0 setup systemd --undo --unit mailer --yes
expect cmp -s original $drop/smtpvault.conf
expect_absent $drop/smtpvault.conf.before-smtpvault
echo '[Service]' >config/systemd/user/mailer.service
expect_status 0 setup systemd work --unit mailer --dry-run
expect_stderr_empty

# ---- root: the system's folder, and the vault of a user of its own
if [[ $(id -u) -eq 0 ]]; then
    wrap=
    expect_status 0 setup systemd work --unit smtpvault-none --dry-run
    expect_stdout_has "+++ /etc/systemd/system/smtpvault-none.service.d/smtpvault.conf"
    expect_stdout_has "+LoadCredential=work:/run/smtpvault/credentials"
    expect_absent /etc/systemd/system/smtpvault-none.service.d

    # A user whose home is here, on a machine that is this one but for that.
    chmod 711 "$t"
    install -d -o 64999 -g 64999 -m 700 theirs
    { cat /etc/passwd && echo "theirs:x:64999:64999::$t/theirs:/bin/sh"; } >passwd
    chmod 644 passwd
    printf '#!/bin/sh\nmount --bind %s/passwd /etc/passwd\nexec "$@"\n' "$t" >machine
    chmod 700 machine
    wrap="unshare --mount $t/machine"
    $wrap true || die "nothing can be mounted here"
    as_them() {
        $wrap runuser -u theirs -- env -u XDG_CONFIG_HOME -u XDG_DATA_HOME -u XDG_STATE_HOME \
            -u XDG_RUNTIME_DIR HOME="$t/theirs" "$program" --keyfile "$t/theirs/key" "$@"
    }
    as_them -q init --no-passphrase || die "no vault of theirs"
    printf s3cret-d | as_them -q add away --host smtp.example.org --port 587 --tls starttls \
        --username dan --password-from stdin || die "no login of theirs"
    far=(--user theirs --keyfile "$t/theirs/key" --yes)
    expect_status 0 setup systemd away --unit mailer --file drop.conf "${far[@]}"
    expect grep -qx 'LoadCredential=away:/run/smtpvault/credentials' drop.conf
    expect_status 0 setup postfix away --file main.cf "${far[@]}"
    expect grep -qx 'relayhost = \[smtp.example.org\]:587' main.cf
    expect_stderr_has 'smtpvault grant add away --unit postfix@-.service'
    expect_status 0 setup postfix away --file main.cf "${far[@]}"
    expect_stderr_has "is set up for away"
    # Root has written nothing there, and cannot read it as itself.
    expect [ -z "$(find theirs -user root)" ]
    expect_status 77 setup postfix away --file main.cf --keyfile "$t/theirs/key" --yes \
        --vault "$t/theirs/.local/share/smtpvault/vault.db"
    expect_status 66 setup postfix absent --file other.cf "${far[@]}"
    expect_stderr_has "the vault of theirs did not give"
    expect_absent other.cf
    expect_status 64 setup postfix away --user no-such-user --file other.cf --yes
    expect_status 64 setup postfix --file other.cf "${far[@]}"
    expect_status 64 setup msmtp away "${far[@]}"
    expect_status 0 setup postfix --undo --yes --file main.cf
    expect_absent main.cf
    wrap=
fi

# ---- Postfix: another socket, or a copy
expect_status 0 setup postfix work --file main.cf --socket /run/other/map --yes
expect grep -qx 'smtp_sasl_password_maps = proxy:socketmap:unix:/run/other/map:sasl/work' main.cf
expect_status 0 setup postfix work --file main.cf --copy /etc/postfix/sasl_passwd --yes
expect grep -qx 'smtp_sasl_password_maps = texthash:/etc/postfix/sasl_passwd' main.cf
expect [ "$(grep -c smtp_sasl_password_maps main.cf)" = 1 ]
expect_stderr_has 'smtpvault export work --to postfix --inline -o /etc/postfix/sasl_passwd'
expect_stderr_has 'smtpvault export --refresh work'
expect_status 64 setup postfix work --file main.cf --copy /x --socket /y --yes
expect_status 0 setup postfix --undo --file main.cf --yes
expect_absent main.cf
finish
