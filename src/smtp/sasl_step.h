/* SPDX-License-Identifier: ISC */
/*
 * sasl_step: one step of each mechanism, for sasl.c.
 */
#ifndef SMTP_SASL_STEP_H
#define SMTP_SASL_STEP_H

#include "smtp/sasl.h"

#define SASL_CHALLENGE_MAX 4096 /* decoded; the largest known is OAUTHBEARER's, some hundred */
#define SASL_MESSAGE_MAX \
    20480 /* two secrets of 8192 bytes, user name and token alike, and what is around */

struct sasl_state {
    struct sasl_who who;
    const struct secret *secret;
    unsigned steps;         /* that are behind */
    bool complete;          /* see sasl_complete */
    struct secret *message; /* the step's answer: empty before each */
    struct secret *proof;   /* SCRAM: the client's first message, then what the server must say */
};

/* The challenge is decoded, with NUL behind it. */
typedef enum sv_status sasl_step(struct sasl_state *s, const char *challenge, size_t len,
                                 struct sv_err *err);
sasl_step sasl_step_plain, sasl_step_login, sasl_step_cram_md5, sasl_step_xoauth2,
    sasl_step_oauthbearer, sasl_step_scram;

/* Appends; SV_DATA when it does not fit. */
enum sv_status sasl_put(struct sasl_state *s, const char *text, struct sv_err *err) SV_MUST_USE;

/* "a=b,c" as a name within a message that divides by these (RFC 5802 section 5.1). */
enum sv_status sasl_put_name(struct sasl_state *s, const char *name,
                             struct sv_err *err) SV_MUST_USE;

#endif
