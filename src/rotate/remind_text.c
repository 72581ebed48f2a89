/* SPDX-License-Identifier: ISC */
/* What a reminder says. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "audit/caller.h"
#include "base/alloc.h"
#include "base/text.h"
#include "cli/session.h"
#include "domain/grant.h"
#include "format/json.h"
#include "rotate/remind.h"

#define FOLD 72
#define TAIL 700 /* bytes that are left for what stands behind the items */
#define SHORT_ITEMS 5
#define REMIND_PATH_MAX 4352

static const char *name_of(const struct due_item *item)
{
    return item->p != NULL ? item->p->name : item->token;
}

static size_t late_of(const struct remind_news *news)
{
    size_t late = 0;
    for (size_t i = 0; i < news->count; i++)
        late += news->items[i]->urgency == DUE_LATE;
    return late;
}

/* This machine's name as a header may have it. */
static const char *host_name(char dst[65])
{
    if (gethostname(dst, 64) != 0)
        dst[0] = '\0';
    dst[64] = '\0';
    return text_is_visible(dst, '!') && dst[0] != '\0' ? dst : "this machine";
}

/* "3 things are due, 1 of them overdue". */
static void headline(char *dst, size_t capacity, const struct remind *r,
                     const struct remind_news *news)
{
    size_t late = late_of(news);
    if (news->count == 0)
        (void)snprintf(dst, capacity, "%s",
                       news->locked ? "the vault is locked" : "the clock was set back");
    else if (late > 0 && news->count > 1)
        (void)snprintf(dst, capacity, "%zu things are due, %zu of them overdue", news->count, late);
    else
        (void)snprintf(dst, capacity, "%zu %s", news->count,
                       news->count > 1 ? "things are due"
                       : late > 0      ? "thing is overdue"
                                       : "thing is due");
    (void)r;
}

char *remind_subject(char *dst, size_t capacity, const struct remind *r,
                     const struct remind_news *news)
{
    char head[80], host[65];
    headline(head, sizeof head, r, news);
    (void)snprintf(dst, capacity, "smtpvault: %s (%s)", head, host_name(host));
    return dst;
}

char *remind_since(char dst[REMIND_SINCE_MAX], const struct remind *r)
{
    char when[TEXT_TIME_MAX], relative[TEXT_TIME_MAX];
    dst[0] = '\0';
    if (r->since != 0)
        (void)snprintf(
            dst, REMIND_SINCE_MAX, "%s %s (%s)", r->since_used ? "and was last used" : "since",
            text_time_local(when, r->since), text_time_relative(relative, r->since, r->found.now));
    return dst;
}

/* ---- the long one ---- */

static bool put(struct blob *out, const char *text)
{
    return blob_append(out, text, strlen(text));
}

/* A paragraph, folded; indent: of all its lines. */
static bool put_folded(struct blob *out, const char *text, size_t indent)
{
    char folded[2 * DUE_WHY_MAX];
    return put(out, indent > 0 ? "  " : "") &&
           put(out, text_fold(folded, sizeof folded, text, indent, indent, FOLD)) && put(out, "\n");
}

static void shown_name(char *dst, size_t capacity, const struct due_item *item)
{
    char name[4 * PROFILE_NAME_MAX + 1];
    (void)snprintf(dst, capacity, "%s%s", item->p == NULL ? "token " : "",
                   text_printable(name, sizeof name, name_of(item), strlen(name_of(item))));
}

static bool put_item(struct blob *out, const struct due_item *item, int64_t now)
{
    char name[4 * PROFILE_NAME_MAX + 16], why[DUE_WHY_MAX + 16], act[DUE_DO_MAX + 16];
    char when[TEXT_TIME_MAX], relative[TEXT_TIME_MAX], head[sizeof name + 160];
    shown_name(name, sizeof name, item);
    (void)snprintf(head, sizeof head, "\n%s: %s, %s (%s)\n", name, due_state(item),
                   text_time_relative(relative, item->when, now),
                   text_time_local(when, item->when));
    text_printable(why, sizeof why, item->why, strlen(item->why));
    text_printable(act, sizeof act, item->act, strlen(item->act));
    return put(out, head) && put_folded(out, why, 2) && put(out, "  ") && put(out, act) &&
           put(out, "\n");
}

static bool put_items(struct blob *out, const struct remind *r, const struct remind_news *news,
                      size_t limit)
{
    char rest[100];
    for (size_t i = 0; i < news->count; i++) {
        size_t before = out->len;
        if (!put_item(out, news->items[i], r->found.now))
            return false;
        if (out->len + TAIL <= limit)
            continue;
        out->len = before;
        (void)snprintf(rest, sizeof rest, "\nAnd %zu more: \"smtpvault due\" shows them.\n",
                       news->count - i);
        return put(out, rest);
    }
    return true;
}

static bool put_state(struct blob *out, const struct remind *r, const struct remind_news *news)
{
    char text[400], since[REMIND_SINCE_MAX], when[TEXT_TIME_MAX], last[TEXT_TIME_MAX];
    bool good = true;
    if (r->locked) {
        (void)snprintf(text, sizeof text,
                       "The vault is locked%s%s: what else is due is not known. \"smtpvault due\" "
                       "asks for the passphrase and shows all.",
                       r->since != 0 ? " " : "", remind_since(since, r));
        good = put(out, "\n") && put_folded(out, text, 0);
    }
    if (r->back != 0 && good) {
        (void)snprintf(text, sizeof text,
                       "The clock of this machine says %s, and the last reminder was at %s: while "
                       "it is wrong, dates are missed.",
                       text_time_local(when, r->found.now),
                       text_time_local(last, r->found.now + r->back));
        good = put(out, "\n") && put_folded(out, text, 0);
    }
    if (news->before == 0 || !good)
        return good;
    (void)snprintf(text, sizeof text, "%zu more %s told of before: \"smtpvault due\" shows all.",
                   news->before, news->before == 1 ? "was" : "were");
    return put(out, "\n") && put_folded(out, text, 0);
}

/* "7 days" */
static const char *span(char dst[32], int64_t seconds)
{
    bool days = seconds % 86400 == 0;
    int64_t n = days ? seconds / 86400 : (seconds + 3599) / 3600;
    (void)snprintf(dst, 32, "%" PRId64 " %s%s", n, days ? "day" : "hour", n == 1 ? "" : "s");
    return dst;
}

/* How many of them a new secret ends. */
static size_t to_rotate(const struct remind_news *news)
{
    size_t count = 0;
    for (size_t i = 0; i < news->count; i++)
        count += text_starts_with(news->items[i]->act, "smtpvault rotate ");
    return count;
}

/* It may be read far from the machine, and by somebody who never saw the program. */
static bool put_head(struct blob *out, const struct remind *r, const struct remind_news *news,
                     const char *path)
{
    char head[80], host[65], user[CALLER_USER_MAX], shown[2 * REMIND_PATH_MAX];
    char text[4 * REMIND_PATH_MAX];
    bool good;
    headline(head, sizeof head, r, news);
    caller_user(user, getuid());
    (void)snprintf(text, sizeof text, "smtpvault on %s: %s.\nThe vault of %s: %s\n",
                   host_name(host), head, user,
                   text_printable(shown, sizeof shown, path, strlen(path)));
    good = put(out, text);
    if (news->count == 0 || !good)
        return good;
    (void)snprintf(text, sizeof text,
                   "The last line of each is what helps: a command for a terminal on %s, as %s.%s",
                   host, user,
                   to_rotate(news) > 1 ? " \"smtpvault rotate --due\" goes through all whose "
                                         "secret has to change."
                                       : "");
    good = put_folded(out, text, 0);
    if (session_is_default(path) || !good)
        return good;
    (void)snprintf(text, sizeof text,
                   "This vault is not the usual one. Type this before them:\n  export "
                   "SMTPVAULT_FILE=%s\n",
                   grant_quote(shown, sizeof shown, path));
    return put(out, text);
}

static bool put_tail(struct blob *out, const struct remind *r)
{
    char text[200], often[32];
    (void)snprintf(text, sizeof text,
                   "This note holds no secret and asks for none. \"smtpvault remind\" wrote it; it "
                   "tells each thing once in %s, and again when it becomes more urgent.",
                   span(often, r->every));
    return put(out, "\n") && put_folded(out, text, 0);
}

enum sv_status remind_text(struct blob *out, const struct remind *r, const struct remind_news *news,
                           size_t limit, struct sv_err *err)
{
    SV_AUTOFREE char *path = NULL, *root = NULL;
    enum sv_status s = session_place(r->cli, &path, &root, err);
    if (s != SV_OK)
        return s;
    out->len = 0;
    if (put_head(out, r, news, path) && put_items(out, r, news, limit) && put_state(out, r, news) &&
        put_tail(out, r) && blob_append(out, "", 1)) {
        out->len--;
        return SV_OK;
    }
    return sv_fail_nomem(err);
}

/* ---- the short one ---- */

char *remind_short(char dst[REMIND_SHORT_MAX], const struct remind *r,
                   const struct remind_news *news)
{
    char name[4 * PROFILE_NAME_MAX + 16], relative[TEXT_TIME_MAX], since[REMIND_SINCE_MAX];
    size_t at = 0, shown = news->count < SHORT_ITEMS ? news->count : SHORT_ITEMS;
    dst[0] = '\0';
    for (size_t i = 0; i < shown; i++) {
        shown_name(name, sizeof name, news->items[i]);
        at += (size_t)snprintf(dst + at, REMIND_SHORT_MAX - at, "%.100s: %s, %s\n", name,
                               due_state(news->items[i]),
                               text_time_relative(relative, news->items[i]->when, r->found.now));
    }
    if (news->count > shown)
        at += (size_t)snprintf(dst + at, REMIND_SHORT_MAX - at, "and %zu more\n",
                               news->count - shown);
    if (r->locked)
        at += (size_t)snprintf(dst + at, REMIND_SHORT_MAX - at, "The vault is locked %s\n",
                               remind_since(since, r));
    if (r->back != 0)
        at += (size_t)snprintf(dst + at, REMIND_SHORT_MAX - at, "The clock was set back\n");
    (void)snprintf(dst + at, REMIND_SHORT_MAX - at, "smtpvault due");
    return dst;
}

/* ---- the document ---- */

enum sv_status remind_json(struct sink *out, const struct remind *r, const struct remind_news *news,
                           struct sv_err *err)
{
    struct json j;
    json_begin(&j, out);
    json_object(&j);
    json_key(&j, "schema");
    json_int(&j, 1);
    json_key(&j, "time");
    json_time(&j, r->found.now);
    json_key(&j, "locked");
    json_bool(&j, r->locked);
    json_key(&j, "locked_since");
    json_time(&j, r->since);
    json_key(&j, "clock_set_back");
    json_bool(&j, r->back != 0);
    json_key(&j, "told_before");
    json_int(&j, (int64_t)news->before);
    json_key(&j, "items");
    json_array(&j);
    for (size_t i = 0; i < news->count; i++)
        due_put_item(&j, news->items[i]);
    json_array_end(&j);
    json_object_end(&j);
    sink_puts(out, "\n");
    return json_end(&j, err);
}
