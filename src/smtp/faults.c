/* SPDX-License-Identifier: ISC */
#include "smtp/faults.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "smtp/replies.h"

/* 2026-11-01: no clock that is right shows a time before this was written. */
#define CLOCK_FLOOR INT64_C(1793491200)

#define PHASE_ANY FAULT_ANY_PHASE
const struct fault faults[] = {
#define FAULT(kind, phase, number, when, words, verdict, who, cause, advice, source) \
    {FAULT_##kind,   PHASE_##phase, number, when,   words,                           \
     SMTP_##verdict, SMTP_BY_##who, cause,  advice, source},
#include "smtp/faults.def"
#undef FAULT
};
const size_t fault_count = sizeof(faults) / sizeof(faults[0]);

const struct fault *fault_find(enum smtp_fault kind, enum smtp_phase phase, long number,
                               unsigned when, const char *text)
{
    for (size_t i = 0; i < fault_count; i++) {
        const struct fault *f = &faults[i];
        if (f->kind != kind || (f->phase != FAULT_ANY_PHASE && f->phase != (unsigned)phase))
            continue;
        if ((f->number == 0 || f->number == number) && (f->when & ~when) == 0 &&
            words_fit(f->words, text))
            return f;
    }
    return NULL;
}

static bool is_address(const char *host)
{
    struct in6_addr any;
    return inet_pton(AF_INET, host, &any) == 1 || inet_pton(AF_INET6, host, &any) == 1;
}

static bool is_loopback(const char *host)
{
    return strcasecmp(host, "localhost") == 0 || strcmp(host, "::1") == 0 ||
           (text_starts_with(host, "127.") && is_address(host));
}

static bool offers(const struct transcript *t, const char *mechanism)
{
    return text_has_word(t->offered, mechanism, strlen(mechanism));
}

static unsigned bit(bool holds, enum fault_when when)
{
    return holds ? (unsigned)when : 0;
}

unsigned fault_when(const struct smtp_evidence *e)
{
    const struct smtp_target *g = e->target;
    const struct transcript *t = e->transcript;
    return bit(g->tls == SMTP_IMPLICIT, WHEN_IMPLICIT) | bit(g->port == 25, WHEN_PORT_25) |
           bit(is_loopback(g->host), WHEN_LOOPBACK) | bit(is_address(g->host), WHEN_ADDRESS) |
           bit(g->host_is_known, WHEN_KNOWN_HOST) | bit(e->names_down, WHEN_NO_NAMES) |
           bit(e->now < CLOCK_FLOOR, WHEN_CLOCK_BEHIND) | bit(e->tls_spoken, WHEN_TLS_WAITS) |
           bit(t->greeted, WHEN_GREETED) | bit(t->mangled, WHEN_MANGLED) |
           bit(t->starttls_ready && !e->tls_up, WHEN_INJECTED) |
           bit(t->offered[0] == '\0', WHEN_NONE_OFFERED) |
           bit(g->username[0] == '\0' && !g->user_is_secret, WHEN_NO_USER) |
           bit(t->mechanism[0] != '\0', WHEN_SENT) | bit(g->bearer, WHEN_TOKEN) |
           bit(offers(t, "PLAIN") || offers(t, "LOGIN"), WHEN_OFFERS_PASSWORD) |
           bit(offers(t, "CRAM-MD5"), WHEN_OFFERS_CRAM) |
           bit(offers(t, "SCRAM-SHA-256"), WHEN_OFFERS_SCRAM) |
           bit(offers(t, "XOAUTH2"), WHEN_OFFERS_XOAUTH2) |
           bit(offers(t, "OAUTHBEARER"), WHEN_OFFERS_OAUTHBEARER);
}
