#!/bin/bash
# SPDX-License-Identifier: ISC
# setup where the file cannot be changed: a folder that is read-only, a full disk, a write that
# comes between. Each time nothing is changed and nothing lies about, and when the fault is over
# the same command works.
# shellcheck source=tests/cli/lib.sh
if [[ -z ${T_MOUNTS-} ]]; then
    export T_MOUNTS=none
    for how in "unshare -m" "unshare -rm"; do
        # shellcheck disable=SC2086 # words on purpose
        $how mount -t tmpfs none /mnt 2>/dev/null && T_MOUNTS=$how exec $how "$0"
    done
fi
. "${0%/*}/lib.sh"
t_vault
add_plain work s3cret-x --from ann@example.org
[[ $T_MOUNTS != none ]] || die "no file system can be mounted here, and a full disk has to be tried"

printf 'set a=b\nset c=d' >original
mkdir place
files() {
    find place -mindepth 1 ! -name ballast -printf '%f\n'
}
# And nothing else is in its folder.
as_it_was() {
    expect cmp -s place/muttrc original
    expect [ "$(files)" = muttrc ]
}
nothing_there() {
    expect [ -z "$(files)" ]
}
file=$t/place/muttrc

# ---- a folder that is read-only, with the file and without it
cp original place/muttrc
mount --bind place place
mount -o remount,bind,ro place || die "cannot make it read-only"
expect_status 74 setup mutt work --yes --file "$file"
expect_stderr_has "Read-only file system"
as_it_was
umount place
rm place/muttrc
mount --bind place place
mount -o remount,bind,ro place
expect_status 74 setup mutt work --yes --file "$file"
nothing_there
umount place
cp original place/muttrc
expect_status 0 setup mutt work --yes --file "$file"
cp place/muttrc with
mount --bind place place
mount -o remount,bind,ro place
got=0
sv setup mutt --undo --yes --file "$file" >out 2>err || got=$?
expect [ "$got" -ge 64 ]
expect cmp -s place/muttrc with
umount place
expect_status 0 setup mutt --undo --yes --file "$file"
as_it_was

# ---- a full disk: at the copy, at the file itself, on the way out
mount -t tmpfs -o size=64k none place
fill() {
    rm -f place/ballast
    dd if=/dev/zero of=place/ballast bs=1024 2>/dev/null
    truncate -s "-$(($1 * 1024))" place/ballast
}
yes '# nothing' | head -n 600 >original
cp original place/muttrc
for room in 0 4 8 12; do
    fill "$room"
    expect_status 74 setup mutt work --yes --file "$file"
    as_it_was
done
rm place/muttrc
fill 0
expect_status 74 setup mutt work --yes --file "$file"
nothing_there
rm place/ballast
cp original place/muttrc
expect_status 0 setup mutt work --yes --file "$file"
cp place/muttrc with
cp place/muttrc.before-smtpvault before
fill 0
expect_status 74 setup mutt --undo --yes --file "$file"
expect cmp -s place/muttrc with
expect cmp -s place/muttrc.before-smtpvault before
rm place/ballast
expect_status 0 setup mutt --undo --yes --file "$file"
as_it_was
umount place

# ---- between the diff and the answer: another text, another file, a link, none
askpass() {
    printf '#!/bin/sh\n%s\necho yes\n' "$1" >answer
    chmod 700 answer
    SMTPVAULT_NO_INPUT='' SMTPVAULT_ASKPASS=$t/answer SMTPVAULT_ASKPASS_REQUIRE=force \
        expect_status 75 setup mutt "${@:2}" --file "$file"
    expect_stderr_has "was changed meanwhile, and nothing was written"
    expect_absent place/muttrc.before-smtpvault
}
echo 'set x=y' >other
cp original place/muttrc
askpass "cp $t/other $file" work
expect cmp -s place/muttrc other
cp original place/muttrc
askpass "rm $file" work
expect_absent place/muttrc
cp original place/muttrc
askpass "rm $file; ln -s $t/other $file" work
expect [ -L place/muttrc ]
expect [ "$(cat other)" = 'set x=y' ]
rm place/muttrc
askpass "ln -s $t/other $file" work
expect [ "$(cat other)" = 'set x=y' ]
rm place/muttrc
ln -s "$t/other" place/muttrc
askpass "ln -sf $t/original $file" work
expect [ "$(cat other)" = 'set x=y' ]
rm place/muttrc
# The same on the way out.
expect_status 0 setup mutt work --yes --file "$file"
askpass "echo late >>$file" --undo
expect [ "$(tail -n 1 place/muttrc)" = late ]
rm place/muttrc

# ---- what was kept is no link that somebody laid, and a folder there is told
cp original place/muttrc
ln -s "$t/other" place/muttrc.before-smtpvault
expect_status 73 setup mutt work --yes --file "$file"
expect [ "$(cat other)" = 'set x=y' ]
expect cmp -s place/muttrc original
rm place/muttrc.before-smtpvault
mkdir place/muttrc.before-smtpvault
expect_status 73 setup mutt work --yes --file "$file"
expect cmp -s place/muttrc original
finish
