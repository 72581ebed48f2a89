#!/bin/bash
# SPDX-License-Identifier: ISC
# audit checkpoint: notes that a witness keeps, and a log that does not agree with them.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
t_vault
add_plain work s3cret-x
state=$(echo "$XDG_STATE_HOME"/smtpvault/*)

# ---- where the log stands, locked and unlocked
SMTPVAULT_KEYFILE='' expect_status 0 audit checkpoint
expect [ "$(wc -l <out)" = 3 ]
expect grep -qxE 'smtpvault/[0-9a-f]{32}/[0-9a-f]{32}' out
cp out unsigned
expect_status 0 audit checkpoint
cp out old
expect cmp <(head -n 3 old) unsigned
expect [ "$(wc -l <old)" = 5 ]
expect_status 0 audit checkpoint --json
expect_json '.[0] | .schema == 1 and .signed == true and (.note | test("\n\n— smtpvault/"))'
expect_status 0 audit checkpoint --key
cp out public

# ---- the signature and the key id, as C2SP says and others compute them
cat >check.py <<'P'
import base64, hashlib, sys
from nacl.signing import VerifyKey
name, key_id, key = open("public", encoding="utf-8").read().strip().split("+", 2)
key = base64.b64decode(key)
text, line = open(sys.argv[1], encoding="utf-8").read().split("\n\n")
text += "\n"
dash, who, signature = line.split()
signature = base64.b64decode(signature)
assert key[0] == 1 and dash == "—" and who == name == text.split("\n")[0]
assert signature[:4] == hashlib.sha256(name.encode() + b"\n" + key).digest()[:4]
assert signature[:4].hex() == key_id
VerifyKey(key[1:]).verify(text.encode(), signature[4:])
P
expect /usr/bin/python3 check.py old

# ---- the log goes on from an older note
expect_status 0 get work
expect_status 0 get work
expect_status 0 get work
expect_status 0 audit checkpoint --consistency old
size=$(sed -n 2p old)
expect [ "$(head -n 1 out)" = "old $size" ]
sed '2s/.*/3/' old >forged
expect_status 65 audit checkpoint --consistency forged
expect_stderr_has "signature is not of the key"
expect_status 66 audit checkpoint --consistency none
echo rubbish >forged
expect_status 65 audit checkpoint --consistency forged
expect_stderr_has "not a checkpoint"

# ---- a witness file
expect_status 0 audit checkpoint --witness-file witness
expect_stderr_has "a checkpoint was added"
expect [ "$(stat -c %a witness)" = 600 ]
expect_status 0 audit checkpoint --witness-file witness
expect_stderr_has "already"
cp -a "$state" kept
expect_status 0 get work
expect_status 0 audit checkpoint --witness-file witness
expect [ "$(grep -c '^—' witness)" = 2 ]
expect_status 0 audit verify --witness-file witness
expect_stderr_has "2 checkpoints agree"
expect_status 66 audit verify --witness-file none

# ---- damaged, cut, of another vault: told, and nothing is added
for damage in '2s/^/1/' '3s/^./#/' '5s/A/B/; t; 5s/[B-Z]/A/' '4d' '1s/smtpvault/smtpvaulx/' '1s,/[0-9a-f]*,/0,'; do
    sed "$damage" witness >bad
    cp bad before
    expect_status 1 audit verify --witness-file bad
    expect_stdout_has "bad: checkpoint"
    expect_status 65 audit checkpoint --witness-file bad
    expect_stderr_has "do not agree"
    expect cmp bad before
done
head -c 100 witness >bad
expect_status 1 audit verify --witness-file bad
ln -s witness link
expect_status 77 audit checkpoint --witness-file link

# ---- log and seal put back together to what they were: only the witness knows
rm -r "$state" && cp -a kept "$state"
expect_status 0 audit verify
expect_status 1 audit verify --witness-file witness
expect_stdout_has "entries, and the log has"
expect_status 65 audit checkpoint --witness-file witness
expect_status 0 get work
expect_status 0 get work
expect_status 0 get work
expect_status 0 audit verify
expect_status 1 audit verify --witness-file witness
expect_stdout_has "are not the ones of the checkpoint"
tail -n 5 witness >newest
expect_status 65 audit checkpoint --consistency newest

# ---- the log of another beginning
rm "$state/audit.db"*
expect_status 0 audit resume --accept-loss
expect_status 1 audit verify --witness-file witness --json
expect_json '.[0] | .ok == false and (.first | test("is of another log"))'
finish
