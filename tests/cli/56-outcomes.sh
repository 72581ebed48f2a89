#!/bin/bash
# SPDX-License-Identifier: ISC
# Remembered outcomes: what exec's program said about the login, and where it is told.
here=$(cd "${0%/*}" && pwd)
# shellcheck source=tests/cli/lib.sh
. "$here/lib.sh"
t_vault
add_plain work s3cret-work
add_plain home s3cret-home
mkdir bin
for name in msmtp curl swaks unheard-of; do
    cat >"bin/$name" <<'SH'
#!/bin/sh
[ "$2" = unread ] || cat <&3 >/dev/null
exit "$1"
SH
    chmod +x "bin/$name"
done

times() { # times FILTER [NAME]: of worked and rejected
    expect_status 0 list --json "${2-work}"
    expect_json "[.[0].profiles[0] | .last_worked, .last_rejected | . != null] == $1"
}
run() { # run STATUS PROGRAM ARGUMENT...
    local status=$1
    shift
    expect_status "$status" exec work -- "bin/$1" "$status" "${@:2}"
}
noted() {
    expect_status 0 audit --op exec --last 1 --json
    expect_json ".[0].note == \"$1\""
}

# ---- what says nothing
times '[false, false]'
run 75 msmtp
noted "msmtp ended with 75"
run 78 msmtp
run 1 curl
run 0 unheard-of
noted "unheard-of ended with 0"
run 77 unheard-of
run 77 curl
run 67 msmtp
run 0 msmtp unread
noted "msmtp ended with 0"
run 77 msmtp unread
expect_status 127 exec work -- bin/nowhere
expect_status 0 list --json work
times '[false, false]'
expect_status 0 doctor
expect_stdout_has "no login was rejected (0 are known"

# ---- what does
run 77 msmtp
noted "msmtp ended with 77: the login was rejected"
times '[false, true]'
times '[false, false]' home
expect_status 0 show work
expect_stdout_has "Rejected    20"
expect_not grep -q '^Worked' out
expect_status 1 due
expect_stdout_has "the login of work was rejected"
expect_stdout_has "smtpvault test work"
expect_status 1 doctor
expect_stdout_has "the login of work was rejected"
sleep 1.1
run 0 msmtp
noted "msmtp ended with 0: the login worked"
times '[true, true]'
expect_status 0 show work
expect_stdout_has "Worked      20"
expect_status 0 due
expect_stderr_has "nothing is due"
expect_not grep -q rejected err
expect_status 0 doctor
expect_stdout_has "no login was rejected (1 are known"
for pair in "curl 67" "swaks 28"; do
    sleep 1.1
    expect_status "${pair#* }" exec home -- "bin/${pair% *}" "${pair#* }"
    times '[false, true]' home
    expect_status 1 doctor
    expect_stdout_has "the login of home was rejected"
done
expect_status 0 exec home --env -- bin/curl 0 unread # the environment is read by being there
times '[true, true]' home

# ---- a new secret begins anew
sleep 1.1
run 77 msmtp
expect_status 1 doctor
sleep 1.1
printf 'another' | expect_status 0 edit work --password-from stdin
expect_status 0 doctor
run 77 msmtp
expect_status 1 doctor

# ---- unused
add_plain never s3cret-never
expect_status 0 list --unused 90d
expect_stdout ''
sleep 2
expect_status 0 get home
expect_status 0 list --unused 2s
expect_stdout 'never\nwork\n'
expect_status 0 list --unused 2s --json
expect_json '[.[0].profiles[].name] == ["never", "work"]'
expect_status 0 list --unused 2s 'w*'
expect_stdout 'work\n'
expect_status 64 list --unused long
expect_stderr_has "a span of time"

# ---- through an agent, which is asked again when the program ended
if [[ -z $wrap ]]; then
    expect_status 0 unlock
    sleep 1.1
    run 0 msmtp
    noted "msmtp ended with 0: the login worked"
    expect_json '.[0].via == "agent"'
    expect_status 0 doctor
    # One that was locked meanwhile: the entry is there, the time is not.
    sleep 1.1
    printf '#!/bin/sh\ncat <&3 >/dev/null\n"%s" lock\nexit 77\n' "$program" >bin/msmtp
    expect_status 77 exec work -- bin/msmtp
    noted "msmtp ended with 77: the login was rejected"
    expect_status 0 doctor
fi
finish
