#!/bin/bash
# SPDX-License-Identifier: ISC
# Crowds on one vault, a third of them killed; then locks that are held for too long.
# The log has one entry for each secret that came out, and nothing waits without an end.
top=$(cd "${0%/*}/../.." && pwd)
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
expect "$top/scripts/torture" "$program" --swarm 3
expect "$top/scripts/torture" "$program" --swarm 3 --agent
finish
