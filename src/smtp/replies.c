/* SPDX-License-Identifier: ISC */
#include "smtp/replies.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

const struct reply replies[] = {
#define REPLY(host, code, enhanced, words, verdict, cause, advice) \
    {host, code, enhanced, words, SMTP_##verdict, cause, advice},
#include "smtp/replies.def"
#undef REPLY
};
const size_t reply_count = sizeof(replies) / sizeof(replies[0]);

static bool host_fits(const char *host, const char *end)
{
    size_t n = strlen(end), len = strlen(host);
    return n <= len && strcasecmp(host + len - n, end) == 0;
}

static bool code_fits(uint16_t code, uint16_t row)
{
    return row == 0 || row == code || (row < 10 && row == code / 100);
}

const struct reply *reply_find(const char *host, uint16_t code, const char *enhanced,
                               const char *text)
{
    if (code < 400)
        return NULL;
    for (size_t i = 0; i < reply_count; i++) {
        const struct reply *r = &replies[i];
        if (!code_fits(code, r->code) || !host_fits(host, r->host))
            continue;
        if (r->enhanced[0] != '\0' && strcmp(r->enhanced, enhanced) != 0)
            continue;
        if (strcasestr(text, r->words) != NULL)
            return r;
    }
    return NULL;
}

static size_t digits(const char *text, size_t max)
{
    size_t n = 0;
    while (n < max && isdigit((unsigned char)text[n]))
        n++;
    return n;
}

char *reply_enhanced(char dst[16], const char *text)
{
    dst[0] = '\0';
    if (*text == '#')
        text++;
    if (strchr("245", text[0]) == NULL || text[0] == '\0' || text[1] != '.')
        return dst;
    size_t subject = digits(text + 2, 3);
    if (subject == 0 || text[2 + subject] != '.')
        return dst;
    size_t detail = digits(text + 3 + subject, 3);
    size_t len = 3 + subject + detail;
    if (detail == 0 || isdigit((unsigned char)text[len]))
        return dst;
    memcpy(dst, text, len);
    dst[len] = '\0';
    return dst;
}
