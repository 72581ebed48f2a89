/* SPDX-License-Identifier: ISC */
/*
 * replies: what a server's refusal means; the rows stand in replies.def, who runs
 * which server in places.def.
 */
#ifndef SMTP_REPLIES_H
#define SMTP_REPLIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smtp/target.h"

enum reply_place {
    PLACE_ANY,
#define PLACE(name, ids, hosts) PLACE_##name,
#include "smtp/places.def"
#undef PLACE
};

/* What was answered, as bits. */
enum reply_at {
    AT_GREETING = 1,
    AT_EHLO = 2,
    AT_STARTTLS = 4,
    AT_PASSWORD = 8, /* AUTH with a password */
    AT_TOKEN = 16,   /* AUTH with an access token */
    AT_SENDER = 32,  /* MAIL FROM */
    AT_SEND = 64,    /* RCPT TO, DATA, the message */
    AT_START = AT_GREETING | AT_EHLO,
    AT_LOGIN = AT_PASSWORD | AT_TOKEN,
    AT_MAIL = AT_SENDER | AT_SEND,
    AT_WHENEVER = 127
};

struct reply {
    enum reply_place place;
    unsigned at;
    uint16_t code;
    const char *enhanced;
    const char *words;
    enum smtp_verdict verdict;
    enum smtp_actor who;
    const char *cause;
    const char *advice;
    const char *source; /* where the words or their meaning were read */
};

struct place {
    const char *ids;
    const char *hosts;
};

extern const struct reply replies[];
extern const size_t reply_count;
extern const struct place places[]; /* by enum reply_place */
extern const size_t place_count;

/* The profile's provider is of this place, or has no say and the host is. */
bool place_fits(enum reply_place place, const char *provider, const char *host);

/* The first row that fits; NULL for what is no refusal: below 400, but for the 334
 * by which a server tells why it takes no token. */
const struct reply *reply_find(const struct smtp_target *target, enum reply_at at, uint16_t code,
                               const char *enhanced, const char *text);

/* `pattern` as in replies.def: alternatives with '|' between, each of words that stand
 * in this order with '~' for what is between them. ASCII case is ignored; "" fits
 * everything. A '^' at the beginning of an alternative: the text begins with it. */
bool words_fit(const char *pattern, const char *text);

/* "5.7.8" at the beginning of a reply's words (RFC 2034), or "". */
char *reply_enhanced(char dst[16], const char *text);

#endif
