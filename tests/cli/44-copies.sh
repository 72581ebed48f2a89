#!/bin/bash
# SPDX-License-Identifier: ISC
# export --inline -o FILE: the vault remembers where a secret lies, and writes it anew.
here=$(cd "${0%/*}" && pwd)
# shellcheck source=tests/cli/lib.sh
. "$here/lib.sh"
# shellcheck source=tests/cli/kill.sh
. "$here/kill.sh"
t_vault
add_plain work s3cret-one
add_plain shop other-one
t_secrets+=(s3cret-two s3cret-three other-two)

set_secret() { # NAME SECRET
    printf '%s' "$2" | sv edit "$1" --password-from - 2>err >out || die "edit $1"
}
copies() { # NAME FILTER: jq's judgement of its copies
    expect_status 0 show "$1" --json
    expect_json ".[0].copies | $2"
}

# ---- it is said, and recorded
expect_status 0 export work --to msmtp --inline -o rc
expect_stderr_has "holds the secret in clear now; without --inline it holds a command"
expect_mode 600 rc
copies work 'length == 1 and (.[0] | .path == "'"$t"'/rc" and .here and .format == "msmtp" and
    .version == 1 and (.old | not) and .file == "same" and (.written | type == "string") and
    .machine == "'"$(uname -n)"'")'
expect_status 0 show work
expect_stdout_has "$t/rc (msmtp): version 1; the file is as it was written"
expect_status 0 audit --op export --json
expect_json 'map(.note) == ["copied to '"$t"'/rc", "msmtp"] or
    map(.note) == ["msmtp", "copied to '"$t"'/rc"] or any(.note == "copied to '"$t"'/rc")'
# What holds no secret, or goes to a pipe, is no copy.
expect_status 0 export work --to msmtp -o hook
expect_status 0 export work --to msmtp --inline --stdout
expect_stdout_has s3cret-one
expect_status 0 export work --to msmtp --inline --unrecorded -o known-to-nobody
copies work 'length == 1'
rm hook known-to-nobody
# Several names of a folder are one place.
mkdir real
ln -s real alias
expect_status 0 export work --to msmtp --inline -o alias/rc
expect_status 0 export work --to msmtp --inline -o real/rc --force
copies work 'map(.path) == ["'"$t"'/rc", "'"$t"'/real/rc"]'
expect_status 73 export --forget work real/rc
expect_stderr_has "is still there"
rm -r real alias
expect_status 0 export --forget work "$t/real/rc"
copies work 'length == 1'
expect_status 66 export --forget work nowhere
expect_stderr_has "no copy of work is recorded"

# ---- a rename keeps it, a change that no file holds leaves it current, a new secret makes it old
expect_status 0 rename work office
expect_status 0 edit office --tag billing
copies office '.[0] | .version == 2 and (.old | not)'
set_secret office s3cret-two
expect_stderr_has "1 copy holds the old password: smtpvault export --refresh office"
copies office '.[0].old'
expect_status 1 doctor
expect_stdout_has "the copy of office in $t/rc is old"
cp rc before
expect_status 0 export --refresh office --dry-run
expect_stdout "$t/rc (msmtp): version 2 of office becomes 3\n"
expect cmp -s rc before
chmod 640 rc
expect_status 0 export --refresh office
expect_stderr_has "wrote $t/rc"
expect_mode 640 rc
expect grep -q s3cret-two rc
copies office '.[0] | .version == 3 and (.old | not) and .file == "same"'
expect_status 0 export --refresh --all
expect_stderr_has "no file on this machine holds an old secret"
expect_status 0 rollback office
expect_stderr_has "1 copy holds another version"
expect_status 0 export --refresh --all --quiet
expect grep -q s3cret-one rc

# ---- what is not as we left it is left alone, and named
hindered() { # WORDS OPTION...: with and without the option; the file stays as it is
    local words=$1 sum
    shift
    sum=$(sha256sum rc 2>/dev/null)
    expect_status 1 export --refresh office "$@"
    expect_stderr_has "$t/rc is left as it is: "
    expect_stderr_has "$words"
    expect [ "$(sha256sum rc 2>/dev/null)" = "$sum" ]
}
set_secret office s3cret-three
cp rc kept
echo "# mine" >>rc
hindered "somebody changed it"
copies office '.[0].file == "changed"'
expect_status 0 export --refresh office --force
expect grep -q s3cret-three rc
set_secret office s3cret-two
mv rc elsewhere
ln -s elsewhere rc
hindered "no file lies there"
hindered "no file lies there" --force
copies office '.[0].file == "not-a-file"'
expect_status 1 export --refresh office shop --force
expect grep -q s3cret-three elsewhere
rm rc
mkfifo rc
expect_status 1 export --refresh office --force
rm rc
hindered "it is gone"
expect_status 1 doctor
expect_stdout_has "the copy of office in $t/rc is gone"
mv elsewhere rc
chmod 644 rc
hindered "other users can read or change it"
hindered "other users can read or change it" --force
expect_status 1 doctor
expect_stdout_has "other users can read or change $t/rc"
chmod 600 rc
if [[ $(id -u) == 0 ]] && setpriv --reuid 65534 true 2>/dev/null; then
    chown 65534 rc # root keeps whom it belongs to
    expect_status 0 export --refresh office
    expect [ "$(stat -c %u rc)" = 65534 ]
    chown 0 rc
    set_secret office s3cret-three
fi
mkdir sub
expect_status 0 export office --to json --inline -o sub/login.json
set_secret office s3cret-one
rm -r sub
expect_status 1 export --refresh office --force
expect_stderr_has "$t/sub/login.json is left as it is: "
expect grep -q s3cret-one rc # the others are written all the same
expect_status 0 export --forget office sub/login.json

# ---- a file of several logins
expect_status 0 export office shop --to json --inline -o both
set_secret shop other-two
expect_status 0 export --refresh --all
expect_stderr_has "wrote $t/both"
expect [ "$(jq -c '[.profiles[].password]' both)" = '["s3cret-one","other-two"]' ]
copies office 'map(.file) == ["same", "same"]'
copies shop 'map(.file) == ["same"]'
# Replaced by a file of fewer, it is no copy of the others.
expect_status 0 export office --to json --inline -o both --force
copies shop 'length == 0'
expect_status 0 export office shop --to json --inline -o both --force
expect_status 0 export office --to msmtp -o rc --force
copies office 'map(.path) == ["'"$t"'/both"]'

# ---- what goes leaves word of where it lies
expect_status 0 remove shop --yes
expect_stderr_has "a copy of the secret of shop still lies in $t/both: remove it"
set_secret office s3cret-two
expect_status 1 export --refresh office
expect_stderr_has "it holds a login that was removed"
expect_status 0 export --refresh office --force
expect [ "$(jq -c '[.profiles[].password]' both)" = '["s3cret-two"]' ]

# ---- who cannot record writes nothing, unless it is said
sv token add --name ci --profile office >ci.token 2>err || die "no token"
token_export() { expect_status "$1" --token-from "file:$t/ci.token" export office --to msmtp --inline -o ci.rc "${@:2}"; }
token_export 77
expect_stderr_has "--unrecorded writes it all the same"
expect_absent ci.rc
token_export 0 --unrecorded
expect grep -q s3cret-two ci.rc
expect_status 73 export office --to msmtp --inline -o nowhere/rc
ln -s both link
expect_status 73 export office --to msmtp --inline -o link
expect_status 77 export office --to msmtp --inline -o link --force
copies office 'length == 1'

# ---- through an agent
expect_status 0 unlock
set_secret office s3cret-three
expect_stderr_has "1 copy holds the old password"
expect_status 0 export --refresh office
expect grep -q s3cret-three both
expect_status 0 export office --to msmtp --inline -o agent.rc
copies office 'length == 2 and all(.file == "same")'
rm agent.rc
expect_status 0 export --forget office agent.rc
copies office 'length == 1'
expect_status 0 lock

# ---- killed at each step of it: no copy is unknown
known_or_absent() {
    [[ -e fresh ]] || return 0
    sv show office --json >out 2>err || die "no look after a kill" # its journal may be there still
    expect_json '.[0].copies | any(.path == "'"$t"'/fresh" and .file == "same")'
}
t_calls=(linkat unlink) # the file, and the ends of changes before and after it
none() { rm -f fresh; }
each_kill none known_or_absent export office --to msmtp --inline -o fresh

# ---- words
expect_status 64 export --refresh
expect_status 64 export --refresh office --all
expect_status 64 export --forget office
expect_status 64 export office --to msmtp --dry-run
expect_status 64 export office --to msmtp -o x --unrecorded
expect_status 64 export office --to msmtp --stdout -o x
expect_status 64 export --refresh --formats office
expect_status 66 export --refresh nobody
finish
