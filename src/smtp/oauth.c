/* SPDX-License-Identifier: ISC */
#include "smtp/oauth.h"

#include "smtp/oauth_ask.h"
#include "smtp/oauth_form.h"

enum sv_status oauth_refresh(const char *helper, const struct oauth_client *client,
                             const struct secret *refresh, struct oauth_tokens *tokens,
                             enum oauth_end *end, struct sv_err *err)
{
    OAUTH_ASK_OWNED struct oauth_ask ask = {.form = NULL};
    enum sv_status status = oauth_ask_begin(&ask, client, client->token_url, end, err);
    if (status != SV_OK)
        return status;
    oauth_form_put(&ask.w, "grant_type", "refresh_token");
    oauth_form_put_secret(&ask.w, "refresh_token", refresh);
    return oauth_ask_tokens(&ask, helper, refresh, tokens, end, err);
}
