#!/bin/bash
# SPDX-License-Identifier: ISC
# drill: whether a backup would help, without anything being changed, shown or left.
here=$(cd "${0%/*}" && pwd)
# shellcheck source=tests/cli/lib.sh
. "$here/lib.sh"
# shellcheck source=tests/cli/kill.sh
. "$here/kill.sh"
t_vault
add_plain work first-s3cret
add_plain shop other-s3cret
add_plain gone third-s3cret
expect_status 0 edit work --note first
mkdir to
expect_status 0 backup to/one.db

# ---- a good one
everything() { find state data to -type f -exec sha256sum {} + | sort -k2; }
before=$(everything)
expect_status 0 drill to/one.db
expect_stdout_has "Backup  ~/to/one.db"
expect_stdout_has "State   change 5 of "
expect_stdout_has "Logins  3, each one's secret was opened"
expect_stdout_has "entries"
expect_stdout_has "Vault   0 changes since; logins: 0 added, 0 removed, 0 changed"
expect_stderr_has "the backup is good"
no_secret_in out
expect [ "$(everything)" = "$before" ]
SMTPVAULT_KEYFILE='' expect_status 0 drill to/one.db
expect_stdout_has "not known without a key; every row was proved"
expect [ "$(everything)" = "$before" ]

# ---- what has changed since
expect_status 0 edit work --note second
expect_status 0 rename shop store
expect_status 0 remove gone --yes
add_plain fresh fresh-s3cret
before=$(everything)
expect_status 0 drill to/one.db
expect_stdout_has "Vault   4 changes since; logins: 1 added, 1 removed, 2 changed"
expect_status 0 drill to/one.db --json
expect_json '.[0] | .schema == 1 and .ok and .findings == [] and .unlocked and .profiles == 3 and
    .change == 5 and .epoch == 1 and .vault == "follows" and .changes_since == 4 and .added == 1 and
    .removed == 1 and .changed == 2 and .log_entries > 5'
SMTPVAULT_KEYFILE='' expect_status 0 drill to/one.db --json
expect_json '.[0] | .ok and .unlocked == false and .profiles == null and .added == null and
    .changes_since == 4'
expect [ "$(everything)" = "$before" ]

# ---- a reader knows the names, and opens nothing else by that
expect_status 0 member add rita --role reader --new-keyfile "$t/rita" --no-passphrase
expect_status 0 backup to/two.db
SMTPVAULT_KEYFILE=$t/rita expect_status 0 drill to/two.db
expect_stdout_has "Logins  3; every row was proved, an administrator's keys open it"
SMTPVAULT_KEYFILE=$t/rita expect_status 0 drill to/two.db --json
expect_json '.[0] | .ok and .unlocked and .opened == false and .profiles == 3'
SMTPVAULT_KEYFILE=$t/rita expect_status 0 verify --full
expect_stderr_has "verified without an administrator's keys"
SMTPVAULT_KEYFILE=$t/rita expect_status 0 verify --full --json
expect_json '.[0] | .ok and .full and .unlocked and .opened == false'
expect_status 0 verify --full --json
expect_json '.[0] | .ok and .full and .unlocked and .opened'

# ---- without a vault here, with another one, with a broken one
XDG_DATA_HOME=$t/none expect_status 0 drill to/one.db
expect_stdout_has "Vault   none here to compare with"
sv --vault other.db --keyfile "$t/key" -q init --no-passphrase || die init
expect_status 0 --vault other.db drill to/one.db
expect_stdout_has "Vault   the one here is another vault"
head -c 9000 other.db >broken.db
chmod 600 broken.db
expect_status 0 --vault broken.db drill to/one.db
expect_stdout_has "cannot be opened"

# ---- a backup whose log is missing is one, whose log is wrong is none
cp to/one.db alone.db
expect_status 0 drill alone.db
expect_stdout_has "Log     none beside it"
cp to/one.db wrong.db
cp to/one.db.log wrong.db.log
sqlite3 wrong.db.log "UPDATE entry SET v = zeroblob(length(v)) WHERE seq = 3" || die sqlite3
expect_status 1 drill wrong.db
expect_stdout_has "wrong.db.log"
sqlite3 wrong.db.log "DELETE FROM entry WHERE seq = (SELECT max(seq) FROM entry)" || die sqlite3
expect_status 1 drill wrong.db --json
expect_json '.[0] | .ok == false and (.findings | length) == 1 and .unlocked'

# ---- a damaged one
cp to/one.db bad.db
sqlite3 bad.db "UPDATE obj SET v = zeroblob(length(v)) WHERE id = (SELECT min(id) FROM obj)" || die sqlite3
expect_status 1 drill bad.db
expect_stdout_has "bad.db cannot be restored"
printf 'no vault at all' >text.db
chmod 600 text.db
expect_status 1 drill text.db
expect_stdout_has "is not a smtpvault vault"
expect_status 1 drill text.db --json
expect_json '.[0] | .ok == false and (.findings | length) == 1 and .change == null'
expect_status 66 drill none.db
expect_status 64 drill

# ---- killed, and given up: nothing stays, or nothing after the next one
prepare() { :; }
left_for_the_next() { :; }
t_calls=(renameat2 unlinkat mkdir fdatasync)
each_kill prepare left_for_the_next drill to/one.db
expect [ "$kills" -gt 5 ]
expect [ -z "$(t_left state)" ]
t_signal=TERM
nothing_left() { expect [ -z "$(t_left state)" ]; }
t_calls=(pwrite64 fdatasync)
each_kill prepare nothing_left drill to/one.db
expect [ "$kills" -gt 5 ]
expect_status 0 audit verify
finish
