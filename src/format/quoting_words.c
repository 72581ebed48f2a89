/* SPDX-License-Identifier: ISC */
/*
 * The quotings of mailers and mail servers: words and lines with few escapes or none, so
 * that most of what these do is to refuse.
 */
#include <string.h>

#include "format/quoting_rows.h"

static bool is_blank(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static void put(struct sink *out, const char *before, struct value v, const char *behind)
{
    sink_puts(out, before);
    sink_put(out, v.bytes, v.len);
    sink_puts(out, behind);
}

/* Nothing would be left of it: a word that is not there takes the next one's place. */
static enum sv_status refuse_empty(const char *target, struct value v, struct sv_err *err)
{
    if (v.len > 0) {
        return SV_OK;
    }
    return sv_fail(err, SV_DATA, "%s cannot hold this %s: it is empty", target, v.what);
}

static enum sv_status refuse_blank_ends(const char *target, struct value v, const char *refused,
                                        struct sv_err *err)
{
    enum sv_status st = escape_refuse(target, v, refused, err);

    if (st == SV_OK && v.len > 0 && is_blank(v.bytes[0])) {
        st = escape_refuse_at(target, v, 0, err);
    }
    if (st == SV_OK && v.len > 0 && is_blank(v.bytes[v.len - 1])) {
        st = escape_refuse_at(target, v, v.len - 1, err);
    }
    return st;
}

static enum sv_status put_line(struct sink *out, const char *target, struct value v,
                               const char *refused, struct sv_err *err)
{
    enum sv_status st = refuse_blank_ends(target, v, refused, err);

    if (st == SV_OK) {
        put(out, "", v, "");
    }
    return st;
}

enum sv_status quote_bare(struct sink *out, const char *target, struct value v, struct sv_err *err)
{
    return put_line(out, target, v, LINE_ENDS, err);
}

enum sv_status quote_field(struct sink *out, const char *target, struct value v, struct sv_err *err)
{
    return put_line(out, target, v, LINE_ENDS ":", err);
}

enum sv_status quote_utf8_bare(struct sink *out, const char *target, struct value v,
                               struct sv_err *err)
{
    enum sv_status st = escape_refuse_not_utf8(target, v, err);

    return st == SV_OK ? put_line(out, target, v, LINE_ENDS, err) : st;
}

enum sv_status quote_utf8_field(struct sink *out, const char *target, struct value v,
                                struct sv_err *err)
{
    enum sv_status st = escape_refuse_not_utf8(target, v, err);

    return st == SV_OK ? put_line(out, target, v, LINE_ENDS ":", err) : st;
}

enum sv_status quote_main_cf(struct sink *out, const char *target, struct value v,
                             struct sv_err *err)
{
    enum sv_status st = refuse_blank_ends(target, v, LINE_ENDS, err);

    for (size_t i = 0; st == SV_OK && i < v.len; i++) {
        sink_puts(out, v.bytes[i] == '$' ? "$" : "");
        sink_put(out, &v.bytes[i], 1);
    }
    return st;
}

enum sv_status quote_option(struct sink *out, const char *target, struct value v,
                            struct sv_err *err)
{
    enum sv_status st = escape_refuse(target, v, LINE_ENDS, err);

    if (st == SV_OK && v.len > 0 && v.bytes[0] == '-') {
        st = escape_refuse_at(target, v, 0, err);
    }
    if (st == SV_OK) {
        put(out, "", v, "");
    }
    return st;
}

enum sv_status quote_token(struct sink *out, const char *target, struct value v, struct sv_err *err)
{
    enum sv_status st = escape_refuse(target, v, LINE_ENDS " \t\v\f#=", err);

    if (st == SV_OK) {
        put(out, "", v, "");
    }
    return st == SV_OK ? refuse_empty(target, v, err) : st;
}

/* ---- words ---- */

static enum sv_status put_word(struct sink *out, const char *target, struct value v,
                               const char *marks, struct sv_err *err)
{
    for (size_t i = 0; i < v.len; i++) {
        uint8_t c = v.bytes[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');

        if (!letter && (c == 0 || !strchr(marks, c))) {
            return escape_refuse_at(target, v, i, err);
        }
    }
    put(out, "", v, "");
    return refuse_empty(target, v, err);
}

enum sv_status quote_word(struct sink *out, const char *target, struct value v, struct sv_err *err)
{
    return put_word(out, target, v, "._~!%^*()+=:,/@-", err);
}

enum sv_status quote_id(struct sink *out, const char *target, struct value v, struct sv_err *err)
{
    return put_word(out, target, v, "._@-", err);
}

/* ---- quotes ---- */

static enum sv_status refuse_controls(const char *target, struct value v, struct sv_err *err)
{
    for (size_t i = 0; i < v.len; i++) {
        if (v.bytes[i] < 0x20 || v.bytes[i] == 0x7f) {
            return escape_refuse_at(target, v, i, err);
        }
    }
    return SV_OK;
}

/* curl knows escapes for tab and line feed, but refuses what they stand for. */
enum sv_status quote_netrc(struct sink *out, const char *target, struct value v, struct sv_err *err)
{
    enum sv_status st = refuse_controls(target, v, err);

    if (st == SV_OK) {
        escape_double(out, v, "\\\"");
    }
    return st;
}

/* auth-source.el has two kinds of quotes and no escapes, and takes "gpg:" for something to
 * decrypt; smtpmail.el breaks what is not ASCII. */
enum sv_status quote_authinfo(struct sink *out, const char *target, struct value v,
                              struct sv_err *err)
{
    enum sv_status st = refuse_controls(target, v, err);
    const uint8_t *twofold = memchr(v.bytes, '"', v.len);
    const uint8_t *single = memchr(v.bytes, '\'', v.len);

    if (st == SV_OK && v.len >= 4 && memcmp(v.bytes, "gpg:", 4) == 0) {
        st = escape_refuse_at(target, v, 0, err);
    }
    for (size_t i = 0; st == SV_OK && i < v.len; i++) {
        if (v.bytes[i] >= 0x80) {
            st = escape_refuse_at(target, v, i, err);
        }
    }
    if (st == SV_OK && twofold && single) {
        const uint8_t *later = twofold > single ? twofold : single;
        st = escape_refuse_at(target, v, (size_t)(later - v.bytes), err);
    }
    if (st == SV_OK) {
        const char *quote = twofold ? "'" : "\"";
        put(out, quote, v, quote);
    }
    return st;
}

static bool is_stripped(uint8_t c)
{
    return c == '"' || c == '\'' || is_blank(c);
}

/* monit takes blanks and quotes off both ends, of whichever kind, and knows escapes by a
 * backslash, itself among them but no quote. */
enum sv_status quote_either(struct sink *out, const char *target, struct value v,
                            struct sv_err *err)
{
    enum sv_status st = escape_refuse(target, v, LINE_ENDS, err);

    if (st == SV_OK && v.len > 0 && is_stripped(v.bytes[0])) {
        return escape_refuse_at(target, v, 0, err);
    }
    if (st == SV_OK && v.len > 0 && is_stripped(v.bytes[v.len - 1])) {
        return escape_refuse_at(target, v, v.len - 1, err);
    }
    const uint8_t *twofold = memchr(v.bytes, '"', v.len);
    const uint8_t *single = memchr(v.bytes, '\'', v.len);

    if (st == SV_OK && twofold && single) {
        const uint8_t *later = twofold > single ? twofold : single;
        st = escape_refuse_at(target, v, (size_t)(later - v.bytes), err);
    }
    if (st != SV_OK) {
        return st;
    }
    const char *quote = twofold ? "'" : "\"";
    sink_puts(out, quote);
    for (size_t i = 0; i < v.len; i++) {
        sink_put(out, v.bytes[i] == '\\' ? "\\\\" : (const char *)&v.bytes[i],
                 v.bytes[i] == '\\' ? 2 : 1);
    }
    sink_puts(out, quote);
    return SV_OK;
}

enum sv_status quote_dovecot(struct sink *out, const char *target, struct value v,
                             struct sv_err *err)
{
    enum sv_status st = escape_refuse(target, v, LINE_ENDS, err);

    if (st == SV_OK) {
        escape_double(out, v, "\\\"'");
    }
    return st;
}

/* Where the lexer takes \" for the end of the string. */
enum sv_status quote_octal(struct sink *out, const char *target, struct value v, struct sv_err *err)
{
    enum sv_status st = escape_refuse(target, v, LINE_ENDS, err);

    if (st != SV_OK) {
        return st;
    }
    sink_puts(out, "\"");
    for (size_t i = 0; i < v.len; i++) {
        if (v.bytes[i] == '"') {
            sink_puts(out, "\\042");
        } else if (v.bytes[i] == '\\') {
            sink_puts(out, "\\\\");
        } else {
            sink_put(out, &v.bytes[i], 1);
        }
    }
    sink_puts(out, "\"");
    return SV_OK;
}

/* As a shell has it too, without the backslash that not all know outside of quotes. */
enum sv_status quote_apart(struct sink *out, const char *target, struct value v, struct sv_err *err)
{
    enum sv_status st = escape_refuse(target, v, LINE_ENDS, err);

    if (st != SV_OK) {
        return st;
    }
    sink_puts(out, "'");
    for (size_t i = 0; i < v.len; i++) {
        if (v.bytes[i] == '\'') {
            sink_puts(out, "'\"'\"'");
        } else {
            sink_put(out, &v.bytes[i], 1);
        }
    }
    sink_puts(out, "'");
    return SV_OK;
}

/* It ends at the last backtick of its line. %(NAME)s becomes the value of another key. */
enum sv_status quote_ini_go(struct sink *out, const char *target, struct value v,
                            struct sv_err *err)
{
    enum sv_status st = escape_refuse(target, v, LINE_ENDS, err);
    const uint8_t *open = memmem(v.bytes, v.len, "%(", 2);
    size_t at = open ? (size_t)(open - v.bytes) : v.len;

    if (st == SV_OK && memmem(v.bytes + at, v.len - at, ")s", 2)) {
        st = escape_refuse_at(target, v, at, err);
    }
    if (st == SV_OK) {
        put(out, "`", v, "`");
    }
    return st;
}
