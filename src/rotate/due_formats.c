/* SPDX-License-Identifier: ISC */
/* What is due, for calendars and for what watches machines. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/text.h"
#include "rotate/due_show.h"

static const char *name_of(const struct due_item *item)
{
    return item->p != NULL ? item->p->name : item->token;
}

/* ---- RFC 5545 ---- */

#define ICS_LINE_MAX 75 /* octets without the line break: section 3.1 */

/* One content line, folded between characters. */
static void put_line(struct sink *out, const char *text, size_t len)
{
    size_t column = 0;
    for (size_t at = 0, n; at < len; at += n, column += n) {
        uint32_t code;
        n = text_decode(text + at, len - at, &code);
        if (n == 0)
            n = 1;
        if (column + n > ICS_LINE_MAX) {
            sink_puts(out, "\r\n ");
            column = 1;
        }
        sink_put(out, text + at, n);
    }
    sink_puts(out, "\r\n");
}

/* A value of type TEXT: section 3.3.11. Control characters have no place in it. */
static bool escape(struct blob *line, const char *text)
{
    bool good = true;
    for (; *text != '\0' && good; text++) {
        unsigned char c = (unsigned char)*text;
        if (strchr("\\;,", c) != NULL)
            good = blob_append(line, "\\", 1) && blob_append(line, text, 1);
        else if (c == '\n')
            good = blob_append(line, "\\n", 2);
        else if (c >= ' ' && c != 0x7f)
            good = blob_append(line, text, 1);
    }
    return good;
}

/* name: with its colon. The texts follow one another, each a line of its own. */
static void put_text(struct sink *out, const char *name, const char *const *texts, size_t count)
{
    BLOB_OWNED struct blob line = {0};
    bool good = blob_append(&line, name, strlen(name));
    for (size_t i = 0; i < count && good; i++)
        good = (i == 0 || blob_append(&line, "\\n", 2)) && escape(&line, texts[i]);
    if (good)
        put_line(out, (const char *)line.bytes, line.len);
    else
        sink_fail(out, SV_INTERNAL, "out of memory");
}

static void put_one(struct sink *out, const char *name, const char *text)
{
    put_text(out, name, &text, 1);
}

/* The day of it, in local time; the last that four digits can say where it is beyond. */
static void put_day(struct sink *out, const char *name, int64_t when, int days)
{
    time_t t = (time_t)when;
    struct tm tm;
    tzset();
    if (localtime_r(&t, &tm) == NULL || tm.tm_year > 9998 - 1900)
        tm = (struct tm){.tm_year = 9998 - 1900, .tm_mon = 11, .tm_mday = 30};
    tm.tm_mday += days;
    tm.tm_hour = 12;
    tm.tm_isdst = -1;
    (void)mktime(&tm);
    sink_printf(out, "%s;VALUE=DATE:%04d%02d%02d\r\n", name, tm.tm_year + 1900, tm.tm_mon + 1,
                tm.tm_mday);
}

static void put_stamp(struct sink *out, int64_t now)
{
    time_t t = (time_t)now;
    struct tm tm;
    if (gmtime_r(&t, &tm) == NULL)
        tm = (struct tm){.tm_year = 70, .tm_mday = 1};
    sink_printf(out, "DTSTAMP:%04d%02d%02dT%02d%02d%02dZ\r\n", tm.tm_year + 1900, tm.tm_mon + 1,
                tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* What an entry of a calendar is called: whoever sees it there sees nothing else of us. */
static const char *title_of(enum due_clock clock)
{
    static const char *const words[DUE_CLOCKS] = {
        [DUE_PERIOD] = "new secret due",
        [DUE_DATE] = "new secret due",
        [DUE_PROVIDER] = "its provider ends this login",
        [DUE_EXPOSED] = "exposed, new secret due",
        [DUE_REJECTED] = "login rejected",
        [DUE_UNPROVED] = "new secret not seen to work",
        [DUE_CERTIFICATE] = "certificate ends",
        [DUE_OAUTH] = "login by OAuth2 ends",
        [DUE_CLIENT] = "OAuth2 client secret ends",
        [DUE_ROTATION] = "rotation stands still",
        [DUE_ALIVE] = "old secret still works",
        [DUE_COPY] = "files with an old secret",
        [DUE_GRANT] = "grant ends",
        [DUE_TOKEN] = "ends",
    };
    return words[clock];
}

static void put_event(struct sink *out, const struct due_item *item, const char *vault_id,
                      int64_t now)
{
    const char *both[] = {item->why, item->act};
    char id[33], uid[128], summary[256];
    (void)snprintf(uid, sizeof uid, "%s@%.32s.smtpvault", text_hex(id, item->id, sizeof item->id),
                   vault_id);
    (void)snprintf(summary, sizeof summary, "%s%s: %s", item->p == NULL ? "token " : "",
                   name_of(item), title_of(item->clock));
    sink_puts(out, "BEGIN:VEVENT\r\n");
    put_one(out, "UID:", uid);
    put_stamp(out, now);
    put_day(out, "DTSTART", item->when, 0);
    put_day(out, "DTEND", item->when, 1);
    put_one(out, "SUMMARY:", summary);
    put_text(out, "DESCRIPTION:", both, sizeof both / sizeof both[0]);
    put_one(out, "CATEGORIES:", due_state(item));
    sink_printf(out, "PRIORITY:%d\r\n", item->urgency >= DUE_NOW ? 1 : 5);
    sink_puts(out, "TRANSP:TRANSPARENT\r\nEND:VEVENT\r\n");
}

void due_put_ics(struct sink *out, const struct due_found *found, const char *vault_id)
{
    sink_puts(out, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//smtpvault//due//EN\r\n"
                   "CALSCALE:GREGORIAN\r\nMETHOD:PUBLISH\r\n");
    for (size_t i = 0; i < found->list.count; i++)
        put_event(out, &found->list.items[i], vault_id, found->now);
    sink_puts(out, "END:VCALENDAR\r\n");
}

/* ---- Prometheus ---- */

static void put_label(struct sink *out, const char *name, const char *value)
{
    sink_printf(out, "%s=\"", name);
    for (; *value != '\0'; value++) {
        if (*value == '\n')
            sink_puts(out, "\\n");
        else if (*value == '\\' || *value == '"')
            sink_printf(out, "\\%c", *value);
        else
            sink_put(out, value, 1);
    }
    sink_puts(out, "\"");
}

static void put_head(struct sink *out, const char *name, const char *help)
{
    sink_printf(out, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

/* Two items of one clock and one name are one series: of these the first. */
static bool is_repeated(const struct due_list *list, size_t at)
{
    const struct due_item *item = &list->items[at];
    if (item->clock != DUE_GRANT)
        return false;
    for (size_t i = 0; i < at; i++)
        if (list->items[i].clock == item->clock && list->items[i].p == item->p)
            return true;
    return false;
}

void due_put_prometheus(struct sink *out, const struct due_found *found)
{
    static const char when[] = "smtpvault_due_timestamp_seconds", items[] = "smtpvault_due_items";
    put_head(out, when, "When something has to be done about a login, by what says so.");
    for (size_t i = 0; i < found->list.count; i++) {
        const struct due_item *item = &found->list.items[i];
        if (is_repeated(&found->list, i))
            continue;
        sink_printf(out, "%s{", when);
        put_label(out, item->p != NULL ? "profile" : "token", name_of(item));
        sink_puts(out, ",");
        put_label(out, "clock", due_clock_word(item->clock));
        sink_printf(out, "} %" PRId64 "\n", item->when);
    }
    put_head(out, items, "How many things have to be done, by how urgent they are.");
    for (enum due_urgency u = DUE_SOON; u <= DUE_LATE; u++)
        sink_printf(out, "%s{urgency=\"%s\"} %zu\n", items, due_urgency_word(u),
                    due_count(&found->list, u) -
                        (u < DUE_LATE ? due_count(&found->list, (enum due_urgency)(u + 1)) : 0));
    put_head(out, "smtpvault_profiles", "How many logins the vault has.");
    sink_printf(out, "smtpvault_profiles %zu\n", found->profiles.count);
    put_head(out, "smtpvault_due_looked_timestamp_seconds", "When this was found out.");
    sink_printf(out, "smtpvault_due_looked_timestamp_seconds %" PRId64 "\n", found->now);
}

/* ---- Nagios ---- */

#define NAGIOS_NAMES 4

/* What ends the text of a plugin, or its line, has no place in it. */
static void put_plain(struct sink *out, const char *text)
{
    char shown[1024];
    text_printable(shown, sizeof shown, text, strlen(text));
    for (char *at = shown; *at != '\0'; at++)
        if (*at == '|')
            *at = '/';
    sink_puts(out, shown);
}

int due_put_nagios(struct sink *out, const struct due_found *found)
{
    const struct due_list *list = &found->list;
    size_t late = due_count(list, DUE_LATE), now = due_count(list, DUE_NOW) - late;
    size_t soon = due_count(list, DUE_SOON) - late - now, all = late + now + soon;
    int status = late > 0 ? 2 : all > 0 ? 1 : 0;
    static const char *const words[] = {"OK", "WARNING", "CRITICAL"};
    sink_printf(out, "SMTPVAULT %s - ", words[status]);
    if (all == 0)
        sink_puts(out, "nothing is due");
    else
        sink_printf(out, "%zu overdue, %zu due, %zu soon:", late, now, soon);
    for (size_t i = 0; i < all && i < NAGIOS_NAMES; i++) {
        char relative[TEXT_TIME_MAX];
        sink_puts(out, i > 0 ? ", " : " ");
        put_plain(out, name_of(&list->items[i]));
        sink_printf(out, " %s %s", due_state(&list->items[i]),
                    text_time_relative(relative, list->items[i].when, found->now));
    }
    if (all > NAGIOS_NAMES)
        sink_printf(out, " and %zu more", all - NAGIOS_NAMES);
    sink_printf(out, " | overdue=%zu;;0;0 due=%zu;0;;0 soon=%zu;0;;0 profiles=%zu;;;0\n", late, now,
                soon, found->profiles.count);
    return status;
}

int due_put_unknown(struct sink *out, const char *why)
{
    sink_puts(out, "SMTPVAULT UNKNOWN - ");
    put_plain(out, why);
    sink_puts(out, "\n");
    return 3;
}
