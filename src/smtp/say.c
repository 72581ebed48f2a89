/* SPDX-License-Identifier: ISC */
#include "smtp/say.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

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

#define NAMES_SHOWN 120

/* The certificate's names, as many as are worth reading. */
static void tell_names(char dst[NAMES_SHOWN + 16], const char *names)
{
    size_t len = strlen(names);
    bool cut = len > NAMES_SHOWN;
    while (cut && len > 0 && (len > NAMES_SHOWN || names[len] != ' '))
        len--;
    if (len == 0)
        snprintf(dst, NAMES_SHOWN + 16, "other names");
    else
        snprintf(dst, NAMES_SHOWN + 16, "%.*s%s", (int)len, names, cut ? " and others" : "");
}

/* Whoever gives an address already is not told to. */
static const char *form_of(const struct smtp_target *target)
{
    if (target->user_is_secret)
        return "spelling";
    return strchr(target->username, '@') == NULL
               ? "user name's form (most want the full address)"
               : "user name's spelling (a few want the part before the @ alone)";
}

static const char *login_of(const struct smtp_target *target)
{
    return target->user_is_secret || strchr(target->username, '@') != NULL
               ? "smtpvault edit {name} --password-from tty"
               : "smtpvault edit {name} --username USER@DOMAIN --password-from tty";
}

static void fill(char *dst, size_t capacity, const char *text, const struct smtp_evidence *e,
                 const struct smtp_offer *offer)
{
    const struct smtp_target *target = e->target;
    char port[8], other[80], offered[120], names[NAMES_SHOWN + 16];
    bool starttls = target->port == 465;
    snprintf(port, sizeof(port), "%u", (unsigned)target->port);
    snprintf(other, sizeof(other), "smtpvault edit {name} --tls %s --port %d",
             starttls ? "starttls" : "implicit", starttls ? 587 : 465);
    text_printable(offered, sizeof(offered), e->transcript->offered,
                   strlen(e->transcript->offered));
    tell_names(names, offer->names);
    snprintf(dst, capacity, "%s", text);
    replace(dst, capacity, "{port}", port);
    replace(dst, capacity, "{other}", other);
    replace(dst, capacity, "{form}", form_of(target));
    replace(dst, capacity, "{login}", login_of(target));
    replace(dst, capacity, "{offered}", offered);
    replace(dst, capacity, "{names}", names);
}

void say(const struct smtp_evidence *evidence, struct smtp_result *result,
         enum smtp_verdict verdict, enum smtp_actor who, const char *cause, const char *advice)
{
    result->verdict = verdict;
    result->who = who;
    fill(result->cause, sizeof(result->cause), cause, evidence, &result->offer);
    fill(result->advice, sizeof(result->advice), advice, evidence, &result->offer);
}
