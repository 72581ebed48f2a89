/* SPDX-License-Identifier: ISC */
/*
 * aerc reads accounts.conf with Go's ini.v1: a section that comes twice is one, and the last of
 * two values holds. So the block can stand behind an account of that name. An account without a
 * source stops aerc, also one that is for sending only.
 */
#include "base/alloc.h"
#include "setup/tool.h"

static char *more(const char *text, size_t len, const char *name)
{
    for (size_t at = 0, span; at < len; at += span) {
        span = edit_line_len(text + at, len - at);
        if (setup_line_is_section(text + at, span, name))
            return sv_strdup("");
    }
    return sv_strdup("source = maildir://~/Maildir\n");
}

static const char *const files[] = {"$XDG_CONFIG_HOME/aerc/accounts.conf", NULL};
const struct setup_tool setup_aerc = {
    .name = "aerc",
    .title = "aerc",
    .program = "aerc",
    .files = files,
    .format = "aerc",
    .many = true,
    .then = "aerc takes %s from its next start on; where it has no \"source\" yet, it reads mail "
            "from ~/Maildir",
    .more = more,
};
