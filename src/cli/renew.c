/* SPDX-License-Identifier: ISC */
#include "cli/renew.h"

#include "base/alloc.h"
#include "cli/self.h"

enum sv_status renew_ask(void *context, const struct oauth_grant *g, struct oauth_tokens *tokens,
                         enum oauth_end *end, struct sv_err *err)
{
    SV_AUTOFREE char *helper = NULL;
    (void)context;
    *end = OAUTH_UNREACHABLE;
    enum sv_status s = self_helper(&helper, err);
    return s == SV_OK ? oauth_refresh(helper, &g->client, g->refresh, tokens, end, err) : s;
}

void renew_here(struct vault *v)
{
    vault_renew_by(v, &(const struct vault_renewer){renew_ask, NULL});
}
