/* SPDX-License-Identifier: ISC */
/* vars: a login as the variables SMTP_HOST, SMTP_PORT, ... of .env files and shells. */
#ifndef TOOL_VARS_H
#define TOOL_VARS_H

#include "format/escape.h"
#include "tool/format.h"

#define VARS_MAX 7

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
