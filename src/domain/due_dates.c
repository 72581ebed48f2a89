/* SPDX-License-Identifier: ISC */
#include "domain/due_dates.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "domain/deadline.h"
#include "domain/rotation.h"

#define DAY INT64_C(86400)
#define HEAD "smtpvault-dates 1 "
#define LINE_MAX_BYTES (PROFILE_NAME_MAX + 160)

void due_dates_clear(struct due_dates *dates)
{
    sv_free(dates->items);
    *dates = (struct due_dates){0};
}

static struct due_date *date_new(struct due_dates *dates)
{
    size_t capacity = dates->capacity ? 2 * dates->capacity : 16;

    if (dates->count == dates->capacity) {
        struct due_date *grown = sv_resize(dates->items, capacity * sizeof *grown);
        if (!grown)
            return NULL;
        dates->items = grown;
        dates->capacity = capacity;
    }
    struct due_date *date = &dates->items[dates->count++];
    *date = (struct due_date){0};
    return date;
}

/* ---- of profiles ---- */

static int64_t plus(int64_t when, int64_t seconds)
{
    int64_t sum;

    return __builtin_add_overflow(when, seconds, &sum) ? INT64_MAX : sum;
}

static enum sv_status add(struct due_dates *dates, const struct profile *p, enum due_clock clock,
                          const struct due_date *times, struct sv_err *err)
{
    struct due_date *date = date_new(dates);

    if (!date)
        return sv_fail_nomem(err);
    *date = *times;
    date->lead = rotation_lead(p);
    due_id(date->id, p, clock);
    (void)snprintf(date->name, sizeof date->name, "%s", p->name);
    return SV_OK;
}

static enum sv_status add_profile(struct due_dates *dates, const struct profile *p, int64_t now,
                                  struct sv_err *err)
{
    struct deadline end = deadline_of(p, now, 0);
    enum sv_status st = SV_OK;

    if (p->terms.due != 0)
        st = add(dates, p, p->terms.dated ? DUE_DATE : DUE_PERIOD,
                 &(const struct due_date){.when = p->terms.due,
                                          .by = p->terms.due,
                                          .late = plus(p->terms.due, p->terms.grace_days * DAY)},
                 err);
    if (st || end.state == DEADLINE_NONE ||
        (end.state == DEADLINE_PAST && !deadline_is_due(&end, p)))
        return st;
    return add(dates, p, DUE_PROVIDER,
               &(const struct due_date){.when = end.when,
                                        .by = plus(end.when, -(p->terms.before_days * DAY)),
                                        .late = end.when},
               err);
}

enum sv_status due_dates_of(struct due_dates *out, const struct profile *items, size_t count,
                            int64_t now, struct sv_err *err)
{
    DUE_DATES_OWNED struct due_dates dates = {.whole = true};

    for (size_t i = 0; i < count; i++) {
        enum sv_status st = items[i].terms.open ? add_profile(&dates, &items[i], now, err) : SV_OK;
        if (st)
            return st;
        dates.whole = dates.whole && items[i].terms.open;
    }
    *out = dates;
    dates = (struct due_dates){0};
    return SV_OK;
}

/* ---- as a text ---- */

enum sv_status due_dates_write(struct blob *out, const struct due_dates *dates, struct sv_err *err)
{
    char line[LINE_MAX_BYTES], id[33];
    int len = snprintf(line, sizeof line, HEAD "%s\n", dates->whole ? "all" : "some");

    out->len = 0;
    bool good = blob_append(out, line, (size_t)len);
    for (size_t i = 0; i < dates->count && good; i++) {
        const struct due_date *d = &dates->items[i];
        len =
            snprintf(line, sizeof line, "%s %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %s\n",
                     text_hex(id, d->id, sizeof d->id), d->when, d->by, d->late, d->lead, d->name);
        good = blob_append(out, line, (size_t)len);
    }
    return good ? SV_OK : sv_fail_nomem(err);
}

/* Lower case, as it is written: there is one text of the same dates. */
static bool read_id(const char **at, uint8_t id[16])
{
    char again[33];

    for (size_t i = 0; i < 16; i++) {
        int high = text_hex_value((*at)[2 * i]),
            low = high < 0 ? -1 : text_hex_value((*at)[2 * i + 1]);
        if (low < 0)
            return false;
        id[i] = (uint8_t)(high << 4 | low);
    }
    text_hex(again, id, 16);
    bool same = memcmp(again, *at, 32) == 0;
    *at += 32;
    return same;
}

/* A blank and a number as it is written above. */
static bool read_number(const char **at, int64_t *out)
{
    char digits[24], again[24];
    size_t len = *(*at) == ' ' ? strspn(*at + 1, "-0123456789") : 0;
    int used = 0;

    if (len == 0 || len >= sizeof digits)
        return false;
    memcpy(digits, *at + 1, len);
    digits[len] = '\0';
    if (sscanf(digits, "%" SCNd64 "%n", out, &used) != 1 || (size_t)used != len)
        return false;
    (void)snprintf(again, sizeof again, "%" PRId64, *out);
    *at += 1 + len;
    return strcmp(again, digits) == 0;
}

static bool read_line(struct due_date *d, const char *line)
{
    const char *at = line;

    if (!read_id(&at, d->id) || !read_number(&at, &d->when) || !read_number(&at, &d->by) ||
        !read_number(&at, &d->late) || !read_number(&at, &d->lead) || *at != ' ' ||
        profile_check_name(at + 1, NULL) != SV_OK)
        return false;
    (void)snprintf(d->name, sizeof d->name, "%s", at + 1);
    return d->lead >= 0;
}

static bool read_head(struct due_dates *dates, const char *line)
{
    if (!text_starts_with(line, HEAD))
        return false;
    const char *word = line + strlen(HEAD);
    dates->whole = strcmp(word, "all") == 0;
    return dates->whole || strcmp(word, "some") == 0;
}

enum sv_status due_dates_read(struct due_dates *out, const uint8_t *bytes, size_t len,
                              struct sv_err *err)
{
    DUE_DATES_OWNED struct due_dates dates = {0};
    char line[LINE_MAX_BYTES];
    bool good = len > 0, headed = false;

    for (size_t at = 0, span; good && at < len; at += span + 1) {
        const uint8_t *end = memchr(bytes + at, '\n', len - at);
        span = end ? (size_t)(end - (bytes + at)) : len - at;
        good = end && span < sizeof line && !memchr(bytes + at, '\0', span);
        if (!good)
            break;
        memcpy(line, bytes + at, span);
        line[span] = '\0';
        struct due_date *date = headed ? date_new(&dates) : NULL;
        if (headed && !date)
            return sv_fail_nomem(err);
        good = headed ? read_line(date, line) : read_head(&dates, line);
        headed = true;
    }
    if (!good)
        return sv_fail(err, SV_DATA, "what is kept of the dates is no such text");
    *out = dates;
    dates = (struct due_dates){0};
    return SV_OK;
}

/* ---- what of it is due ---- */

enum sv_status due_dates_list(const struct due_dates *dates, const struct due_wish *wish,
                              struct profile_list *profiles, struct due_list *list,
                              struct sv_err *err)
{
    PROFILE_LIST_OWNED struct profile_list named = {0};
    DUE_LIST_OWNED struct due_list found = {0};
    enum sv_status st = SV_OK;

    named.items = sv_alloc_array(dates->count + 1, sizeof *named.items);
    if (!named.items)
        return sv_fail_nomem(err);
    for (size_t i = 0; i < dates->count && st == SV_OK; i++) {
        struct profile *p = &named.items[i];
        if (!(p->name = sv_strdup(dates->items[i].name)))
            return sv_fail_nomem(err);
        named.count++;
        st = due_of_date(&found, wish, &dates->items[i], p, err);
    }
    if (st)
        return st;
    due_sort(&found);
    *profiles = named;
    *list = found;
    named = (struct profile_list){0};
    found = (struct due_list){0};
    return SV_OK;
}
