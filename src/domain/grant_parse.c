/* SPDX-License-Identifier: ISC */
/* grant: conditions from a person's words. */
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "domain/grant.h"

#define SHOWN_MAX 96
#define SHOWN(text) text_printable((char[SHOWN_MAX]){0}, SHOWN_MAX, (text), strlen(text))

/* systemd.unit(5): letters, digits and ":-_.\@". */
enum sv_status grant_set_unit(struct grant *g, const char *name, struct sv_err *err)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                  ":-_.\\@";
    size_t len = strlen(name);

    if (len == 0 || strspn(name, letters) != len || len + sizeof ".service" > sizeof g->unit)
        return sv_fail(err, SV_USAGE,
                       "\"%s\" is no name of a systemd unit: it goes backup.service or backup",
                       SHOWN(name));
    const char *kind = strrchr(name, '.');
    bool whole = kind && (strcmp(kind, ".service") == 0 || strcmp(kind, ".scope") == 0);
    (void)snprintf(g->unit, sizeof g->unit, "%s%s", name, whole ? "" : ".service");
    g->has |= GRANT_UNIT;
    return SV_OK;
}

enum sv_status grant_set_user(struct grant *g, const char *name, struct sv_err *err)
{
    const struct passwd *user = getpwnam(name);
    uint64_t uid;

    if (user)
        uid = user->pw_uid;
    else if (!text_parse_u64(name, 0, UINT32_MAX - 1, &uid))
        return sv_fail(err, SV_USAGE, "there is no user \"%s\" on this machine", SHOWN(name));
    g->uid = (uint32_t)uid;
    g->has |= GRANT_USER;
    return SV_OK;
}

/* "08" or "08:30", up to what ends it. */
static bool parse_minute(const char **at, unsigned *out)
{
    unsigned part[2] = {0, 0};

    for (int i = 0; i < 2; i++) {
        size_t digits = strspn(*at, "0123456789");
        if (digits == 0 || digits > 2)
            return false;
        for (; digits > 0; digits--)
            part[i] = part[i] * 10 + (unsigned)(*(*at)++ - '0');
        if (i == 0 && **at != ':')
            break;
        *at += i == 0;
    }
    *out = part[0] * 60 + part[1];
    return part[1] < 60 && *out <= GRANT_DAY_MINUTES;
}

enum sv_status grant_set_hours(struct grant *g, const char *text, struct sv_err *err)
{
    const char *at = text;
    unsigned from, to;

    if (!parse_minute(&at, &from) || *at++ != '-' || !parse_minute(&at, &to) || *at != '\0' ||
        from == GRANT_DAY_MINUTES || from == to || (from == 0 && to == GRANT_DAY_MINUTES))
        return sv_fail(err, SV_USAGE,
                       "\"%s\" is no part of a day: it goes 08-18, 08:30-17:00, or over midnight "
                       "22-06",
                       SHOWN(text));
    g->from = (uint16_t)from;
    g->to = (uint16_t)(to == 0 ? GRANT_DAY_MINUTES : to);
    g->has |= GRANT_HOURS;
    return SV_OK;
}

enum sv_status grant_set_max(struct grant *g, const char *text, struct sv_err *err)
{
    size_t digits = strcspn(text, "/");
    char number[16] = "";
    uint64_t max;

    if (digits < sizeof number)
        memcpy(number, text, digits);
    const char *per = text[digits] == '/' ? text + digits + 1 : "";
    bool hour = strcmp(per, "h") == 0, day = strcmp(per, "d") == 0;
    if (!text_parse_u64(number, 1, GRANT_USES_MAX, &max) || (!hour && !day))
        return sv_fail(err, SV_USAGE,
                       "\"%s\" is no limit: it goes 20/h (an hour) or 100/d (a day), up to %d",
                       SHOWN(text), GRANT_USES_MAX);
    g->max = (uint32_t)max;
    g->seconds = hour ? GRANT_HOUR_SECONDS : GRANT_DAY_SECONDS;
    g->has |= GRANT_MAX;
    return SV_OK;
}

enum sv_status grant_set_until(struct grant *g, const char *text, int64_t now, struct sv_err *err)
{
    int64_t seconds, until;

    if (text_parse_duration(text, &seconds))
        until = now + seconds;
    else if (!text_parse_time(text, now, &until))
        return sv_fail(err, SV_USAGE,
                       "\"%s\" is no time: it goes 30d, 12h, 2026-12-24 or 2026-12-24T18:00:00Z",
                       SHOWN(text));
    if (until <= now)
        return sv_fail(err, SV_USAGE, "the time \"%s\" has passed", SHOWN(text));
    g->until = until;
    g->has |= GRANT_UNTIL;
    return SV_OK;
}

enum sv_status grant_check(const struct grant *g, struct sv_err *err)
{
    if (g->has & (GRANT_EXE | GRANT_UNIT | GRANT_USER | GRANT_LEARN))
        return SV_OK;
    return sv_fail(err, SV_USAGE,
                   "a grant is for somebody: give --exe PATH, --unit UNIT or --user USER, or "
                   "several of them, which then must all hold");
}
