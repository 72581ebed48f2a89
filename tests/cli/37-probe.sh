#!/bin/bash
# SPDX-License-Identifier: ISC
# A look at ports on a terminal: offered when a login fails on the way to the server, and
# only then; asked for, it needs no secret. What it finds is the business of
# tests/integration/31-probe.sh.
source=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/cli/terminal.sh
. "$source/tests/cli/terminal.sh"
t_vault
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.9.9.9", 0)); print(s.getsockname()[1])')
# shellcheck disable=SC2034 # of lib.sh
t_secrets=(s3cret-x)
printf s3cret-x >secret
expect_status 0 add work --host 127.9.9.9 --port "$port" --tls implicit --username ann --password-from file:secret
expect_status 0 add away --host nowhere.invalid --port 587 --tls starttls --username ann --password-from file:secret

# ---- for programs
expect_status 1 test work --probe --json
expect_json '.[0] | keys_unsorted == ["schema", "profile", "ok", "verdict", "cause", "note", "advice", "ports"] and
    .ok == false and .verdict == "refused" and
    (.ports[0] | keys_unsorted == ["host", "port", "mail", "name", "ipv4", "ipv6", "answers", "certificate", "code"]) and
    .ports[0].port == '"$port"' and .ports[0].ipv4 == "refused" and .ports[0].ipv6 == null and
    (.ports | map(select(.mail) | .port) | contains([465, 587, 2525])) and
    (.ports | map(select(.mail | not) | .port) == [443, 993])'
expect_status 1 test work away --probe --json
expect_json 'map(.profile) == ["work", "away"] and (.[1].verdict | startswith("no-name"))'
expect_status 1 test work --probe
expect_stdout_has "work: refused"
expect_stdout_has "SERVER"
expect_status 66 test nobody --probe
expect_status 66 test work --probe --ca-file nowhere.pem
# Nobody had the secret for that.
expect_status 0 audit --op test --json
expect_json 'length == 0'
expect_status 1 test work
expect_not grep -q SERVER out

# ---- for people
unset SMTPVAULT_NO_INPUT
t_open "'$program' test work"
t_see "Look which ports answer from here, without logging in? [Y/n]"
t_see "smtpvault: work: refused: "
t_key Enter
t_see "ended with 1"
t_see "SERVER"
t_see "127.9.9.9:$port"
for no in "n Enter" "no Enter" C-d; do
    t_open "'$program' test work"
    t_see "[Y/n]"
    # shellcheck disable=SC2086 # keys
    t_key $no
    t_see "ended with 1"
    t_see "advice: "
    t_see_not "SERVER"
done
# A name that is not found is on no port; one that a provider's host was mistyped for is looked up.
t_open "'$program' test away"
t_see "ended with 1"
t_see "away: name-not-found"
t_see_not "Look which ports"
expect_status 0 add typo --provider gmail --host smpt.gmail.invalid --port 587 --tls starttls \
    --username ann@gmail.com --password-from file:secret --force
t_open "'$program' test typo"
t_see "Look which ports answer from here, without logging in? [Y/n]"
t_type no
t_key Enter
t_see "ended with 1"
t_open "'$program' --no-input test work"
t_see "ended with 1"
t_see_not "Look which ports"
t_open "'$program' test work --json"
t_see "ended with 1"
t_see_not "Look which ports"
finish
