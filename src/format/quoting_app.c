/* SPDX-License-Identifier: ISC */
/*
 * Applications that read a common syntax and then make something else of the values: they
 * expand references or templates in them.
 */
#include <string.h>

#include "format/quoting_rows.h"

static enum sv_status refuse_text(const char *target, struct value v, const char *text,
                                  struct sv_err *err)
{
    const uint8_t *at = memmem(v.bytes, v.len, text, strlen(text));

    return at ? escape_refuse_at(target, v, (size_t)(at - v.bytes), err) : SV_OK;
}

/* A blank, or a character of which some language says so, at either end. */
static enum sv_status refuse_blank_ends(const char *target, struct value v, struct sv_err *err)
{
    static const char *const blanks[] = {" ",
                                         "\t",
                                         "\v",
                                         "\f",
                                         "\x1c",
                                         "\x1d",
                                         "\x1e",
                                         "\x1f",
                                         "\xc2\x85",
                                         "\xc2\xa0",
                                         "\xe1\x9a\x80",
                                         "\xe2\x80\xa8",
                                         "\xe2\x80\xa9",
                                         "\xe2\x80\xaf",
                                         "\xe2\x81\x9f",
                                         "\xe3\x80\x80",
                                         "\xef\xbb\xbf"};

    for (size_t i = 0; i < sizeof(blanks) / sizeof(blanks[0]); i++) {
        size_t len = strlen(blanks[i]);

        if (v.len >= len && memcmp(v.bytes, blanks[i], len) == 0) {
            return escape_refuse_at(target, v, 0, err);
        }
        if (v.len >= len && memcmp(v.bytes + v.len - len, blanks[i], len) == 0) {
            return escape_refuse_at(target, v, v.len - len, err);
        }
    }
    /* U+2000 to U+200A */
    for (size_t i = 0; v.len >= 3 && i < 2; i++) {
        const uint8_t *at = i == 0 ? v.bytes : v.bytes + v.len - 3;

        if (at[0] == 0xe2 && at[1] == 0x80 && at[2] >= 0x80 && at[2] <= 0x8a) {
            return escape_refuse_at(target, v, (size_t)(at - v.bytes), err);
        }
    }
    return SV_OK;
}

/* In '...' of PHP; Symfony's container takes %% for % and %name% for a parameter. */
enum sv_status quote_php_parameter(struct sink *out, const char *target, struct value v,
                                   struct sv_err *err)
{
    enum sv_status st = escape_refuse(target, v, "", err);

    if (st != SV_OK) {
        return st;
    }
    sink_puts(out, "'");
    for (size_t i = 0; i < v.len; i++) {
        if (strchr("\\'", v.bytes[i])) {
            sink_puts(out, "\\");
        } else if (v.bytes[i] == '%') {
            sink_puts(out, "%");
        }
        sink_put(out, &v.bytes[i], 1);
    }
    sink_puts(out, "'");
    return SV_OK;
}

/* Percent-encoded, and each % doubled for the same reason. */
enum sv_status quote_url_parameter(struct sink *out, const char *target, struct value v,
                                   struct sv_err *err)
{
    enum sv_status st = escape_refuse(target, v, "", err);

    for (size_t i = 0; i < v.len && st == SV_OK; i++) {
        uint8_t c = v.bytes[i];
        bool itself = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      strchr("-._~", c);

        if (!itself) {
            sink_puts(out, "%");
        }
        escape_percent(out, (struct value){&v.bytes[i], 1, v.what});
    }
    return st;
}

/* Roundcube puts the webmail's user in for %u, and the user's own password for %p. */
enum sv_status quote_roundcube(struct sink *out, const char *target, struct value v,
                               struct sv_err *err)
{
    enum sv_status st = refuse_text(target, v, "%u", err);

    if (st == SV_OK) {
        st = refuse_text(target, v, "%p", err);
    }
    return st == SV_OK ? quote_php(out, target, v, err) : st;
}

/* The file goes through ERB before it is YAML: no <% may be in it. */
enum sv_status quote_yaml_erb(struct sink *out, const char *target, struct value v,
                              struct sv_err *err)
{
    return quoting_double(out, target, v, QUOTING_JSON_PAIRS "<u", err);
}

/*
 * The launcher reads the values as lines with bash's "read": it takes blanks off their ends
 * and backslashes out, and puts a name in for {{config}}. Its sample warns of #.
 */
enum sv_status quote_discourse(struct sink *out, const char *target, struct value v,
                               struct sv_err *err)
{
    enum sv_status st = escape_refuse(target, v, LINE_ENDS "\\#", err);

    if (st == SV_OK) {
        st = refuse_blank_ends(target, v, err);
    }
    if (st == SV_OK) {
        st = refuse_text(target, v, "{{config}}", err);
    }
    return st == SV_OK ? quote_yaml(out, target, v, err) : st;
}

/* Spring puts the property of that name in for ${name}, and has no escape for it before 6.2. */
enum sv_status quote_spring(struct sink *out, const char *target, struct value v,
                            struct sv_err *err)
{
    enum sv_status st = refuse_text(target, v, "${", err);

    return st == SV_OK ? quote_properties(out, target, v, err) : st;
}

/* Grafana expands ${NAME}, $__env{NAME} and $__file{PATH} in every value. */
enum sv_status quote_grafana(struct sink *out, const char *target, struct value v,
                             struct sv_err *err)
{
    enum sv_status st = refuse_text(target, v, "${", err);

    if (st == SV_OK) {
        st = refuse_text(target, v, "$__", err);
    }
    return st == SV_OK ? quote_ini_go(out, target, v, err) : st;
}

/* Python's configparser doubles % and takes blanks off the ends; it has no quotes. */
enum sv_status quote_configparser(struct sink *out, const char *target, struct value v,
                                  struct sv_err *err)
{
    enum sv_status st = escape_refuse(target, v, LINE_ENDS, err);

    if (st == SV_OK) {
        st = escape_refuse_not_utf8(target, v, err);
    }
    if (st == SV_OK) {
        st = refuse_blank_ends(target, v, err);
    }
    for (size_t i = 0; i < v.len && st == SV_OK; i++) {
        sink_puts(out, v.bytes[i] == '%' ? "%" : "");
        sink_put(out, &v.bytes[i], 1);
    }
    return st;
}

/* parse_ini_file() and php.ini expand ${NAME} in double quotes. */
enum sv_status quote_php_ini(struct sink *out, const char *target, struct value v,
                             struct sv_err *err)
{
    enum sv_status st = escape_refuse(target, v, "", err);

    if (st == SV_OK) {
        escape_double(out, v, "\\\"$");
    }
    return st;
}
