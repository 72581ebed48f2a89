#!/bin/bash
# SPDX-License-Identifier: ISC
# git-credential-smtpvault: git's protocol for helpers, by hand and from the real git.
here=$(cd "${0%/*}" && pwd)
# shellcheck source=tests/cli/lib.sh
. "$here/lib.sh"
t_vault
add_plain work "s3cret of work"
add_plain ben "s3cret of ben" --username ben
add_plain -x "s3cret of x" --host other.example.org --port 587 --tls starttls --username ann@other
add_plain plain "s3cret of plain" --host plain.example.org --port 25 --tls starttls

# asks STATUS OPERATION LINE...: what git sends, one line each
asks() {
    local status=$1 operation=$2
    shift 2
    printf '%s\n' "$@" "" | expect_status "$status" git-credential "${options[@]}" "$operation"
}
options=()
silent() { # silent OPERATION LINE...
    asks 0 "$@"
    expect_stdout ''
}
gets() { # gets LINE...: work's
    asks 0 get "$@"
    expect_stdout 'username=ann\npassword=s3cret of work\n'
    expect_stderr_empty
}
newest() { # newest FILTER: of the log
    expect_status 0 audit --json --last 1
    expect_json ".[0] | $1"
}
seen() { # seen FILTER [NAME]
    expect_status 0 list --json -- "${2-work}"
    expect_json ".[0].profiles[0] | [.last_worked != null, .last_rejected != null] == $1"
}
host=host=mail.example.org:465

# ---- get: its own server, port and user
gets protocol=smtp "$host" username=ann
newest '.op == "git-credential" and .profile == "work" and .result == "ok" and .note == "git get"'
gets username=ann "$host" protocol=smtp
gets protocol=smtp host=MAIL.Example.org:465 username=ann
gets protocol=smtp path=x wwwauth[]=y capability[]=authtype host=nowhere "$host" username=ann
printf 'protocol=smtp\n%s\nusername=ann' "$host" | expect_status 0 git-credential get
expect_stdout 'username=ann\npassword=s3cret of work\n'
mkfifo open
exec 9<>open # an empty line ends it, whether or not the end of the input comes
printf 'protocol=smtp\n%s\nusername=ann\n\n' "$host" >&9
expect_status 0 git-credential get <open
expect_stdout 'username=ann\npassword=s3cret of work\n'
exec 9>&-
asks 0 get protocol=smtp host=other.example.org:587
expect_stdout 'username=ann@other\npassword=s3cret of x\n'
asks 0 get protocol=smtp host=plain.example.org username=ann
expect_stdout 'username=ann\npassword=s3cret of plain\n'
# Two fit, and none is guessed.
silent get protocol=smtp "$host"
expect_stderr_has "2 logins are for this server"
options=(--profile ben)
asks 0 get protocol=smtp "$host"
expect_stdout 'username=ben\npassword=s3cret of ben\n'
silent get protocol=smtp "$host" username=ann
options=(--profile -x)
asks 0 get protocol=smtp host=other.example.org:587 username=ann@other
expect_stdout 'username=ann@other\npassword=s3cret of x\n'
options=()

# ---- nobody's: nothing, 0, and git goes on
expect_status 0 audit --json
before=$(wc -l <out)
silent get protocol=https "$host" username=ann
silent get protocol=SMTP "$host" username=ann
silent get "$host" username=ann
silent get protocol=smtp username=ann
silent get protocol=smtp host= username=ann
silent get protocol=smtp host=nowhere.example.org:465 username=carl
silent get protocol=smtp "$host" username=Ann
silent get protocol=smtp "$host" username=
silent get protocol=smtp host=mail.example.org:465:465 username=carl
silent get protocol=smtp "$host" "username=$(head -c 3000 /dev/zero | tr '\0' a)"
silent get
expect_stderr_empty
expect_status 0 audit --json
expect [ "$(wc -l <out)" = "$before" ]
# Whoever asks in its name for another server is told nothing, and recorded.
for wrong in mail.examp1e.org:465 mail.example.org:25 mail.example.org mail.example.org.:465 \
    evil.example.org:465 "mail.example.org:465@evil.example.org:465" "xmail.example.org:465"; do
    silent get protocol=smtp "host=$wrong" username=ann@other
    expect_stderr_has "-x is not given"
    newest '.op == "git-credential" and .profile == "-x" and .result == "denied" and
        (.note | startswith("git get for ") and endswith(", not its server"))'
done
silent get protocol=smtp host=mail.example.org username=ann@other
expect_stderr_has "-x is not given: mail.example.org without a port is not its server (other.example.org:587)"
# git takes no such lines apart, so nothing of ours does.
silent get protocol=smtp "host=mail.example.org:465"$'\r' username=carl
asks 65 get protocol=smtp "$host" "no equals sign"
expect_stderr_has "KEY=VALUE"
asks 65 get =x
printf 'protocol=smtp\n%s\nusername=a\0nn\n\n' "$host" | expect_status 65 git-credential get
head -c 70000 /dev/zero | tr '\0' a | expect_status 65 git-credential get
expect_stderr_has "longer than"

# ---- an operation that it does not know, and capabilities
for operation in approve list STORE get2 ""; do
    printf 'protocol=smtp\n' | expect_status 0 git-credential "$operation"
    expect_stdout ''
    expect_stderr_empty
done
expect_status 0 git-credential capability
expect_stdout 'version 0\n'
expect_status 64 git-credential

# ---- store and erase: evidence, if they tell of the very secret
silent store protocol=smtp "$host" username=ann "password=another"
newest '.result == "ok" and .note == "git store: of another secret"'
silent erase protocol=smtp "$host" username=ann "password=another"
newest '.result == "failed" and .note == "git erase: of another secret"'
silent erase protocol=smtp "$host" username=ann
newest '.note == "git erase"'
seen '[false, false]'
silent erase protocol=smtp "$host" username=ann "password=s3cret of work"
newest '.result == "failed" and .note == "git erase: the login was rejected" and .version == 1'
seen '[false, true]'
expect_status 0 get work
expect_stdout 's3cret of work\n'
expect_status 1 doctor
expect_stdout_has "the login of work was rejected"
sleep 1.1
silent store protocol=smtp "$host" username=ann "password=s3cret of work"
newest '.note == "git store: the login worked"'
seen '[true, true]'
seen '[false, false]' ben
expect_status 0 doctor
silent erase protocol=smtp host=other.example.org:465 username=ann@other "password=s3cret of x"
newest '.result == "denied"'
seen '[false, false]' -x
expect_status 0 list
expect_stdout '-x\nben\nplain\nwork\n'

# ---- the real git, by the helper's name
mkdir bin
ln -s "$program" bin/git-credential-smtpvault
export GIT_CONFIG_GLOBAL=$t/gitconfig GIT_CONFIG_NOSYSTEM=1 GIT_TERMINAL_PROMPT=0 GIT_ASKPASS=
fills() { # fills PASSWORD: git credential fill
    ((checks++))
    printf 'protocol=smtp\n%s\nusername=ann\n\n' "$host" |
        PATH=$t/bin:$PATH git credential fill >out 2>err
    if [[ -n $1 ]]; then
        grep -qxF "password=$1" out || die "git was not given $1"
    else
        ! grep -q '^password=' out || die "git was given something"
    fi
}
git config --global credential.helper smtpvault
fills "s3cret of work"
git config --global credential.helper "smtpvault --profile ben"
fills ""
# After ours, which has none, comes the next one.
git config --global credential.helper "smtpvault --profile ben"
git config --global --add credential.helper '!echo password=of the next;:'
fills "of the next"
# A locked vault says why, and git goes on.
git config --global --replace-all credential.helper smtpvault
git config --global --add credential.helper '!echo password=of the next;:'
SMTPVAULT_KEYFILE='' fills "of the next"
expect grep -q '^smtpvault: the vault is locked' err
git config --global --replace-all credential.helper smtpvault
# What git says of a login is not worth a passphrase: nothing is asked, and nothing is said.
for operation in store erase; do
    printf 'protocol=smtp\n%s\nusername=ann\npassword=s3cret of work\n' "$host" |
        SMTPVAULT_KEYFILE='' SMTPVAULT_NO_INPUT='' SMTPVAULT_ASKPASS=$t/asked \
            SMTPVAULT_ASKPASS_REQUIRE=force expect_status 0 git-credential $operation
    expect_stdout ''
    expect_stderr_empty
done
for action in approve reject; do
    printf 'protocol=smtp\n%s\nusername=ann\npassword=s3cret of work\n\n' "$host" |
        PATH=$t/bin:$PATH git credential $action || die "git credential $action"
done
expect_status 0 audit --json --last 2
expect_json '[.[].note] == ["git store: the login worked", "git erase: the login was rejected"]'
# What export writes does the same.
expect_status 0 export work --to git
expect_stdout_has 'git-credential --profile work"'
sed "s|\"!smtpvault|\"!$program|" out >gitconfig
fills "s3cret of work"

# ---- through an agent, whose user alone may have secrets compared
if [[ -z $wrap ]]; then
    expect_status 0 unlock
    unset SMTPVAULT_KEYFILE
    gets protocol=smtp "$host" username=ann
    sleep 1.1
    silent store protocol=smtp "$host" username=ann "password=s3cret of work"
    expect_status 0 audit --json --last 1
    expect_json '.[0].via == "agent" and .[0].note == "git store: the login worked"'
    silent erase protocol=smtp "$host" username=ann "password=another"
    expect_status 0 audit --json --last 1
    expect_json '.[0].note == "git erase: of another secret"'
    silent get protocol=smtp host=evil.example.org:465 username=ann@other
    expect_status 0 audit --json --last 1
    expect_json '.[0].result == "denied"'
    # It changes between git's helper's choice and its asking for the secret.
    meanwhile() { # meanwhile STATUS OPTION...: of edit
        local status=$1 got=0
        shift
        printf 'protocol=smtp\n%s\nusername=ann\n\n' "$host" >asked
        ASAN_OPTIONS=detect_leaks=0 strace -qqq -o /dev/null -e trace=sendto \
            -e inject=sendto:delay_enter=2000000:when=3 \
            "$program" git-credential get <asked >meanwhile.out 2>meanwhile.err &
        local helper=$!
        sleep 0.7
        printf 'a new one' | expect_status 0 edit work --password-from stdin "$@"
        wait "$helper" || got=$?
        [[ $got -eq $status ]] || die "it ended with $got: $(cat meanwhile.err)"
    }
    meanwhile 0
    cmp -s meanwhile.out <(printf 'username=ann\npassword=a new one\n') ||
        die "no new secret: $(cat meanwhile.out)"
    meanwhile 75 --host elsewhere.example.org
    [[ ! -s meanwhile.out ]] || die "it was given to another server"
    grep -q 'work was changed just now: ask again' meanwhile.err || die "nothing was said"
    expect_status 0 lock
fi
finish
