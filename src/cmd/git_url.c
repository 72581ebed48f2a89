/* SPDX-License-Identifier: ISC */
#include "cmd/git_url.h"

#include <stdbool.h>
#include <string.h>

#include "base/text.h"

struct span {
    const uint8_t *at;
    size_t len;
};

static struct span span_of(const uint8_t *from, const uint8_t *to)
{
    return (struct span){from, (size_t)(to - from)};
}

/* The first byte of s that is one of `set`, or its end. */
static const uint8_t *find(struct span s, const char *set)
{
    size_t i = 0;
    while (i < s.len && (s.at[i] == '\0' || strchr(set, s.at[i]) == NULL))
        i++;
    return s.at + i;
}

static bool is_encoded(struct span s, size_t i)
{
    return s.at[i] == '%' && i + 2 < s.len && text_hex_value((char)s.at[i + 1]) >= 0 &&
           text_hex_value((char)s.at[i + 2]) >= 0;
}

static enum sv_status put_line(struct secret *out, const char *key, struct span s,
                               struct sv_err *err)
{
    enum sv_status st = secret_append(out, key, strlen(key), err);
    for (size_t i = 0; st == SV_OK && i < s.len; i++) {
        uint8_t byte = s.at[i];
        if (is_encoded(s, i)) {
            byte = (uint8_t)(text_hex_value((char)s.at[i + 1]) * 16 +
                             text_hex_value((char)s.at[i + 2]));
            i += 2;
        }
        if (byte == '\n' || byte == '\0')
            return sv_fail(err, SV_DATA, "the URL that came in has a line break or a NUL in it");
        st = secret_append(out, &byte, 1, err);
    }
    return st == SV_OK ? secret_append(out, "\n", 1, err) : st;
}

/* What stands before the host: "USER@" or "USER:PASSWORD@". */
static enum sv_status put_user(struct secret *out, struct span who, struct sv_err *err)
{
    const uint8_t *colon = find(who, ":"), *end = who.at + who.len;
    enum sv_status st = put_line(out, "username=", span_of(who.at, colon), err);
    return st == SV_OK && colon < end ? put_line(out, "password=", span_of(colon + 1, end), err)
                                      : st;
}

/* Without the slashes around it. */
static enum sv_status put_path(struct secret *out, struct span path, struct sv_err *err)
{
    for (; path.len > 0 && path.at[0] == '/'; path.at++)
        path.len--;
    while (path.len > 1 && path.at[path.len - 1] == '/')
        path.len--;
    return path.len > 0 ? put_line(out, "path=", path, err) : SV_OK;
}

enum sv_status git_url_lines(struct secret **out, const uint8_t *url, size_t len,
                             struct sv_err *err)
{
    SECRET_OWNED struct secret *lines = NULL;
    const uint8_t *scheme = memmem(url, len, "://", 3), *end = url + len;
    if (scheme == NULL || scheme == url)
        return sv_fail(err, SV_DATA, "the URL that came in has no protocol");
    struct span rest = span_of(scheme + 3, end);
    const uint8_t *path = find(rest, "/?#"), *host = rest.at;
    const uint8_t *at = find(span_of(host, path), "@");
    enum sv_status st = secret_new(&lines, len + 64, err);
    if (st == SV_OK)
        st = put_line(lines, "protocol=", span_of(url, scheme), err);
    if (st == SV_OK && at < path) {
        st = put_user(lines, span_of(host, at), err);
        host = at + 1;
    }
    if (st == SV_OK)
        st = put_line(lines, "host=", span_of(host, path), err);
    if (st == SV_OK)
        st = put_path(lines, span_of(path, end), err);
    if (st != SV_OK)
        return st;
    *out = lines;
    lines = NULL;
    return SV_OK;
}
