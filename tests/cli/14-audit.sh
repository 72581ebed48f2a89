#!/bin/bash
# SPDX-License-Identifier: ISC
# audit: who did what, in the promised words; a loss that is seen.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
t_vault
add_plain work s3cret-x
add_plain shop other-x
expect_status 0 get work
expect_status 66 get nobody

# ---- JSON Lines, key by key in their order
expect_status 0 audit --json
expect_json 'all(keys_unsorted == ["seq", "time", "op", "profile", "version", "result", "via", "token",
    "member", "uid", "pid", "exe", "parent", "unit", "cwd", "note",
    "exe_hash", "package", "tty", "script"])'
expect_json '[.[].seq] == ([.[].seq] | sort) and all(.time | test("^20[0-9-]+T[0-9:]+Z$"))'
expect_json 'all(.result == "ok" or .result == "denied" or .result == "failed")'
expect_json 'any(.op == "init") and any(.op == "add" and .profile == "work" and .version == 1)'
expect_json 'map(select(.op == "get")) | length == 2 and .[0].result == "ok" and
    .[0].profile == "work" and .[0].via == "keyfile" and .[0].member == "owner" and .[0].uid == '"$(id -u)"' and
    (.[0].exe | endswith("bash")) and .[0].cwd == "'"$t"'" and
    .[1].result == "failed" and .[1].profile == "nobody"'
no_secret_in out

# ---- filters
expect_status 64 audit --op gte
expect_stderr_has 'unknown operation "gte"; there are init, unlock, get, '
expect_status 0 audit --op get --json
expect_json 'length == 2'
expect_status 0 audit list --op get --result ok --json
expect_json 'length == 1'
expect_status 0 audit --profile shop --json
expect_json 'length == 1 and .[0].op == "add"'
expect_status 64 audit --profile "$(printf '%200s' '' | tr ' ' x)"
expect_stderr_has "128 is the limit"
expect_status 0 audit --last 2 --json
expect_json 'length == 2 and .[1].profile == "nobody"'
expect_status 0 audit --since 1h --json
expect_json 'length > 4'
expect_status 0 audit --until 2020-01-01 --json
expect_stdout ''
expect_status 0 audit --since 2020-01-01T00:00:00Z --until 2100-01-01 --profile work --json
expect_json 'length == 2'
expect_status 0 audit
expect_stdout_has "TIME"
expect_stdout_has "work"
expect_status 0 audit --via keyfile --member owner --exe bash --op get --json
expect_json 'length == 2'
expect_status 0 audit --via passphrase --json
expect_stdout ''
expect_status 0 audit --member 7 --json
expect_stdout ''
expect_status 66 audit --member nobody
expect_status 64 audit --via post
expect_stderr_has "a way is passphrase, keyfile, agent, token"
for words in "--last 0" "--last x" "--op frob" "--result maybe" "--since never" "--until x"; do
    # shellcheck disable=SC2086
    expect_status 64 audit $words
done

# ---- whole, and read without keys only where none are needed
expect_status 0 audit verify
expect_stderr_has "the log is whole"
expect_status 0 audit verify --json
expect_json '.[0] | .schema == 1 and .ok == true and .findings == 0 and .entries > 4 and
    .from == 0 and .unproved == 0 and (.root | test("^[0-9a-f]{64}$"))'
expect_status 0 audit verify --full
SMTPVAULT_KEYFILE='' expect_status 75 audit

# ---- a log that was cut, or is not this machine's, releases nothing, and is shown
state=$(echo "$XDG_STATE_HOME"/smtpvault/*)
cp -a "$state" kept
sv -q get work >/dev/null || die get
cp -a "$state/seal" newer
rm -r "$state" && cp -a kept "$state" && cp -a newer "$state/seal"
expect_status 65 get work
expect_status 1 audit verify
expect_stdout_has "its tail was deleted"
expect_status 1 audit verify --json
expect_json '.[0] | .ok == false and .findings == 1'
expect_status 0 audit --json
expect_json 'any(.op == "add" and .profile == "work")'
expect_status 65 list
printf 'smtpvault-keyfile-1 %064d\n' 0 >wrong
expect_status 77 --keyfile wrong audit verify
rm -r "$state" && cp -a kept "$state"
expect_status 0 audit verify
expect_status 0 get work

# ---- a whole log is not put aside
expect_status 64 audit resume --accept-loss
expect_stderr_has "the log is whole"
expect_absent "$state/audit.db.lost-1"

# ---- a lost log releases nothing, until the owner accepts the loss
rm "$state/audit.db"*
expect_status 65 get work
expect_stderr_has "audit resume --accept-loss"
expect_status 64 audit resume
expect_status 0 audit resume --accept-loss
expect_status 0 get work
expect_stdout 's3cret-x\n'
expect_status 0 audit --json
expect_json 'any(.op == "log-resume") and any(.op == "get" and .profile == "work")'
expect_status 0 audit verify
expect_status 0 edit work --note x
expect_status 0 audit verify

# ---- who asked is shown with what started it; the last is the file that ran
cat >asks.sh <<'END'
#!/bin/bash
"$1" get work >/dev/null
END
chmod 700 asks.sh
expect ./asks.sh "$program"
expect_status 0 audit --last 1
expect grep -qE '14-audit.sh > asks.sh \(/[a-z/]*/bash\)  ' out
finish
