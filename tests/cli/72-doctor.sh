#!/bin/bash
# SPDX-License-Identifier: ISC
# doctor: each check sees its fault and names it, and a sound machine gets status 0.
# What belongs to the machine (swap, authorities, AppArmor) is laid over with a mount
# namespace of our own.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"

mkdir machine machine/certs machine/apparmor.d machine/kernel machine/block
swaps='Filename Type Size Used Priority'
echo "$swaps" >machine/swaps
echo 'a certificate' >machine/certs/ca-certificates.crt
map=--map-root-user # root needs none, and may not make one in a chroot
[[ $(id -u) -eq 0 ]] && map=
overlay='[ -d /sys/class/block ] || mount -t tmpfs none /sys
    mkdir -p /sys/class/block /sys/kernel/security
    mount --bind machine/swaps /proc/swaps
    mount --bind machine/certs /etc/ssl/certs
    mount --bind machine/apparmor.d /etc/apparmor.d
    mount --bind machine/kernel /sys/kernel/security
    mount --bind machine/block /sys/class/block'
smtpvault=$program
doctor() { # doctor STATUS WORD...: on that machine
    local want=$1 got=0
    shift
    # shellcheck disable=SC2086 # words on purpose
    unshare --mount $map sh -ec "$overlay"'; exec "$@"' - $wrap "$smtpvault" doctor "$@" >out 2>err || got=$?
    ((checks++))
    [[ $got -eq $want ]] || die "doctor $*: status $got, not $want"
    no_secret_in out
    no_litter
}
ok() { # ok CHECK...: each of them is
    for check; do
        expect grep -q "^ok  *$check " out
    done
}
says() { # says finding|hint CHECK TEXT ADVICE
    expect [ "$(grep -A 1 "^$1 *$2 .*$3" out | tail -n 1 | sed 's/^ *//')" = "$4" ]
}

# ---- without a vault
doctor 0
says hint vault-file 'there is no vault' 'smtpvault init'
expect_absent data

# ---- a sound one
t_vault
add_plain work s3cret-x --rotate-every 90d
doctor 0
ok vault-dir vault-file opening state-dir tls due keyfile clock memory swap helper ca
expect_not grep -q msmtp out
expect_stderr_empty
doctor 0 --json
expect_json '.[0] | .schema == 1 and (.checks | length == 15 and all(.ok and .advice == null and
    (.text | length > 0)) and (map(.name) | unique | length == 15))'
expect_status 0 audit --json # asking for health is no use of a secret
expect_json 'all(.op != "get" and .op != "show")'

# ---- locked: nobody is asked
SMTPVAULT_KEYFILE='' doctor 0
says hint unlock 'doctor asks for no passphrase and does not use the agent' 'smtpvault shell, and doctor in it, looks at them'
ok vault-file opening
expect_not grep -qE '^[a-z]+ +(tls|due) ' out
printf 'unrelated' >wrong.key
SMTPVAULT_KEYFILE=$t/wrong.key doctor 1
expect grep -q '^finding  unlock' out

# ---- modes
chmod 644 "$vault"
doctor 1
says finding vault-file 'open to other users (mode 644)' 'chmod 600 ~/data/smtpvault/vault.db'
expect_not grep -q opening out
chmod 600 "$vault"
chmod 777 "${vault%/*}"
doctor 1
says finding vault-dir 'mode 777' 'chmod 700 ~/data/smtpvault'
chmod 1777 "${vault%/*}" # sticky: nobody else can put a file in its place
doctor 0
chmod 700 "${vault%/*}"
state=$(echo state/smtpvault/*)
chmod 755 "$state"
doctor 1
says finding state-dir 'mode 755' "chmod 700 ~/$state"
chmod 700 "$state"
chmod 640 "$t/key"
doctor 1
says finding keyfile 'mode 640' 'chmod 600 ~/key'
chmod 600 "$t/key"
echo x >passphrase
chmod 644 passphrase
doctor 1 --passphrase-from "file:$t/passphrase"
says finding passphrase 'mode 644' 'chmod 600 ~/passphrase'
doctor 0

# ---- what cannot be opened
cp -r "$state" state.good
rm "$state"/audit.db*
doctor 1
expect grep -q '^finding  opening' out
doctor 1 --json
expect_json '.[0].checks | map(select(.ok | not)) | length == 1 and .[0].name == "opening"'
rm -r "$state"
mv state.good "$state"
chmod 600 "$state"/*
doctor 0

# ---- profiles
add_plain clear s3cret-y --tls none --port 25 --insecure
doctor 1
says finding tls 'clear uses no TLS' 'smtpvault edit NAME --tls starttls --port 587'
expect_status 0 remove --yes clear

echo authorities >ca.pem
add_plain private s3cret-z --ca-file ca.pem
doctor 0
ok ca-files
mv ca.pem away.pem
doctor 1
says finding ca-files "authorities of private cannot be read: $t/ca.pem: No such file or directory" \
    'put it there, or smtpvault edit NAME --ca-file FILE'
expect_status 0 rm private --yes

# ---- time: of a clock that is behind, and a secret that is overdue
cat >clock.c <<'END'
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
        t->tv_sec += atoi(getenv("CLOCK_DAYS")) * 86400L;
    return result;
}
END
cc -shared -fPIC -o clock.so clock.c || die "the clock was not built"
export ASAN_OPTIONS=verify_asan_link_order=0
wrap_before=$wrap
later() { # later DAYS STATUS WORD...
    wrap="env LD_PRELOAD=$t/clock.so CLOCK_DAYS=$1 $wrap_before"
    shift
    doctor "$@"
    wrap=$wrap_before
}
later 80 0
ok due clock
later 91 1
expect grep -q '^finding  due  *the secret of work was due 1 day ago' out
later -2 1
says finding clock 'is past already' 'set the clock: timedatectl set-ntp true'
ok due

# ---- swap: what it lies on decides
swap() { # swap LINE...
    printf '%s\n' "$swaps" "$@" >machine/swaps
}
block() { # block NAME UUID SLAVE...
    local name=$1
    mkdir -p "machine/block/$name/dm" "machine/block/$name/slaves"
    echo "$2" >"machine/block/$name/dm/uuid"
    shift 2
    for slave; do
        mkdir -p "machine/block/$name/slaves/$slave"
    done
}
block dm-900 CRYPT-LUKS2-0123-swap
block dm-901 LVM-0123 dm-900
block dm-902 LVM-0123 dm-900 sda9
mkdir -p machine/block/zram90 machine/block/zram91 machine/block/sda9
echo none >machine/block/zram90/backing_dev
echo /dev/sda9 >machine/block/zram91/backing_dev
encrypt='encrypt it (cryptsetup, crypttab: swap), use zram, or swapoff -a'
swap '/dev/dm-900 partition 1 0 -2' '/dev/dm-901 partition 1 0 -2' '/dev/zram90 partition 1 0 5'
doctor 0
ok swap
for device in dm-902 sda9 zram91; do
    swap '/dev/dm-900 partition 1 0 -2' "/dev/$device partition 1 0 -2"
    doctor 0
    says hint swap "/dev/$device is not encrypted" "$encrypt"
    doctor 0 --json
    expect_json '.[0].checks | map(select(.name == "swap")) | length == 1 and
        (.[0] | .ok and (.advice | length > 0))'
done
swap

# ---- certificates, AppArmor
rm machine/certs/ca-certificates.crt
doctor 1
says finding ca 'no certificate authorities' 'apt install ca-certificates'
echo 'a certificate' >machine/certs/ca-certificates.crt
mkdir machine/kernel/apparmor
touch machine/apparmor.d/usr.bin.msmtp
echo '/usr/sbin/ntpd (enforce)' >machine/kernel/apparmor/profiles
doctor 0
ok msmtp
echo 'msmtp (complain)' >machine/kernel/apparmor/profiles
doctor 0
ok msmtp
echo 'msmtp (enforce)' >machine/kernel/apparmor/profiles
doctor 0
says hint msmtp AppArmor "smtpvault exec NAME -- msmtp --passwordeval 'cat <&3' ..."

# ---- a helper that does not run
mkdir alone
cp "${program%/*}/libexec/smtpvault" alone/
printf '#!/bin/sh\nexit 127\n' >alone/smtpvault-net
chmod 755 alone/smtpvault-net
smtpvault=$t/alone/smtpvault
doctor 1
expect grep -q '^finding  helper  *.*does not run (status 127)' out
smtpvault=$program

# ---- a kernel that cannot confine the helper
wrap="strace -f -qqq -o /dev/null -e trace=landlock_create_ruleset -e inject=landlock_create_ruleset:error=ENOSYS"
ASAN_OPTIONS=detect_leaks=0 doctor 0 # it looks for them by ptrace(2), which strace has taken
wrap=$wrap_before
says hint helper 'this kernel has no Landlock' 'Linux 5.13 and newer can have both'

# ---- memory that cannot be locked (as an ordinary user, whom the limit binds)
wrap_lock() { # wrap_lock KIB STATUS
    wrap="prlimit --memlock=$(($1 * 1024)) setpriv --bounding-set=-ipc_lock $wrap_before"
    doctor "$2"
    wrap=$wrap_before
}
wrap_lock 1024 0
says hint memory 'would not fit' 'ulimit -l 8192, or LimitMEMLOCK=8M in a systemd unit'
SMTPVAULT_KEYFILE='' wrap_lock 0 1
says finding memory '' 'ulimit -l 8192, or LimitMEMLOCK=8M in a systemd unit'

# ---- inside the shell it looks at the open vault
printf 'get work username\ndoctor --json\n' >lines
sv shell <lines >out 2>err
sed -i 1d out
expect_json '.[0].checks | map(.name) | index("tls") != null'
finish
