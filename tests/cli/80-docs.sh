#!/bin/bash
# SPDX-License-Identifier: ISC
# What the README, the manual and every --help show is accepted by the program:
# each line that begins with smtpvault is run, and none may be a usage error.
source=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

# ---- the lines ----
readme_lines() { # of its code blocks, without prompts and comments
    awk '/^```/ { inside = !inside; next } inside' "$source/README.md" |
        sed -n 's/^\(\$ \)\{0,1\}\(smtpvault .*\)$/\2/p' | sed 's/  *#.*$//'
}
manual_lines() { # of its literal blocks
    # shellcheck disable=SC2016 # a dollar sign that is meant
    awk '/^\.Bd -literal/ { inside = 1; next } /^\.Ed/ { inside = 0 } inside' \
        "$source/man/smtpvault.1" | sed -n 's/^\(smtpvault .*\)$/\1/p; s/^[a-z]*=\$(\(smtpvault .*\)) .*$/\1/p'
}
help_lines() { # of each command's examples
    sv help --tables | awk -F '\t' '$1 == "command" { print $2 }' | while read -r command; do
        sv help "$command" | sed -n 's/^ *\(smtpvault .*\)$/\1/p' | grep -v '\[' || true
    done
}

# ---- a place where all of them make sense ----
bin=$t/bin
mkdir "$bin"
ln -s "$program" "$bin/smtpvault"
# What examples call besides smtpvault: it must be there, not do its work.
for stub in msmtp send-report send-newsletter manage.py; do
    printf '#!/bin/sh\nexit 0\n' >"$bin/$stub"
    chmod +x "$bin/$stub"
done
t_vault
unset SMTPVAULT_NO_INPUT
for name in work shop lab newsletter; do
    add_plain "$name" "a-secret-of-$name" --host localhost --port 1
done
tar -C "$t" -cf "$t/prepared.tar" data state key

try() { # one line, in the prepared place; no terminal, so nothing can wait for one
    rm -rf "$t/data" "$t/state" "$t/run"
    tar -C "$t" -xf "$t/prepared.tar"
    mkdir "$t/run"
    local got=0
    (cd "$t/run" && cp "$bin/manage.py" "$bin/send-newsletter" . &&
        PATH=$bin:$PATH SMTPVAULT_PASSPHRASE_FROM="cmd:echo test passphrase" \
            setsid timeout 60 bash -c "$1") </dev/null >"$t/out" 2>"$t/err" || got=$?
    ((checks++))
    "$bin/smtpvault" -q lock 2>/dev/null # an agent that the line began
    case $got in
    64 | 70 | 124 | 126 | 127 | 13[0-9]) die "$2: $1: status $got" ;;
    esac
}

check_lines() { # WHERE LEAST: the lines of stdin, of which there must be so many
    local line count=0
    while IFS= read -r line; do
        # A shell and a conversation are for a terminal, and an agent for ever: all have their
        # own scenarios.
        [[ $line == "smtpvault add" || $line == "smtpvault shell"* || $line =~ ^smtpvault.*\ agent ]] && continue
        # A login waits for somebody who agrees; tests/integration has it.
        [[ $line == "smtpvault login"* ]] && continue
        # There is nobody to answer its question here.
        [[ $line == "smtpvault remove"* || $line == "smtpvault member remove"* ||
            $line == "smtpvault import "*" ~/"* || $line == "smtpvault scan --adopt"* ]] && line+=" --yes"
        # Nobody can type the new secret either.
        [[ $line =~ ^smtpvault\ rotate\ [a-z]+$ ]] && line+=" --generate"
        try "$line" "$1"
        ((count++))
    done
    [[ $count -ge $2 ]] || die "$1 shows only $count lines"
}

check_lines README.md 12 < <(readme_lines)
check_lines smtpvault.1 4 < <(manual_lines)
check_lines --help 30 < <(help_lines)
finish
