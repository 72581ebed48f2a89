/* SPDX-License-Identifier: ISC */
/*
 * NeoMutt reads what mutt.c writes.
 */
#include "tool/mutt.h"

const struct format format_neomutt = {
    .name = "neomutt",
    .title = "NeoMutt configuration",
    .file = "~/.config/neomutt/neomuttrc",
    .tls = SAYS_ALL,
    .has_hook = true,
    .oauth = true,
    .needs_user = true,
    .write = mutt_write,
};
