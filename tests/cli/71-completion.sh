#!/bin/bash
# SPDX-License-Identifier: ISC
# completion: what Tab offers in real shells.
here=$(cd "${0%/*}" && pwd)
# shellcheck source=tests/cli/lib.sh
. "$here/lib.sh"
# shellcheck source=tests/cli/terminal.sh
. "$here/terminal.sh"
t_vault
# shellcheck disable=SC2016 # a name, and what it must not become
for name in work shop get "my mail" "my misc" "it's" 'a$(touch hit)b' ann@work:1; do
    add_plain "$name" "secret of $name"
done
sv -q --vault "$t/other.db" --keyfile "$t/key" init --no-passphrase || die "init failed"
sv -q --vault "$t/other.db" add elsewhere --host mail.example.org --port 465 --username ann \
    --generate || die "add failed"
mkdir bin
ln -s "$program" bin/smtpvault
PATH=$t/bin:$PATH
touch file.1 file.2

for shell in bash zsh fish; do
    expect_status 0 completion "$shell"
    cp out "completion.$shell"
    expect_stderr_empty
done
expect_status 64 completion csh
expect_status 64 completion
expect bash -n completion.bash
expect zsh -n completion.zsh
expect fish -n completion.fish
expect shellcheck -s bash completion.bash

# ---- the same line offers the same words everywhere. Each shell's own script reads
# ---- `lines` and says what its completion made of them.
tab=$'\t'
cat >table <<END
smtpvault a${tab}add agent audit
smtpvault rem${tab}remind remove
smtpvault mv${tab}mv
smtpvault bogus ${tab}
smtpvault --col${tab}--color
smtpvault --color ${tab}always auto never
smtpvault get w${tab}work
smtpvault ls w${tab}work
smtpvault get get us${tab}username
smtpvault rm work s${tab}shop
smtpvault mv w${tab}work
smtpvault -q get sh${tab}shop
smtpvault get --json sh${tab}shop
smtpvault get --version 1 sh${tab}shop
smtpvault get -- sh${tab}shop
smtpvault get -- --t${tab}
smtpvault add x --t${tab}--tag --test --tls --token-from
smtpvault add x --tls ${tab}implicit none starttls
smtpvault add x --auth scr${tab}scram-sha-256
smtpvault add x --host ${tab}
smtpvault add x --provider gma${tab}gmail
smtpvault set w${tab}work
smtpvault add x --password-from f${tab}fd: file:
smtpvault export work --to ms${tab}msmtp
smtpvault import --from netr${tab}netrc
smtpvault setup m${tab}msmtp mutt
smtpvault setup msmtp w${tab}work
smtpvault import file.${tab}file.1 file.2
smtpvault export work -o file.${tab}file.1 file.2
smtpvault policy ${tab}list remove set show
smtpvault policy set w${tab}work
smtpvault policy set --on-reject r${tab}rollback
smtpvault policy set --public ${tab}no yes
smtpvault due --format n${tab}nagios
smtpvault generate w${tab}work
smtpvault rotate w${tab}work
smtpvault rotate work w${tab}work
smtpvault rotate --res${tab}--resume
smtpvault rotate --per${tab}--per-provider
smtpvault rotate --em${tab}--emergency
smtpvault rotate --hook d${tab}dovecot-passwd-file
smtpvault rotate --rep${tab}--report
smtpvault rotate --pl${tab}--plan
smtpvault rotate --password-from f${tab}fd: file:
smtpvault audit v${tab}verify
smtpvault audit --op ren${tab}rename render renew
smtpvault audit --result f${tab}failed
smtpvault generate --alphabet a${tab}alnum
smtpvault providers mailg${tab}mailgun
smtpvault completion f${tab}fish
smtpvault help ver${tab}verify
smtpvault exec w${tab}work
smtpvault exec work -- ls file.${tab}file.1 file.2
smtpvault --vault ~/other.db get ${tab}elsewhere
smtpvault --vault=$t/other.db get ${tab}elsewhere
smtpvault get --vault $t/other.db ${tab}elsewhere
smtpvault --vault $t/nowhere.db get ${tab}
smtpvault --keyfile /dev/null get ${tab}
END
cut -f 1 table >lines

cat >run.bash <<'END'
source completion.bash
declare -F _smtpvault >/dev/null || exit 1
[[ $(complete -p smtpvault) == 'complete -F _smtpvault smtpvault' ]] || exit 1
while IFS= read -r line; do
    COMP_LINE=$line COMP_POINT=${#line} COMPREPLY=()
    _smtpvault
    printf '%s\t%s\n' "$line" "$(printf '%s\n' "${COMPREPLY[@]}" | LC_ALL=C sort -u | paste -sd' ')"
done <"$1"
END
cat >run.fish <<'END'
source completion.fish
while read line
    printf '%s\t%s\n' $line (complete -C $line | cut -f 1 | LC_ALL=C sort -u | paste -sd' ')
end <$argv[1]
END
# zsh completes in an editor only: one in a pseudo-terminal types the lines; its compadd
# also notes down what matches.
cat >typed.zsh <<'END'
PS1=
unsetopt beep
autoload -Uz compinit
compinit -u -D
source completion.zsh
compadd() {
    local -a hits
    if [[ ${@[1,(i)(-|--)]} != *-[OAD](| *) ]]; then
        builtin compadd -O hits "$@"
        (( $#hits )) && print -rl -- $hits >>hits
    fi
    builtin compadd "$@"
}
noting() {
    zle complete-word
    print END >>hits
    zle kill-buffer
}
zle -N noting
bindkey '^I' noting
print READY
END
cat >run.zsh <<'END'
zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z 'source ./typed.zsh'
zpty -r z said '*READY*' || exit 1
while IFS= read -r line; do
    : >hits
    zpty -wn z "$line"$'\t'
    until [[ $(tail -n 1 hits) == END ]]; do
        while zpty -rt z said; do :; done
        sleep 0.02
    done
    printf '%s\t%s\n' "$line" "$(head -n -1 hits | LC_ALL=C sort -u | paste -sd' ')"
done <$1
END

answers() { # answers SHELL: of the table
    case $1 in
    bash) bash --norc run.bash lines ;;
    zsh) timeout 120 zsh -f run.zsh lines ;;
    fish) fish --no-config run.fish lines ;;
    esac
}
for shell in bash zsh fish; do
    answers "$shell" >"got.$shell" || die "$shell fell over"
    ((checks += $(wc -l <table)))
    # Options of the last resort, where nothing else can stand, are zsh's own idea.
    diff table <(sed -E 's/\t--accept-loss.*|\t--color --help.*/\t/' "got.$shell") >differs ||
        die "$shell: $(cat differs)"
done

# ---- words with blanks, quotes and the characters at which bash cuts
bash_offers() { # bash_offers LINE WORD...
    printf '%s\n' "$1" >lines
    bash --norc run.bash lines | cut -f 2- >got
    shift
    expect [ "$(cat got)" = "$*" ]
}
bash_offers 'smtpvault get my' 'my\ mail my\ misc'
bash_offers 'smtpvault get my\ ma' 'my\ mail'
bash_offers 'smtpvault get "my ma' 'my mail'
bash_offers "smtpvault get 'my ma" 'my mail'
bash_offers 'smtpvault get it' "it\\'s"
bash_offers 'smtpvault get "it' "it's"
bash_offers "smtpvault get 'it" "it'\\''s"
bash_offers 'smtpvault get ann@wo' '@work:1'
bash_offers 'smtpvault get ann@work:' '1'
bash_offers 'smtpvault get a$' 'a\$\(touch\ hit\)b'
bash_offers 'smtpvault get "my mail" us' 'username'
bash_offers 'smtpvault add x --tls=im' 'implicit'
# shellcheck disable=SC2088 # as it is typed
bash_offers 'smtpvault --vault=~/other.' '~/other.db'
printf 'smtpvault get %s\n' my it ann >lines
fish --no-config run.fish lines | cut -f 2- >got
expect [ "$(paste -sd, got)" = "my mail my misc,it's,ann@work:1" ]
timeout 60 zsh -f run.zsh lines | cut -f 2- >got
expect [ "$(paste -sd, got)" = "my mail my misc,it's,ann@work:1" ]

# ---- a vault that would have to ask gives no names, and nobody waits
printf 'smtpvault get \n' >lines
for shell in bash fish; do
    (
        unset SMTPVAULT_KEYFILE SMTPVAULT_NO_INPUT
        answers "$shell"
    ) </dev/null >got
    expect [ "$(cat got)" = "smtpvault get $tab" ]
done

# ---- the line editors put in what was offered
t_open "bash --norc -i"
t_type 'PS1="ready> "; source completion.bash'
t_key Enter
t_see_last 'ready>'
t_type 'smtpvault get my'
t_key Tab
t_see_last 'ready> smtpvault get my\ m'
t_type ai
t_key Tab
t_see_last 'ready> smtpvault get my\ mail'
t_type us
t_key Tab Enter
t_see_last 'ready>'
t_see 'my\ mail username'
expect grep -qx ann out
t_clear
t_type 'smtpvault get ann@w'
t_key Tab
t_type ho
t_key Tab Enter
t_see 'ann@work:1 host'
t_see mail.example.org
t_clear
t_type 'smtpvault get "my mi'
t_key Tab
t_type po
t_key Tab Enter
t_see '"my misc" port'
t_see 465
t_clear
t_type 'smtpvault add x --password-from fi'
t_key Tab
t_see_last 'ready> smtpvault add x --password-from file:'
expect_absent hit
finish
