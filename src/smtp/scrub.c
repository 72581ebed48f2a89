/* SPDX-License-Identifier: ISC */
#include "smtp/scrub.h"

#include <ctype.h>
#include <sodium.h>
#include <string.h>

#include "base/text.h"

/* A secret shorter than this would match by chance, in "535" or "the". */
#define REPEAT_MIN 4
/* Shorter runs are words, host labels and codes. */
#define ID_MIN 12
#define BASE64_MIN 24

struct token {
    const char *at;
    size_t len;
};

static bool is_separator(char c)
{
    return c == '\0' || strchr(" \t<>()[]{}\"'`,;", c) != NULL;
}

static bool has(struct token t, char c)
{
    return memchr(t.at, c, t.len) != NULL;
}

static bool is_made_of(struct token t, const char *alphabet)
{
    for (size_t i = 0; i < t.len; i++)
        if (strchr(alphabet, t.at[i]) == NULL || t.at[i] == '\0')
            return false;
    return t.len > 0;
}

static size_t count_of(struct token t, char c)
{
    size_t n = 0;
    for (size_t i = 0; i < t.len; i++)
        n += t.at[i] == c;
    return n;
}

static bool is_address(struct token t)
{
    const char *at = memchr(t.at, '@', t.len);
    return at != NULL && at > t.at && at + 1 < t.at + t.len;
}

static bool is_ip(struct token t)
{
    static const char hex[] = "0123456789abcdefABCDEF:.";
    if (is_made_of(t, "0123456789."))
        return count_of(t, '.') == 3 && t.len >= 7;
    size_t colons = count_of(t, ':');
    bool clock = colons == 2 && is_made_of(t, "0123456789:");
    return colons >= 2 && !clock && is_made_of(t, hex);
}

/* Words have no digits amid letters; ids and base64 have plenty. */
static bool is_id(struct token t)
{
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "0123456789+/=_-.";
    if (t.len > 4 && memcmp(t.at, "arn:", 4) == 0)
        return true;
    if (t.len < ID_MIN || !is_made_of(t, alphabet))
        return false;
    size_t digits = 0, upper = 0, lower = 0;
    for (size_t i = 0; i < t.len; i++) {
        digits += isdigit((unsigned char)t.at[i]) != 0;
        upper += isupper((unsigned char)t.at[i]) != 0;
        lower += islower((unsigned char)t.at[i]) != 0;
    }
    if (digits >= 4)
        return true;
    return t.len >= BASE64_MIN && !has(t, '.') && digits > 0 && upper > 0 && lower > 0;
}

/* "https://host/path?p=Word": help worth keeping, unless the path or the query
 * carries an id. Returns how much of the link may be shown. */
static size_t link_shown(struct token t)
{
    const char *query = memchr(t.at, '?', t.len);
    size_t path = query != NULL ? (size_t)(query - t.at) : t.len;
    if (query == NULL)
        return path;
    struct token rest = {.at = query + 1, .len = t.len - path - 1};
    bool plain = rest.len < BASE64_MIN && !has(rest, '&') && !has(rest, '@');
    for (size_t i = 0; plain && i < rest.len; i++)
        plain = isalpha((unsigned char)rest.at[i]) || rest.at[i] == '=' || rest.at[i] == '_';
    return plain ? t.len : path;
}

static bool is_link(struct token t)
{
    return t.len > 8 && (memcmp(t.at, "https://", 8) == 0 || memcmp(t.at, "http://", 7) == 0);
}

struct out {
    char *dst;
    size_t capacity, len;
};

static void put(struct out *o, const char *bytes, size_t n)
{
    if (n > o->capacity - 1 - o->len)
        n = o->capacity - 1 - o->len;
    memcpy(o->dst + o->len, bytes, n);
    o->len += n;
}

static void put_mark(struct out *o, const char *mark)
{
    size_t len = strlen(mark);
    bool bracketed = o->len > 0 && o->dst[o->len - 1] == '<';
    put(o, bracketed ? mark + 1 : mark, bracketed ? len - 2 : len);
}

static bool ends_with(struct token t, const char *word, size_t len)
{
    return len > 0 && t.len >= len && memcmp(t.at + t.len - len, word, len) == 0;
}

static void put_token(struct out *o, struct token t, const char *username)
{
    size_t user = strlen(username);
    bool named = ends_with(t, username, user);
    if (is_link(t)) {
        put(o, t.at, link_shown(t));
    } else if (named && (t.len == user || t.at[t.len - user - 1] == '=')) {
        put(o, t.at, t.len - user);
        put_mark(o, "<user>");
    } else if (is_address(t)) {
        put_mark(o, "<address>");
    } else if (is_ip(t)) {
        put_mark(o, "<ip>");
    } else if (is_id(t)) {
        put_mark(o, "<id>");
    } else {
        put(o, t.at, t.len);
    }
}

char *scrub_text(char *dst, size_t capacity, const char *text, const char *username)
{
    char plain[2048];
    text_printable(plain, sizeof(plain), text, strlen(text));
    char shown[2048];
    struct out o = {.dst = shown, .capacity = sizeof(shown)};
    const char *at = plain;
    while (*at != '\0') {
        if (is_separator(*at)) {
            put(&o, at++, 1);
            continue;
        }
        struct token t = {.at = at};
        while (!is_separator(at[t.len]))
            t.len++;
        while (t.len > 1 && strchr(".:!", at[t.len - 1]) != NULL)
            t.len--; /* the sentence's: a token of its own, next */
        put_token(&o, t, username);
        at += t.len;
    }
    shown[o.len] = '\0';
    /* A cut may have split a character: printing again mends that. */
    return text_printable(dst, capacity, shown, o.len);
}

static bool holds_base64(const char *text, const uint8_t *bytes, size_t len)
{
    char encoded[1025];
    size_t need = sodium_base64_encoded_len(len, sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
    if (len > sizeof(encoded) / 4 * 3 || need > sizeof(encoded))
        return false; /* longer than any text that is kept */
    sodium_bin2base64(encoded, sizeof(encoded), bytes, len,
                      sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
    bool found = strstr(text, encoded) != NULL;
    sodium_memzero(encoded, sizeof(encoded));
    return found;
}

bool scrub_repeats_secret(const char *text, const char *username, const struct secret *secret)
{
    const uint8_t *bytes = secret_peek(secret);
    size_t len = secret_len(secret), user = strlen(username);
    uint8_t plain[768];
    if (len < REPEAT_MIN)
        return false;
    if (memmem(text, strlen(text), bytes, len) != NULL || holds_base64(text, bytes, len))
        return true;
    if (user + len + 2 > sizeof(plain))
        return false;
    plain[0] = plain[user + 1] = 0;
    memcpy(plain + 1, username, user);
    memcpy(plain + user + 2, bytes, len);
    bool found = holds_base64(text, plain, user + len + 2);
    sodium_memzero(plain, sizeof(plain));
    return found;
}
