/* SPDX-License-Identifier: ISC */
#include "import/words.h"

#include <string.h>

#include "base/text.h"

struct decoder {
    const struct word_rules *rules;
    char *at, *end;  /* what is read */
    char *to, *kept; /* what is written, and how far blanks are no longer an end */
    char quote;
    struct word *word;
};

static bool has(const char *set, char c)
{
    return set && c != '\0' && strchr(set, c);
}

/* A line that was joined to the next. */
static bool skip_join(struct decoder *d)
{
    char *at = d->at;
    if (*at++ != '\\')
        return false;
    if (at < d->end && *at == '\r')
        at++;
    if (at == d->end || *at != '\n')
        return false;
    d->at = at + 1;
    return true;
}

static void put(struct decoder *d, char c)
{
    *d->to++ = c;
    if (d->quote || !span_is_blank(c))
        d->kept = d->to;
}

/* ---- backslashes ---- */

static const struct word_escapes *escapes_now(const struct decoder *d)
{
    return d->quote == '\'' ? d->rules->single : d->quote ? d->rules->twofold : d->rules->bare;
}

static bool number(struct decoder *d, int base, int least, int most, int *value)
{
    int digits = 0, v = 0;
    for (; d->at + digits < d->end && digits < most; digits++) {
        int digit = text_hex_value(d->at[digits]);
        if (digit < 0 || digit >= base)
            break;
        v = v * base + digit;
    }
    if (digits < least)
        return false;
    d->at += digits;
    *value = v & 0xff;
    return true;
}

/* d->at is behind the backslash, and something is there. */
static void unescape(struct decoder *d, const struct word_escapes *e)
{
    int value;
    char c = *d->at;
    const char *letter = has(e->letters, c) ? e->letters : NULL;
    while (letter && *letter && *letter != c)
        letter += 2;
    if ((e->only && !has(e->only, c)) || (e->own && c != d->quote)) {
        put(d, '\\');
    } else if (e->octal && number(d, 8, e->octal, 3, &value)) {
        put(d, (char)value);
        return;
    } else if (e->hex && c == 'x' && d->end - d->at > 1 && text_hex_value(d->at[1]) >= 0) {
        d->at++;
        put(d, number(d, 16, 1, 2, &value) ? (char)value : 'x');
        return;
    } else if (letter && *letter) {
        c = letter[1];
    }
    d->at++;
    put(d, c);
}

/* ---- what a tool would evaluate ---- */

/* Up to the backtick that ends it, as it stands. */
static void command(struct decoder *d)
{
    d->word->asks = true;
    put(d, '`');
    while (d->at < d->end) {
        char c = *d->at++;
        put(d, c);
        if (c == '`')
            return;
    }
    d->word->open = true;
}

static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static bool begins_name(const struct decoder *d)
{
    bool digit = d->at < d->end && *d->at >= '0' && *d->at <= '9';
    return d->at < d->end && is_name(*d->at) && (!digit || d->rules->numbers);
}

static void variable(struct decoder *d)
{
    struct word *w = d->word;
    char *from = d->to;
    bool brace = d->at < d->end && *d->at == '{';
    put(d, '$');
    if (brace)
        put(d, *d->at++);
    while ((brace || begins_name(d) || d->to > from + 1) && d->at < d->end &&
           (is_name(*d->at) || (brace && *d->at != '}' && *d->at != '\n')))
        put(d, *d->at++);
    if (brace && d->at < d->end && *d->at == '}')
        put(d, *d->at++);
    size_t len = (size_t)(d->to - from);
    if (len == 1 && (d->at == d->end || !has("('\"{", *d->at)))
        return; /* a dollar sign */
    if (len == 1 || w->ref_count == WORD_REFS)
        w->asks = true;
    else
        w->refs[w->ref_count++] = (struct span){from, len};
}

/* ---- a word ---- */

/* false: it ends here. */
static bool step(struct decoder *d, const char *begin)
{
    const struct word_rules *r = d->rules;
    if (skip_join(d))
        return true;
    char c = *d->at;
    if (!d->quote && ((!r->whole && span_is_blank(c)) || has(r->ends, c)))
        return false;
    d->at++;
    const struct word_escapes *e = escapes_now(d);
    bool saved = d->at < d->end && !(r->hard && d->quote && *d->at == d->quote);
    if (c == '\\' && e && saved) {
        unescape(d, e);
    } else if (d->quote && c == d->quote) {
        d->quote = '\0';
        d->kept = d->to;
        return r->within;
    } else if (!d->quote && has(r->quotes, c) && (r->within || d->at == begin + 1)) {
        d->quote = c;
    } else if (r->evaluates && d->quote != '\'' && c == '`') {
        command(d);
    } else if (r->evaluates && d->quote != '\'' && c == '$') {
        variable(d);
    } else {
        put(d, c);
    }
    return true;
}

bool word_next(const struct word_rules *rules, struct span *rest, struct word *out)
{
    struct decoder d = {rules, rest->at, rest->at + rest->len, NULL, NULL, '\0', out};
    *out = (struct word){.open = false};
    while (d.at < d.end && (skip_join(&d) || span_is_blank(*d.at)))
        d.at += d.at < d.end && span_is_blank(*d.at);
    char *begin = d.at;
    bool any = d.at < d.end && !has(rules->ends, *d.at);
    d.to = d.kept = begin;
    while (any && d.at < d.end && step(&d, begin))
        continue;
    out->open = out->open || d.quote;
    out->text = (struct span){begin, (size_t)((rules->whole ? d.kept : d.to) - begin)};
    out->place = (struct span){begin, (size_t)(d.at - begin)};
    *rest = (struct span){d.at, (size_t)(d.end - d.at)};
    return any;
}
