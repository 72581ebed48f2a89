/* SPDX-License-Identifier: ISC */
/* oauth_ask: one question to an endpoint of OAuth2, and the ways in which there is no answer. */
#ifndef SMTP_OAUTH_ASK_H
#define SMTP_OAUTH_ASK_H

#include "base/buf.h"
#include "smtp/https.h"
#include "smtp/oauth_answer.h"

/* A question: `form` holds the body, written by `w`; oauth_ask_begin puts who asks. */
struct oauth_ask {
    const struct oauth_client *client;
    const char *url;
    struct https_place place;
    bool may_wait; /* an answer may say that somebody has yet to agree */
    struct secret *form;
    struct buf_writer w;
};
/* Where that is; *end is OAUTH_UNREACHABLE with SV_OK. SV_CONFIG: no client id, or no address. */
enum sv_status oauth_ask_place(const struct oauth_client *client, const char *url,
                               struct https_place *place, enum oauth_end *end,
                               struct sv_err *err) SV_MUST_USE;
enum sv_status oauth_ask_begin(struct oauth_ask *ask, const struct oauth_client *client,
                               const char *url, enum oauth_end *end,
                               struct sv_err *err) SV_MUST_USE;
enum sv_status oauth_ask_send(struct oauth_ask *ask, const char *helper,
                              struct https_answer *answer, enum oauth_end *end,
                              struct sv_err *err) SV_MUST_USE;
/* The same for tokens; `grant` is what the form holds and no message may repeat. */
enum sv_status oauth_ask_tokens(struct oauth_ask *ask, const char *helper,
                                const struct secret *grant, struct oauth_tokens *tokens,
                                enum oauth_end *end, struct sv_err *err) SV_MUST_USE;
void oauth_ask_clear(struct oauth_ask *ask);
#define OAUTH_ASK_OWNED __attribute__((cleanup(oauth_ask_clear)))

#endif
