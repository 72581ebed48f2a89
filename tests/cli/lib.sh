# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# lib: what every scenario of the command line has in common. A scenario sources
# this file, runs commands with `expect_status` and looks at what they left.
#
#   SMTPVAULT        the program under test
#   SMTPVAULT_WRAP   words to put before it (valgrind ...), or unset
#
# These hold after each command, whatever it is: an error (64 and above, but for a
# child's status) leaves stdout empty and a message that begins with "smtpvault: ";
# no secret of the list $t_secrets is in a message; no journal or temporary file
# is left beside the vault.
set -u
shopt -s lastpipe # `... | expect_status` counts, and ends the scenario
umask 077

t=$(mktemp -d "${TMPDIR:-/tmp}/smtpvault-cli.XXXXXX")
trap 'rm -rf "$t"' EXIT
cd "$t" || exit 1

program=${SMTPVAULT:?names the program under test}
wrap=${SMTPVAULT_WRAP-}
for name in $(compgen -v SMTPVAULT) CREDENTIALS_DIRECTORY NO_COLOR; do
    unset "$name"
done
export HOME=$t XDG_DATA_HOME=$t/data XDG_STATE_HOME=$t/state XDG_CONFIG_HOME=$t/config
export XDG_RUNTIME_DIR=$t/run # and never an agent of whoever runs the tests
mkdir "$t/run"
export LC_ALL=C.UTF-8 TZ=UTC TERM=dumb
# shellcheck disable=SC2034 # for the scenarios
vault=$XDG_DATA_HOME/smtpvault/vault.db
# shellcheck disable=SC2034
cheap=--argon2=t=3,m=65536,p=4 # the least that is allowed
t_secrets=()
checks=0

die() {
    local i=0
    while [[ ${BASH_SOURCE[i]} == */lib.sh ]]; do ((i++)); done
    echo "${BASH_SOURCE[i]##*/}:${BASH_LINENO[i - 1]}: $*" >&2
    [[ -s $t/err ]] && sed 's/^/  stderr: /' "$t/err" >&2
    [[ -s $t/out ]] && sed 's/^/  stdout: /' "$t/out" >&2
    exit 1
}

# sv WORD...: the program itself, for pipes and substitutions. t_path: its PATH.
t_path=$PATH
sv() {
    # shellcheck disable=SC2086 # words on purpose
    PATH=$t_path $wrap "$program" "$@"
}

no_secret_in() {
    local secret
    for secret in "${t_secrets[@]}"; do
        ! grep -qaF -- "$secret" "$1" || die "a secret is in $1"
    done
}

no_litter() {
    local litter
    litter=$(find "$t" \( -name '*-journal' -o -name '.smtpvault-*' \) -print)
    [[ -z $litter ]] || die "left behind: $litter"
}

# expect_status N WORD...: runs smtpvault; its stdout goes to out, stderr to err.
expect_status() {
    local want=$1 got=0
    shift
    sv "$@" >"$t/out" 2>"$t/err" || got=$?
    ((checks++))
    [[ $got -eq $want ]] || die "smtpvault $*: status $got, not $want"
    no_secret_in "$t/err"
    no_litter
    if [[ $want -ge 64 && " $* " != *" exec "* ]]; then
        [[ ! -s $t/out ]] || die "smtpvault $*: an error, and something on stdout"
        grep -q '^smtpvault: ' "$t/err" || die "smtpvault $*: an error without a message"
    fi
}

# expect_stdout TEXT: byte for byte; the text is one of printf %b.
expect_stdout() {
    ((checks++))
    printf '%b' "$1" | cmp -s - "$t/out" || die "stdout is not: $1"
}
expect_stdout_has() {
    ((checks++))
    grep -qF -- "$1" "$t/out" || die "stdout has not: $1"
}
expect_stderr_has() {
    ((checks++))
    grep -qF -- "$1" "$t/err" || die "stderr has not: $1"
}
expect_stderr_empty() {
    ((checks++))
    [[ ! -s $t/err ]] || die "stderr is not empty"
}
# expect_json FILTER: jq's judgement of stdout.
expect_json() {
    ((checks++))
    jq -es "$1" "$t/out" >/dev/null || die "stdout is not: $1"
}
expect_mode() {
    ((checks++))
    [[ $(stat -c %a "$2") == "$1" ]] || die "$2 has mode $(stat -c %a "$2"), not $1"
}
expect_absent() {
    ((checks++))
    [[ ! -e $1 && ! -L $1 ]] || die "$1 is there"
}
expect() { # expect TEST...: any other truth
    ((checks++))
    "$@" || die "not so: $*"
}

expect_not() {
    ((checks++))
    ! "$@" || die "so, and should not be: $*"
}

# A vault that a key file opens alone: no passphrase, no Argon2.
t_vault() {
    sv --keyfile "$t/key" --quiet init --no-passphrase || die "init failed"
    export SMTPVAULT_KEYFILE=$t/key SMTPVAULT_NO_INPUT=1
}

# add_plain NAME SECRET OPTION...: a login at a server of one's own.
add_plain() {
    local name=$1 secret=$2
    shift 2
    t_secrets+=("$secret")
    printf '%s' "$secret" | sv --quiet add --host mail.example.org --port 465 \
        --tls implicit --username ann --password-from stdin "$@" -- "$name" || die "add $name failed"
}

finish() {
    no_litter
    [[ $checks -gt 0 ]] || die "nothing was checked"
    echo "$checks checks"
}
