#!/bin/bash
# SPDX-License-Identifier: ISC
# edit, history, rollback, rename, remove, policy, due.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
t_vault
add_plain work first-secret --tag a --tag b --note old
t_secrets+=(second-secret)

# ---- edit: what is not named stays
expect_status 0 edit work --port 587 --tls starttls --tag c --untag a
expect_stdout ''
next='next: "smtpvault test work" tells whether it logs in'
expect_stderr_has "$next"
expect_not grep -q warning err
expect_status 0 show work --json
expect_json '.[0] | .port == 587 and .tls == "starttls" and .tags == ["b", "c"] and .note == "old" and
    .version == 2 and .host == "mail.example.org"'
expect_status 0 get work
expect_stdout 'first-secret\n'
printf 'second-secret\n' >second
expect_status 0 set work --password-from file:second --note ''
expect_stderr_has "history"
expect_stderr_has "$next"
expect_status 0 get work
expect_stdout 'second-secret\n'
expect_status 66 get work note
expect_status 64 edit work
expect_stderr_has "nothing to change"
expect_status 64 edit work --port 0
expect_status 64 edit work --tls none
expect_status 66 edit work --untag nothing
expect_status 66 edit nobody --note x
expect_status 65 edit work --password-from cmd:true
expect_status 0 get work version
expect_stdout '3\n'
# A new provider brings its server; what is given by hand wins.
printf 'abcdefghijklmnop' >app
expect_status 0 edit work --provider gmail --username ann@gmail.com --port 465 \
    --password-from file:app
expect_status 0 show work --json
expect_json '.[0] | .host == "smtp.gmail.com" and .port == 465 and .tls == "implicit" and
    .kind == "app-password"'
# Without TLS once, it stays editable.
expect_status 0 edit work --tls none --port 25 --insecure
expect_stderr_has "warning: work uses no TLS"
expect_status 0 edit work --note 'still clear'
expect_status 0 get work version
expect_stdout '6\n'

# A port and a mode that do not go together are told, where somebody chose them.
add_plain pair first-secret
expect_status 0 edit pair --port 465 --tls starttls
expect_stderr_has 'warning: a server begins with TLS on port 465, and pair has STARTTLS: "smtpvault edit pair --tls implicit"'
expect_status 0 edit pair --username bob
expect_not grep -q warning err
expect_status 0 edit pair --tls implicit
expect_not grep -q warning err
expect_status 0 edit pair --port 587
expect_stderr_has 'a server begins in the clear on port 587, and pair has implicit TLS: "smtpvault edit pair --tls starttls"'
# What is nothing of the login's wants no test.
expect_status 0 edit pair --tag z --from ann@example.org
expect_stderr_has "changed pair"
expect_not grep -q next: err
expect_status 0 remove pair --yes

# ---- history and rollback
expect_status 0 history work
expect [ "$(wc -l <out)" = 7 ]
expect grep -q '^6 (now)  20' out
expect grep -q '^5        20' out
no_secret_in out
expect_status 0 history work --json
expect_json '.[0] | .schema == 1 and (.versions | map(.version) == [1, 2, 3, 4, 5, 6])'
expect_status 0 rollback work 1
expect_stderr_has '"smtpvault test work" tells whether it still logs in'
expect_stdout ''
expect_stderr_has "version 7 of work is current now"
expect_status 0 get work
expect_stdout 'first-secret\n'
expect_status 0 get work tags
expect_stdout 'a,b\n'
expect_status 0 rollback work
expect_status 0 get work note
expect_stdout 'still clear\n'
expect_status 66 rollback work 99
expect_status 66 rollback nobody
expect_status 64 rollback work 0
expect_status 64 rollback work first
add_plain fresh fresh-secret
expect_status 66 rollback fresh

# ---- rename keeps the secret and the trail
expect_status 0 rename work team/work
expect_stdout ''
expect_status 66 get work
expect_status 0 get team/work
expect_stdout 'abcdefghijklmnop\n'
expect_status 0 history team/work --json
expect_json '.[0].versions | length >= 8'
expect_status 0 get team/work --version 1
expect_stdout 'first-secret\n'
expect_status 73 mv team/work fresh
expect_status 66 mv nobody other
expect_status 64 mv team/work $'a\nb'
expect_status 0 mv team/work work

# ---- policy and due
expect_status 0 due
expect_stdout ''
expect_status 0 policy set work --every 90d
expect_stdout ''
expect_status 0 get work rotate-every
expect_stdout '90d\n'
expect_status 0 due
expect_status 1 due --within 91d
expect_stdout_has work
expect_status 1 due --within 91d --json
expect_json '.[0] | .schema == 1 and (.profiles | length == 1) and
    .profiles[0].rotation.every_days == 90'
expect_status 0 due --json
expect_json '.[0].profiles == []'
expect_status 0 policy set fresh --every 1d
expect_status 1 due
expect_stdout_has fresh
expect_stdout_has soon
expect_status 0 policy show fresh
expect_stdout_has 1d
expect_status 0 policy list
expect_stdout_has 90d
expect_status 0 policy list --json
expect_json '.[0].profiles | length == 2'
expect_status 0 policy set fresh --every off
expect_status 66 get fresh rotate-every
expect_status 64 policy set work
expect_status 64 policy set work --every 90x
expect_status 64 policy set work --every sometimes
expect_status 64 policy show
expect_status 64 policy list --every 1d
expect_status 64 policy
expect_status 66 policy set nobody --every 1d
expect_status 64 due --within soon
expect_status 0 audit --op policy --result ok --json
expect_json 'length == 3'

# ---- remove: all named or none
expect_status 66 remove --yes fresh nobody
expect_status 0 get fresh
expect_status 64 remove fresh
expect_stderr_has "--yes"
add_plain third third-secret
expect_status 0 rm -y fresh third
expect_stdout ''
expect_status 0 list
expect_stdout 'work\n'
expect_status 66 history fresh
expect_status 0 verify
finish
