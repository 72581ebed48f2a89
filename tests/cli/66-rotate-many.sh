#!/bin/bash
# SPDX-License-Identifier: ISC
# rotate of several logins: which are meant, by which way, how many at once, and what is left where
# it is cut short. The server is a folder, in which a rotator of ours sets passwords.
here=$(cd "${0%/*}" && pwd)
# shellcheck source=tests/cli/lib.sh
. "$here/lib.sh"
t_vault
mkdir -p config/smtpvault/rotators.d server busy trouble
for i in 1 2 3 4 5 6; do
    add_plain "team/$i" "first-of-$i" --username "u$i" --host "mail$((i % 2)).example.net" --tag team
    printf %s "first-of-$i" >"server/u$i"
done
add_plain alone by-hand --username alone
printf %s by-hand >server/alone

# What it finds in trouble/USER.STEP it does instead.
cat >config/smtpvault/rotators.d/folder <<END
#!/bin/sh
cd "$t"
user=\$SMTPVAULT_USERNAME
boss=\$(cut -d' ' -f4 "/proc/\$PPID/stat") # between us and smtpvault is a keeper
mkdir "busy/\$SMTPVAULT_HOST.\$user" || exit 1
ls busy | grep -c "^\$SMTPVAULT_HOST" >>busy-at.\$SMTPVAULT_HOST
ls busy | wc -l >>busy-in-all
sleep 0.08
trouble=\$(cat "trouble/\$user.\$1" 2>/dev/null)
result=ok
case \$trouble in
refused | retry) result=\$trouble ;;
*)
    [ "\$trouble" != before ] || { rm -r "busy/\$SMTPVAULT_HOST.\$user" "trouble/\$user.\$1"; kill -9 "\$boss"; sleep 9; }
    [ "\$1" != set ] || cat <&3 >"server/\$user"
    [ "\$trouble" != after ] || { rm -r "busy/\$SMTPVAULT_HOST.\$user" "trouble/\$user.\$1"; kill -9 "\$boss"; sleep 9; }
    [ "\$trouble" != interrupt ] || kill -INT "\$boss"
    ;;
esac
rmdir "busy/\$SMTPVAULT_HOST.\$user"
echo "{\"schema\":1,\"result\":\"\$result\",\"message\":\"so it is\"}"
END
chmod 755 config/smtpvault/rotators.d/folder

# agree: what the server has is what the vault has, of all
agree() {
    local i
    for i in 1 2 3 4 5 6; do
        expect [ "$(sv get "team/$i")" = "$(cat "server/u$i")" ]
    done
}

# ---- words
expect_status 64 rotate
expect_status 64 rotate --rollback
expect_status 64 rotate team/1 team/2
expect_stderr_has "give --yes"
expect_status 64 rotate --tag team team/1 --yes
expect_status 64 rotate --tag team --resume
expect_status 64 rotate team/1 team/2 --rollback --yes
expect_stderr_has "--rollback is for one login at a time"
expect_status 64 rotate team/1 team/2 --password-from file:key --yes
expect_status 64 rotate team/1 --jobs 2
expect_stderr_has "--jobs is for several logins"
expect_status 64 rotate --tag team --yes --jobs 0
expect_stderr_has "--jobs is a number from 1 to 32"
expect_status 66 rotate team/1 nobody --yes
expect_stderr_has "nothing was begun"
expect_status 0 rotate --tag nothing --yes
expect_stderr_has 'no login has all of that: "smtpvault list" with --tag'
expect_not grep -q '0 of 0' err
expect_status 0 rotate team/1 alone --resume
expect_stderr_has 'no rotation of these is under way'
expect_status 0 rotate --due --yes --json
expect_json '.[0] | .schema == 1 and .profiles == []'
expect_stderr_has "nothing is due for a new secret"

# ---- by hand, where no policy has a rotator
expect_status 1 rotate team/1 alone --yes --no-verify --json
expect_json '.[0] | ."by-hand" == 2 and (.profiles | all(.next == "smtpvault rotate " + .profile))'
expect_status 66 rotate --resume

# ---- all of a tag, two at a server, three in all
sv -q policy set --tag team --hook folder || die "policy"
expect_status 1 rotate alone team/1 team/2 --yes --no-verify
expect_stderr_has "by hand, behind the others"
expect_stderr_has "2 of 3 rotated; 0 left in the middle, 0 refused, 1 by hand, 0 not begun"
expect grep -qE '^alone +by-hand +- +- +smtpvault rotate alone$' out
agree
rm -f busy-*
expect_status 0 rotate --tag team --yes --no-verify --jobs 3 --json
expect_json '.[0] | .rotated == 6 and (.profiles | length == 6 and
    all(.result == "rotated" and .stage == "finished" and .hook == "folder" and .next == null))'
agree
expect [ "$(sort -n busy-in-all | tail -1)" -le 3 ]
expect [ "$(sort -n busy-in-all | tail -1)" -gt 1 ]
expect [ "$(cat busy-at.* | sort -n | tail -1)" -le 2 ]
rm -f busy-*
expect_status 0 rotate --tag team --yes --no-verify --per-provider 1
expect [ "$(cat busy-at.* | sort -n | tail -1)" -eq 1 ]
agree

# ---- what is due
sv -q policy set team/3 --every 30d || die "policy"
sv -q policy set team/4 --every 3d --lead 30d || die "policy"
expect_status 0 rotate --due --tag team --yes --no-verify --json
expect_json '.[0] | [.profiles[].profile] == ["team/4"]'

# ---- some say no, and some say later
echo refused >trouble/u1.create
echo retry >trouble/u2.create
echo refused >trouble/u5.finish
expect_status 1 rotate --tag team --yes --no-verify --json
expect_json '.[0] | .rotated == 3 and .refused == 2 and .left == 1 and
    ([.profiles[] | select(.profile == "team/1")] | .[0].stage == "planned" and (.[0].why | test("refused: so it is"))) and
    ([.profiles[] | select(.profile == "team/2")] | .[0].stage == "planned" and .[0].next == "smtpvault rotate --resume team/2") and
    ([.profiles[] | select(.profile == "team/5")] | .[0].stage == "promoted")'
rm trouble/*
expect_status 0 rotate --resume --no-verify --json
expect_json '.[0] | .rotated == 3 and (.profiles | length == 3)'
agree
expect_status 66 rotate --resume

# ---- cut short: whatever it was doing, each has its stage, and all go on
for at in create:before set:before set:after finish:before; do
    step=${at%:*}
    echo "${at#*:}" >"trouble/u3.$step"
    { sv rotate --tag team --yes --no-verify >out 2>err; } 2>/dev/null # bash tells of the kill
    ((checks++))
    rm -rf busy/* # of those that were ended with it
    expect_absent "trouble/u3.$step"
    # A transaction that was cut off leaves its journal until the next change.
    expect sv -q verify
    for i in 1 2 3 4 5 6; do
        expect sv rotate --status "team/$i" --json >out
        expect_json '.[0].stage | test("^(planned|pending|set|verified|promoted|finished)$")'
    done
    expect_status 0 rotate --resume --no-verify
    agree
    expect_status 66 rotate --resume
done

# ---- Ctrl-C: what has its turn is done, the others wait
echo interrupt >trouble/u2.set
expect_status 1 rotate --tag team --yes --no-verify --jobs 1 --json
expect_json '.[0] | .rotated == 2 and .planned == 4 and
    ([.profiles[] | select(.stage == "planned")] | all(.next | test("rotate --resume")))'
rm trouble/*
expect_status 0 rotate team/1 team/5 --resume --no-verify --json
expect_json '.[0] | [.profiles[].profile] == ["team/5"]'
# Begun before, they go on where they are meant again.
expect_status 0 rotate --tag team --yes --no-verify
agree
expect_status 0 verify
expect_status 0 audit verify

# ---- what cannot be changed is left out, and said
sv -q edit team/6 --tls none --insecure || die "edit"
expect_status 1 rotate --tag team --yes --json
expect_json '.[0] | ([.profiles[] | select(.profile == "team/6")] | .[0].result == "not-begun" and
    (.[0].why | test("uses no TLS")))'
finish
