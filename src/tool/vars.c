/* SPDX-License-Identifier: ISC */
#include "tool/vars.h"

#include <stdio.h>

#include "tool/login.h"

static void add(struct vars *vars, const char *key, struct value v)
{
    if (v.len) {
        vars->items[vars->count++] = (struct var){key, v};
    }
}

void vars_of(struct vars *vars, const struct format_input *in)
{
    const struct profile *p = in->profile;

    vars->count = 0;
    snprintf(vars->port, sizeof(vars->port), "%u", p->port);
    add(vars, "SMTP_HOST", value_text("host", p->host));
    add(vars, "SMTP_PORT", value_text("port", vars->port));
    add(vars, "SMTP_TLS", value_text("TLS mode", profile_tls_word(p->tls)));
    add(vars, "SMTP_CA_FILE", login_ca_file(p));
    add(vars, "SMTP_USERNAME", value_text("user name", p->username));
    add(vars, "SMTP_FROM", value_text("sender address", p->from));
    add(vars, "SMTP_PASSWORD", value_secret(in->secret));
}
