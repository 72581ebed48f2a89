/* SPDX-License-Identifier: ISC */
/*
 * The dialects of .env files, which agree on little. A quoting for each reader writes what that
 * one takes for the value itself, and refuses the rest.
 */
#include <string.h>

#include "format/quoting_rows.h"

static bool has(struct value v, char c)
{
    return memchr(v.bytes, c, v.len) != NULL;
}

static void put(struct sink *out, const char *before, struct value v, const char *behind)
{
    sink_puts(out, before);
    sink_put(out, v.bytes, v.len);
    sink_puts(out, behind);
}

/* `refused`, and what is not UTF-8: nearly all readers decode the file. */
static enum sv_status refuse(const char *target, struct value v, const char *refused,
                             struct sv_err *err)
{
    enum sv_status st = escape_refuse(target, v, refused, err);

    return st == SV_OK ? escape_refuse_not_utf8(target, v, err) : st;
}

/* SV_DATA at the place where `pair` is; `last` counts when the value ends with pair[0]. */
static enum sv_status refuse_pair(const char *target, struct value v, const char *pair, bool last,
                                  struct sv_err *err)
{
    const uint8_t *at = memmem(v.bytes, v.len, pair, 2);

    if (at) {
        return escape_refuse_at(target, v, (size_t)(at - v.bytes), err);
    }
    if (last && v.len > 0 && v.bytes[v.len - 1] == (uint8_t)pair[0]) {
        return escape_refuse_at(target, v, v.len - 1, err);
    }
    return SV_OK;
}

/*
 * What all readers that we know take for the same: a plain value bare, any other between single
 * quotes. None of them can say a single quote there. To python-dotenv two backslashes are one,
 * and ${ begins a variable, as it does to Debian's docker-compose; to docker compose 2 and
 * others a backslash before the last quote is an escape.
 */
enum sv_status quote_dotenv(struct sink *out, const char *target, struct value v,
                            struct sv_err *err)
{
    enum sv_status st = refuse(target, v, LINE_ENDS "'", err);

    if (st == SV_OK) {
        st = refuse_pair(target, v, "${", false, err);
    }
    if (st == SV_OK) {
        st = refuse_pair(target, v, "\\\\", true, err);
    }
    if (st == SV_OK && value_is_plain(v)) {
        sink_put(out, v.bytes, v.len);
    } else if (st == SV_OK) {
        put(out, "'", v, "'");
    }
    return st;
}

/* All that a .env file of npm's dotenv takes off a bare value, or begins a quote with. */
static bool is_bare(struct value v)
{
    return v.len > 0 && !strchr(" \t\v\f'\"`", v.bytes[0]) &&
           !strchr(" \t\v\f", v.bytes[v.len - 1]) && v.bytes[0] < 0x80 && v.bytes[v.len - 1] < 0x80;
}

/*
 * npm's dotenv has no escape for a quote, but three kinds of quotes: the first one that the
 * value does not have. In double quotes \n and \r would be line ends. A backslash before the
 * closing quote may make the reader look for another one further down.
 */
enum sv_status quote_npm_dotenv(struct sink *out, const char *target, struct value v,
                                struct sv_err *err)
{
    static const char *const quotes[] = {"'", "`", "\""};
    enum sv_status st = refuse(target, v, "\r", err);
    bool last = v.len > 0 && v.bytes[v.len - 1] == '\\';

    if (st != SV_OK) {
        return st;
    }
    if (value_is_plain(v) || (last && is_bare(v) && !has(v, '#') && !has(v, '\n'))) {
        sink_put(out, v.bytes, v.len);
        return SV_OK;
    }
    for (size_t i = 0; i < 3 && !last; i++) {
        bool expands =
            i == 2 && (memmem(v.bytes, v.len, "\\n", 2) || memmem(v.bytes, v.len, "\\r", 2));

        if (!has(v, quotes[i][0]) && !expands) {
            put(out, quotes[i], v, quotes[i]);
            return SV_OK;
        }
    }
    return escape_refuse(target, v, last ? "\\" : "\"\\", err);
}

/*
 * python-dotenv knows \\ and \' between single quotes, and expands ${NAME} there, too. A
 * backslash before the closing quote may make it look for another one further down.
 */
enum sv_status quote_python_dotenv(struct sink *out, const char *target, struct value v,
                                   struct sv_err *err)
{
    enum sv_status st = refuse(target, v, "\r", err);

    if (st == SV_OK) {
        st = refuse_pair(target, v, "${", false, err);
    }
    if (st == SV_OK && v.len > 0 && v.bytes[v.len - 1] == '\\') {
        st = escape_refuse_at(target, v, v.len - 1, err);
    }
    return st == SV_OK ? quote_php(out, target, v, err) : st;
}

/* vlucas/phpdotenv, in double quotes: a backslash before it, itself and the dollar sign. */
static void put_phpdotenv(struct sink *out, struct value v)
{
    for (size_t i = 0; i < v.len; i++) {
        char c = (char)v.bytes[i];

        if (strchr("\\\"$", c)) {
            sink_puts(out, "\\");
            sink_put(out, &c, 1);
        } else if (c == '\n' || c == '\r') {
            sink_puts(out, c == '\n' ? "\\n" : "\\r");
        } else {
            sink_put(out, &c, 1);
        }
    }
}

/* Laravel's env() makes these words something else, and takes a pair of quotes off what has
 * one: what is in a pair of quotes more comes back as it is. */
static bool is_changed_by_laravel(struct value v)
{
    static const char *const words[] = {"true",  "(true)",  "false", "(false)",
                                        "empty", "(empty)", "null",  "(null)"};
    bool quoted = v.len >= 2 && v.bytes[0] == v.bytes[v.len - 1] && strchr("'\"", v.bytes[0]) &&
                  v.bytes[0] && !has(v, '\n');

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        quoted = quoted || (strlen(words[i]) == v.len &&
                            strncasecmp(words[i], (const char *)v.bytes, v.len) == 0);
    }
    return quoted;
}

enum sv_status quote_laravel(struct sink *out, const char *target, struct value v,
                             struct sv_err *err)
{
    enum sv_status st = refuse(target, v, "", err);
    const char *pair = is_changed_by_laravel(v) ? "'" : "";

    if (st == SV_OK) {
        sink_puts(out, "\"");
        sink_puts(out, pair);
        put_phpdotenv(out, v);
        sink_puts(out, pair);
        sink_puts(out, "\"");
    }
    return st;
}

/* SV_DATA for a control character but tab and line feed, for which systemd drops the variable. */
static enum sv_status refuse_control(const char *target, struct value v, struct sv_err *err)
{
    for (size_t i = 0; i < v.len; i++) {
        if ((v.bytes[i] < 0x20 && v.bytes[i] != '\t' && v.bytes[i] != '\n') || v.bytes[i] == 0x7f) {
            return escape_refuse_at(target, v, i, err);
        }
    }
    return SV_OK;
}

enum sv_status quote_systemd(struct sink *out, const char *target, struct value v,
                             struct sv_err *err)
{
    enum sv_status st = refuse(target, v, "", err);

    if (st == SV_OK) {
        st = refuse_control(target, v, err);
    }
    if (st == SV_OK && value_is_plain(v)) {
        sink_put(out, v.bytes, v.len);
    } else if (st == SV_OK && !has(v, '\'')) {
        put(out, "'", v, "'");
    } else if (st == SV_OK) {
        escape_double(out, v, "\\\"`$");
    }
    return st;
}

/* docker run --env-file takes what is behind the equals sign as it is. */
enum sv_status quote_docker(struct sink *out, const char *target, struct value v,
                            struct sv_err *err)
{
    enum sv_status st = refuse(target, v, LINE_ENDS, err);

    if (st == SV_OK) {
        sink_put(out, v.bytes, v.len);
    }
    return st;
}

enum sv_status quote_bytes(struct sink *out, const char *target, struct value v, struct sv_err *err)
{
    (void)target;
    (void)err;
    sink_put(out, v.bytes, v.len);
    return SV_OK;
}
