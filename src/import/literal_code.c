/* SPDX-License-Identifier: ISC */
#include "import/literal_code.h"

#include <string.h>

#include "base/text.h"
#include "import/charset.h"

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80);
}

static bool is_name(char c)
{
    return is_letter(c) || (c >= '0' && c <= '9');
}

/* ---- prefixes ---- */

static bool is_one_of(char c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

static bool is_quote(char c)
{
    return c == '\'' || c == '"';
}

/* r, b, u, f and pairs of them. */
static size_t python_prefix(const char *at, const char *end)
{
    size_t n = 0;
    while (n < 3 && at + n < end && is_one_of(at[n], "rRbBuUfFtT"))
        n++;
    return n < 3 && at + n < end && is_quote(at[n]) ? n : 0;
}

/* The length of "<<<" or "<<~" and the name of a heredoc; 0: it is none. */
static size_t heredoc(const char *at, const char *end, enum code_language language,
                      const char **name, size_t *len)
{
    const char *from = at + (language == CODE_PHP ? 3 : 2), *to;
    if (end - at < 4 || memcmp(at, "<<<", (size_t)(from - at)) != 0)
        return 0;
    if (language == CODE_RUBY && is_one_of(*from, "~-"))
        from++;
    while (language == CODE_PHP && from < end && is_one_of(*from, " \t"))
        from++;
    bool quoted = from < end && is_quote(*from);
    from += quoted;
    for (to = from; to < end && is_name(*to); to++)
        continue;
    bool is_capital = language == CODE_PHP || (from < end && *from >= 'A' && *from <= 'Z');
    if (to == from || !is_capital || (quoted && (to == end || !is_quote(*to))))
        return 0;
    *name = from;
    *len = (size_t)(to - from);
    return (size_t)(to - at) + quoted;
}

bool literal_code_begins(const char *at, const char *end, enum code_language language)
{
    const char *name;
    size_t len;
    if (is_quote(*at) || (*at == '`' && language != CODE_PYTHON))
        return true;
    if (language == CODE_PYTHON)
        return python_prefix(at, end) > 0;
    if (*at == '<')
        return heredoc(at, end, language, &name, &len) > 0;
    return language == CODE_RUBY && *at == '%' && end - at > 2 && is_one_of(at[1], "qQwWiI") &&
           is_one_of(at[2], "([{<|!/");
}

/* ---- escapes, decoded in place ---- */

struct decoder {
    char *at, *end, *out;
    bool computed;
};

/* Digits of hex or octal at d->at, at most `most`; how many there were. */
static size_t digits(struct decoder *d, unsigned base, size_t most, uint32_t *value)
{
    size_t n = 0;
    for (*value = 0; n < most && d->at < d->end; n++, d->at++) {
        int digit = text_hex_value(*d->at);
        if (digit < 0 || (unsigned)digit >= base)
            break;
        *value = *value * base + (uint32_t)digit;
    }
    return n;
}

/* A character by its number; as a byte where the language means that. */
static void put_number(struct decoder *d, uint32_t value, size_t found, size_t least, bool byte)
{
    bool good =
        found >= least && value != 0 && value <= 0x10FFFF && (value < 0xD800 || value > 0xDFFF);
    if (!good)
        d->computed = true;
    else if (byte)
        *d->out++ = (char)value;
    else
        d->out += charset_put(d->out, value);
}

/* Behind the backslash and `c`. False: it is no escape. */
static bool numbered(struct decoder *d, char c, enum code_language language)
{
    uint32_t value;
    bool byte = language != CODE_PYTHON;
    size_t n;
    if (c >= '0' && c <= '7') {
        d->at--;
        n = digits(d, 8, 3, &value);
        put_number(d, value, n, 1, byte && value < 256);
    } else if (c == 'x') {
        n = digits(d, 16, 2, &value);
        put_number(d, value, n, language == CODE_PYTHON ? 2 : 1, byte);
    } else if (c == 'u' && d->at < d->end && *d->at == '{' && byte) {
        d->at++;
        n = digits(d, 16, 6, &value);
        put_number(d, value, d->at < d->end && *d->at == '}' ? n : 0, 1, false);
        d->at += d->at < d->end;
    } else if ((c == 'u' && language != CODE_PHP) || (c == 'U' && language == CODE_PYTHON)) {
        size_t most = c == 'u' ? 4 : 8;
        n = digits(d, 16, most, &value);
        put_number(d, value, n, most, false);
    } else {
        return false;
    }
    return true;
}

struct letters {
    const char *from, *to;
    bool keeps; /* before another character the backslash stays */
};
static const struct letters letters_of[] = {
    [CODE_PHP] = {"ntrvef\\$\"", "\n\t\r\v\x1b\f\\$\"", true},
    [CODE_PYTHON] = {"ntrvabf\\'\"", "\n\t\r\v\a\b\f\\'\"", true},
    [CODE_RUBY] = {"ntrvabfes\\\"'#", "\n\t\r\v\a\b\f\x1b \\\"'#", false},
};

static void escape(struct decoder *d, enum code_language language)
{
    const struct letters *l = &letters_of[language];
    char c = *d->at++;
    const char *which = c ? strchr(l->from, c) : NULL;
    if (which)
        *d->out++ = l->to[which - l->from];
    else if (c == '\n' && language != CODE_PHP)
        return;
    else if (is_one_of(c, language == CODE_PYTHON ? "N" : language == CODE_RUBY ? "cCM" : ""))
        d->computed = true;
    else if (!numbered(d, c, language)) {
        if (l->keeps)
            *d->out++ = '\\';
        *d->out++ = c;
    }
}

static bool interpolates(const char *at, const char *end, enum code_language language)
{
    if (end - at < 2)
        return false;
    if (language == CODE_PHP)
        return (*at == '$' && (is_letter(at[1]) || at[1] == '{')) || (*at == '{' && at[1] == '$');
    return language == CODE_RUBY && *at == '#' && is_one_of(at[1], "{$@");
}

/* From between the quotes; single: only they and the backslash are escaped. */
static void decode(struct literal *v, bool single, enum code_language language)
{
    struct decoder d = {v->text, v->text + v->len, v->text, false};
    single = single && language != CODE_PYTHON;
    while (d.at < d.end) {
        if (*d.at == '\\' && d.at + 1 < d.end) {
            d.at++;
            if (!single) {
                escape(&d, language);
                continue;
            }
            if (!is_one_of(*d.at, "\\'"))
                *d.out++ = '\\';
        } else if (!single && interpolates(d.at, d.end, language)) {
            d.computed = true;
        }
        *d.out++ = *d.at++;
    }
    v->len = (size_t)(d.out - v->text);
    if (d.computed)
        v->state = SETTING_COMPUTED;
}

/* ---- strings ---- */

/* Where `quote`, of `n` characters, ends what begins at `at`; NULL. A backslash saves the next. */
static char *find_end(char *at, char *end, const char *quote, size_t n, bool one_line)
{
    for (; at < end && !(one_line && *at == '\n'); at++) {
        if (*at == '\\' && at + 1 < end && !(one_line && at[1] == '\n'))
            at++;
        else if (*at == *quote && (size_t)(end - at) >= n && memcmp(at, quote, n) == 0)
            return at;
    }
    return NULL;
}

static void open_end(struct literal *v, char *end)
{
    char *feed = memchr(v->begin, '\n', (size_t)(end - v->begin));
    v->state = SETTING_OPEN;
    v->text = v->begin;
    v->len = 0;
    v->end = feed ? feed : end;
}

/* Lines up to one that has the heredoc's name alone, or begins with it. */
static char *heredoc_end(char *at, char *end, const char *name, size_t len)
{
    while (at < end) {
        char *feed = memchr(at, '\n', (size_t)(end - at)), *stop = feed ? feed : end;
        while (at < stop && is_one_of(*at, " \t"))
            at++;
        if ((size_t)(stop - at) >= len && memcmp(at, name, len) == 0 &&
            (at + len == stop || !is_name(at[len])))
            return at + len;
        at = feed ? feed + 1 : end;
    }
    return end;
}

static unsigned lines_in(const char *at, const char *end)
{
    unsigned lines = 0;
    for (; at < end; at++)
        lines += *at == '\n';
    return lines;
}

static bool read_heredoc(struct code_string *s, char *at, char *end, enum code_language language)
{
    const char *name;
    size_t len, n = *at == '<' ? heredoc(at, end, language, &name, &len) : 0;
    if (n == 0)
        return false;
    char *feed = memchr(at, '\n', (size_t)(end - at));
    char *stop = heredoc_end(feed ? feed + 1 : end, end, name, len);
    s->value.state = SETTING_COMPUTED;
    /* PHP goes on behind the name at its end, Ruby behind the one at its begin. */
    s->value.end = language == CODE_PHP ? stop : at + n;
    s->body = language == CODE_PHP ? NULL : stop;
    s->value.lines = lines_in(at, s->value.end);
    return true;
}

/* %q(...): it is passed over, brackets in it included. */
static void skip_percent(struct literal *v, char *end)
{
    static const char open[] = "([{<", close[] = ")]}>";
    const char *which = strchr(open, v->begin[2]);
    char opens = v->begin[2], closes = which ? close[which - open] : opens;
    unsigned depth = 1;
    char *at = v->begin + 3;
    for (; at < end && *at != '\n' && depth > 0; at++) {
        if (*at == closes)
            depth--;
        else if (*at == opens)
            depth++;
    }
    v->state = SETTING_COMPUTED;
    v->end = at;
}

void literal_code(struct code_string *s, char *at, char *end, enum code_language language)
{
    struct literal *v = &s->value;
    *v = (struct literal){.text = at, .begin = at, .end = at};
    s->body = NULL;
    if (read_heredoc(s, at, end, language))
        return;
    if (*at == '%') {
        skip_percent(v, end);
        return;
    }
    size_t prefix = language == CODE_PYTHON ? python_prefix(at, end) : 0, n = 1;
    char *quote = at + prefix;
    if (language == CODE_PYTHON && end - quote >= 3 && quote[1] == *quote && quote[2] == *quote)
        n = 3;
    bool one_line = n == 1 && language != CODE_PHP;
    bool *hopeless = &s->hopeless[(*quote == '"') + (n == 3 ? 2 : 0)];
    char *stop = *hopeless ? NULL : find_end(quote + n, end, quote, n, one_line);
    if (!stop) {
        *hopeless = !one_line && *quote != '`';
        open_end(v, end);
        return;
    }
    v->text = quote + n;
    v->len = (size_t)(stop - v->text);
    v->end = stop + n;
    v->lines = lines_in(at, stop);
    for (size_t i = 0; i < prefix; i++)
        if (is_one_of(at[i], "bBfFtT"))
            v->state = SETTING_COMPUTED;
    bool raw = prefix > 0 && (memchr(at, 'r', prefix) || memchr(at, 'R', prefix));
    if (*quote == '`')
        v->state = SETTING_COMPUTED;
    else if (!raw)
        decode(v, *quote == '\'', language);
}
