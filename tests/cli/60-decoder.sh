#!/bin/sh
# SPDX-License-Identifier: ISC
# smtpvault-store(5) is whole: a reader in another language, written from that page
# alone, opens what smtpvault wrote, and refuses it when any byte of it was changed.
set -eu
umask 077
top=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export HOME="$work" XDG_DATA_HOME="$work/data" XDG_STATE_HOME="$work/state"
export PYTHONDONTWRITEBYTECODE=1 SMTPVAULT_NO_INPUT=1
printf 'correct horse\n' >pass
printf 'hunter"2 \\ \303\244\n' >secret1
printf 'another one\n' >secret2

die() {
    echo "$*" >&2
    exit 1
}

decode() { # decode VAULT OPTION...
    vault=$1
    shift
    id=$(sqlite3 "file:$vault?mode=ro" 'SELECT lower(hex(substr(v, 19, 16))) FROM meta WHERE k = 0')
    "$top/tests/decoder/decode.py" "$@" --state "$XDG_STATE_HOME/smtpvault/$id" "$vault"
}

fill() { # fill VAULT OPTION...: some life in a vault
    vault=$1
    shift
    "$SMTPVAULT" --vault "$vault" "$@" add team/mail --host smtp.example.com --port 465 \
        --tls implicit --auth plain --username ann --from ann@example.com --tag eu --tag shop \
        --note 'two
lines' --rotate-every 90d --password-from file:secret1
    "$SMTPVAULT" --vault "$vault" "$@" add gone --host h.example.com --port 587 --tls starttls \
        --username bob --password-from file:secret1
    "$SMTPVAULT" --vault "$vault" "$@" edit team/mail --port 587 --tls starttls \
        --password-from file:secret2
    "$SMTPVAULT" --vault "$vault" "$@" get team/mail >got
    "$SMTPVAULT" --vault "$vault" "$@" remove gone --yes
    "$SMTPVAULT" --vault "$vault" "$@" rename team/mail mail
    "$SMTPVAULT" --vault "$vault" "$@" grant add mail --unit nightly --user 0 --hours 22:30-06 \
        --until 2100-01-01T00:00:00Z --confirm
    "$SMTPVAULT" --vault "$vault" "$@" grant add mail --exe "$SMTPVAULT" --pin
    "$SMTPVAULT" --vault "$vault" "$@" grant learn mail --for 7d
    "$SMTPVAULT" --vault "$vault" "$@" policy set --tag shop --every 30d --on 01-15,07-15 \
        --after 'systemctl reload postfix' --alphabet alnum
    "$SMTPVAULT" --vault "$vault" "$@" policy set --all --public yes --hook dovecot
    "$SMTPVAULT" --vault "$vault" "$@" policy set mail --grace 7d
    rm -f copy.rc
    "$SMTPVAULT" --vault "$vault" "$@" export mail --to msmtp --inline -o copy.rc
    "$SMTPVAULT" --vault "$vault" "$@" rotate mail --generate 2>waits || [ $? -eq 75 ]
}

judge() { # judge FILE: what the decoder printed is what was put in
    jq -es --arg copy "$PWD/copy.rc" --arg exe "$(realpath "$SMTPVAULT")" --arg pin "$(b2sum -l 256 <"$SMTPVAULT" |
        cut -d" " -f1)" '
        (map(.profile // empty)) as $p | (map(.entry // empty)) as $e |
        ($p | length == 1) and ($p[0] |
            .name == "mail" and .host == "smtp.example.com" and .port == 587 and
            .tls == "starttls" and .auth == "plain" and .username == "ann" and
            .from == "ann@example.com" and .tags == ["eu", "shop"] and .note == "two\nlines" and
            .rotate_days == 90 and .kind == "password" and .version == 2 and
            .secret == "another one" and (.history | length == 1) and
            (.copies | length == 1 and (.[0] | .path == $copy and .format == "msmtp" and
                .begun == 0 and .version == 2 and (.logins | length == 1))) and
            (.rotation | .stage == "pending" and .method == "generated" and .turn == 3 and
                .version_from == 2 and .past == [] and (.fault | length > 0)) and
            (.pending | .version == 18446744073709551615 and (.secret | length == 32) and
                .username == "ann" and (has("copies") | not)) and
            (.grants | length == 3 and (.[0] | .number == 1 and .unit == "nightly.service" and
                .uid == 0 and .hours == [1350, 360] and .until == 4102444800 and .confirm and
                (has("exe") or has("pin") | not)) and
                (.[1] | .exe == $exe and .pin == $pin and .confirm == false) and
                (.[2] | .learning and .until == .made + 604800)) and
            (.history[0] | (has("grants") | not) and .name == "team/mail" and .port == 465 and .version == 1 and
                .secret == "hunter\"2 \\ ä")) and
        ($e[0].op == 16) and ([$e[].seq] == [range($e | length)]) and
        ($e | any(.op == 3 and .result == "ok" and .profile == "team/mail" and .version == 2)) and
        ($e | any(.op == 11 and .result == "ok" and .profile == "gone")) and
        (map(.rule // empty) == [{"for": "vault", public: 1, hook: "dovecot"},
            {"for": "tag", name: "shop", every: 30, on: ["01-15", "07-15"], alphabet: 1,
             after: ["systemctl reload postfix"]},
            {"for": "profile", uid: $p[0].uid, grace: 7}]) and
        (.[-1].summary | .slots == 1 and .epoch == 1)' "$1" >/dev/null || {
        cat "$1"
        die "$1 is not what was put in"
    }
}

# ---- a passphrase, a key file, both --------------------------------------------
"$SMTPVAULT" --vault p.db --passphrase-from file:pass init --argon2 m=65536
fill p.db --passphrase-from file:pass
decode p.db --passphrase pass --reveal >p.out
judge p.out

"$SMTPVAULT" --vault k.db --keyfile key init --no-passphrase
fill k.db --keyfile key
decode k.db --keyfile key --reveal >k.out
judge k.out

"$SMTPVAULT" --vault b.db --keyfile key --passphrase-from file:pass init --argon2 m=65536
fill b.db --keyfile key --passphrase-from file:pass
decode b.db --keyfile key --passphrase pass --reveal >b.out
judge b.out

# ---- an administrator's identity
"$SMTPVAULT" member identity -o id --comment 'Ann Ã¼' --new-passphrase-from file:pass \
    --argon2 m=65536 >line
"$SMTPVAULT" --vault k.db --keyfile key member add ann --role admin --identity line
decode k.db --identity id --passphrase pass --reveal >i.out
grep -q '"secret": "another one"' i.out
grep -q '"label": "ann"' i.out
printf '%s\n' protocol=https host=git.example.org path=a.git username=ann password=pw \
    oauth_refresh_token=again password_expiry_utc=77 |
    "$SMTPVAULT" --vault k.db --keyfile key git-credential --general store
decode k.db --keyfile key --reveal >g.out
jq -es 'map(.profile // empty) | any(.protocol == "https" and .path == "a.git" and
    .secret == {"password": "pw", "refresh": "again", "expires": 77})' g.out >/dev/null ||
    die "what git stored is not what is kept"
if decode k.db --identity id --passphrase secret2 >out 2>&1; then
    die "a wrong passphrase opens the identity"
fi

# ---- after a change of the passphrase ------------------------------------------
printf 'new words\n' >pass2
"$SMTPVAULT" --vault p.db --passphrase-from file:pass passphrase --new-passphrase-from file:pass2 \
    --argon2 m=65536
decode p.db --passphrase pass2 --reveal >p2.out
judge p2.out
if decode p.db --passphrase pass >out 2>&1; then
    die "the old passphrase still opens the vault"
fi

# ---- wrong keys, changed rows ---------------------------------------------------
refuses() { # refuses WHAT PATTERN SQL [FILE]
    cp k.db t.db
    rm -rf tstate
    cp -r "$XDG_STATE_HOME/smtpvault/$kid" tstate
    sqlite3 "${4:-t.db}" "$3"
    if "$top/tests/decoder/decode.py" --keyfile key --state tstate t.db >out 2>&1; then
        die "$1: the decoder took it"
    fi
    grep -qE "$2" out || { cat out && die "$1: '$2' was not said"; }
}
kid=$(sqlite3 k.db 'SELECT lower(hex(substr(v, 19, 16))) FROM meta WHERE k = 0')
other="CASE substr(v, 100, 1) WHEN x'aa' THEN x'ab' ELSE x'aa' END"
flip="SET v = CAST(substr(v, 1, 99) || $other || substr(v, 101) AS BLOB)"
refuses "a changed row" "tree" "UPDATE obj $flip"
refuses "a deleted row" "tree" "DELETE FROM obj WHERE id = (SELECT max(id) FROM obj)"
refuses "a changed slot" "slots hash" "UPDATE slot $flip"
refuses "a changed state" "signature" "UPDATE meta $flip WHERE k = 1"
refuses "a changed history" "history" "UPDATE hist SET v = zeroblob(33) WHERE seq = 2"
refuses "another table" "schema" "CREATE TABLE more(x)"
refuses "a changed entry" "head|tag" "UPDATE entry $flip WHERE seq = 1" tstate/audit.db
refuses "a deleted entry" "gap" "DELETE FROM entry WHERE seq = 1" tstate/audit.db
"$SMTPVAULT" --vault other.db --keyfile otherkey init --no-passphrase
if decode k.db --keyfile otherkey >out 2>&1; then
    die "another key file opens the vault"
fi
grep -q 'no slot opens' out

# ---- a new epoch takes a policy and a pending secret along, and the page tells of all files
"$SMTPVAULT" --vault k.db --keyfile key grant add mail --user "$(id -u)" --max 9/h
"$SMTPVAULT" --vault k.db --keyfile key get mail >got
"$SMTPVAULT" --vault k.db --keyfile key member remove ann --yes >left
decode k.db --keyfile key --reveal >e.out
jq -es '(.[-1].summary.epoch == 2) and (map(.rule // empty) | length == 3) and
    (map(.profile // empty) | any(.name == "mail" and .rotation.stage == "pending" and
        .secret == "another one" and (.pending.secret | length == 32)))' e.out >/dev/null ||
    die "the new epoch has not what the old one had"
sed -n '/^\.Sh DESCRIPTION/,/^\.El$/p' "$top/man/smtpvault-store.5" | grep '^\.It Pa' >files.list
for file in "$XDG_STATE_HOME/smtpvault"/????????????????????????????????/*; do
    name=$(basename "$file" | sed 's/^\([a-z]*\)-[0-9a-f]\{16\}\./\1- Ns Ar ID Ns Pa ./')
    sed 's/Ar [A-Z]* /Ar ID /g' files.list | grep -qF " $name" ||
        die "the page does not tell of $file"
    echo "$name" >>seen
done
for kind in 'grants\.lock' 'rotate- Ns.*' 'audit\.db'; do
    grep -qx "$kind" seen || die "no $kind was looked at"
done
