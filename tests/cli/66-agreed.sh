#!/bin/bash
# SPDX-License-Identifier: ISC
# A command that stands in a vault, on the machine of somebody who has not written it there: it
# does not run before they agree to it.
here=$(cd "${0%/*}" && pwd)
# shellcheck source=tests/cli/lib.sh
. "$here/lib.sh"
t_vault
add_plain work s3cret-one
t_secrets+=(s3cret-one)
mkdir hooks
chmod 755 hooks
cat >hooks/evil <<END
#!/bin/sh
echo "\$1" >>"$t/ran"
[ ! -e "$t/later" ] || { echo '{"schema":1,"result":"retry"}'; exit; }
echo '{"schema":1,"result":"ok"}'
END
chmod 755 hooks/evil
ours=${XDG_STATE_HOME-}
[ -n "$ours" ] || die "the scenarios have a state of their own"

# elsewhere: as on another machine, which has seen nothing of what was typed here.
elsewhere() { export XDG_STATE_HOME=$t/elsewhere; }
back() { export XDG_STATE_HOME=$ours; }
agreed() { cat "$XDG_STATE_HOME"/smtpvault/*/agreed; }

# ---- in a policy: who sets it has agreed, others have not
expect_status 64 policy set work --hook hooks/evil
expect_stderr_has "its whole path"
expect_status 0 policy set work --hook "$t/hooks/evil" --after "touch $t/after"
expect [ "$(agreed | wc -l)" = 2 ]
expect_mode 600 "$XDG_STATE_HOME"/smtpvault/*/agreed
elsewhere
expect_status 77 rotate work --no-verify
expect_stderr_has "nobody has agreed to that on this machine"
expect_absent ran
expect_status 0 rotate --status work --json
expect_json '.[0].stage == "none"'

# ---- asked: no is no, yes is remembered
cat >ask <<END
#!/bin/sh
case \$1 in *"run this program for work: $t/hooks/evil "*) echo "\$1" >>"$t/asked" ;; esac
exit "\$(cat "$t/answer")"
END
chmod 755 ask
export SMTPVAULT_NO_INPUT='' SMTPVAULT_ASKPASS=$t/ask SMTPVAULT_ASKPASS_REQUIRE=force
echo 1 >answer
expect_status 77 rotate work --no-verify
expect [ "$(wc -l <asked)" = 1 ]
expect_absent ran
echo 0 >answer
expect_status 0 rotate work --no-verify
expect [ "$(wc -l <asked)" = 2 ]
expect grep -qx set ran
export SMTPVAULT_NO_INPUT=1 SMTPVAULT_ASKPASS_REQUIRE=never
expect_status 0 rotate work --no-verify

# ---- one letter more is another command
back
expect_status 0 policy set work --hook "$t/hooks/evil a=b"
elsewhere
rm ran
expect_status 77 rotate work --no-verify
expect_absent ran

# ---- in a rotation that another machine began
back
touch later
expect_status 75 rotate work --no-verify --hook "$t/hooks/evil" --set c=d
rm later ran
elsewhere
expect_status 77 rotate --resume work --no-verify
expect_status 77 rotate --rollback work --no-verify
expect_absent ran
expect_status 0 rotate --resume work --no-verify --hook "$t/hooks/evil" --set c=d
expect grep -qx set ran
back
expect_status 0 rotate work --no-verify

# ---- by an agent it is the same
trap '"$program" --quiet lock 2>/dev/null; rm -rf "$t"' EXIT
expect_status 0 unlock --for 10m
expect_status 0 policy set work --hook "$t/hooks/evil e=f"
expect [ "$(agreed | wc -l)" = 5 ]
elsewhere
rm ran
expect_status 77 rotate work --no-verify
expect_absent ran
back
expect_status 0 rotate work --no-verify
expect grep -qx set ran
expect_status 0 lock

# ---- a list that others could have written is none
chmod 666 "$XDG_STATE_HOME"/smtpvault/*/agreed
rm ran
expect_status 77 rotate work --no-verify
expect_absent ran
finish
