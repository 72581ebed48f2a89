/* SPDX-License-Identifier: ISC */
/* How a reminder leaves this machine, or comes onto its desktop. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "cli/child.h"
#include "cli/names.h"
#include "cli/print.h"
#include "cli/self.h"
#include "domain/vault_near.h"
#include "login/test_login.h"
#include "rotate/remind.h"

#define NOTIFY_MS 10000

/* ---- by mail ---- */

static bool can_send(const struct profile *p)
{
    return profile_is_mail(p) && p->tls != TLS_NONE &&
           ((p->from != NULL && test_login_is_address(p->from)) ||
            (p->from == NULL && p->username != NULL && test_login_is_address(p->username)));
}

/* Nothing says that its login may not work any more. */
static bool is_fit(const struct remind *r, const struct profile *p)
{
    for (size_t i = 0; i < r->found.list.count; i++) {
        const struct due_item *item = &r->found.list.items[i];
        if (item->p == p && item->urgency == DUE_LATE && item->clock != DUE_GRANT)
            return false;
    }
    return true;
}

/* How many could send it; *first is one of them. */
static size_t count_senders(const struct remind *r, bool fit, const struct profile **first)
{
    size_t count = 0;
    *first = NULL;
    for (size_t i = 0; i < r->found.profiles.count; i++) {
        const struct profile *p = &r->found.profiles.items[i];
        if (!can_send(p) || (fit && !is_fit(r, p)))
            continue;
        *first = *first != NULL ? *first : p;
        count++;
    }
    return count;
}

/* The first of them, for whoever has to choose one. */
#define SENDERS_MAX 320
#define SENDERS_NAMED 4
static const char *name_senders(char dst[SENDERS_MAX], const struct remind *r, bool fit)
{
    size_t at = 0, count = 0;
    dst[0] = '\0';
    for (size_t i = 0; i < r->found.profiles.count; i++) {
        const struct profile *p = &r->found.profiles.items[i];
        if (!can_send(p) || (fit && !is_fit(r, p)))
            continue;
        if (count++ == SENDERS_NAMED) {
            (void)snprintf(dst + at, SENDERS_MAX - at, ", ...");
            break;
        }
        at += (size_t)snprintf(dst + at, SENDERS_MAX - at, "%s%.70s", at > 0 ? ", " : "",
                               NAME_SHOWN(p->name));
    }
    return dst;
}

static const struct profile *named(const struct remind *r)
{
    for (size_t i = 0; i < r->found.profiles.count; i++)
        if (strcmp(r->found.profiles.items[i].name, r->profile) == 0)
            return &r->found.profiles.items[i];
    return NULL;
}

/* Where the one that was named may be the one that it is about, another one goes. */
static enum sv_status choose_named(const struct remind *r, const struct profile **out,
                                   struct sv_err *err)
{
    const struct profile *p = named(r), *other;
    if (p == NULL)
        return sv_fail(err, SV_MISSING, NEAR_NONE "%s\"", NAME_SHOWN(r->profile));
    if (!can_send(p))
        return sv_fail(err, SV_USAGE,
                       "%s sends no mail: that takes a mail server, TLS and a sender's address "
                       "(\"smtpvault edit\" and --from)",
                       NAME_SHOWN(p->name));
    *out = p;
    if (is_fit(r, p) || count_senders(r, true, &other) == 0)
        return SV_OK;
    print_warning(r->cli, "%s may not work any more: the reminder goes through %s",
                  NAME_SHOWN(p->name), NAME_SHOWN(other->name));
    *out = other;
    return SV_OK;
}

static enum sv_status choose(const struct remind *r, const struct profile **out, struct sv_err *err)
{
    const struct profile *fit, *any;
    char names[SENDERS_MAX];
    if (r->profile != NULL)
        return choose_named(r, out, err);
    size_t fits = count_senders(r, true, &fit), all = count_senders(r, false, &any);
    if (all == 0)
        return sv_fail(err, SV_CONFIG,
                       "no login of the vault can send the reminder: that takes a mail server, TLS "
                       "and a sender's address (--from)");
    if (fits != 1 && all != 1)
        return sv_fail(err, SV_USAGE,
                       "which login sends the reminder? %zu could, %s: give --profile NAME",
                       fits > 0 ? fits : all, name_senders(names, r, fits > 0));
    *out = fits == 1 ? fit : any;
    return SV_OK;
}

static enum sv_status fail_sent(const struct profile *p, const struct smtp_result *result,
                                struct sv_err *err)
{
    bool refused = result->verdict == SMTP_WRONG_SECRET ||
                   result->verdict == SMTP_WRONG_KIND_OF_SECRET ||
                   result->verdict == SMTP_DISABLED_BY_POLICY ||
                   result->verdict == SMTP_ACCOUNT_LOCKED || result->verdict == SMTP_DOWNGRADED;
    return sv_fail(err, refused ? SV_DENIED : SV_UNREACHABLE,
                   "the reminder was not sent: the login of %s: %s: %.300s \"smtpvault test\" says "
                   "more",
                   NAME_SHOWN(p->name), smtp_verdict_word(result->verdict), result->cause);
}

static enum sv_status send_through(const struct remind *r, const struct profile *p,
                                   const struct login_wish *wish, struct sv_err *err)
{
    PROFILE_OWNED struct profile tested = {.name = NULL};
    SV_AUTOFREE char *helper = NULL;
    struct smtp_result result;
    enum sv_status s = self_helper(&helper, err);
    if (s == SV_OK)
        s = test_login(r->cli, helper, p->name, wish, &tested, &result, err);
    if (s == SV_OK && result.verdict != SMTP_OK)
        return fail_sent(p, &result, err);
    return s;
}

enum sv_status remind_by_mail(const struct remind *r, const struct remind_way *way,
                              const struct remind_news *news, struct sv_err *err)
{
    BLOB_OWNED struct blob text = {0};
    const struct profile *p = NULL;
    char subject[SMTP_SUBJECT_MAX], since[REMIND_SINCE_MAX];
    if (r->locked)
        return sv_fail(err, SV_LOCKED,
                       "the vault is locked%s%s, so no mail can be sent: \"smtpvault unlock\" "
                       "keeps it open for a while, and --by notify or stdout needs no login",
                       r->since != 0 ? " " : "", remind_since(since, r));
    enum sv_status s = choose(r, &p, err);
    if (s == SV_OK)
        s = remind_text(&text, r, news, SMTP_TEXT_MAX - 1, err);
    if (s != SV_OK)
        return s;
    const struct login_wish wish = {.subject = remind_subject(subject, sizeof subject, r, news),
                                    .text = (const char *)text.bytes,
                                    .send_to = way->place != NULL ? way->place
                                               : p->from != NULL  ? p->from
                                                                  : p->username};
    return send_through(r, p, &wish, err);
}

/* ---- on the desktop ---- */

/* A notification's body may be markup (Desktop Notifications, 1.2, section 5). */
static void escape(char *dst, size_t capacity, const char *text)
{
    size_t at = 0;
    for (; *text != '\0' && at + 6 < capacity; text++) {
        const char *as = *text == '&'   ? "&amp;"
                         : *text == '<' ? "&lt;"
                         : *text == '>' ? "&gt;"
                                        : "";
        if (as[0] != '\0')
            at += (size_t)snprintf(dst + at, capacity - at, "%s", as);
        else
            dst[at++] = *text;
    }
    dst[at] = '\0';
}

static bool is_critical(const struct remind_news *news)
{
    for (size_t i = 0; i < news->count; i++)
        if (news->items[i]->urgency == DUE_LATE)
            return true;
    return false;
}

enum sv_status remind_by_notify(const struct remind *r, const struct remind_news *news,
                                struct sv_err *err)
{
    CHILD_OWNED struct child c = CHILD_NONE;
    char summary[SMTP_SUBJECT_MAX], text[REMIND_SHORT_MAX], body[6 * REMIND_SHORT_MAX];
    int status = 0;
    escape(body, sizeof body, remind_short(text, r, news));
    const char *const argv[] = {"notify-send",
                                "--app-name=smtpvault",
                                "--icon=dialog-password",
                                is_critical(news) ? "--urgency=critical" : "--urgency=normal",
                                "--",
                                remind_subject(summary, sizeof summary, r, news),
                                body,
                                NULL};
    if (child_start(&c, argv, false, NULL) != SV_OK)
        return sv_fail(err, SV_CONFIG,
                       "there is no notify-send, which shows a notification: install it (Debian: "
                       "apt install libnotify-bin), or give another --by");
    if (!child_wait_within(&c, NOTIFY_MS, &status)) {
        child_stop(&c);
        return sv_fail(err, SV_UNREACHABLE,
                       "notify-send did not end in its time: does the desktop "
                       "show notifications?");
    }
    if (status == 127)
        return sv_fail(err, SV_CONFIG, "notify-send cannot be run (Debian: libnotify-bin)");
    if (status != 0)
        return sv_fail(err, SV_UNREACHABLE,
                       "notify-send showed nothing (its status is %d): is there a desktop session "
                       "with notifications, and DBUS_SESSION_BUS_ADDRESS or XDG_RUNTIME_DIR set?",
                       status);
    return SV_OK;
}
