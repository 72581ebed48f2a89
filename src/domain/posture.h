/* SPDX-License-Identifier: ISC */
/*
 * posture: what a profile's server offered when logins with it last worked, so that a login
 * test sees when it offers less. It says something of one host, port and TLS mode only.
 *
 * It stands in the profile's card (profile_card.c, tag 33). One posture has one encoding:
 *
 *   host length u16, text | port u16 | TLS u8, 1 STARTTLS or 2 implicit | learnt u64
 *   | mechanisms length u16, text | issuer length u16, text
 *   | pins u8, 0 .. 12, the newest first, 32 bytes each
 *   | when it is known: ends u64, the beginning of a day in UTC
 */
#ifndef DOMAIN_POSTURE_H
#define DOMAIN_POSTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "domain/profile.h"
#include "smtp/target.h"

/* Chains have one to three certificates above the leaf: those of some four authorities, so
 * that one of two that take turns is not new each time. */
#define POSTURE_PINS_MAX 12
#define POSTURE_BYTES_MAX 1280 /* encoded, within a card */

struct posture {
    char host[256];
    uint16_t port;
    enum smtp_tls tls;
    int64_t learnt; /* when it last changed */
    char mechanisms[160];
    char issuer[256]; /* of the last certificate that was seen when it changed */
    uint8_t pin_count;
    uint8_t pins[POSTURE_PINS_MAX][32];
    int64_t ends; /* the day on which its certificate ends, give or take one; 0: not known. Of
                   * servers with authorities of their own alone: others renew theirs unseen */
};

/* SV_DATA for anything that posture_encode does not write. */
enum sv_status posture_decode(struct posture *out, const uint8_t *bytes, size_t len,
                              struct sv_err *err) SV_MUST_USE;
/* Replaces what is in out. */
enum sv_status posture_encode(struct blob *out, const struct posture *p,
                              struct sv_err *err) SV_MUST_USE;

/* What is known of the profile's server as the profile is now. False: nothing. */
bool posture_of(struct posture *out, const struct profile *p);

/* How an offer falls short of what was learnt; a set. */
enum posture_lack {
    LACK_STARTTLS = 1,  /* it does not encrypt any more */
    LACK_AUTHORITY = 2, /* no authority of its certificate is known from before */
    LACK_MECHANISMS = 4 /* all its mechanisms are weaker than the best was */
};
unsigned posture_compare(const struct posture *known, const struct smtp_offer *now);

/* What was and what is, in words for people; cut at capacity - 1 bytes. Returns dst. */
char *posture_say(char *dst, size_t capacity, const struct posture *known,
                  const struct smtp_offer *now, unsigned lacks);
/* The same for the log: "no STARTTLS, another authority". Returns dst. */
char *posture_note(char *dst, size_t capacity, unsigned lacks);

/* A login with p at this offer worked: what of it is news goes into known, which may be of
 * another server, or all zero. True when it changed. */
bool posture_learn(struct posture *known, const struct profile *p, const struct smtp_offer *now,
                   int64_t when);
/* Somebody accepts the offer as it is: what was known before is forgotten. */
void posture_accept(struct posture *known, const struct profile *p, const struct smtp_offer *now,
                    int64_t when);

#endif
