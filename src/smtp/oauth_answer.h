/* SPDX-License-Identifier: ISC */
/*
 * oauth_answer: what an endpoint of OAuth2 answered (RFC 6749 sections 5.1 and 5.2, RFC 8628
 * section 3.2), which is foreign bytes: nothing that it says of type, end or size is believed
 * unless it makes sense.
 */
#ifndef SMTP_OAUTH_ANSWER_H
#define SMTP_OAUTH_ANSWER_H

#include "smtp/https.h"
#include "smtp/oauth.h"

/* An access token whose end is not told is taken for good this long, so that a fresh one is
 * fetched in time wherever they live for minutes. */
#define OAUTH_UNTOLD_SECONDS 300
#define OAUTH_SECONDS_MAX (3652LL * 86400) /* no token is good for more than ten years */

/* Who answered, and what must not be repeated in a message; each may be NULL. */
struct oauth_asked {
    const char *host;
    const struct secret *grant, *client_secret;
    int64_t now;
};

enum sv_status oauth_answer_tokens(const struct https_answer *answer,
                                   const struct oauth_asked *asked, struct oauth_tokens *tokens,
                                   enum oauth_end *end, struct sv_err *err) SV_MUST_USE;

/* *end is OAUTH_PENDING with SV_OK. */
enum sv_status oauth_answer_device(const struct https_answer *answer,
                                   const struct oauth_asked *asked, struct oauth_device *device,
                                   enum oauth_end *end, struct sv_err *err) SV_MUST_USE;

/* An error code of RFC 6749 sections 4.1.2.1 and 5.2, or RFC 8628 section 3.5; `description`
 * in the server's words, or "". Sets *end, gives its status. */
enum sv_status oauth_answer_error(const char *code, const char *description,
                                  const struct oauth_asked *asked, enum oauth_end *end,
                                  struct sv_err *err);

/* For the other parsers of such answers: whether the answer is a JSON object of a success;
 * tree borrows from it. Otherwise the end and its status. */
struct json_tree;
enum sv_status oauth_answer_open(const struct https_answer *answer, const struct oauth_asked *asked,
                                 struct json_tree *tree, enum oauth_end *end,
                                 struct sv_err *err) SV_MUST_USE;
enum sv_status oauth_answer_wrong(const struct oauth_asked *asked, const char *why,
                                  enum oauth_end *end, struct sv_err *err);
/* A token of at most `max` bytes (RFC 6749 appendix A): printable ASCII from `least` on. *out stays
 * NULL when it is not there, null or empty, and when it is none, which makes *valid false. */
enum sv_status oauth_answer_token(const struct json_tree *tree, const char *name, char least,
                                  size_t max, struct secret **out, bool *valid,
                                  struct sv_err *err) SV_MUST_USE;
/* A number of seconds, which some servers write as a string; absent: `otherwise`. */
bool oauth_answer_seconds(const struct json_tree *tree, const char *name, int64_t most,
                          int64_t otherwise, int64_t *out);

#endif
