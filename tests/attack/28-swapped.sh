#!/bin/bash
# SPDX-License-Identifier: ISC
# Attack 28, a file of another tool that is exchanged, or that only the vault names.
# Without LOOK_AGAIN: a file that was put there meanwhile was replaced or removed
# Without COPY_OURS: a file that only the vault names was written
#
# While one is taken over, removed or written anew, between the look and the writing stands the
# change in the vault. Meanwhile a link to another file, another file, or another name of one takes
# its place: that one is left as it is and gets no secret, nor does what is outside. Then between
# the last look and the rename, which goes to no link's end, and into the folder that was opened.
# And a vault that comes from others tells of a file of ours which it never wrote.
# shellcheck source=tests/attack/lib.sh
. "${0%/*}/lib.sh"
command -v strace >/dev/null || die "strace is missing"
t_vault
t_secrets+=(pass-first pass-next pass-last)
key=$SMTPVAULT_KEYFILE
state=$(echo "$XDG_STATE_HOME"/smtpvault/*/)
export SMTPVAULT_KEYFILE=$key

# put HOW FILE: in its place
put() {
    case $1 in
    link) ln -sfn "$t/outside" "$2" ;;
    other) rm "$2" && echo mine >"$2" && chmod 600 "$2" ;;
    name) ln -f outside "$2" ;;
    esac
}
# unhurt HOW FILE: what was put there is there, and what it leads to is as it was
unhurt() {
    local what="a file that was put there meanwhile was replaced or removed"
    [[ $(cat outside) == outside ]] || broken "$what: $1, outside"
    case $1 in
    link) [[ -L $2 ]] || broken "$what: $1" ;;
    other) [[ $(cat "$2" 2>/dev/null) == mine ]] || broken "$what: $1" ;;
    name) [[ $2 -ef outside ]] || broken "$what: $1" ;;
    esac
}
# meanwhile HOW FILE WORD...: that command, with the exchange while it waits for the vault
meanwhile() {
    local how=$1 file=$2 got=0
    shift 2
    exec 8>>"$state/write.lock"
    flock 8
    rm -f at
    ASAN_OPTIONS=detect_leaks=0 strace -f -qq -o at -e trace=openat "$program" "$@" \
        >out 2>err </dev/null 8>&- &
    for ((i = 0; i < 600; i++)); do
        ! grep -q write.lock at 2>/dev/null || break
        sleep 0.02
    done
    ((i < 600)) || die "it never asked for the vault: $(cat err)"
    put "$how" "$file"
    exec 8>&-
    wait $! || got=$?
    unhurt "$how" "$file"
    [[ $got -eq 75 || $got -eq 1 ]] || die "$how: $*: status $got: $(cat err)"
    expect_stderr_has "changed meanwhile"
    no_secret_in out
    no_secret_in err
    rm -f "$file"
}

n=0
for how in link other name; do
    echo outside >outside
    chmod 600 outside
    # Two of a kind: what was brought in before is not stored again.
    ((n++))
    printf 'machine smtp%s.example.org login ann password pass-first\n' $n >netrc
    chmod 600 netrc
    meanwhile "$how" netrc import --from netrc --shred --yes netrc
    ((n++))
    {
        printf 'account a%s\nhost smtp%s.example.org\nport 587\ntls on\n' $n $n
        printf 'auth on\nuser ann\npassword pass-first\n'
    } >msmtprc
    chmod 600 msmtprc
    meanwhile "$how" msmtprc import --from msmtp --adopt --yes msmtprc
    ((n++))
    add_plain "work$n" pass-next
    expect_status 0 export "work$n" --to netrc --inline -o copy
    printf pass-last | expect_status 0 edit "work$n" --password-from -
    meanwhile "$how" copy export --refresh "work$n"
    expect_status 0 export --forget "work$n" copy
done

# ---- behind the last look
# late HOW FILE WORD...: the same while it is on its way to the rename
late() {
    local how=$1 file=$2
    shift 2
    rm -f at
    ASAN_OPTIONS=detect_leaks=0 strace -f -qq -o at -e trace=renameat,renameat2,rename \
        -e inject=renameat,renameat2,rename:delay_enter=400ms "$program" "$@" >out 2>err </dev/null &
    # Others are of this machine's memory: the file's own has its draft beside it.
    for ((i = 0; i < 600; i++)); do
        [[ $(find "${file%/*}" -type f ! -name "${file##*/}") == '' ]] || break
        sleep 0.02
    done
    ((i < 600)) || die "no draft was seen: $(cat err)"
    if [[ $how == folder ]]; then
        mv here moved && ln -s "$t/there" here
    else
        put "$how" "$file"
    fi
    wait $!
    [[ $(cat there/copy) == mine ]] || broken "a file in another folder was written"
    [[ $(cat outside) == outside ]] || broken "a file outside was written through $how"
    ((checks++))
}
mkdir there
echo mine >there/copy
for how in link folder; do
    rm -rf here && mkdir here
    ((n++))
    add_plain "work$n" pass-next
    expect_status 0 export "work$n" --to netrc --inline -o here/copy
    printf pass-last | expect_status 0 edit "work$n" --password-from -
    late "$how" here/copy export --refresh "work$n"
done

# ---- a file that the vault names, with its words as they are, on an account that never wrote it
add_plain others pass-next
expect_status 0 export others --to netrc --inline -o ours
printf pass-last | expect_status 0 edit others --password-from -
cp ours before
home=$XDG_STATE_HOME
export XDG_STATE_HOME=$t/elsewhere
for words in "export --refresh others" "export --refresh --all" \
    "rotate others --no-verify --password-from file:new"; do
    echo pass-new >new
    # shellcheck disable=SC2086 # words on purpose
    "$program" $words >out 2>err </dev/null
    cmp -s before ours || broken "a file that only the vault names was written: $words"
    ((checks++))
done
expect_stderr_has "nobody has written it here"
expect_status 0 export --refresh others --force
expect_not cmp -s before ours
printf pass-next | expect_status 0 edit others --password-from -
expect_status 0 export --refresh others
export XDG_STATE_HOME=$home
finish
