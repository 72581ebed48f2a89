/* SPDX-License-Identifier: ISC */
/*
 * replies: what a server's answer to AUTH means; the rows stand in replies.def.
 */
#ifndef SMTP_REPLIES_H
#define SMTP_REPLIES_H

#include <stddef.h>
#include <stdint.h>

#include "smtp/target.h"

struct reply {
    const char *host;
    uint16_t code;
    const char *enhanced;
    const char *words;
    enum smtp_verdict verdict;
    const char *cause;
    const char *advice;
};

extern const struct reply replies[];
extern const size_t reply_count;

/* The first row that fits; NULL for a code that is no refusal (below 400). */
const struct reply *reply_find(const char *host, uint16_t code, const char *enhanced,
                               const char *text);

/* "5.7.8" at the beginning of a reply's words (RFC 2034), or "". */
char *reply_enhanced(char dst[16], const char *text);

#endif
