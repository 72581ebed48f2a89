#!/bin/bash
# SPDX-License-Identifier: ISC
# A full disk: nothing is released that could not be logged, nothing half is stored,
# and with room again everything is as it was. On a small file system of its own.
if [[ -z ${SMALL_DISK-} ]]; then
    map=$([[ $(id -u) -eq 0 ]] || echo --map-root-user)
    # shellcheck disable=SC2086 # no word or one
    SMALL_DISK=yes exec unshare --mount $map "$0" "$@"
fi
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
trap 'cd / && umount "$t"/disk* 2>/dev/null; rm -rf "$t"' EXIT

full_disk() { # full_disk FOLDER: a file system that is made full and empty again
    mkdir "$1" || die "no folder"
    mount -t tmpfs -o size=2m,mode=700 tmpfs "$1" || die "no small file system"
}
fill() {
    dd if=/dev/zero of="$1/filler" bs=1k 2>/dev/null
    expect [ "$(df --output=avail "$1" | tail -n 1 | tr -d ' ')" = 0 ]
}

# ---- the vault's disk
full_disk disk
export XDG_DATA_HOME=$t/disk vault=$t/disk/smtpvault/vault.db
t_vault
add_plain work s3cret-x
fill disk
head -c 8000 /dev/zero | tr '\0' k >large
for i in 1 2 3; do
    expect_status 74 add "new$i" --host h.example.org --port 465 --username ann \
        --password-from file:large
    expect_status 0 list
    expect_stdout 'work\n'
done
expect_status 0 get work
expect_stdout 's3cret-x\n'
expect_status 74 export work --to msmtp --inline -o disk/rc
expect_absent disk/rc
expect_status 0 verify
rm disk/filler
expect_status 0 add new --host h.example.org --port 465 --username ann --password-from file:large
expect_status 0 verify
expect_status 0 audit verify
expect_status 0 audit --op add --result failed --json
expect_json 'length == 3'

# ---- the log's disk: what cannot be logged is not released
export XDG_DATA_HOME=$t/data2 XDG_STATE_HOME=$t/disk2 vault=$t/data2/smtpvault/vault.db
full_disk disk2
expect_status 0 init --no-passphrase
add_plain work s3cret-y
fill disk2
# The log takes what fits into the pages it has; then it says so.
got=0
for _ in {1..40}; do
    sv get work >out 2>err || got=$?
    [[ $got -eq 0 ]] || break
    expect_stdout 's3cret-y\n'
done
expect [ $got = 74 ]
expect_stdout ''
expect_stderr_has "the disk is full"
for words in "get work" "get work --json" "show work --reveal" "export work --to msmtp --inline" \
    "add x --host h.example.org --port 465 --username a --generate" "remove --yes work"; do
    # shellcheck disable=SC2086
    expect_status 74 $words
done
expect_status 74 exec work -- touch ran
expect_absent ran
rm disk2/filler
expect_status 0 get work
expect_stdout 's3cret-y\n'
expect_status 0 verify
expect_status 0 audit verify
finish
