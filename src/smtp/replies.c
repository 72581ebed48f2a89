/* SPDX-License-Identifier: ISC */
#include "smtp/replies.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

/* What many rows advise. */
#define STORE "smtpvault edit {name} --password-from tty"
#define STORE_APP "smtpvault edit {name} --kind app-password --password-from tty"
#define USE_OAUTH "smtpvault login {name} --client-id ID"
#define RENEW "smtpvault login {name}; a token of your own: " STORE

const struct reply replies[] = {
#define REPLY(place, at, code, enhanced, words, verdict, who, cause, advice, source) \
    {PLACE_##place,  AT_##at,       code,  enhanced, words,                          \
     SMTP_##verdict, SMTP_BY_##who, cause, advice,   source},
#include "smtp/replies.def"
#undef REPLY
};
const size_t reply_count = sizeof(replies) / sizeof(replies[0]);

const struct place places[] = {
    [PLACE_ANY] = {"", ""},
#define PLACE(name, ids, hosts) [PLACE_##name] = {ids, hosts},
#include "smtp/places.def"
#undef PLACE
};
const size_t place_count = sizeof(places) / sizeof(places[0]);

/* ---- whose server it is ---- */

static bool ends_host(const char *end, size_t len, const char *host)
{
    size_t n = strlen(host);
    if (n < len || strncasecmp(host + n - len, end, len) != 0)
        return false;
    return n == len || host[n - len - 1] == '.';
}

static bool ends_any(const char *ends, const char *host)
{
    for (const char *at = ends; *at != '\0'; at += strspn(at, " ")) {
        size_t len = strcspn(at, " ");
        if (ends_host(at, len, host))
            return true;
        at += len;
    }
    return false;
}

bool place_fits(enum reply_place place, const char *provider, const char *host)
{
    if (place == PLACE_ANY)
        return true;
    return text_has_word(places[place].ids, provider, strlen(provider)) ||
           ends_any(places[place].hosts, host);
}

/* ---- words ---- */

/* The text behind the first `len` bytes of `word` in it, or NULL. */
static const char *behind(const char *text, const char *word, size_t len)
{
    if (strlen(text) < len)
        return NULL;
    for (const char *last = text + strlen(text) - len; text <= last; text++)
        if (strncasecmp(text, word, len) == 0)
            return text + len;
    return NULL;
}

static bool alternative_fits(const char *words, size_t len, const char *text)
{
    const char *end = words + len;
    if (len > 0 && *words == '^') {
        size_t first = strcspn(++words, "~|");
        if (strncasecmp(text, words, first) != 0)
            return false;
    }
    for (const char *at = text; words < end; words++) {
        size_t n = 0;
        while (words + n < end && words[n] != '~')
            n++;
        at = behind(at, words, n);
        if (at == NULL)
            return false;
        words += n;
    }
    return true;
}

bool words_fit(const char *pattern, const char *text)
{
    for (;;) {
        size_t len = strcspn(pattern, "|");
        if (alternative_fits(pattern, len, text))
            return true;
        if (pattern[len] == '\0')
            return false;
        pattern += len + 1;
    }
}

/* ---- the row ---- */

static bool code_fits(uint16_t code, uint16_t row)
{
    return row == 0 || row == code || (row < 10 && row == code / 100);
}

const struct reply *reply_find(const struct smtp_target *target, enum reply_at at, uint16_t code,
                               const char *enhanced, const char *text)
{
    if (code < 400 && !(at == AT_TOKEN && code == 334))
        return NULL;
    for (size_t i = 0; i < reply_count; i++) {
        const struct reply *r = &replies[i];
        if ((r->at & (unsigned)at) == 0 || !code_fits(code, r->code))
            continue;
        if (r->enhanced[0] != '\0' && strcmp(r->enhanced, enhanced) != 0)
            continue;
        if (place_fits(r->place, target->provider, target->host) && words_fit(r->words, text))
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
