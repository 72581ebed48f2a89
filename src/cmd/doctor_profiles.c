/* SPDX-License-Identifier: ISC */
/* What doctor looks at in the profiles of an open vault. */
#include <string.h>

#include "base/env.h"
#include "base/text.h"
#include "cli/ca_file.h"
#include "cli/doctor.h"
#include "cli/names.h"
#include "cli/terms.h"
#include "domain/deadline.h"
#include "domain/provider_own.h"
#include "domain/rotation.h"
#include "export/copy_words.h"

#define ROW_OLD_DAYS 400

static void check_cleartext(struct doctor *d, const struct profile_list *list)
{
    size_t clear = 0;
    for (size_t i = 0; i < list->count; i++) {
        const struct profile *p = &list->items[i];
        bool http = !profile_is_mail(p) && strcmp(p->protocol, "http") == 0;
        if (p->tls != TLS_NONE && !http)
            continue;
        clear++;
        doctor_finding(d, "tls",
                       http ? "git remote set-url NAME https://..."
                            : "smtpvault edit NAME --tls starttls --port 587",
                       "%s uses no TLS: its secret crosses the network in clear",
                       NAME_SHOWN(p->name));
    }
    if (clear == 0)
        doctor_ok(d, "tls", "every profile uses TLS (%zu)", list->count);
}

static void check_ca_files(struct doctor *d, const struct profile_list *list)
{
    size_t kept = 0, lost = 0;
    for (size_t i = 0; i < list->count; i++) {
        const struct profile *p = &list->items[i];
        const char *fault = ca_file_fault(p);
        char shown[300];
        kept += p->ca_file != NULL;
        if (fault == NULL)
            continue;
        lost++;
        doctor_finding(d, "ca-files", "put it there, or smtpvault edit NAME --ca-file FILE",
                       "the authorities of %s cannot be read: %s: %s", NAME_SHOWN(p->name),
                       text_printable(shown, sizeof shown, p->ca_file, strlen(p->ca_file)), fault);
    }
    if (kept > 0 && lost == 0)
        doctor_ok(d, "ca-files", "the authorities that profiles keep can be read (%zu)", kept);
}

static void check_due(struct doctor *d, const struct profile_list *list)
{
    size_t overdue = 0;
    int64_t now = env_now();
    for (size_t i = 0; i < list->count; i++) {
        if (rotation_of(&list->items[i], now, 0) != ROTATION_OVERDUE)
            continue;
        char when[TEXT_TIME_MAX];
        overdue++;
        doctor_finding(d, "due",
                       "make a new secret at the provider, then smtpvault edit NAME "
                       "--password-from tty",
                       list->items[i].exposed
                           ? "the secret of %s is exposed to a former member (%s)"
                           : "the secret of %s was due %s",
                       NAME_SHOWN(list->items[i].name),
                       text_time_relative(when, rotation_due(&list->items[i]), now));
    }
    if (overdue == 0)
        doctor_ok(d, "due", "no secret is overdue");
}

static void check_outcomes(struct doctor *d, const struct profile_list *list)
{
    size_t rejected = 0, worked = 0;
    char when[TEXT_TIME_MAX];
    for (size_t i = 0; i < list->count; i++) {
        worked += list->items[i].last_worked != 0;
        if (!rotation_is_rejected(&list->items[i]))
            continue;
        rejected++;
        doctor_finding(d, "outcome", "smtpvault test NAME says why",
                       "the login of %s was rejected %s, and has not worked since",
                       NAME_SHOWN(list->items[i].name),
                       text_time_relative(when, list->items[i].last_rejected, env_now()));
    }
    if (rejected == 0)
        doctor_ok(d, "outcome", "no login was rejected (%zu are known to have worked)", worked);
}

/* What comes soon bites as surely as what is past, and takes longer to mend. */
static void check_deadlines(struct doctor *d, const struct profile_list *list)
{
    size_t warned = 0;
    int64_t now = env_now();
    for (size_t i = 0; i < list->count; i++) {
        const struct profile *p = &list->items[i];
        struct deadline day = deadline_of(p, now, DEADLINE_SOON_DAYS * INT64_C(86400));
        char text[DEADLINE_SHOWN_MAX];
        if (!deadline_is_due(&day, p))
            continue;
        warned++;
        doctor_finding(d, "deadline", day.day->advice, "%s: %s", NAME_SHOWN(p->name),
                       deadline_when(text, &day, now));
    }
    if (warned == 0)
        doctor_ok(d, "deadline", "no provider is known to stop taking a login within %d days",
                  DEADLINE_SOON_DAYS);
}

static bool is_first_of(const struct profile_list *list, size_t at, const struct provider *provider)
{
    for (size_t i = 0; i < at; i++) {
        if (provider_of_profile(&list->items[i]) == provider)
            return false;
    }
    return true;
}

/* Providers change; what was read long ago may be so no more. */
static void check_dated(struct doctor *d, const struct profile_list *list)
{
    size_t old = 0;
    for (size_t i = 0; i < list->count; i++) {
        const struct provider *p = provider_of_profile(&list->items[i]);
        int64_t days = deadline_row_age(p, env_now());
        if (days <= ROW_OLD_DAYS || !is_first_of(list, i, p))
            continue;
        old++;
        doctor_hint(d, "providers",
                    p->origin != NULL ? "compare it with the provider's pages, then set its "
                                        "\"verified\""
                                      : "install a newer smtpvault, or compare it with the "
                                        "provider's pages: smtpvault providers ID",
                    "what is known of %s was last verified on %s", p->name, p->verified);
    }
    if (old == 0)
        doctor_ok(d, "providers", "what is known of them is less than %d days old", ROW_OLD_DAYS);
}

void doctor_profiles(struct doctor *d)
{
    PROFILE_LIST_OWNED struct profile_list list = {.items = NULL};
    struct sv_err err = {""};
    if (vault_list_used(d->cli->vault, &list, &err) != SV_OK ||
        terms_apply(d->cli->vault, list.items, list.count, &err) != SV_OK) {
        doctor_finding(d, "profiles", "smtpvault verify", "%s", err.text);
        return;
    }
    check_cleartext(d, &list);
    check_ca_files(d, &list);
    check_due(d, &list);
    check_outcomes(d, &list);
    check_deadlines(d, &list);
    check_dated(d, &list);
    doctor_copies(d, &list);
}

void doctor_providers(struct doctor *d)
{
    struct sv_err err = {""};
    size_t own = 0;
    if (provider_own_check(&err) != SV_OK) {
        doctor_finding(d, "own-rows", "mend the file, or move it away", "%s", err.text);
        return;
    }
    for (size_t i = 0; i < provider_total(); i++)
        own += provider_at(i)->origin != NULL;
    if (own > 0)
        doctor_ok(d, "own-rows", "%zu providers are of your own", own);
}
