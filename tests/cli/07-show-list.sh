#!/bin/bash
# SPDX-License-Identifier: ISC
# show and list: for people, without the secret; for programs, as promised.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
t_vault

# ---- an empty vault
expect_status 0 list
expect_stdout ''
expect_status 0 list --json
expect_stdout '{"schema":1,"profiles":[]}\n'

add_plain work s3cret-one --from ann@example.org --tag a --tag b --note $'one\ntwo' --rotate-every 90d
add_plain team/shop s3cret-two --tag b
printf 's3cret-three' | sv -q add clear --host m.example.org --port 25 --tls none --insecure \
    --username ann --password-from - || die add
printf 'abcdefghijklmnop' | sv -q add mail --username ann@gmail.com --password-from - || die add
t_secrets+=(s3cret-three abcdefghijklmnop)

# ---- list
expect_status 0 list
expect_stdout 'clear\nmail\nteam/shop\nwork\n'
expect_stderr_has "warning: clear uses no TLS"
expect_status 0 ls -q
expect_stderr_empty
for pattern in team/ 'team/*' shop '*/s?op' '[t]eam*'; do
    expect_status 0 list "$pattern"
    expect_stdout 'team/shop\n'
done
expect_status 0 list nothing
expect_stdout ''
expect_status 0 list --tag b
expect_stdout 'team/shop\nwork\n'
expect_status 0 list --tag b --tag a
expect_stdout 'work\n'
expect_status 0 list --provider google
expect_stdout 'mail\n'
expect_status 0 list --provider nobody
expect_stdout ''

# ---- the promised JSON, key by key in its order
expect_status 0 list --json work
expect_json '.[0] | keys_unsorted == ["schema", "profiles"] and .schema == 1'
expect_json '.[0].profiles[0] | keys_unsorted == ["name", "provider", "host", "port", "tls", "auth",
    "username", "from", "kind", "tags", "note", "ca_file", "created", "updated", "version", "rotation",
    "last_used", "last_worked", "last_rejected", "copies"]'
expect_json '.[0].profiles[0].rotation | keys_unsorted == ["every_days", "last", "due", "state",
    "exposed"]'
expect_json '.[0].profiles[0] | .name == "work" and .provider == null and .port == 465 and
    .tags == ["a", "b"] and .note == "one\ntwo" and .version == 1 and .last_used == null and .last_worked == null and .last_rejected == null and
    .rotation.every_days == 90 and .rotation.state == "ok" and .created == .updated and
    (.created | test("^20[0-9-]+T[0-9:]+Z$")) and
    ((.rotation.due | fromdate) - (.rotation.last | fromdate) == 90 * 86400)'
expect [ "$(wc -l <out)" = 1 ]
for secret in "${t_secrets[@]}"; do expect_not grep -qF "$secret" out; done
expect_status 0 list --json clear
expect_json '.[0].profiles[0].rotation.state == "none"'
sv -q get work >/dev/null || die get
expect_status 0 list --json work
expect_json '.[0].profiles[0].last_used | test("^20")'

# ---- show
expect_status 0 show work
expect_stdout_has "Server      mail.example.org"
expect_stdout_has "Secret      ********"
expect_stdout_has "Note        one"
expect grep -qx '            two' out
expect_stderr_empty
no_secret_in out
expect_status 0 show clear
expect_stderr_has "warning: clear uses no TLS"
expect grep -qx 'Secret      \*\*\*\*\*\*\*\*' out
expect_status 0 show work --reveal
expect_stdout_has "Secret      s3cret-one"
expect_status 0 show work --json
expect_json '.[0] | .name == "work" and has("password") == false'
expect_status 0 show work --json --reveal
expect_json '.[0].password == "s3cret-one"'
expect_status 66 show nobody
expect_status 66 show nobody --reveal
expect_status 64 show work mail
expect_status 0 audit --op show --json
expect_json 'map(select(.result == "ok")) | length == 2'

# ---- a table on a terminal
script -qec "$wrap $program --color=never list" /dev/null </dev/null >table 2>/dev/null ||
    die "no table"
expect grep -q '^NAME  *USER  *SERVER  *TLS  *DUE  *LAST USED' table
expect grep -qE '^work +ann +mail.example.org:465 +implicit +in ' table
expect grep -qE '^clear .* NONE ' table
no_secret_in table
expect_not grep -q $'\e\\[1m' table
TERM=xterm script -qec "$wrap $program list" /dev/null </dev/null >table 2>/dev/null ||
    die "no table"
expect grep -q $'\e\\[1mNAME' table
NO_COLOR=1 TERM=xterm script -qec "$wrap $program list" /dev/null </dev/null >table 2>/dev/null ||
    die "no table"
expect_not grep -q $'\e\\[1mNAME' table
# It gives way where the terminal is narrow; what a program reads is never cut.
script -qec "stty cols 60; $wrap $program list" /dev/null </dev/null >table 2>/dev/null ||
    die "no table"
expect grep -qE '^work +ann +mail[a-z.]+… +implicit +in ' table
# The name is what the next command is typed with: it is whole, on a line of its own if need be.
long=a-login-with-a-name-that-is-long@mail.example.org
expect_status 0 rename work "$long"
script -qec "stty cols 80; $wrap $program list" /dev/null </dev/null >table 2>/dev/null ||
    die "no table"
expect grep -qE "^$long.?\$" table
expect [ "$(tr -d '\r' <table | sed 's/…/./g' | awk 'length > 80' | wc -l)" = 0 ]
expect_status 0 rename "$long" work
script -qec "stty cols 60; $wrap $program history work | cat" /dev/null </dev/null >table ||
    die "no history"
expect grep -q 'mail.example.org:465' table
# A message is folded between words, and one line in a log.
script -qec "stty cols 40; $wrap $program show nobody; true" /dev/null </dev/null >folded
expect grep -q '^smtpvault: there is no profile' folded
expect [ "$(tr -d '\r' <folded | awk 'length > 40' | wc -l)" = 0 ]
expect [ "$(wc -l <folded)" = 2 ]
expect_status 66 show nobody
expect [ "$(wc -l <err)" = 1 ]
finish
