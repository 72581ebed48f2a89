/* SPDX-License-Identifier: ISC */
#include "smtp/say.h"

#include <stdio.h>
#include <string.h>

/* Replaces every `mark` in `text`; a result beyond the capacity is cut. */
static void replace(char *text, size_t capacity, const char *mark, const char *with)
{
    char rest[512];
    for (char *at = text; (at = strstr(at, mark)) != NULL; at += strlen(with)) {
        snprintf(rest, sizeof(rest), "%s", at + strlen(mark));
        int n = snprintf(at, capacity - (size_t)(at - text), "%s%s", with, rest);
        if (n < 0 || (size_t)n >= capacity - (size_t)(at - text))
            return;
    }
}

static void fill(char *dst, size_t capacity, const char *text, const struct smtp_target *target)
{
    char port[8], other[80];
    bool starttls = target->port == 465;
    snprintf(port, sizeof(port), "%u", (unsigned)target->port);
    snprintf(other, sizeof(other), "smtpvault edit {name} --tls %s --port %d",
             starttls ? "starttls" : "implicit", starttls ? 587 : 465);
    snprintf(dst, capacity, "%s", text);
    replace(dst, capacity, "{port}", port);
    replace(dst, capacity, "{other}", other);
}

/* Whose turn it is by the verdict alone. */
static enum smtp_actor actor_of(enum smtp_verdict verdict)
{
    switch (verdict) {
    case SMTP_OK:
    case SMTP_BUSY:
    case SMTP_RATE_LIMITED:
    case SMTP_TEMPORARY:
        return SMTP_BY_NOBODY;
    case SMTP_TLS_TOO_OLD:
    case SMTP_CERTIFICATE_EXPIRED:
        return SMTP_BY_PROVIDER;
    case SMTP_DISABLED_BY_POLICY:
        return SMTP_BY_ADMIN;
    default:
        return SMTP_BY_YOU;
    }
}

void say(const struct smtp_evidence *evidence, struct smtp_result *result,
         enum smtp_verdict verdict, const char *cause, const char *advice)
{
    result->verdict = verdict;
    result->who = actor_of(verdict);
    fill(result->cause, sizeof(result->cause), cause, evidence->target);
    fill(result->advice, sizeof(result->advice), advice, evidence->target);
}
