/* SPDX-License-Identifier: ISC */
#include "cli/git_request.h"

#include <string.h>

#include "base/text.h"

#define PORT_SMTP 25
#define PORT_SMTPS 465

void git_request_clear(struct git_request *r)
{
    secret_free(r->password);
    memset(r, 0, sizeof *r);
}

/* One line in the input, without its end. */
struct line {
    const uint8_t *key, *value;
    size_t key_len, value_len;
};

static bool is_key(const struct line *l, const char *key)
{
    return l->key_len == strlen(key) && memcmp(l->key, key, l->key_len) == 0;
}

static bool is_value(const struct line *l, const char *value)
{
    return l->value_len == strlen(value) && memcmp(l->value, value, l->value_len) == 0;
}

/* Text that a login can have. */
static bool take_text(char *dst, size_t capacity, const uint8_t *bytes, size_t len)
{
    dst[0] = '\0';
    if (len >= capacity || !text_is_utf8((const char *)bytes, len) ||
        text_has_control((const char *)bytes, len))
        return false;
    memcpy(dst, bytes, len);
    dst[len] = '\0';
    return true;
}

/* "HOST", "HOST:PORT", "[ADDRESS]:PORT". A port that is none fits nothing. */
static bool take_host(struct git_request *r, const struct line *l)
{
    char text[GIT_HOST_MAX + 8];
    uint64_t port = 0;
    r->port = 0;
    r->host[0] = '\0';
    if (!take_text(text, sizeof text, l->value, l->value_len))
        return false;
    char *bracket = strrchr(text, ']'), *colon = strrchr(bracket != NULL ? bracket : text, ':');
    if (colon != NULL) {
        if (!text_parse_u64(colon + 1, 1, UINT16_MAX, &port))
            return false;
        *colon = '\0';
    }
    r->port = (uint16_t)port;
    return text[0] != '\0' &&
           take_text(r->host, sizeof r->host, (const uint8_t *)text, strlen(text));
}

/* What of a request is usable so far. */
struct reading {
    bool smtp, host, user;
};

static enum sv_status take_line(struct git_request *r, struct reading *ok, const struct line *l,
                                struct sv_err *err)
{
    if (is_key(l, "protocol"))
        ok->smtp = is_value(l, "smtp");
    else if (is_key(l, "host"))
        ok->host = take_host(r, l);
    else if (is_key(l, "username")) {
        r->has_user = true;
        ok->user = take_text(r->user, sizeof r->user, l->value, l->value_len);
    } else if (is_key(l, "password")) {
        secret_free(r->password);
        r->password = NULL;
        return secret_copy(&r->password, l->value, l->value_len, err);
    }
    return SV_OK;
}

/* *next: behind the line. SV_DATA: no line of this format. */
static enum sv_status scan_line(const uint8_t *at, const uint8_t *end, struct line *l,
                                const uint8_t **next, struct sv_err *err)
{
    const uint8_t *stop = memchr(at, '\n', (size_t)(end - at));
    *next = stop != NULL ? stop + 1 : end;
    if (stop == NULL)
        stop = end;
    const uint8_t *equals = memchr(at, '=', (size_t)(stop - at));
    if (equals == NULL || equals == at || memchr(at, '\0', (size_t)(stop - at)) != NULL)
        return sv_fail(err, SV_DATA, "what came in is not git's: a line is KEY=VALUE");
    *l = (struct line){.key = at,
                       .value = equals + 1,
                       .key_len = (size_t)(equals - at),
                       .value_len = (size_t)(stop - equals - 1)};
    return SV_OK;
}

enum sv_status git_request_parse(struct git_request *out, const struct secret *input,
                                 struct sv_err *err)
{
    GIT_REQUEST_OWNED struct git_request r = {.smtp = false};
    struct reading ok = {.user = true};
    const uint8_t *at = secret_peek(input), *end = at + secret_len(input);
    while (at < end && *at != '\n') {
        struct line l = {.key = at};
        enum sv_status s = scan_line(at, end, &l, &at, err);
        if (s == SV_OK)
            s = take_line(&r, &ok, &l, err);
        if (s != SV_OK)
            return s;
    }
    r.smtp = ok.smtp && ok.host && ok.user;
    *out = r;
    memset(&r, 0, sizeof r);
    return SV_OK;
}

/* ---- which login ---- */

static bool same_server(const struct git_request *r, const struct profile *p)
{
    return p->host != NULL && text_equal_nocase(r->host, p->host) &&
           (r->port != 0 ? r->port == p->port : p->port == PORT_SMTP || p->port == PORT_SMTPS);
}

static bool same_user(const struct git_request *r, const struct profile *p)
{
    return p->username != NULL && strcmp(r->user, p->username) == 0;
}

bool git_request_fits(const struct git_request *r, const struct profile *p)
{
    return r->smtp && same_server(r, p) && (!r->has_user || same_user(r, p));
}

bool git_request_resembles(const struct git_request *r, const struct profile *p)
{
    return r->smtp && r->has_user && same_user(r, p) && !same_server(r, p);
}
