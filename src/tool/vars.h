/* SPDX-License-Identifier: ISC */
/* vars: a login as the variables SMTP_HOST, SMTP_PORT, ... of .env files and shells. */
#ifndef TOOL_VARS_H
#define TOOL_VARS_H

#include "format/escape.h"
#include "tool/format.h"

#define VARS_MAX 7

/* The same as a layout, for the files that have a quoting. */
#define VARS_LAYOUT                 \
    "SMTP_HOST=$(urlhost)\n"        \
    "SMTP_PORT=$(port)\n"           \
    "?starttls SMTP_TLS=starttls\n" \
    "?implicit SMTP_TLS=implicit\n" \
    "?none SMTP_TLS=none\n"         \
    "?ca SMTP_CA_FILE=$(ca)\n"      \
    "?user SMTP_USERNAME=$(user)\n" \
    "?from SMTP_FROM=$(from)\n"     \
    "SMTP_PASSWORD=$(secret)\n"

struct var {
    const char *key;
    struct value value;
};

struct vars {
    struct var items[VARS_MAX];
    size_t count;
    char port[8];
};

/* Those that are set: host, port, TLS mode, CA file, user name, sender, and the password
 * where there is one. The values are borrowed from `in` and from `vars` itself. */
void vars_of(struct vars *vars, const struct format_input *in);

#endif
