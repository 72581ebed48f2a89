/* SPDX-License-Identifier: ISC */
/*
 * oauth: logins by OAuth2 (RFC 6749) at a provider: who asks, what comes, and how it ends.
 * Nothing is kept here; the network is asked through smtpvault-net, one request each.
 *
 * Each of these functions gives SV_OK with OAUTH_GRANTED (a poll also with OAUTH_PENDING and
 * OAUTH_SLOW_DOWN) and another status, with its message, for every other end:
 *
 *   OAUTH_DENIED        SV_DENIED       the person or an administrator said no
 *   OAUTH_EXPIRED       SV_DENIED       nobody agreed in time
 *   OAUTH_INVALID_GRANT SV_DENIED       what was agreed to holds no longer
 *   OAUTH_CLIENT_WRONG  SV_CONFIG       client id, client secret, scopes or addresses are wrong
 *   OAUTH_UNREACHABLE   SV_UNREACHABLE  or another status: nothing is known, try again later
 *   OAUTH_ANSWER_WRONG  SV_DATA         an answer that is none: nothing of it is believed
 *
 * Only OAUTH_INVALID_GRANT says that a refresh token is worth nothing any more. *end is always
 * set, *tokens with OAUTH_GRANTED only. No message repeats a token, code or client secret.
 */
#ifndef SMTP_OAUTH_H
#define SMTP_OAUTH_H

#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"

#define OAUTH_TOKEN_MAX 8192 /* bytes of an access or a refresh token */

/* The program as the provider knows it, and where that is asked. */
struct oauth_client {
    char auth_url[512], token_url[512], device_url[512]; /* "": there is none */
    char scopes[512];                                    /* a blank between */
    char id[256];
    const struct secret *secret; /* or NULL: a public client */
    char ca_file[4096];          /* "": the system's authorities */
};

#define OAUTH_ENDLESS INT64_MAX

/* Owner of both: the caller. */
struct oauth_tokens {
    struct secret *access, *refresh; /* refresh NULL: the one before goes on */
    int64_t expires;                 /* of the access token: seconds since 1970 */
    int64_t refresh_ends;            /* of the refresh token; 0: not told; OAUTH_ENDLESS: never */
    char scope[512];                 /* as granted; "": as asked for, or too long to be kept */
};
void oauth_tokens_clear(struct oauth_tokens *tokens);
#define OAUTH_TOKENS_OWNED __attribute__((cleanup(oauth_tokens_clear)))

enum oauth_end {
    OAUTH_GRANTED,
    OAUTH_PENDING,
    OAUTH_SLOW_DOWN,
    OAUTH_DENIED,
    OAUTH_EXPIRED,
    OAUTH_INVALID_GRANT, /* the only end that is final for a refresh token */
    OAUTH_CLIENT_WRONG,
    OAUTH_UNREACHABLE,
    OAUTH_ANSWER_WRONG
};

/* A new access token for a refresh token (RFC 6749 section 6). When tokens->refresh is not
 * NULL it takes the old one's place, and the old one may be dead already: store it first. */
enum sv_status oauth_refresh(const char *helper, const struct oauth_client *client,
                             const struct secret *refresh, struct oauth_tokens *tokens,
                             enum oauth_end *end, struct sv_err *err) SV_MUST_USE;

/* ---- a person agrees in a browser: RFC 6749 section 4.1, with RFC 7636 and RFC 8252 ---- */

struct oauth_code;
struct oauth_code_how {
    const char *hint; /* the address that will log in, or NULL */
    uint16_t port;    /* of this machine, where the browser comes back to; 0: any that is free */
    uint32_t wait_ms; /* for the person; 0: five minutes */
};

/* Listens on this machine's loopback addresses. `helper` and `client` outlive *out. */
enum sv_status oauth_code_begin(const char *helper, const struct oauth_client *client,
                                const struct oauth_code_how *how, struct oauth_code **out,
                                enum oauth_end *end, struct sv_err *err) SV_MUST_USE;
/* What the person opens in a browser. */
const char *oauth_code_url(const struct oauth_code *code);
/* Readable when the browser has come back, for a caller that waits for more than that. */
int oauth_code_fd(const struct oauth_code *code);
/* Waits for the browser, then fetches the tokens. Once. tokens->refresh NULL: the provider
 * gives none, and this login ends with its access token. */
enum sv_status oauth_code_finish(struct oauth_code *code, struct oauth_tokens *tokens,
                                 enum oauth_end *end, struct sv_err *err) SV_MUST_USE;
/* The same with the address that a browser elsewhere was sent to, copied by hand. SV_USAGE with
 * OAUTH_PENDING: it is not the answer to this login, and another may be given. */
enum sv_status oauth_code_paste(struct oauth_code *code, const char *address,
                                struct oauth_tokens *tokens, enum oauth_end *end,
                                struct sv_err *err) SV_MUST_USE;
void oauth_code_free(struct oauth_code *code); /* NULL is allowed */
void oauth_code_free_cleanup(struct oauth_code **slot);
#define OAUTH_CODE_OWNED __attribute__((cleanup(oauth_code_free_cleanup)))

/* ---- a person agrees on another device: RFC 8628 ---- */

struct oauth_device {
    char user_code[64];      /* what the person types there */
    char url[512];           /* where */
    char url_with_code[768]; /* the same with the code in it, for a QR code; "": there is none */
    int64_t expires;         /* of the code: seconds since 1970 */
    uint32_t interval;       /* seconds before the next poll, which this lengthens */
    struct secret *code;
};
void oauth_device_clear(struct oauth_device *device);
#define OAUTH_DEVICE_OWNED __attribute__((cleanup(oauth_device_clear)))

enum sv_status oauth_device_begin(const char *helper, const struct oauth_client *client,
                                  struct oauth_device *device, enum oauth_end *end,
                                  struct sv_err *err) SV_MUST_USE;
/* Asks once, at once. OAUTH_PENDING, OAUTH_SLOW_DOWN: wait device->interval seconds, then
 * again. OAUTH_UNREACHABLE does not end it: the same, until device->expires. */
enum sv_status oauth_device_poll(const char *helper, const struct oauth_client *client,
                                 struct oauth_device *device, struct oauth_tokens *tokens,
                                 enum oauth_end *end, struct sv_err *err) SV_MUST_USE;
/* Polls until there is an end, waiting as it must. */
enum sv_status oauth_device_wait(const char *helper, const struct oauth_client *client,
                                 struct oauth_device *device, struct oauth_tokens *tokens,
                                 enum oauth_end *end, struct sv_err *err) SV_MUST_USE;

#endif
