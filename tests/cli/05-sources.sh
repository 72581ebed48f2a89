#!/bin/bash
# SPDX-License-Identifier: ISC
# SOURCE: one grammar for every secret that comes in.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
t_vault
t_secrets=(S3CRET)
server="--host mail.example.org --port 465 --username ann"
printf 'S3CRET\n' >file
n=0

stored() { # stored SOURCE: what it gives is S3CRET
    n=$((n + 1))
    # shellcheck disable=SC2086
    expect_status 0 add "p$n" $server --password-from "$1"
    expect_status 0 get "p$n"
    expect_stdout 'S3CRET\n'
}
refused() { # refused STATUS SOURCE TEXT
    # shellcheck disable=SC2086
    expect_status "$1" add x $server --password-from "$2"
    expect_stderr_has "$3"
    expect_status 66 get x
}

# ---- stdin, descriptors
stored stdin <file
stored - <file
printf S3CRET | stored stdin
(sleep 0.2 && printf S3 && sleep 0.2 && echo CRET) | stored -
stored fd:0 <file
stored fd:5 5<file
stored fd:9 9< <(cat file)
printf 'S3CRET\n\n' | refused 65 stdin "line"
refused 64 fd:5 "descriptor 5 is not open"
refused 64 fd: "fd:N"
refused 64 fd:x "fd:N"
refused 64 fd:-1 "fd:N"
# No number finds a file that smtpvault itself opened.
for fd in {3..20}; do
    eval "exec $fd>&-" # whatever we inherited ourselves
    refused 64 "fd:$fd" "is not open"
done
refused 65 stdin "is empty" </dev/null
sv add x --password-from stdin <&- 2>err && die "closed stdin"

# ---- files
stored file:file
stored "file:$t/file"
ln -s file link
stored file:link
printf S3CRET >bare
stored file:bare
chmod 644 file
stored file:file
expect_status 0 edit p1 --password-from file:file
expect_stderr_has "warning"
chmod 600 file
expect_status 0 edit p1 --password-from file:file
expect_not grep -q warning err
mkfifo fifo
mkdir folder
refused 66 file:nowhere "there is no file"
refused 65 file:fifo "not a regular file"
refused 65 file:folder "not a regular file"
refused 64 file: "source"

# ---- commands: the first line, and only when it ends with 0
stored "cmd:cat file"
stored "cmd:printf S3CRET"
stored "cmd:cat file; echo another line; seq 10000"
stored "cmd:cat file <&0; cat"
# shellcheck disable=SC2016
stored 'cmd:f=file; cat "$f"'
refused 74 "cmd:cat file; exit 3" "failed with status 3"
# shellcheck disable=SC2016
refused 74 'cmd:cat file; kill -9 $$' "failed with status 137"
refused 74 cmd:frobnicate-nothing "failed with status 127"
refused 65 cmd:true "is empty"
refused 65 "cmd:yes" "prints more than"
refused 65 "cmd:head -c 9000 /dev/zero | tr '\\0' k" "longer than 8192 bytes"
refused 64 cmd: "source"

# ---- systemd credentials
refused 78 cred:mail "CREDENTIALS_DIRECTORY"
mkdir credentials
cp file credentials/mail
export CREDENTIALS_DIRECTORY=$t/credentials
stored cred:mail
refused 66 cred:other "there is no file"
refused 64 cred:../file "not a path"
refused 64 cred:.. "not a path"
refused 64 cred: "source"

# ---- pinentry: a fake one that speaks Assuan
mkdir bin
fake() { # fake: the lines after GETPIN on stdin
    cat >bin/answer
    cat >bin/pinentry <<'PINENTRY'
#!/bin/bash
echo "OK Pleased to meet you"
while IFS= read -r line; do
    echo "$line" >>"$HOME/dialog"
    case $line in
    GETPIN) cat "${0%/*}/answer" ;;
    OPTION*) echo "ERR 83886254 Unknown option <Pinentry>" ;;
    *) echo OK ;;
    esac
done
PINENTRY
    chmod +x bin/pinentry
}
with_pinentry() {
    SMTPVAULT_NO_INPUT='' t_path=$t/bin:$PATH "$@"
}
printf 'S PIN_REPEATED\nD S3%%43RET\nOK\n' | fake
with_pinentry stored pinentry
expect grep -q '^SETDESC Password for p' dialog
expect grep -q '^SETTITLE smtpvault$' dialog
no_secret_in dialog
printf 'D S3\nD CRET\nOK\n' | fake
with_pinentry stored pinentry
printf 'ERR 83886179 Operation cancelled <Pinentry>\n' | fake
with_pinentry refused 65 pinentry "cancelled"
printf 'OK\n' | fake
with_pinentry refused 65 pinentry "is empty"
printf 'D %%00\nOK\n' | fake
with_pinentry refused 65 pinentry NUL
(printf 'D '; head -c 2000 /dev/zero | tr '\0' k; printf '\nOK\n') | fake
with_pinentry refused 65 pinentry "too long"
printf '#!/bin/sh\nexit 1\n' >bin/pinentry
with_pinentry refused 75 pinentry "went away"
SMTPVAULT_NO_INPUT='' t_path=$t/folder refused 78 pinentry "cannot run pinentry"
refused 75 pinentry "no asking"

# ---- others, which are never repeated: one could be the secret
for source in S3CRET STDIN env:X "tty " pass; do
    refused 64 "$source" "this one is none of them"
done
expect_not grep -q env: err

# ---- the passphrase comes by the same grammar
printf 'open S3CRETly\n' >pass
export SMTPVAULT_FILE=$t/p.db SMTPVAULT_KEYFILE=
expect_status 0 init $cheap --passphrase-from file:pass
expect_status 0 list --passphrase-from stdin <pass
expect_status 0 list --passphrase-from fd:8 8<pass
expect_status 0 list --passphrase-from "cmd:cat pass"
SMTPVAULT_PASSPHRASE_FROM="file:$t/pass" expect_status 0 list
expect_status 64 list --passphrase-from "open S3CRETly"
finish
