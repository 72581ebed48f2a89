/* SPDX-License-Identifier: ISC */
/*
 * When a certificate ends, read from the two forms in which libcurl's TLS
 * backends tell it. Not strptime(3): its month names follow the locale.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "smtp/classify.h"

static int month_of(const char *name)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    for (int i = 0; i < 12; i++)
        if (strncmp(months + 3 * i, name, 3) == 0)
            return i;
    return -1;
}

bool certificate_time(const char *text, int64_t *out)
{
    struct tm tm = {0};
    char month[4] = "";
    int year = 0, number = 0;
    if (sscanf(text, "%3s %2d %2d:%2d:%2d %4d GMT", month, &tm.tm_mday, &tm.tm_hour, &tm.tm_min,
               &tm.tm_sec, &year) == 6)
        tm.tm_mon = month_of(month);
    else if (sscanf(text, "%4d-%2d-%2d %2d:%2d:%2d", &year, &number, &tm.tm_mday, &tm.tm_hour,
                    &tm.tm_min, &tm.tm_sec) == 6)
        tm.tm_mon = number - 1;
    else
        return false;
    if (tm.tm_mon < 0 || tm.tm_mon > 11 || tm.tm_mday < 1 || tm.tm_mday > 31 || tm.tm_hour < 0 ||
        tm.tm_hour > 23 || tm.tm_min < 0 || tm.tm_min > 59 || tm.tm_sec < 0 || tm.tm_sec > 60 ||
        year < 1970 || year > 9999)
        return false;
    tm.tm_year = year - 1900;
    *out = (int64_t)timegm(&tm);
    return true;
}
