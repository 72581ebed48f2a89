#!/bin/bash
# SPDX-License-Identifier: ISC
# shell: one session for many commands, from a script and at a real terminal.
here=$(cd "${0%/*}" && pwd)
# shellcheck source=tests/cli/lib.sh
. "$here/lib.sh"
# shellcheck source=tests/cli/terminal.sh
. "$here/terminal.sh"
t_vault
for name in work "my mail" "my misc" "it's"; do
    add_plain "$name" "secret of $name"
done

# session STATUS LINE...: a session of these lines.
session() {
    local want=$1
    shift
    printf '%s\n' "$@" >lines
    expect_status "$want" shell <lines
}

# ---- lines of a script
session 0 'get work host' '' '   ' '# a comment' 'get work port # and one more'
expect_stdout 'mail.example.org\n465\n'
expect_stderr_empty
session 0 "get 'my mail' username" 'get "my misc" username' 'get my\ mail username' 'get "it'"'"'s" port'
expect_stdout 'ann\nann\nann\n465\n'
session 0 'get work -n username' 'get "work" username' "get w'or'k username" 'ls wor'
expect_stdout 'annann\nann\nwork\n'
session 0 '--json list wor' 'list wor'
expect [ "$(tail -n 1 out)" = work ]
sed -i '$d' out
expect_json '.[0].profiles | map(.name) == ["work"]'
session 0 '--help get work' 'get --help work'
expect [ "$(grep -c '^usage: smtpvault get' out)" = 2 ]
session 0 --help
expect grep -q '^rotation  due' out
expect_status 0 shell </dev/null
expect_stdout ''
printf 'get work host' >lines # no line feed
expect_status 0 shell <lines
expect_stdout 'mail.example.org\n'

# ---- it goes on after a fault; the status is that of the last command. stdout holds
# ---- the answers, so expect_status must not look for an empty one
status_of() { # status_of N LINE...
    local want=$1 got=0
    shift
    printf '%s\n' "$@" | sv shell >out 2>err || got=$?
    ((checks++))
    [[ $got -eq $want ]] || die "status $got, not $want, after: $*"
    no_secret_in err
}
status_of 0 'get nobody' 'get work host'
expect_stdout 'mail.example.org\n'
expect_stderr_has nobody
status_of 66 'get work host' 'get nobody'
expect_stdout 'mail.example.org\n'
status_of 64 'get work host' bogus
status_of 64 bogus exit 'get work host'
expect_stdout ''
status_of 0 bogus 'get work port' quit
expect_stdout '465\n'
status_of 1 'policy set work --every 1d' 'due --within 2d'
status_of 7 'exec work -- sh -c "cat <&3 >taken; exit 7"'
expect grep -qx 'secret of work' taken
status_of 0 'exec work -- sh -c "cat <&3"' 'get work port'
expect_stdout 'secret of work\n465\n'
# A program that the session starts reads what stands behind its line.
# shellcheck disable=SC2016
status_of 0 'exec work -- sh -c "read -r x; echo \$x"' 'for the program' 'get work port'
expect_stdout 'for the program\n465\n'

# ---- what is not understood is said
status_of 64 'get "work'
expect_stderr_has 'a quote (") is not closed'
status_of 64 "get 'work"
status_of 64 "get work\\"
expect_stderr_has backslash
# shellcheck disable=SC2016 # as it is typed
for line in 'get work | cat' 'get work > taken.2' 'get work;list' 'get work && list' 'list &' \
    'list < x' 'get $(list)'; do
    status_of 64 "$line"
    expect_stdout ''
    expect_stderr_has 'means nothing here'
done
expect_absent taken.2
for word in init shell completion; do
    status_of 64 "$word bash"
    expect_stderr_has 'is not for this shell'
done
status_of 64 'add x --host h --port 465 --tls implicit --username u --password-from -'
expect_stderr_has 'belongs to the shell'
status_of 64 'add x --password=hunter2'
expect_stderr_has 'never an argument'
printf 'get work port\nget \0\n' | sv shell >out 2>err && die "a zero byte was taken"
expect_stderr_has 'zero byte'
head -c 70000 /dev/zero | tr '\0' x | sv shell >out 2>err && die "a line without end was taken"
expect_stderr_has 'longer than'
for idle in 0s 10 x '' 1 99w -- -1m; do
    expect_status 64 shell "--idle=$idle"
done
expect_status 64 --passphrase-from stdin shell
expect_status 64 shell now

# ---- changes of the session, of others, and of another vault
status_of 0 'add tmp --host h --port 465 --tls implicit --username u --generate' 'get tmp host' \
    'mv tmp tmp2' 'get tmp2 host' 'rm --yes tmp2' 'list tmp'
expect_stdout 'h\nh\n'
mkfifo to_shell
sv shell <to_shell >out 2>err &
session=$!
exec 9>to_shell
seen() { # seen TEXT: in out, soon
    ((checks++))
    for _ in $(seq 100); do
        grep -qx -- "$1" out && return
        sleep 0.05
    done
    die "the session never said $1"
}
echo 'get work host' >&9
seen mail.example.org
add_plain other "secret of other"
echo 'get other username' >&9
seen ann
echo "add mine --host mine.example.org --port 465 --tls implicit --username me --generate" >&9
echo 'get mine host' >&9
seen mine.example.org
expect [ "$(sv get mine username)" = me ]
echo lock >&9
echo 'get mine port' >&9
seen 465
exec 9>&-
wait "$session"
expect [ $? -eq 0 ]
sv -q --vault "$t/b.db" init --no-passphrase || die "init failed"
status_of 0 "list --vault $t/b.db" 'get work port'
expect_stdout '465\n'

# ---- readline is loaded by a shell at a terminal and by nothing else
LD_DEBUG=files sv get work host >out 2>libraries
expect grep -q libsodium libraries
expect [ -z "$(grep readline libraries)" ]

# ---- at a terminal: a vault with a passphrase
# (the terminal's own shell must not know the key file)
unset SMTPVAULT_KEYFILE SMTPVAULT_NO_INPUT
pass=$t/pass.db
echo 'correct horse' >passphrase
sv -q --vault "$pass" --passphrase-from "file:$t/passphrase" init "$cheap" || die "init failed"
for name in work "my mail" "my misc"; do
    echo "secret of $name" | SMTPVAULT_PASSPHRASE_FROM=file:$t/passphrase sv -q --vault "$pass" add \
        "$name" --host mail.example.org --port 465 --username ann --password-from - || die add
done
mkdir bin
ln -s "$program" bin/smtpvault
run="LC_ALL=C.UTF-8 HOME=$t PATH=$t/bin:$PATH smtpvault"
t_open "$run --vault $pass shell --idle 1m"
t_see_last 'smtpvault:pass.db (locked)>'
t_type ge # two commands
t_key Tab Tab
t_see 'generate  get'
t_key C-c
t_see_last 'smtpvault:pass.db (locked)>'
t_type 'get w' # no names of a locked vault, and nobody is asked
t_key Tab Tab
t_type 'ork host'
t_see_last 'smtpvault:pass.db (locked)> get work host'
t_key Enter
t_see_last 'Passphrase for ~/pass.db:'
t_key C-c
t_see_last 'smtpvault:pass.db (locked)>'
t_type 'get work host'
t_key Enter
t_see_last 'Passphrase for ~/pass.db:'
t_type 'wrong horse'
t_key Enter
t_see 'rong passphrase'
t_see_last 'Passphrase for ~/pass.db:'
t_see_not horse
t_type 'correct horse'
t_key Enter
t_see_last 'smtpvault:pass.db>'
t_see mail.example.org
t_see_not horse
t_type 'get w'
t_key Tab
t_type us
t_key Tab
t_see_last 'smtpvault:pass.db> get work username'
t_key C-u
t_type 'get my'
t_key Tab Tab Tab
t_see 'my\ mail  my\ misc'
t_type ai
t_key Tab
t_type po
t_key Tab Enter
t_see 'get my\ mail port'
t_see_last 'smtpvault:pass.db>'
t_type 'show "my mi'
t_key Tab
t_see_last 'smtpvault:pass.db> show "my misc"'
t_key C-u
t_type 'add newest --tls=im'
t_key Tab
t_type '--pro'
t_key Tab
t_type mailgu
t_key Tab
t_type '--username u@example.org --password-from file:x --keyfile ~/passp'
t_key Tab
t_see '--keyfile ~/passphrase'
t_key C-u
t_type 'add newest --host h --port 465 --tls implicit --username u --generate'
t_key Enter
t_see 'stored newest'
t_type 'get new'
t_key Tab
t_see_last 'smtpvault:pass.db> get newest'
t_key C-c
t_see_last 'smtpvault:pass.db>'
t_type lock
t_key Enter
t_see_last 'smtpvault:pass.db (locked)>'
t_type 'get new'
t_key Tab
t_type X
t_see_last 'smtpvault:pass.db (locked)> get newX'
t_key C-c
t_see_last 'smtpvault:pass.db (locked)>'

# ---- the history has what was understood: anything may stand in other lines
t_type 'hunter2 is the password'
t_key Enter
t_see 'unknown command'
t_type 'get x --password=hunter2'
t_key Enter
t_see 'never an argument'
t_clear
t_key Up
t_see_last 'smtpvault:pass.db (locked)> lock'
t_key Up
t_see_last 'smtpvault:pass.db (locked)> add newest --host h --port 465 --tls implicit --username u --generate'
t_key C-c
t_see_last 'smtpvault:pass.db (locked)>' # ^C throws away what was not read yet
t_key C-d
t_see_last 'ended with 64'
expect [ -z "$(find "$t" -name '*history*')" ]
expect [ -z "$(grep -rl hunter2 "$t" --include='.*')" ]

# ---- the idle time locks and says so; the words typed before stay
t_open "$run --keyfile $t/key shell --idle 2s"
t_see_last 'smtpvault (locked)>'
t_type 'get work port'
t_key Enter
t_see_last 'smtpvault>'
t_see 465
t_type 'get work user'
t_see 'the vault is locked again'
t_see_last 'smtpvault (locked)> get work user'
t_type 'name'
t_key Enter
t_see_last 'smtpvault>'
expect grep -qx ann out
t_type exit
t_key Enter
t_see_last 'ended with 0'

# ---- signals: ^Z and fg, an end by force, another size
t_open "HOME=$t PS1='job: ' bash --norc -i"
t_see_last job:
t_type "HOME=$t $t/bin/smtpvault --keyfile $t/key shell"
t_key Enter
t_see_last 'smtpvault (locked)>'
t_type 'get work ho'
t_see_last 'smtpvault (locked)> get work ho' # ^Z throws away what was not read yet
t_key C-z
t_see_last job:
t_type fg
t_key Enter
t_see_last 'smtpvault (locked)> get work ho'
_tmux resize-window -x 90 -y 30
t_type st
t_key Enter
t_see_last 'smtpvault>'
t_see mail.example.org
end_shell() { # the one that this terminal runs
    local top
    top=$(_tmux list-panes -F '#{pane_pid}')
    pgrep -P "$top" | while read -r child; do pgrep -P "$child"; done | xargs kill -TERM
}
t_type 'half a li'
end_shell
t_see_last job:
t_type 'stty -a | grep -o " echo "; echo over'
t_key Enter
t_see_last job:
expect grep -qx ' echo' out

# ---- without the library lines are read as they come
mkdir none
: >none/libreadline.so.8
t_open "$run --version; LD_LIBRARY_PATH=$t/none $run --keyfile $t/key shell"
t_see 'lines are read without editing'
t_see_last 'smtpvault (locked)>'
t_type 'get work port'
t_key Enter
t_see_last 'smtpvault>'
expect grep -qx 465 out
t_type 'half a li'
t_key C-c
t_see_last 'smtpvault>'
t_key C-d
t_see_last 'ended with 0'
finish
