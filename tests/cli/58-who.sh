#!/bin/bash
# SPDX-License-Identifier: ISC
# Who asks the agent: the program by its path, its bytes and its package, also when it was
# copied, removed, replaced or given an odd name, the script that it runs, and the terminal.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
t_vault
add_plain work s3cret-w
trap 'sv -q lock 2>/dev/null; rm -rf "$t"' EXIT
key=$SMTPVAULT_KEYFILE
expect_status 0 unlock --for 1h
unset SMTPVAULT_KEYFILE

hash() { b2sum -l 256 -- "$1" | sed 's/^\\//' | cut -c 1-16; }
# package FILE: in JSON, as dpkg itself says.
package() {
    local path owner
    path=$(readlink -f "$1")
    owner=$(dpkg-query -S "$path" "${path#/usr}" 2>/dev/null | head -n 1 | cut -d : -f 1)
    if [[ -n $owner ]]; then
        dpkg-query -W -f '"${Package} ${Version}"' "$owner"
    else
        echo null
    fi
}
# asked FILTER: the newest entry is a get that was granted, and the filter holds of it.
asked() {
    expect_status 0 audit --json --last 1
    expect_json ".[0] | .op == \"get\" and .result == \"ok\" and .via == \"agent\" and ($1)"
}

# ---- a program of the system
timeout 60 "$program" get work >/dev/null || die "get"
asked ".exe == \"$(readlink -f /usr/bin/timeout)\" and .exe_hash == \"$(hash /usr/bin/timeout)\" and
    .package == $(package /usr/bin/timeout) and .script == null and .tty == null and
    (.parent | endswith(\"58-who.sh > timeout\"))"

# ---- a script is known as that, whatever runs it
cat >job.sh <<'END'
#!/bin/sh
"$1" get work >/dev/null
true
END
cat >job.py <<'END'
import subprocess, sys
subprocess.run([sys.argv[1], "get", "work"], stdout=subprocess.DEVNULL, check=True)
END
chmod 700 job.sh
shell=$(readlink -f /bin/sh)
for run in "$t/job.sh" "/bin/sh $t/job.sh"; do
    $run "$program" || die "$run"
    asked ".exe == \"$shell\" and .exe_hash == \"$(hash "$shell")\" and .package == $(package "$shell") and
        .script == \"$t/job.sh\" and (.parent | endswith(\"58-who.sh > job.sh\"))"
done
/usr/bin/python3 -u job.py "$program" || die "job.py"
asked ".exe == \"$(readlink -f /usr/bin/python3)\" and .script == \"job.py\" and
    .package == $(package /usr/bin/python3) and (.parent | endswith(\" > job.py\"))"
expect_status 0 audit --last 1
expect_stdout_has "58-who.sh > job.py ($(readlink -f /usr/bin/python3))"
/usr/bin/python3 -c "$(cat job.py)" "$program" || die "python3 -c"
asked ".script == null and (.parent | endswith(\" > python3\"))"

# ---- copied, removed, replaced
cp /usr/bin/timeout tool
printf x >>tool
cp tool kept
./tool 60 "$program" get work >/dev/null || die "tool"
asked ".exe == \"$t/tool\" and .exe_hash == \"$(hash kept)\" and .package == null"
for way in "rm tool" "mv other tool"; do
    cp kept tool
    cp /usr/bin/timeout other
    rm -f began go
    # shellcheck disable=SC2016 # the inner shell's
    ./tool 60 sh -c '>began; until [ -e go ]; do sleep 0.02; done; exec "$0" get work' "$program" \
        >/dev/null &
    tool=$!
    until [[ -e began ]]; do sleep 0.02; done
    $way
    touch go
    wait "$tool" || die "$way"
    asked ".exe == \"$t/tool (deleted)\" and .exe_hash == \"$(hash kept)\" and .package == null"
done

# ---- an odd name forges nothing, and reaches no terminal
odd=$'cron) > x\n\e[31m'
cp kept "$odd"
"./$odd" 60 "$program" get work >/dev/null || die "odd"
asked ".exe == \"$t/cron) > x\\n\\u001b[31m\" and (.parent | endswith(\" > cron) ? x??[31m\"))"
expect_status 0 audit --last 1
expect_stdout_has ' > cron) ? x??[31m'
expect_not grep -q $'\e' out
expect [ "$(wc -l <out)" = 2 ]

# ---- on a terminal
# shellcheck disable=SC2016 # the inner shell's
python3 -c 'import pty, sys
sys.exit(pty.spawn(sys.argv[1:]))' sh -c 'tty >terminal; "$0" get work' "$program" </dev/null \
    >/dev/null || die "pty"
asked ".tty == \"$(sed s,^/dev/,, terminal)\""

# ---- by itself it reads no programs: there is nothing to remember them
timeout 60 "$program" --no-agent --keyfile "$key" get work >/dev/null || die "by itself"
expect_status 0 --keyfile "$key" --no-agent audit --json --op get --last 1
expect_json '.[0] | .via == "keyfile" and (.exe | endswith("/timeout")) and .exe_hash == null and
    .package == null'
finish
