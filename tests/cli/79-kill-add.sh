#!/bin/bash
# SPDX-License-Identifier: ISC
# SIGKILL at random moments of changes, and before each call of an add: what was
# acknowledged is there, what was not is there whole or not at all, and nobody has to
# repair anything. `make torture` is the long campaign.
top=$(cd "${0%/*}/../.." && pwd)
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
expect "$top/scripts/torture" "$program" --rounds 40 --calls add
finish
