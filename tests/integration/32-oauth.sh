#!/bin/sh
# SPDX-License-Identifier: ISC
# A login by OAuth2 from the first agreement to mail that is sent: the vault renews its access
# tokens on the way, once for all who ask, here and through the agent, and keeps what comes.
# shellcheck disable=SC2317,SC2016 # check calls functions by their name, and sh -c words
set -eu
# shellcheck source=tests/integration/lib/vault.sh
. "$(dirname "$0")/lib/vault.sh"
: "${BUILD:?the folder of the build}"
stop() {
    smtpvault lock >/dev/null 2>&1 || true
    vault_stop
}
trap stop EXIT
SERVERS_OAUTH=yes
vault_start
printf 's3cret&=' >"$WORK/client-secret"

# Hours pass: what is started with this lives so many of them later.
cat >"$WORK/clock.c" <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
int clock_gettime(clockid_t id, struct timespec *t)
{
    int (*real)(clockid_t, struct timespec *) =
        (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(id, t);
    if (id == CLOCK_REALTIME)
        t->tv_sec += atoi(getenv("CLOCK_HOURS")) * 3600L;
    return result;
}
END
cc -shared -fPIC -o "$WORK/clock.so" "$WORK/clock.c"
later() { # later HOURS COMMAND...
    CLOCK_HOURS=$1
    shift
    env LD_PRELOAD="$WORK/clock.so" CLOCK_HOURS="$CLOCK_HOURS" "$@"
}

# How often a refresh token was shown, and what else is in the endpoint's log.
refreshes() {
    grep -c 'grant_type=refresh_token' "$OAUTH/log" || true
}
asked() { # asked N COMMAND...: so many more times
    before=$(refreshes)
    more=$1
    shift
    "$@" || return 1
    echo "asked $(($(refreshes) - before)) times"
    [ "$(refreshes)" -eq $((before + more)) ]
}

# log_in NAME OPTION...: curl is the browser.
log_in() {
    : >"$WORK/login.err"
    SMTPVAULT_NO_INPUT=0 smtpvault login "$@" --ca-file "$CA_FILE" 2>"$WORK/login.err" &
    login_pid=$!
    tries=0
    until url=$(grep -m1 '^https://' "$WORK/login.err"); do
        tries=$((tries + 1))
        if [ "$tries" -gt 200 ] || ! kill -0 "$login_pid" 2>/dev/null; then
            wait "$login_pid" || true
            cat "$WORK/login.err"
            return 1
        fi
        sleep 0.05
    done
    curl -sL --cacert "$CA_FILE" "$url" >"$WORK/page" || cat "$WORK/page"
    status=0
    wait "$login_pid" || status=$?
    cat "$WORK/login.err"
    return "$status"
}
new_login() { # new_login NAME OPTION...: for a profile that is not there
    log_in "$@" --host localhost --port "$SMTPS_PORT" --tls implicit --username "$MAIL_USER" \
        --from "$MAIL_USER" --client-id test-client \
        --client-secret-from "file:$WORK/client-secret" --auth-url "$OAUTH_URL/authorize" \
        --token-url "$OAUTH_URL/token" --device-url "$OAUTH_URL/device" --scopes mail.send
}
ends_with() { # ends_with STATUS COMMAND...
    want=$1
    shift
    status=0
    "$@" >"$WORK/out" 2>"$WORK/err" || status=$?
    cat "$WORK/err"
    echo "status $status"
    [ "$status" -eq "$want" ] && { [ "$want" -eq 0 ] || [ ! -s "$WORK/out" ]; }
}
good_token() { # good_token FILE: the endpoint gave it
    [ -s "$1" ] && grep -q "^$(cat "$1") " "$OAUTH/access"
}

# ---- a person agrees
echo 1 >"$OAUTH/life"
check "login makes the profile" new_login mail
echo 3600 >"$OAUTH/life"
check "it is of kind oauth2" sh -c '[ "$(smtpvault get mail kind)" = oauth2 ]'
check "the token endpoint's authorities are not its server's" sh -c \
    '! smtpvault get mail ca-file 2>/dev/null'
check "with a mechanism that others understand" sh -c '[ "$(smtpvault get mail auth)" = xoauth2 ]'
check "the vault has the refresh token sealed" sh -c \
    '! grep -qaF "$(cat "$1")" "$XDG_DATA_HOME/smtpvault/vault.db"' - "$OAUTH/refresh"
# The token of the login ends within the margin.
first_get() {
    smtpvault get mail >"$WORK/token" && good_token "$WORK/token"
}
check "get renews a token that ends, on the way" asked 1 first_get
again() {
    smtpvault get mail | cmp - "$WORK/token"
}
check "and gives the same one while it lasts" asked 0 again
check "sasl-xoauth2 is the ready string" sh -c \
    '[ "$(smtpvault get mail --field sasl-xoauth2 | base64 -d)" = \
       "$(printf "user=%s\001auth=Bearer %s\001\001" "$1" "$(cat "$2")")" ]' - \
    "$MAIL_USER" "$WORK/token"
check "the token is in no file but sealed" sh -c \
    '! grep -rqaF "$(cat "$1")" "$XDG_DATA_HOME" "$XDG_STATE_HOME"' - "$WORK/token"
check "the log says who renewed" asked_by 32-oauth.sh renew mail

# ---- mail
smtpvault --quiet export mail --to msmtp -o "$WORK/mail.conf"
by_msmtp() { # by_msmtp SUBJECT HOURS
    letter "$1" | later "$2" msmtp -C "$WORK/mail.conf" "--tls-trust-file=$CA_FILE" -- \
        bob@example.test
}
check "msmtp sends with a token that was renewed on the way" asked 1 by_msmtp msmtp 1
check "the message arrived" arrived msmtp
check "the record names msmtp" asked_by msmtp get mail
check "smtpvault test logs in with it" sh -c \
    'smtpvault test mail --ca-file "$1" --json | grep -q "\"verdict\": *\"ok\""' - "$CA_FILE"
smtpvault --quiet export mail --to mutt -o "$WORK/mutt.conf"
by_mutt() {
    printf '%s\n' "$BODY" | mutt -F "$WORK/mutt.conf" -e "set ssl_ca_certificates_file=$CA_FILE" \
        -e 'set copy=no' -s mutt -- bob@example.test
}
check "mutt sends" by_mutt
check "the message of mutt arrived" arrived mutt

# ---- many at once
together() { # together HOURS
    rm -f "$WORK"/many.*
    pids=
    for n in 1 2 3 4; do
        later "$1" smtpvault get mail >"$WORK/many.$n" 2>"$WORK/many.$n.err" &
        pids="$pids $!"
    done
    for pid in $pids; do
        wait "$pid" || { cat "$WORK"/many.*.err; return 1; }
    done
    good_token "$WORK/many.1" || return 1
    for n in 2 3 4; do
        cmp "$WORK/many.1" "$WORK/many.$n" || return 1
    done
}
echo 0.5 >"$OAUTH/slow"
check "of four callers one asks, and all are given what came" asked 1 together 3
rm "$OAUTH/slow"

# ---- refresh tokens that change
touch "$OAUTH/rotate"
rotated() {
    old=$(cat "$OAUTH/refresh")
    later "$1" smtpvault get mail >"$WORK/token" && good_token "$WORK/token" &&
        [ "$(cat "$OAUTH/refresh")" != "$old" ]
}
check "a new refresh token comes" asked 1 rotated 5
check "and is the one that is used next" asked 1 rotated 7
smtpvault --quiet edit mail --note "a note"
check "an edit loses nothing of it" asked 1 rotated 9
rm "$OAUTH/rotate"

# ---- faults that are none of the login
touch "$OAUTH/down"
check "an endpoint that is down is status 69, and nothing is printed" \
    ends_with 69 later 11 smtpvault get mail
rm "$OAUTH/down"
back() {
    later 11 smtpvault get mail >"$WORK/token" && good_token "$WORK/token"
}
check "when it is back the login still works" asked 1 back

# ---- through the agent
echo 1 >"$OAUTH/life"
check "a new login needs no client id" log_in mail
echo 3600 >"$OAUTH/life"
smtpvault --quiet unlock
unset SMTPVAULT_KEYFILE
check "the agent renews for who asks" asked 1 first_get
check "and once only" asked 0 again
check "exec hands it over" sh -c '[ "$(smtpvault exec mail -- cat /dev/fd/3)" = "$(cat "$1")" ]' - \
    "$WORK/token"
check "sasl-xoauth2 through the agent" sh -c \
    'smtpvault get mail sasl-xoauth2 | base64 -d | grep -qF "auth=Bearer $(cat "$1")"' - \
    "$WORK/token"
by_git_helper() {
    printf 'protocol=smtp\nhost=localhost:%s\nusername=%s\n\n' "$SMTPS_PORT" "$MAIL_USER" |
        smtpvault git-credential get --profile mail >"$WORK/for-git"
    grep -qx "password=$(cat "$WORK/token")" "$WORK/for-git"
}
# Within the hour for which the provider said that it is good.
until_its_end() {
    left=$(($(sed -n 's/^password_expiry_utc=//p' "$WORK/for-git") - $(date +%s)))
    [ "$left" -gt 0 ] && [ "$left" -le 3600 ] && ! grep -q refresh "$WORK/for-git"
}
check "git is given it" by_git_helper
check "with its end, and nothing more" until_its_end
check "msmtp sends through the agent" by_msmtp agent 0
check "the message through the agent arrived" arrived agent
smtpvault --quiet lock
export SMTPVAULT_KEYFILE="$WORK/key"
echo 1 >"$OAUTH/life"
check "a login for the agent's crowd" log_in mail
echo 3600 >"$OAUTH/life"
echo 0.5 >"$OAUTH/slow"
smtpvault --quiet unlock
unset SMTPVAULT_KEYFILE
check "four ask the agent at once: one renewal" asked 1 together 0
rm "$OAUTH/slow"
smtpvault --quiet lock
export SMTPVAULT_KEYFILE="$WORK/key"

# ---- the end of a login
echo 1 >"$OAUTH/life"
check "once more" log_in mail
echo 3600 >"$OAUTH/life"
good=$(cat "$OAUTH/refresh")
echo another >"$OAUTH/refresh"
smtpvault --quiet unlock
check "invalid_grant is status 77" asked 1 ends_with 77 smtpvault get mail
check "and names the command" grep -q 'smtpvault login mail' "$WORK/err"
echo "$good" >"$OAUTH/refresh"
check "nobody is asked any more" asked 0 ends_with 77 smtpvault get mail
smtpvault --quiet lock
check "without the agent neither" asked 0 ends_with 77 smtpvault get mail
check "and still says so" grep -q 'smtpvault login mail' "$WORK/err"
echo yes >"$OAUTH/device.mail.send"
by_device() {
    SMTPVAULT_NO_INPUT=0 timeout 30 smtpvault login mail --device --ca-file "$CA_FILE" 2>"$WORK/err" || {
        cat "$WORK/err"
        return 1
    }
    grep -q WDJB-MJHT "$WORK/err" && grep -qx 'https://provider.example/device' "$WORK/err"
}
check "a login on another device" by_device
check "works again" asked 0 first_get

# ---- nobody is there to agree
at_once() { # at_once OPTION...
    begun=$(date +%s)
    ends_with 75 timeout 20 smtpvault login mail --no-input --ca-file "$CA_FILE" "$@" &&
        grep -q 'smtpvault login mail' "$WORK/err" && ! grep -q https "$WORK/err" &&
        [ $(($(date +%s) - begun)) -le 5 ]
}
check "with --no-input a browser is not waited for" at_once
check "nor another device" at_once --device
check "nor a terminal" at_once --paste

# ---- a person at a terminal
cat >"$WORK/person.py" <<'END'
import os, pty, re, subprocess, sys
pid, fd = pty.fork()
if pid == 0:
    if "FREED" in os.environ:
        os.environ["LD_PRELOAD"] = os.environ["FREED"] + ".so"
    os.execvp("smtpvault", ["smtpvault", *sys.argv[2:]])
seen, typed, come, asked = "", False, None, 0
# What is typed at each further question.
typing = [("Client secret:", b"s3cret&="), ("Day on which", b"tomorrow"),
          ("is no day such as", b"2031-02-03")]
# What is pasted before the right address.
slips = [b"http://127.0.0.1/?code=code%2Fslip&state=another", b"http://127.0.0.1/?code=code%2Fslip"]
while True:
    try:
        data = os.read(fd, 4096)
    except OSError:
        break
    seen += data.decode()
    if "Client id" in seen and not typed:
        typed = True
        os.write(fd, b"test-client\r")
    if typing and typing[0][0] in seen:
        os.write(fd, typing.pop(0)[1] + b"\r")
    url = re.search(r"^(https://\S*/authorize\S*)\r?\n", seen, re.M)
    paste = "--paste" in sys.argv
    if paste and asked < len(slips) and seen.count("Address:") > asked:
        os.write(fd, slips[asked] + b"\r")
        asked += 1
    elif url and come is None and (not paste or seen.count("Address:") > asked):
        curl = ["curl", "-s", "--cacert", sys.argv[1], url[1]]
        come = subprocess.run(curl + (["-w", "%{redirect_url}"] if paste else ["-L"]),
                              stdout=subprocess.PIPE).stdout
        if paste:
            os.write(fd, come + b"\r")
print(seen)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
END
cat >"$WORK/freed.c" <<'END'
#define _GNU_SOURCE
#include <fcntl.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
void __libc_free(void *);
void free(void *block)
{
    const char code[] = "code=code%2F";
    if (block && memmem(block, malloc_usable_size(block), code, sizeof code - 1))
        close(open(getenv("FREED"), O_CREAT | O_WRONLY, 0600));
    __libc_free(block);
}
END
cc -shared -fPIC -fno-builtin -o "$WORK/freed.so" "$WORK/freed.c"
pasted() {
    FREED="$WORK/freed" SMTPVAULT_NO_INPUT=0 timeout 60 \
        python3 "$WORK/person.py" "$CA_FILE" login mail --paste --ca-file "$CA_FILE"
}
check "an address can be pasted, after two that were wrong" pasted
check "which is freed nowhere with the code in it" [ ! -e "$WORK/freed" ]
mkdir -p "$XDG_CONFIG_HOME/smtpvault/providers.d"
cat >"$XDG_CONFIG_HOME/smtpvault/providers.d/acme.json" <<END
{"schema": 1, "providers": [{"id": "acme", "name": "Acme Mail", "domains": ["acme.example"],
  "servers": [{"host": "smtp.acme.example", "port": 465, "tls": "implicit"}],
  "username": "email", "secret": "oauth2", "kind": "oauth2",
  "mechanisms": "XOAUTH2 OAUTHBEARER",
  "oauth": {"auth_url": "$OAUTH_URL/authorize", "token_url": "$OAUTH_URL/token",
            "scopes": "mail.send"}}]}
END
added() {
    SMTPVAULT_NO_INPUT=0 timeout 60 python3 "$WORK/person.py" "$CA_FILE" add given --no-test \
        --provider acme --username "$MAIL_USER" --ca-file "$CA_FILE" --host localhost \
        --port "$SMTPS_PORT" --tls implicit --auth oauthbearer --tag one --tag two \
        --note "a note" --rotate-every 90d
}
check "add becomes a login where the provider wants one" added
kept() {
    for pair in host=localhost "port=$SMTPS_PORT" tls=implicit auth=oauthbearer tags=one,two \
        "note=a note" provider=acme "username=$MAIL_USER" \
        rotate-every=90d "ca-file=$CA_FILE"; do
        got=$(smtpvault get given "${pair%%=*}")
        echo "$pair: $got"
        [ "${got%d}" = "$(printf %s "${pair#*=}" | sed 's/^90d$/90/')" ] || return 1
    done
}
check "and keeps all that it was given" kept

# ---- when the client secret ends
day() { # day NAME: when it ends, as it is kept
    smtpvault get "$1" client-secret-expires
}
typed() {
    SMTPVAULT_NO_INPUT=0 TZ=UTC timeout 60 python3 "$WORK/person.py" "$CA_FILE" login mail \
        --client-secret-from tty --ca-file "$CA_FILE"
}
check "of a client secret that is typed the day is asked for" typed
check "which is kept" sh -c '[ "$(smtpvault get mail client-secret-expires)" = 2031-02-03T00:00:00Z ]'
kept_day() {
    log_in mail && [ "$(day mail)" = 2031-02-03T00:00:00Z ]
}
check "and stays with the secret" kept_day
new_secret() {
    log_in mail --client-secret-from "file:$WORK/client-secret" &&
        grep -q 'the day on which the client secret before ended is forgotten' "$WORK/login.err" &&
        ends_with 66 smtpvault get mail client-secret-expires
}
check "with a new secret the day of the one before is forgotten" new_secret
given_day() {
    log_in mail --client-secret-from "file:$WORK/client-secret" --client-secret-expires 5d &&
        smtpvault due --json | jq -e '.items | any(.clock == "client" and
            .do == "smtpvault login --client-secret-from tty mail")'
}
check "unless it is given; and due tells of it" given_day

# ---- when a login ends
told() { # told JSON: with the next tokens
    printf '%s' "$1" >"$OAUTH/told"
}
due_of() { # due_of HOURS NAME: what is to be done about its login, that much later
    later "$1" smtpvault due --json >"$WORK/due" 2>"$WORK/err" || [ $? -eq 1 ] || return 1
    jq -r --arg name "$2" '.items[] | select(.clock == "oauth" and .profile == $name) |
        .urgency + " " + .do' "$WORK/due"
}
ends_in() { # ends_in SECONDS NAME: from now on, within a minute
    end=$(smtpvault get "$2" login-ends) || return 1
    left=$(($(date -d "$end" +%s) - $(date +%s)))
    echo "it ends in $left s"
    [ "$left" -le "$1" ] && [ "$left" -gt $(($1 - 60)) ]
}
told '{"refresh_token_expires_in": 604800}'
check "a login for a week" new_login week
check "its end is known" ends_in 604800 week
due_is() { # due_is HOURS NAME WORDS
    got=$(due_of "$1" "$2")
    echo "$got"
    [ "$got" = "$3" ]
}
check "it is not due on its first day" due_is 24 week ""
check "and is when half of it is over" due_is 96 week "soon smtpvault login week"
check "and is over at its end" due_is 169 week "overdue smtpvault login week"
told '{"refresh_expires_in": "3000000"}'
renewed() { # renewed NAME: with a fresh access token
    later 2 smtpvault get "$1" >"$WORK/token" && good_token "$WORK/token"
}
check "a renewal tells another end" asked 1 renewed week
check "which is known from there on" ends_in 3007200 week
no_news() {
    hours=4
    for bad in -1 0.5 -604800 1e300 123456789012345678901234567890 '"soon"' '""' '[1]' null true; do
        told "{\"refresh_token_expires_in\": $bad, \"refresh_expires_in\": $bad}"
        later $hours smtpvault get week >"$WORK/token" && good_token "$WORK/token" || return 1
        hours=$((hours + 2))
        ends_in 3007200 week || return 1
    done
}
check "what makes no sense changes nothing, and the login goes on" asked 10 no_news
told '{"refresh_expires_in": 0}'
never() {
    later 30 smtpvault get week >"$WORK/token" && ends_with 66 smtpvault get week login-ends
}
check "0 is never" asked 1 never
told '{"refresh_token_expires_in": 86400}'
later 40 smtpvault --quiet unlock
unset SMTPVAULT_KEYFILE
by_agent() {
    smtpvault get week >"$WORK/token" && good_token "$WORK/token" &&
        ends_in $((86400 + 40 * 3600)) week
}
check "the agent keeps it too" asked 1 by_agent
check "and tells due" due_is 60 week "soon smtpvault login week"
check "but not before half of its time" due_is 20 week ""
smtpvault --quiet lock
export SMTPVAULT_KEYFILE="$WORK/key"
rm "$OAUTH/told"
over() {
    echo rt-other >"$OAUTH/refresh"
    ! later 45 smtpvault get week && due_is 46 week "overdue smtpvault login week"
}
check "what the provider ended is over" over

echo denied >"$OAUTH/authorize"
refused() {
    status=0
    log_in mail || status=$?
    [ "$status" -eq 77 ]
}
check "who says no is status 77" refused
check "and has lost nothing" asked 0 first_get
all_ok
