/* SPDX-License-Identifier: ISC */
/* himalaya: a table of TOML stands once, and keys inside another table cannot be lent. */
#include <stdio.h>
#include <string.h>

#include "domain/profile.h"
#include "setup/tool.h"

static enum sv_status refuses(const char *text, size_t len, const char *name, struct sv_err *err)
{
    char plain[PROFILE_NAME_MAX + 32], quoted[PROFILE_NAME_MAX + 32];
    (void)snprintf(plain, sizeof plain, "accounts.%s", name);
    (void)snprintf(quoted, sizeof quoted, "accounts.\"%s\"", name);
    size_t number = 0;
    for (size_t at = 0, span; at < len; at += span) {
        span = edit_line_len(text + at, len - at);
        number++;
        if (setup_line_is_section(text + at, span, plain) ||
            setup_line_is_section(text + at, span, quoted))
            return sv_fail(err, SV_EXISTS,
                           "line %zu begins an account of that name already: remove it, or put "
                           "into it what \"smtpvault export NAME --to himalaya\" writes",
                           number);
    }
    return SV_OK;
}

static const char *const files[] = {"$XDG_CONFIG_HOME/himalaya/config.toml", "~/.himalayarc", NULL};
const struct setup_tool setup_himalaya = {
    .name = "himalaya",
    .title = "himalaya",
    .program = "himalaya",
    .files = files,
    .format = "himalaya",
    .many = true,
    .then = "send with: himalaya message send -a %q <MESSAGE",
    .refuses = refuses,
};
