#!/bin/bash
# SPDX-License-Identifier: ISC
# git-credential-smtpvault --general: a helper for every protocol, by hand and from the real git.
here=$(cd "${0%/*}" && pwd)
# shellcheck source=tests/cli/lib.sh
. "$here/lib.sh"
t_vault
add_plain work "s3cret of work"
t_secrets+=(pass-one pass-two refresh-me as-is-token)

# asks STATUS OPERATION LINE...: what git sends, one line each
asks() {
    local status=$1 operation=$2
    shift 2
    printf '%s\n' "$@" "" | expect_status "$status" git-credential --general "$operation"
}
silent() { # silent OPERATION LINE...
    asks 0 "$@"
    expect_stdout ''
    expect_stderr_empty
}
gets() { # gets ANSWER LINE...
    local answer=$1
    shift
    asks 0 get "$@"
    expect_stdout "$answer"
    expect_stderr_empty
}
newest() { # newest FILTER: of the log
    expect_status 0 audit --json --last 1
    expect_json ".[0] | $1"
}
profile() { # profile NAME FILTER
    expect_status 0 list --json -- "$1"
    expect_json ".[0].profiles[0] | $2"
}
versions() { # versions NAME NUMBER
    expect_status 0 history --json -- "$1"
    expect_json ".[0].versions | length == $2"
}
at=(protocol=https host=git.example.org)
ann='username=ann\npassword=pass-one\n'

# ---- store adds, get gives, and the same again changes nothing
silent get "${at[@]}"
silent store "${at[@]}" username=ann password=pass-one
profile https://ann@git.example.org '.protocol == "https" and .host == "git.example.org" and
    .port == 0 and .tls == null and .username == "ann" and .version == 1 and .path == null and
    .retired == null and .last_worked != null'
gets "$ann" "${at[@]}"
newest '.op == "git-credential" and .result == "ok" and .note == "git get"'
gets "$ann" "${at[@]}" username=ann
gets "$ann" protocol=https host=GIT.Example.ORG:443
gets "$ann" "${at[@]}" path=x path= # the last one counts, and none is what it is for
gets "$ann" "${at[@]}" 'wwwauth[]=basic realm=x' 'wwwauth[]=' state[]=cache:1 new=thing quit=1
silent store "${at[@]}" username=ann password=pass-one
newest '.note == "git store: the login worked"'
versions https://ann@git.example.org 1
silent store "${at[@]}" username=ann password=pass-two
gets 'username=ann\npassword=pass-two\n' "${at[@]}"
versions https://ann@git.example.org 2
silent store "${at[@]}" username=ann password=pass-one
expect_status 0 get https://ann@git.example.org
expect_stdout 'pass-one\n'

# ---- nobody else's
for other in protocol=http protocol=HTTPS host=github.example.org host=git.example.org:8443 \
    username=Ann username= path=repo.git host=git%2eexample.org host=git.example.org:0 \
    host=git.example.org:443:443 host= protocol= 'protocol= https' protocol=1; do
    silent get "${at[@]}" "$other"
done
silent get host=git.example.org
silent get protocol=https
silent get "${at[@]}" "username=ann"$'\r'
silent get "${at[@]}" "username=$(head -c 3000 /dev/zero | tr '\0' a)"
# One that looks like its host is told nothing, and recorded.
for wrong in git.example.org. g1t.example.org git.example.org.evil.net git.examp1e.org \
    gitt.example.org GIT.EXAMPLE.ORG.; do
    asks 0 get protocol=https "host=$wrong"
    expect_stdout ''
    expect_stderr_has "$wrong is not its server (https://git.example.org)"
    newest '.result == "denied" and (.note | startswith("git get for ") and
        endswith(", not its server"))'
done
silent get protocol=https host=git2.example.org username=ben
# Neither a line break nor a NUL makes a second line of one.
for url in 'https://evil.net%0ahost=git.example.org/' 'https://a%0Ab@git.example.org' \
    'https://git.example.org/%00' https%3a//git.example.org ://git.example.org; do
    asks 65 get "url=$url"
done
printf 'protocol=https\nhost=git.example.org\0\n\n' | expect_status 65 git-credential --general get
silent get 'url=https://git.example.org%0d'
gets "$ann" url=https://git.example.org
gets "$ann" username=ben path=x protocol=http url=https://ann@git.example.org/
gets "$ann" url=https://a%6En:x@git.example.org:443//

# ---- what comes beside a password
later=9999999999
silent store "${at[@]}" username=tok password=pass-one password_expiry_utc=$later \
    oauth_refresh_token=refresh-me
gets "username=tok\npassword=pass-one\noauth_refresh_token=refresh-me\npassword_expiry_utc=$later\n" \
    "${at[@]}" username=tok
expect_status 0 get https://tok@git.example.org
expect_stdout 'pass-one\n'
# A git that knows only passwords does not take the rest away.
silent store "${at[@]}" username=tok password=pass-one
versions https://tok@git.example.org 1
silent store "${at[@]}" username=tok password=pass-one password_expiry_utc=8888888888 \
    oauth_refresh_token=refresh-me
versions https://tok@git.example.org 2
silent store "${at[@]}" username=tok password=pass-one password_expiry_utc=12 \
    oauth_refresh_token=refresh-me
gets "username=tok\noauth_refresh_token=refresh-me\npassword_expiry_utc=12\n" "${at[@]}" username=tok
silent store "${at[@]}" username=tok password=pass-one password_expiry_utc=12
gets '' "${at[@]}" username=tok
silent erase "${at[@]}" username=tok
silent store "${at[@]}" username=brief password=pass-one ephemeral=1
gets '' "${at[@]}" username=brief
# What is sent as it is, for a git that knows of such.
sso=(protocol=https host=sso.example.org)
silent store capability[]=authtype authtype=Bearer credential=as-is-token "${sso[@]}"
gets 'capability[]=authtype\nauthtype=Bearer\ncredential=as-is-token\n' capability[]=state \
    capability[]=authtype "${sso[@]}"
gets '' "${sso[@]}"
gets '' capability[]=authtype capability[]= "${sso[@]}"
silent store "${sso[@]}" credential=as-is-token
silent erase "${sso[@]}" credential=as-is-token authtype=Bearer
gets '' capability[]=authtype "${sso[@]}"
expect_status 0 git-credential --general capability
expect_stdout 'version 0\ncapability authtype\n'
# Neither a name nor a password: what logs in without.
silent store protocol=https host=krb.example.org username= password=
gets 'username=\npassword=\n' protocol=https host=krb.example.org
silent store protocol=cert host= path=/home/ann/key.pem username= password=pass-two
gets 'username=\npassword=pass-two\n' protocol=cert host= path=/home/ann/key.pem
gets '' protocol=cert host= path=/home/ann/other.pem
profile cert:///home/ann/key.pem '.host == null and .path == "/home/ann/key.pem"'
expect_status 0 show cert:///home/ann/key.pem
expect_stdout_has "Protocol"

# ---- of a path, where git names it
paths=(protocol=https host=hub.example.org username=ann)
silent store "${paths[@]}" path=one.git password=pass-one
silent store "${paths[@]}" path=two.git password=pass-two
gets "$ann" "${paths[@]}" path=one.git
gets 'username=ann\npassword=pass-two\n' "${paths[@]}" path=two.git
gets '' "${paths[@]}" path=three.git
asks 0 get "${paths[@]}"
expect_stdout ''
expect_stderr_has "2 logins are for this server"
silent store "${paths[@]}" password=pass-one
gets "$ann" "${paths[@]}"
profile https://ann@hub.example.org/one.git '.path == "one.git"'
silent erase "${paths[@]}" path=two.git
gets "$ann" "${paths[@]}" path=one.git
gets '' "${paths[@]}" path=two.git

# ---- erase retires: the very password, or all that fit where none is named
silent erase "${at[@]}" username=ann password=pass-two
gets "$ann" "${at[@]}"
silent erase "${at[@]}" username=ann password=pass-one
gets '' "${at[@]}"
expect_status 66 get https://ann@git.example.org
expect_stderr_has "git retired the secret"
expect_status 0 get https://ann@git.example.org --version 1
expect_stdout 'pass-one\n'
profile https://ann@git.example.org '.retired != null and .last_rejected != null'
versions https://ann@git.example.org 4
expect_status 0 history https://ann@git.example.org
expect_stdout_has "https://git.example.org (retired)"
silent erase "${at[@]}" username=ann password=pass-one
versions https://ann@git.example.org 4
expect_status 0 rollback https://ann@git.example.org
gets "$ann" "${at[@]}"
silent store "${at[@]}" username=ben password=pass-two
asks 0 get "${at[@]}"
expect_stderr_has "2 logins are for this server"
silent erase "${at[@]}"
gets '' "${at[@]}" username=ben
gets '' "${at[@]}" username=ann
# The same password, typed again, is taken again.
silent store "${at[@]}" username=ann password=pass-one
gets "$ann" "${at[@]}"
expect_status 0 edit https://ann@git.example.org --note 'of ann'
gets "$ann" "${at[@]}"
silent erase "${at[@]}"
printf pass-two | expect_status 0 edit https://ann@git.example.org --password-from stdin
gets 'username=ann\npassword=pass-two\n' "${at[@]}"

# ---- mail logins are what they were; store makes one, its very password alone retires it
mail=(protocol=smtp host=mail.example.org:465 username=ann)
gets 'username=ann\npassword=s3cret of work\n' "${mail[@]}"
silent erase "${mail[@]}"
silent erase "${mail[@]}" password=another
gets 'username=ann\npassword=s3cret of work\n' "${mail[@]}"
silent store "${mail[@]}" "password=s3cret of work"
versions work 1
silent erase "${mail[@]}" "password=s3cret of work"
asks 0 get "${mail[@]}"
expect_stdout ''
expect_stderr_has 'smtpvault rollback work'
expect_status 0 get work # whoever else uses it does not learn from git that it is wrong
expect_stdout 's3cret of work\n'
silent store "${mail[@]}" password=pass-two
gets 'username=ann\npassword=pass-two\n' "${mail[@]}"
versions work 3
silent store protocol=smtp host=new.example.org:587 username=ann@new password=pass-one
profile smtp://ann%40new@new.example.org:587 'has("protocol") == false and .tls == "starttls" and
    .port == 587 and .username == "ann@new"'
silent store protocol=smtp host=old.example.org username=ann@old password=pass-one
profile smtp://ann%40old@old.example.org '.port == 25 and .tls == "starttls"'
silent store protocol=smtp host=none.example.org password=pass-one
silent get protocol=smtp host=none.example.org
asks 0 get protocol=smtp host=evil.example.org:465 username=ann@new
expect_stderr_has "is not given"

# ---- without --general none of it is there
for line in "${at[0]}" protocol=smtp; do
    printf '%s\n' "$line" "${at[1]}" '' | expect_status 0 git-credential get
    expect_stdout ''
done
printf '%s\n' "${at[@]}" username=carl password=pass-one '' | expect_status 0 git-credential store
gets '' "${at[@]}" username=carl
# --profile makes none either.
printf '%s\n' "${at[@]}" username=carl password=pass-one '' |
    expect_status 0 git-credential --general --profile work store
gets '' "${at[@]}" username=carl

# ---- the other commands know that it is no mail login
expect_status 64 test https://ann@git.example.org
expect_stderr_has "no mail server"
expect_status 64 export https://ann@git.example.org --to msmtp
expect_stderr_has "no mail login"
expect_status 64 export https://ann@git.example.org --to json --inline
long=$(printf 'p%.0s' {1..200})
silent store protocol=https host=long.example.org "path=$long" username=ann password=pass-one
silent store protocol=https host=long.example.org "path=${long}2" username=ann password=pass-two
gets "$ann" protocol=https host=long.example.org "path=$long"
gets 'username=ann\npassword=pass-two\n' protocol=https host=long.example.org "path=${long}2"
asks 65 store protocol=https host=long.example.org username=bob "password=a"$'\r'"b"
asks 64 store protocol=https 'host=under score.example.org' username=bob password=pass-one

expect_status 0 doctor # what is retired needs nobody
silent store protocol=http host=clear.example.org username=ann password=pass-one
expect_status 1 doctor
expect_stdout_has "http://ann@clear.example.org uses no TLS"

# ---- refused: git shall ask nobody else
expect_status 0 grant add https://ann@git.example.org --exe /bin/true
asks 0 get "${at[@]}"
expect_stdout 'quit=true\n'
expect_stderr_has "is not given"
newest '.result == "denied"'
expect_status 0 grant remove https://ann@git.example.org 1

# ---- the real git, by the helper's name
mkdir bin
ln -s "$program" bin/git-credential-smtpvault
export GIT_CONFIG_GLOBAL=$t/gitconfig GIT_CONFIG_NOSYSTEM=1 GIT_TERMINAL_PROMPT=0 GIT_ASKPASS=
git_credential() { # git_credential OPERATION LINE...
    ((checks++))
    printf '%s\n' "${@:2}" '' | PATH=$t/bin:$PATH git credential "$1" >out 2>err
}
git config --global credential.helper 'smtpvault --general'
real=(protocol=https host=real.example.org username=ann)
git_credential approve "${real[@]}" password=pass-one || die approve
git_credential fill "${real[@]}" path=x || die fill
expect grep -qx password=pass-one out
git_credential reject "${real[@]}" password=pass-one || die reject
git_credential fill "${real[@]}" && die "git was given what it rejected"
# A locked vault keeps nothing, says so, and git goes on.
SMTPVAULT_KEYFILE='' git_credential approve "${real[@]}" password=pass-two || die approve
expect grep -q '^smtpvault: the vault is locked' err

# ---- through an agent
if [[ -z $wrap ]]; then
    expect_status 0 unlock
    key=$SMTPVAULT_KEYFILE
    unset SMTPVAULT_KEYFILE
    far=(protocol=https host=far.example.org username=ann)
    silent store "${far[@]}" password=pass-one oauth_refresh_token=refresh-me
    gets "${ann}oauth_refresh_token=refresh-me\n" "${far[@]}"
    silent store "${far[@]}" password=pass-one
    silent store "${far[@]}" password=pass-one oauth_refresh_token=refresh-me
    versions https://ann@far.example.org 1
    silent store protocol=https host=empty.example.org username= password=
    gets 'username=\npassword=\n' protocol=https host=empty.example.org
    silent erase "${far[@]}" password=pass-two
    gets "${ann}oauth_refresh_token=refresh-me\n" "${far[@]}"
    silent erase "${far[@]}" password=pass-one
    gets '' "${far[@]}"
    expect_status 66 get https://ann@far.example.org
    expect_status 0 lock
    export SMTPVAULT_KEYFILE=$key
fi
expect_status 0 verify
finish
