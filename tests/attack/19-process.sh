#!/bin/bash
# SPDX-License-Identifier: ISC
# Attack 19, the memory of the process, from outside.
# Without CORE: another process of the same user reads the memory
#
# A shell with the vault open: another process of the same user cannot read its memory
# or follow it with a debugger; it leaves no core, whatever the limit was; and once it
# is locked even root finds nothing.
if [[ $(id -u) -eq 0 && -z ${T_USER-} ]]; then
    place=$(mktemp -d)
    trap 'rm -rf "$place"' EXIT
    chmod 755 "$place"
    # The build may lie where that user may not go.
    install -m 755 "${SMTPVAULT:?}" "$place/smtpvault"
    install -D -m 755 "${SMTPVAULT%/*}/libexec/smtpvault" "$place/libexec/smtpvault"
    export SMTPVAULT=$place/smtpvault T_USER=65534
    mkfifo -m 666 "$place/locked" "$place/searched"
    T_PLACE=$place setpriv --reuid=65534 --regid=65534 --clear-groups "$0" "$@" &
    user=$!
    # What the user's process cannot see root can: it is told the process and the words.
    exec 5<>"$place/locked" 6<>"$place/searched"
    until read -r -t 1 pid words <&5; do
        kill -0 "$user" 2>/dev/null || break
    done
    if [[ -n $words ]]; then
        python3 - "$pid" "$words" >&6 <<'END'
import re, sys
pid, words = sys.argv[1], sys.argv[2].split()
found, size = set(), 0
with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
    for line in maps:
        low, high, mode = re.match(r"(\w+)-(\w+) (\S+)", line).groups()
        # What is larger is a sanitizer's shadow.
        if mode[0] != "r" or "[v" in line or int(high, 16) - int(low, 16) > 256 << 20:
            continue
        try:
            memory.seek(int(low, 16))
            data = memory.read(int(high, 16) - int(low, 16))
        except (OSError, ValueError, OverflowError):
            continue
        size += len(data)
        found |= {w for w in words if w.encode() in data}
print(f"{size} {' '.join(sorted(found)) or 'nothing'}")
END
    fi
    wait "$user"
    exit
fi
# shellcheck source=tests/attack/lib.sh
. "${0%/*}/lib.sh"
pass=passphrase-Mq1-right secret=secret-Mq2-value
t_secrets+=("$pass" "$secret")
sv --passphrase-from fd:9 init "$cheap" 9<<<"$pass" 2>err || die init
printf %s "$secret" | sv --no-input --passphrase-from fd:9 -q add work --host h.example.org --port 465 \
    --tls implicit --username u --password-from stdin 9<<<"$pass" 2>err || die add

# A shell that is fed line by line; what it prints goes to the file out.
ulimit -c unlimited 2>/dev/null
mkfifo lines
(exec "$program" --no-input --passphrase-from fd:9 shell <lines >out 2>err 9<<<"$pass") &
shell=$!
exec 8>lines
say() { # say LINE TEXT: until TEXT is printed
    local i
    echo "$1" >&8
    for ((i = 0; i < 200; i++)); do
        grep -qF -- "$2" out err && return
        sleep 0.05
    done
    die "$1: no $2"
}
say 'get work' "$secret"

# ---- as another process of the same user
if head -c 1 "/proc/$shell/mem" >probe 2>&1 || ! grep -qi 'permission denied' probe; then
    broken "another process of the same user reads the memory"
fi
((checks++))
for file in maps environ fd; do
    if ls "/proc/$shell/$file/" >probe 2>&1 || cat "/proc/$shell/$file" >probe 2>&1; then
        broken "another process of the same user reads its $file"
    fi
    ((checks++))
done
expect grep -q '^Max core file size *0 *0 ' "/proc/$shell/limits"

# ---- locked: root looks, and finds nothing
echo lock >&8
say list "descriptor 9 is not open" # the passphrase was handed over once only
if [[ -n ${T_PLACE-} ]]; then
    echo "$shell $pass $secret" >"$T_PLACE/locked"
    read -r -t 60 size found <"$T_PLACE/searched" || die "root did not search"
    [[ $size -gt 100000 ]] || die "only $size bytes were searched"
    [[ $found == nothing ]] || broken "$found is in the memory of a locked process"
    ((checks++))
fi

# ---- no core
kill -ABRT "$shell"
wait "$shell" 2>/dev/null
exec 8>&-

# ---- an agent, which has the keys for hours
sv -q --passphrase-from fd:9 unlock 9<<<"$pass" || die unlock
agent=$(sv status --json | jq .agent.pid)
sv get work >probe || die "get by the agent"
if head -c 1 "/proc/$agent/mem" >probe 2>&1 || ! grep -qi 'permission denied' probe; then
    broken "another process of the same user reads the memory"
fi
if cat "/proc/$agent/environ" >probe 2>&1; then
    broken "another process of the same user reads its environ"
fi
expect grep -q '^Max core file size *0 *0 ' "/proc/$agent/limits"
kill -ABRT "$agent"
((checks += 2))
[[ -z $(find "$t" -name 'core*') ]] || broken "a core was left"
finish
