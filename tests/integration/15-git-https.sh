#!/bin/sh
# SPDX-License-Identifier: ISC
# git clones, fetches and pushes over HTTPS with passwords that it keeps in the vault:
# git-credential-smtpvault --general.
# shellcheck disable=SC2317 # check calls functions by their name
set -eu
LIB=$(cd "$(dirname "$0")/lib" && pwd)
# shellcheck source=tests/integration/lib/certs.sh
. "$LIB/certs.sh"
# shellcheck source=tests/integration/lib/work.sh
. "$LIB/work.sh"
SERVER=
leave() {
    [ -z "$SERVER" ] || kill "$SERVER" 2>/dev/null || true
    work_end
}
trap leave EXIT
work_begin
work_failed() {
    tail -5 "$WORK/log" 2>/dev/null || true
}

certs_make "$WORK/ca"
mkdir repos
git config --global init.defaultBranch main
git config --global user.name Ann
git config --global user.email ann@example.test
for repo in one two; do
    git init -q --bare "repos/$repo.git"
    git -C "repos/$repo.git" config http.receivepack true
done
/usr/bin/python3 "$LIB/git_server.py" "$WORK" "$WORK/ca/good.pem" "$WORK/ca/good.key" &
SERVER=$!
wait_for test -s port
port=$(cat port)
url=https://localhost:$port
login=https://ann%40example.test@localhost:$port # what the vault calls it
first='pa:ss %41 "w\ord'
# shellcheck disable=SC2016 # as it is
second='another $HOME `id`'
echo "ann@example.test:$first" >logins

smtpvault --quiet init --no-passphrase
export GIT_SSL_CAINFO="$WORK/ca/ca.pem" no_proxy='*'
git config --global credential.helper 'smtpvault --general'
export GIT_TERMINAL_PROMPT=0
nobody=false
cat >typist <<'END'
#!/bin/sh
echo asked >>"$HOME/asked"
case $1 in Username*) echo ann@example.test ;; *) cat "$HOME/typed" ;; esac
END
chmod +x typist
typing() { # typing PASSWORD COMMAND...: somebody is there who types it
    printf '%s\n' "$1" >typed
    shift
    GIT_ASKPASS=$WORK/typist "$@"
}
alone() {
    GIT_ASKPASS=$nobody "$@"
}
fails() {
    ! "$@"
}
has() { # has NAME FILTER: of the profile
    smtpvault list --json "$1" | jq -e ".profiles[0] | $2"
}
was_asked() { # was_asked TIMES
    [ "$(wc -l <asked)" -eq "$1" ]
}
commit() {
    git -C "$1" commit -q --allow-empty -m "$2"
}

check "nobody is let in without" fails alone git clone -q "$url/one.git" none
check "the server saw nobody" grep -qx '/one.git/info/refs?service=git-upload-pack -' log
check "nothing is kept of that" [ -z "$(smtpvault list)" ]
check "what is typed lets in" typing "$first" git clone -q "$url/one.git" a
check "and is kept" has "$login" '.protocol == "https" and .version == 1 and .last_worked != null'
check "it was asked for a name and a password" was_asked 2
check "git keeps it nowhere else" test ! -e .git-credentials
check "the next time nobody is asked" alone git clone -q "$url/one.git" b
check "nor for another repository" alone git clone -q "$url/two.git" c
check "nor with the host in capitals" alone git clone -q "https://LOCALHOST:$port/one.git" d
commit a change
check "nor for a push" alone git -C a push -q
check "which arrives" alone git -C b pull -q
check "the same is no new version" has "$login" '.version == 1'

# The password is another one at the server: the old one is retired, and kept in history.
echo "ann@example.test:$second" >logins
check "the old one is refused" fails alone git -C b fetch -q
check "and retired" has "$login" '.retired != null and .last_rejected != null'
check "nobody is given it" fails smtpvault get "$login"
check "a mistyped one is not kept" fails typing "wrong" git -C b fetch -q
check "the new one lets in" typing "$second" git -C b fetch -q
check "and is kept" has "$login" '.retired == null'
check "from then on nobody is asked" alone git -C b fetch -q
check "history has the old one" [ "$(smtpvault get "$login" --version 1)" = "$first" ]
check "and the new one is what it is" [ "$(smtpvault get "$login")" = "$second" ]

# A login for a path is for that alone.
git config --global credential.useHttpPath true
check "none is for the path yet" fails alone git -C b fetch -q
check "one that is" typing "$second" git -C b fetch -q
check "has it" has "$login/one.git" '.path == "one.git"'
check "and is enough for it" alone git -C b fetch -q
check "not for another" fails alone git -C c fetch -q
git config --global --unset credential.useHttpPath

# Somebody else's server gets nothing: by its name, by a URL with a line break in it.
ask_for() {
    printf '%s\n\n' "$1" | alone git credential fill 2>/dev/null | grep '^password=' && return 1
    return 0
}
check "a dot behind the host" ask_for "url=https://localhost.:$port/one.git"
check "is on record" sh -c "smtpvault audit --json --last 1 | jq -e '.result == \"denied\"'"
check "a line break in a URL" ask_for "url=https://evil.test%0ahost=localhost:$port/"
check "another port" ask_for "url=https://localhost/one.git"
check "no TLS" ask_for "url=http://localhost:$port/one.git"
all_ok
