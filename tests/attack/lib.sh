# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# lib: what the attacks on the program share: the scenarios' own lib, and `broken`.
# Their first comment is as attack.h says.
# shellcheck disable=SC2034 # for the attacks; the scenarios' lib forgets our variables
attack_all=${SMTPVAULT_ATTACK_ALL-}
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/../cli/lib.sh"

# broken WORD...: the attack has succeeded.
broken() {
    echo "broken: $*" >&2
    exit 1
}
