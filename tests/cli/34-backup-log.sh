#!/bin/bash
# SPDX-License-Identifier: ISC
# The log beside a backup: read and proved with the vault's keys on a machine that never
# saw what it tells of, and never touched.
here=$(cd "${0%/*}" && pwd)
# shellcheck source=tests/cli/lib.sh
. "$here/lib.sh"
t_vault
add_plain work s3cret
expect_status 0 get work
mkdir to
expect_status 0 backup to/one.db
expect_status 0 audit --json
cp out earlier
expect_status 0 get work

# ---- here, and on a new machine
sum=$(sha256sum to/one.db.log)
expect_status 0 audit --log to/one.db.log --json
expect_json '[.[].op] == ["log-begin", "init", "add", "get"]'
XDG_DATA_HOME=$t/new/data XDG_STATE_HOME=$t/new/state expect_status 0 restore to/one.db
XDG_DATA_HOME=$t/new/data XDG_STATE_HOME=$t/new/state expect_status 0 audit --json
expect_json '[.[].op] == ["log-begin", "restore"]'
XDG_DATA_HOME=$t/new/data XDG_STATE_HOME=$t/new/state \
    expect_status 0 audit --log to/one.db.log --json
expect cmp -s out <(head -n "$(wc -l <out)" earlier)
expect_status 0 audit --log to/one.db.log --op get
expect_stdout_has work
expect_status 0 audit verify --log to/one.db.log
expect_stderr_has "the log is whole"
expect_status 0 audit verify --full --log to/one.db.log --json
expect_json '.[0].ok'
expect [ "$(sha256sum to/one.db.log)" = "$sum" ]
expect [ "$(find to -mindepth 1 | wc -l)" = 2 ]

# ---- one that was altered, another vault's, none at all
cp to/one.db.log bad.log
sqlite3 bad.log "UPDATE entry SET v = zeroblob(length(v)) WHERE seq = 3" || die sqlite3
expect_status 1 audit verify --log bad.log
expect_status 65 audit --log bad.log
sv --vault other.db --keyfile "$t/key" -q init --no-passphrase || die init
expect_status 65 --vault other.db audit --log to/one.db.log
expect_stderr_has "another vault"
expect_status 66 audit --log none.log
expect_status 65 audit --log to/one.db
expect_status 64 audit resume --accept-loss --log to/one.db.log
expect_status 64 shell <<<"audit --log to/one.db.log"

# ---- this machine's own log is as it was
expect_status 0 audit verify
expect_status 0 get work
finish
