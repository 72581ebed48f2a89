/* SPDX-License-Identifier: ISC */
#include "format/escape.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

struct value value_text(const char *what, const char *text)
{
    const char *t = text ? text : "";

    return (struct value){.bytes = (const uint8_t *)t, .len = strlen(t), .what = what};
}

struct value value_secret(const struct secret *secret)
{
    return (struct value){.bytes = secret ? secret_peek(secret) : (const uint8_t *)"",
                          .len = secret ? secret_len(secret) : 0,
                          .what = "password"};
}

/* ---- refusing ---- */

static const struct {
    uint8_t byte;
    const char *name;
} names[] = {
    {0x00, "null byte"}, {'\t', "tab"},         {'\n', "line feed"},    {'\r', "carriage return"},
    {' ', "blank"},      {'"', "double quote"}, {'\'', "single quote"}, {'`', "backtick"},
    {'\\', "backslash"}, {'$', "dollar sign"},  {'%', "percent sign"},  {':', "colon"},
    {',', "comma"},      {'#', "number sign"},
};

static const char *name_of(uint8_t byte)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (names[i].byte == byte) {
            return names[i].name;
        }
    }
    return byte < 0x20 || byte == 0x7f ? "control character" : "byte";
}

enum sv_status escape_refuse_at(const char *target, struct value v, size_t at, struct sv_err *err)
{
    return sv_fail(err, SV_DATA, "%s cannot hold this %s: %s (0x%02X) at byte %zu", target, v.what,
                   name_of(v.bytes[at]), v.bytes[at], at + 1);
}

enum sv_status escape_refuse(const char *target, struct value v, const char *refused,
                             struct sv_err *err)
{
    for (size_t i = 0; i < v.len; i++) {
        /* strchr finds the NUL that ends `refused`, too: as it should. */
        if (strchr(refused, v.bytes[i])) {
            return escape_refuse_at(target, v, i, err);
        }
    }
    return SV_OK;
}

enum sv_status escape_refuse_not_utf8(const char *target, struct value v, struct sv_err *err)
{
    for (size_t at = 0; at < v.len;) {
        uint32_t c;
        size_t len = text_decode(v.bytes + at, v.len - at, &c);

        if (len == 0) {
            return escape_refuse_at(target, v, at, err);
        }
        at += len;
    }
    return SV_OK;
}

enum sv_status escape_refuse_long(const char *target, struct value v, size_t limit,
                                  struct sv_err *err)
{
    if (v.len <= limit) {
        return SV_OK;
    }
    return sv_fail(err, SV_DATA, "%s cannot hold this %s: it has %zu bytes, and %zu is the limit",
                   target, v.what, v.len, limit);
}

/* ---- writing ---- */

static bool is_alnum(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_one_of(uint8_t c, const char *set)
{
    return c && strchr(set, c);
}

void escape_percent(struct sink *out, struct value v)
{
    static const char digits[] = "0123456789ABCDEF";

    for (size_t i = 0; i < v.len; i++) {
        uint8_t c = v.bytes[i];
        char coded[3] = {'%', digits[c >> 4], digits[c & 15]};

        if (is_alnum(c) || is_one_of(c, "-._~")) {
            sink_put(out, &c, 1);
        } else {
            sink_put(out, coded, sizeof(coded));
        }
    }
}

void escape_single(struct sink *out, struct value v)
{
    sink_puts(out, "'");
    for (size_t i = 0; i < v.len; i++) {
        if (v.bytes[i] == '\'') {
            sink_puts(out, "'\\''");
        } else {
            sink_put(out, &v.bytes[i], 1);
        }
    }
    sink_puts(out, "'");
}

void escape_double(struct sink *out, struct value v, const char *specials)
{
    sink_puts(out, "\"");
    for (size_t i = 0; i < v.len; i++) {
        if (is_one_of(v.bytes[i], specials)) {
            sink_puts(out, "\\");
        }
        sink_put(out, &v.bytes[i], 1);
    }
    sink_puts(out, "\"");
}

void escape_c_inside(struct sink *out, struct value v)
{
    static const char from[] = "\\\"\t\n\r\v";
    static const char to[] = "\\\"tnrv";

    for (size_t i = 0; i < v.len; i++) {
        uint8_t c = v.bytes[i];

        if (is_one_of(c, from)) {
            char pair[2] = {'\\', to[strchr(from, c) - from]};
            sink_put(out, pair, sizeof(pair));
        } else {
            sink_put(out, &c, 1);
        }
    }
}

void escape_c(struct sink *out, struct value v)
{
    sink_puts(out, "\"");
    escape_c_inside(out, v);
    sink_puts(out, "\"");
}

bool value_is_plain(struct value v)
{
    for (size_t i = 0; i < v.len; i++) {
        if (!is_alnum(v.bytes[i]) && !is_one_of(v.bytes[i], "@%_+,./:=-")) {
            return false;
        }
    }
    return v.len > 0 && v.bytes[0] != '-';
}
