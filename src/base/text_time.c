/* SPDX-License-Identifier: ISC */
/* Times and durations as text. The zone comes from TZ as everywhere in libc. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"

#define MINUTE 60
#define HOUR 3600
#define DAY 86400
#define YEARS_MAX 10000 /* durations beyond are typing errors, and sums of them overflow */

/* `text` without its last `unit_len` characters, times `unit` seconds. */
static bool parse_count(const char *text, size_t unit_len, int64_t unit, int64_t *seconds)
{
    char digits[24];
    size_t len = strlen(text);
    if (len <= unit_len || len - unit_len >= sizeof digits)
        return false;
    memcpy(digits, text, len - unit_len);
    digits[len - unit_len] = '\0';
    uint64_t n, most = (uint64_t)YEARS_MAX * 365 * DAY / (uint64_t)unit;
    if (!text_parse_u64(digits, 0, most, &n))
        return false;
    *seconds = (int64_t)n * unit;
    return true;
}

static bool has_unit(const char *text)
{
    size_t len = strlen(text);
    return len > 0 && (text[len - 1] < '0' || text[len - 1] > '9');
}

bool text_parse_duration(const char *text, int64_t *seconds)
{
    static const struct {
        char unit;
        int64_t seconds;
    } units[] = {{'m', MINUTE}, {'h', HOUR}, {'d', DAY}, {'w', 7 * DAY}, {'y', 365 * DAY}};
    if (!has_unit(text))
        return parse_count(text, 0, DAY, seconds);
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (units[i].unit == text[strlen(text) - 1])
            return parse_count(text, 1, units[i].seconds, seconds);
    return false;
}

bool text_parse_span(const char *text, int64_t *seconds)
{
    if (!has_unit(text))
        return false;
    bool ok = text[strlen(text) - 1] == 's' ? parse_count(text, 1, 1, seconds)
                                            : text_parse_duration(text, seconds);
    return ok && *seconds > 0;
}

/* A year beyond 9999 has no place in RFC 3339, and no clock says so. */
static bool is_four_digits(const struct tm *tm)
{
    return tm->tm_year >= -1900 && tm->tm_year <= 9999 - 1900;
}

char *text_time_utc(char dst[TEXT_TIME_MAX], int64_t when)
{
    time_t t = (time_t)when;
    struct tm tm;
    if (gmtime_r(&t, &tm) == NULL || !is_four_digits(&tm))
        (void)snprintf(dst, TEXT_TIME_MAX, "%" PRId64, when);
    else
        (void)snprintf(dst, TEXT_TIME_MAX, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900,
                       tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
    return dst;
}

char *text_time_local(char dst[TEXT_TIME_MAX], int64_t when)
{
    time_t t = (time_t)when;
    struct tm tm;
    tzset();
    if (localtime_r(&t, &tm) == NULL || !is_four_digits(&tm))
        (void)snprintf(dst, TEXT_TIME_MAX, "%" PRId64, when);
    else
        (void)snprintf(dst, TEXT_TIME_MAX, "%04d-%02d-%02d %02d:%02d", tm.tm_year + 1900,
                       tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min);
    return dst;
}

static uint64_t rounded(uint64_t seconds, uint64_t unit)
{
    return seconds / unit + (seconds % unit >= unit / 2);
}

/* Rounded to the nearest unit: what was set to 90 days reads "in 90 days" a
 * minute later, too. */
char *text_time_relative(char dst[TEXT_TIME_MAX], int64_t when, int64_t now)
{
    bool future = when > now;
    uint64_t s = future ? (uint64_t)when - (uint64_t)now : (uint64_t)now - (uint64_t)when;
    const char *unit = "year";
    uint64_t n = rounded(s, 365 * DAY);
    if (s < MINUTE) {
        (void)snprintf(dst, TEXT_TIME_MAX, "just now");
        return dst;
    }
    if (rounded(s, MINUTE) < 60) {
        unit = "minute";
        n = rounded(s, MINUTE);
    } else if (rounded(s, HOUR) < 24) {
        unit = "hour";
        n = rounded(s, HOUR);
    } else if (rounded(s, DAY) < 2 * 365) {
        unit = "day";
        n = rounded(s, DAY);
    }
    (void)snprintf(dst, TEXT_TIME_MAX, "%s%" PRIu64 " %s%s%s", future ? "in " : "", n, unit,
                   n == 1 ? "" : "s", future ? "" : " ago");
    return dst;
}

/* The local calendar's day as a number, from 1970 on. False: no calendar has it. */
static bool day_number(int64_t when, int64_t *number)
{
    time_t t = (time_t)when;
    struct tm tm;
    tzset();
    if (localtime_r(&t, &tm) == NULL)
        return false;
    struct tm day = {.tm_year = tm.tm_year, .tm_mon = tm.tm_mon, .tm_mday = tm.tm_mday};
    *number = (int64_t)timegm(&day) / DAY;
    return true;
}

int64_t text_days_apart(int64_t when, int64_t now)
{
    int64_t a, b;
    if (day_number(when, &a) && day_number(now, &b))
        return a - b;
    return when / DAY - now / DAY;
}

/* Exactly `count` digits. */
static bool take_number(const char **at, int count, int *out)
{
    int v = 0;
    for (int i = 0; i < count; i++) {
        char c = (*at)[i];
        if (c < '0' || c > '9')
            return false;
        v = 10 * v + (c - '0');
    }
    *at += count;
    *out = v;
    return true;
}

static bool take_char(const char **at, const char *any)
{
    if (**at == '\0' || strchr(any, **at) == NULL)
        return false;
    (*at)++;
    return true;
}

static bool take_date(const char **at, struct tm *tm)
{
    if (!take_number(at, 4, &tm->tm_year) || !take_char(at, "-") ||
        !take_number(at, 2, &tm->tm_mon) || !take_char(at, "-") ||
        !take_number(at, 2, &tm->tm_mday))
        return false;
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int y = tm->tm_year;
    bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
    if (tm->tm_mon < 1 || tm->tm_mon > 12 || tm->tm_mday < 1 ||
        tm->tm_mday > days[tm->tm_mon - 1] + (leap && tm->tm_mon == 2))
        return false;
    tm->tm_year -= 1900;
    tm->tm_mon -= 1;
    return true;
}

/* RFC 3339 section 5.6: second 60 is a leap second, a fraction may follow, the
 * offset is Z or +hh:mm. */
static bool take_clock(const char **at, struct tm *tm, int *offset)
{
    if (!take_number(at, 2, &tm->tm_hour) || !take_char(at, ":") ||
        !take_number(at, 2, &tm->tm_min) || !take_char(at, ":") || !take_number(at, 2, &tm->tm_sec))
        return false;
    if (tm->tm_hour > 23 || tm->tm_min > 59 || tm->tm_sec > 60)
        return false;
    if (take_char(at, ".")) {
        int digit;
        if (!take_number(at, 1, &digit))
            return false;
        while (take_number(at, 1, &digit))
            ;
    }
    *offset = 0;
    if (take_char(at, "Zz"))
        return true;
    int sign = **at == '-' ? -1 : 1, hours, minutes;
    if (!take_char(at, "+-") || !take_number(at, 2, &hours) || !take_char(at, ":") ||
        !take_number(at, 2, &minutes) || hours > 23 || minutes > 59)
        return false;
    *offset = sign * (hours * HOUR + minutes * MINUTE);
    return true;
}

bool text_parse_time(const char *text, int64_t now, int64_t *out)
{
    int64_t back;
    if (text_parse_duration(text, &back)) {
        *out = now - back;
        return true;
    }
    struct tm tm = {.tm_isdst = -1};
    int offset = 0;
    if (!take_date(&text, &tm))
        return false;
    if (*text == '\0') {
        *out = text_day_begin(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
        return true;
    }
    if (!take_char(&text, "Tt ") || !take_clock(&text, &tm, &offset) || *text != '\0')
        return false;
    *out = (int64_t)timegm(&tm) - offset;
    return true;
}

bool text_parse_until(const char *text, int64_t now, int64_t *out)
{
    int64_t ahead;
    if (!text_parse_duration(text, &ahead))
        return text_parse_time(text, now, out);
    *out = now + ahead;
    return true;
}

#define DAYS_KNOWN 16 /* a power of two */
#define ZONE_MAX 64

int64_t text_day_begin(int year, int month, int day)
{
    static struct {
        int year, month, day;
        int64_t begin;
    } known[DAYS_KNOWN];
    static char zone[ZONE_MAX];
    const char *tz = getenv("TZ");
    size_t at = (size_t)(year + month * 31 + day) & (DAYS_KNOWN - 1);
    struct tm tm = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day, .tm_isdst = -1};
    if (tz == NULL)
        tz = "";
    if (strcmp(tz, zone) != 0) {
        memset(known, 0, sizeof known);
        (void)snprintf(zone, sizeof zone, "%s", tz);
    }
    if (known[at].year == year && known[at].month == month && known[at].day == day)
        return known[at].begin;
    known[at].year = year;
    known[at].month = month;
    known[at].day = day;
    known[at].begin = mktime(&tm);
    return known[at].begin;
}
