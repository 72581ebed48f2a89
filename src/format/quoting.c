/* SPDX-License-Identifier: ISC */
#include "format/quoting.h"

#include <sodium.h>
#include <string.h>

#include "base/text.h"
#include "format/quoting_rows.h"

/* ---- by the byte ---- */

enum sv_status quote_raw(struct sink *out, const char *target, struct value v, struct sv_err *err)
{
    enum sv_status st = escape_refuse(target, v, LINE_ENDS, err);

    if (st == SV_OK) {
        sink_put(out, v.bytes, v.len);
    }
    return st;
}

/* Of a syntax that can say all but a NUL. */
static enum sv_status put_whole(struct sink *out, const char *target, struct value v,
                                void (*put)(struct sink *out, struct value v), struct sv_err *err)
{
    enum sv_status st = escape_refuse(target, v, "", err);

    if (st == SV_OK) {
        put(out, v);
    }
    return st;
}

enum sv_status quote_shell(struct sink *out, const char *target, struct value v, struct sv_err *err)
{
    return put_whole(out, target, v, escape_single, err);
}

enum sv_status quote_url(struct sink *out, const char *target, struct value v, struct sv_err *err)
{
    return put_whole(out, target, v, escape_percent, err);
}

/* decodeURIComponent() of JavaScript fails on other bytes. */
enum sv_status quote_utf8_url(struct sink *out, const char *target, struct value v,
                              struct sv_err *err)
{
    enum sv_status st = escape_refuse_not_utf8(target, v, err);

    return st == SV_OK ? quote_url(out, target, v, err) : st;
}

static enum sv_status refuse_not_ascii(const char *target, struct value v, struct sv_err *err)
{
    for (size_t i = 0; i < v.len; i++) {
        if (v.bytes[i] >= 0x80) {
            return escape_refuse_at(target, v, i, err);
        }
    }
    return SV_OK;
}

enum sv_status quote_ascii_url(struct sink *out, const char *target, struct value v,
                               struct sv_err *err)
{
    enum sv_status st = refuse_not_ascii(target, v, err);

    return st == SV_OK ? quote_url(out, target, v, err) : st;
}

enum sv_status quote_base64(struct sink *out, const char *target, struct value v,
                            struct sv_err *err)
{
    (void)target;
    (void)err;
    for (size_t i = 0; i < v.len; i += 3) {
        char four[5];
        size_t len = v.len - i < 3 ? v.len - i : 3;

        sodium_bin2base64(four, sizeof(four), v.bytes + i, len, sodium_base64_VARIANT_ORIGINAL);
        sink_put(out, four, 4);
        sodium_memzero(four, sizeof(four));
    }
    return SV_OK;
}

enum sv_status quote_base64_text(struct sink *out, const char *target, struct value v,
                                 struct sv_err *err)
{
    enum sv_status st = escape_refuse(target, v, "", err);

    return st == SV_OK ? quote_base64(out, target, v, err) : st;
}

enum sv_status quote_c(struct sink *out, const char *target, struct value v, struct sv_err *err)
{
    return put_whole(out, target, v, escape_c, err);
}

/* '...' where a backslash stands before itself and the single quote, before nothing else. */
static void put_single(struct sink *out, struct value v)
{
    sink_puts(out, "'");
    for (size_t i = 0; i < v.len; i++) {
        if (v.bytes[i] == '\\' || v.bytes[i] == '\'') {
            sink_puts(out, "\\");
        }
        sink_put(out, &v.bytes[i], 1);
    }
    sink_puts(out, "'");
}

enum sv_status quote_php(struct sink *out, const char *target, struct value v, struct sv_err *err)
{
    return put_whole(out, target, v, put_single, err);
}

/* Ruby takes a file for UTF-8. */
enum sv_status quote_ruby(struct sink *out, const char *target, struct value v, struct sv_err *err)
{
    enum sv_status st = escape_refuse(target, v, "", err);

    if (st == SV_OK) {
        st = escape_refuse_not_utf8(target, v, err);
    }
    if (st == SV_OK) {
        put_single(out, v);
    }
    return st;
}

/* What a backslash in '...' means depends on the server's sql_mode; X'...' is the same in all. */
static void put_sql(struct sink *out, struct value v)
{
    static const char digits[] = "0123456789abcdef";
    bool in_hex = memchr(v.bytes, '\\', v.len) != NULL;

    sink_puts(out, in_hex ? "X'" : "'");
    for (size_t i = 0; i < v.len; i++) {
        if (in_hex) {
            sink_put(out, &digits[v.bytes[i] >> 4], 1);
            sink_put(out, &digits[v.bytes[i] & 15], 1);
        } else {
            sink_put(out, &v.bytes[i], 1);
            sink_put(out, "'", v.bytes[i] == '\'');
        }
    }
    sink_puts(out, "'");
}

enum sv_status quote_sql(struct sink *out, const char *target, struct value v, struct sv_err *err)
{
    enum sv_status st = escape_refuse_not_utf8(target, v, err);

    return st == SV_OK ? put_whole(out, target, v, put_sql, err) : st;
}

/* ---- by the character ---- */

/* The character at bytes[*at], which are UTF-8; moves *at behind it. */
static uint32_t next_character(struct value v, size_t *at)
{
    uint32_t c = 0;

    *at += text_decode(v.bytes + *at, v.len - *at, &c);
    return c;
}

/* What some reader takes for a line end, a control or no character. */
static bool is_odd(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x2028 || c == 0x2029 || c == 0xfeff ||
           c == 0xfffe || c == 0xffff;
}

static void put_letter(struct sink *out, char letter)
{
    char pair[2] = {'\\', letter};

    sink_put(out, pair, sizeof(pair));
}

static void put_hex(struct sink *out, const char *before, uint32_t c, size_t digits)
{
    static const char hex[] = "0123456789abcdef";

    sink_puts(out, before);
    while (digits-- > 0) {
        sink_put(out, &hex[c >> 4 * digits & 15], 1);
    }
}

enum sv_status quoting_double(struct sink *out, const char *target, struct value v,
                              const char *pairs, struct sv_err *err)
{
    enum sv_status st = escape_refuse(target, v, "", err);

    if (st != SV_OK || (st = escape_refuse_not_utf8(target, v, err)) != SV_OK) {
        return st;
    }
    sink_puts(out, "\"");
    for (size_t at = 0; at < v.len;) {
        size_t from = at;
        uint32_t c = next_character(v, &at);
        const char *pair = pairs;

        while (*pair && (uint8_t)*pair != c) {
            pair += 2;
        }
        if (*pair && pair[1] != 'u') {
            put_letter(out, pair[1]);
        } else if (*pair || is_odd(c)) {
            put_hex(out, "\\u", c, 4);
        } else {
            sink_put(out, v.bytes + from, at - from);
        }
    }
    sink_puts(out, "\"");
    return SV_OK;
}

enum sv_status quote_json(struct sink *out, const char *target, struct value v, struct sv_err *err)
{
    return quoting_double(out, target, v, QUOTING_JSON_PAIRS, err);
}

enum sv_status quote_yaml(struct sink *out, const char *target, struct value v, struct sv_err *err)
{
    return quoting_double(out, target, v, QUOTING_JSON_PAIRS, err);
}

enum sv_status quote_toml(struct sink *out, const char *target, struct value v, struct sv_err *err)
{
    return quoting_double(out, target, v, QUOTING_JSON_PAIRS, err);
}

/* A template begins with ${ or %{, and doubling the first character ends it. */
enum sv_status quote_hcl(struct sink *out, const char *target, struct value v, struct sv_err *err)
{
    enum sv_status st = escape_refuse(target, v, "", err);

    if (st != SV_OK || (st = escape_refuse_not_utf8(target, v, err)) != SV_OK) {
        return st;
    }
    sink_puts(out, "\"");
    for (size_t at = 0; at < v.len;) {
        size_t from = at;
        uint32_t c = next_character(v, &at);

        if (c == '"' || c == '\\') {
            put_letter(out, (char)c);
        } else if (is_odd(c)) {
            put_hex(out, "\\u", c, 4);
        } else {
            bool template = (c == '$' || c == '%') && at < v.len && v.bytes[at] == '{';
            sink_put(out, v.bytes + from, template ? 1 : 0);
            sink_put(out, v.bytes + from, at - from);
        }
    }
    sink_puts(out, "\"");
    return SV_OK;
}

enum sv_status quote_python(struct sink *out, const char *target, struct value v,
                            struct sv_err *err)
{
    enum sv_status st = escape_refuse(target, v, "", err);

    if (st != SV_OK || (st = escape_refuse_not_utf8(target, v, err)) != SV_OK) {
        return st;
    }
    sink_puts(out, "'");
    for (size_t at = 0; at < v.len;) {
        size_t from = at;
        uint32_t c = next_character(v, &at);

        if (c == '\'' || c == '\\') {
            put_letter(out, (char)c);
        } else if (is_odd(c)) {
            put_hex(out, "\\u", c, 4);
        } else {
            sink_put(out, v.bytes + from, at - from);
        }
    }
    sink_puts(out, "'");
    return SV_OK;
}

enum sv_status quote_python_ascii(struct sink *out, const char *target, struct value v,
                                  struct sv_err *err)
{
    enum sv_status st = refuse_not_ascii(target, v, err);

    return st == SV_OK ? quote_python(out, target, v, err) : st;
}

/* java.util.Properties.load reads ISO 8859-1, so all beyond ASCII is \uXXXX, in UTF-16. */
enum sv_status quote_properties(struct sink *out, const char *target, struct value v,
                                struct sv_err *err)
{
    enum sv_status st = escape_refuse(target, v, "", err);

    if (st != SV_OK || (st = escape_refuse_not_utf8(target, v, err)) != SV_OK) {
        return st;
    }
    for (size_t at = 0; at < v.len;) {
        bool first = at == 0;
        uint32_t c = next_character(v, &at);

        if (strchr("\\:=#!", (int)(c & 0x7f)) && c < 0x80 && c != 0) {
            put_letter(out, (char)c);
        } else if (c == ' ' && first) {
            put_letter(out, ' ');
        } else if (c > 0xffff) {
            put_hex(out, "\\u", 0xd800 + ((c - 0x10000) >> 10), 4);
            put_hex(out, "\\u", 0xdc00 + ((c - 0x10000) & 0x3ff), 4);
        } else if (c < 0x20 || c > 0x7e) {
            put_hex(out, "\\u", c, 4);
        } else {
            char byte = (char)c;
            sink_put(out, &byte, 1);
        }
    }
    return SV_OK;
}

/* XML 1.0 section 2.2 has no control characters but tab and line ends, escaped neither. */
static bool is_not_xml(uint32_t c)
{
    return (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0xfffe || c == 0xffff;
}

static const char *xml_entity(uint32_t c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    case '\t':
        return "&#9;";
    case '\n':
        return "&#10;";
    case '\r':
        return "&#13;";
    default:
        return NULL;
    }
}

enum sv_status quote_xml(struct sink *out, const char *target, struct value v, struct sv_err *err)
{
    enum sv_status st = escape_refuse_not_utf8(target, v, err);

    if (st != SV_OK) {
        return st;
    }
    for (size_t at = 0; at < v.len;) {
        size_t from = at;
        uint32_t c = next_character(v, &at);
        const char *entity = xml_entity(c);

        if (is_not_xml(c)) {
            return escape_refuse_at(target, v, from, err);
        }
        sink_put(out, entity ? (const uint8_t *)entity : v.bytes + from,
                 entity ? strlen(entity) : at - from);
    }
    return SV_OK;
}

/* ---- by name ---- */

#define QUOTING(id, word, is_quoted, about) \
    const struct quoting quoting_##id = {   \
        .name = word, .title = about, .quotes = is_quoted, .write = quote_##id};
#include "format/quotings.def"
#undef QUOTING

const struct quoting *const quotings[] = {
#define QUOTING(id, word, is_quoted, about) &quoting_##id,
#include "format/quotings.def"
#undef QUOTING
};
const size_t quoting_count = sizeof(quotings) / sizeof(quotings[0]);

const struct quoting *quoting_find(const char *name)
{
    for (size_t i = 0; i < quoting_count; i++) {
        if (strcmp(quotings[i]->name, name) == 0) {
            return quotings[i];
        }
    }
    return NULL;
}
