/* SPDX-License-Identifier: ISC */
#include "smtp/oauth_ask.h"

#include <stdio.h>

#include "base/env.h"
#include "smtp/oauth_form.h"

#define ANSWER_MAX (64U * 1024)

void oauth_ask_clear(struct oauth_ask *ask)
{
    secret_free(ask->form);
    ask->form = NULL;
}

enum sv_status oauth_ask_place(const struct oauth_client *client, const char *url,
                               struct https_place *place, enum oauth_end *end, struct sv_err *err)
{
    *end = OAUTH_CLIENT_WRONG;
    if (client->id[0] == '\0')
        return sv_fail(err, SV_CONFIG, "there is no client id to log in with");
    if (!https_url_split(url, place))
        return sv_fail(err, SV_CONFIG,
                       "\"%.200s\" is no address to log in at: it must begin with https://", url);
    *end = OAUTH_UNREACHABLE;
    return SV_OK;
}

enum sv_status oauth_ask_begin(struct oauth_ask *ask, const struct oauth_client *client,
                               const char *url, enum oauth_end *end, struct sv_err *err)
{
    ask->client = client;
    ask->url = url;
    enum sv_status status = oauth_ask_place(client, url, &ask->place, end, err);
    if (status == SV_OK)
        status = secret_new(&ask->form, HTTPS_BODY_MAX, err);
    if (status != SV_OK)
        return status;
    ask->w = buf_writer_over(secret_poke(ask->form), HTTPS_BODY_MAX);
    oauth_form_put(&ask->w, "client_id", client->id);
    /* RFC 6749 section 2.3.1 prefers a header, which not every provider reads; all read this. */
    if (client->secret != NULL)
        oauth_form_put_secret(&ask->w, "client_secret", client->secret);
    return SV_OK;
}

/* What a fault on the way says of the login: nothing, unless the address itself is wrong. */
static enum oauth_end end_of(enum sv_status status)
{
    switch (status) {
    case SV_USAGE:
    case SV_MISSING:
        return OAUTH_CLIENT_WRONG;
    case SV_DATA:
        return OAUTH_ANSWER_WRONG;
    default:
        return OAUTH_UNREACHABLE;
    }
}

enum sv_status oauth_ask_send(struct oauth_ask *ask, const char *helper,
                              struct https_answer *answer, enum oauth_end *end, struct sv_err *err)
{
    struct https_request request = {
        .body = ask->form, .content_type = "application/x-www-form-urlencoded", .max = ANSWER_MAX};
    if (ask->w.full) {
        *end = OAUTH_CLIENT_WRONG;
        return sv_fail(err, SV_DATA, "the request to %s has more than %u bytes", ask->place.host,
                       HTTPS_BODY_MAX);
    }
    secret_set_len(ask->form, ask->w.len);
    snprintf(request.url, sizeof(request.url), "%s", ask->url);
    snprintf(request.ca_file, sizeof(request.ca_file), "%s", ask->client->ca_file);
    enum sv_status status = https_ask(helper, &request, answer, err);
    if (status != SV_OK)
        *end = end_of(status);
    return status;
}

enum sv_status oauth_ask_tokens(struct oauth_ask *ask, const char *helper,
                                const struct secret *grant, struct oauth_tokens *tokens,
                                enum oauth_end *end, struct sv_err *err)
{
    HTTPS_ANSWER_OWNED struct https_answer answer = {.body = NULL};
    struct oauth_asked asked = {.host = ask->place.host,
                                .grant = grant,
                                .client_secret = ask->client->secret,
                                .now =
                                    env_now()}; /* before: a token never ends later than it says */
    enum sv_status status = oauth_ask_send(ask, helper, &answer, end, err);
    if (status != SV_OK)
        return status;
    status = oauth_answer_tokens(&answer, &asked, tokens, end, err);
    if (status == SV_OK && *end != OAUTH_GRANTED && !ask->may_wait)
        return oauth_answer_wrong(&asked, "it tells to wait, where nobody is waited for", end, err);
    return status;
}
