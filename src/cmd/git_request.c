/* SPDX-License-Identifier: ISC */
#include "cmd/git_request.h"

#include <string.h>

#include "base/text.h"
#include "cmd/git_url.h"

void git_request_clear(struct git_request *r)
{
    git_secret_clear(&r->given);
    memset(r, 0, sizeof *r);
}

bool git_request_is_mail(const struct git_request *r)
{
    return strcmp(r->protocol, "smtp") == 0;
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
        text_has_control((const char *)bytes, len) || memchr(bytes, '\0', len) != NULL)
        return false;
    memcpy(dst, bytes, len);
    dst[len] = '\0';
    return true;
}

/* As a URL begins (RFC 3986 section 3.1). */
static bool take_protocol(struct git_request *r, const struct line *l)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    static const char more[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.";
    return take_text(r->protocol, sizeof r->protocol, l->value, l->value_len) &&
           strspn(r->protocol, letters) > 0 && strspn(r->protocol, more) == l->value_len;
}

/* "HOST", "HOST:PORT", "[ADDRESS]:PORT", or nothing. A port that is none fits nothing. */
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
    return (colon == NULL || text[0] != '\0') &&
           take_text(r->host, sizeof r->host, (const uint8_t *)text, strlen(text));
}

static bool take_time(int64_t *when, const struct line *l)
{
    char text[24];
    uint64_t value = 0;
    bool fine = take_text(text, sizeof text, l->value, l->value_len) &&
                text_parse_u64(text, 0, INT64_MAX, &value);
    *when = (int64_t)value;
    return fine;
}

/* As git reads a boolean. */
static bool is_true(const struct line *l)
{
    char text[8];
    return take_text(text, sizeof text, l->value, l->value_len) &&
           (strcmp(text, "1") == 0 || text_equal_nocase(text, "true") ||
            text_equal_nocase(text, "yes") || text_equal_nocase(text, "on"));
}

/* What of a request is usable so far. */
struct reading {
    bool protocol, host, user, path, authtype;
};

static enum sv_status take_secret(struct secret **slot, const struct line *l, struct sv_err *err)
{
    secret_free(*slot);
    *slot = NULL;
    return secret_copy(slot, l->value, l->value_len, err);
}

/* What comes with a login. */
static enum sv_status take_given(struct git_request *r, struct reading *ok, const struct line *l,
                                 struct sv_err *err)
{
    bool as_is = is_key(l, "credential");
    if (as_is || is_key(l, "password")) {
        /* A password beside it is not what the server is sent. */
        if (r->sent_as_is && !as_is)
            return SV_OK;
        r->sent_as_is = as_is;
        return take_secret(&r->given.password, l, err);
    }
    if (is_key(l, "oauth_refresh_token"))
        return take_secret(&r->given.refresh, l, err);
    if (is_key(l, "password_expiry_utc") && !take_time(&r->given.expires, l))
        r->given.expires = 0; /* git, too, takes it for never then */
    if (is_key(l, "authtype"))
        ok->authtype =
            take_text(r->given.authtype, sizeof r->given.authtype, l->value, l->value_len) &&
            text_is_visible(r->given.authtype, '!');
    if (is_key(l, "ephemeral"))
        r->ephemeral = is_true(l);
    return SV_OK;
}

static enum sv_status take_line(struct git_request *r, struct reading *ok, const struct line *l,
                                struct sv_err *err)
{
    if (is_key(l, "protocol"))
        ok->protocol = take_protocol(r, l);
    else if (is_key(l, "host"))
        ok->host = take_host(r, l);
    else if (is_key(l, "path")) {
        r->has_path = true;
        ok->path = take_text(r->path, sizeof r->path, l->value, l->value_len);
    } else if (is_key(l, "username")) {
        r->has_user = true;
        ok->user = take_text(r->user, sizeof r->user, l->value, l->value_len);
    } else if (is_key(l, "capability[]"))
        r->authtype = l->value_len > 0 && (r->authtype || is_value(l, "authtype"));
    else
        return take_given(r, ok, l, err);
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

/* A URL stands for the lines of its parts, and for the absence of those that it has not. */
static enum sv_status take_url(struct git_request *r, struct reading *ok, const struct line *l,
                               struct sv_err *err)
{
    SECRET_OWNED struct secret *lines = NULL;
    enum sv_status s = git_url_lines(&lines, l->value, l->value_len, err);
    if (s != SV_OK)
        return s;
    bool authtype = r->authtype, ephemeral = r->ephemeral;
    git_request_clear(r);
    r->authtype = authtype;
    r->ephemeral = ephemeral;
    *ok = (struct reading){.user = true, .path = true, .authtype = true};
    const uint8_t *at = secret_peek(lines), *end = at + secret_len(lines);
    while (s == SV_OK && at < end) {
        struct line part = {.key = at};
        s = scan_line(at, end, &part, &at, err);
        if (s == SV_OK)
            s = take_line(r, ok, &part, err);
    }
    return s;
}

/* A login without a host is one of its path, such as the passphrase of a certificate. */
static bool is_usable(const struct git_request *r, const struct reading *ok)
{
    bool placed =
        r->host[0] != '\0' || (r->has_path && r->path[0] != '\0' && !git_request_is_mail(r));
    return ok->protocol && ok->host && ok->user && ok->path && ok->authtype && placed &&
           (!r->sent_as_is || r->given.authtype[0] != '\0');
}

enum sv_status git_request_parse(struct git_request *out, const struct secret *input,
                                 struct sv_err *err)
{
    GIT_REQUEST_OWNED struct git_request r = {.usable = false};
    struct reading ok = {.user = true, .path = true, .authtype = true};
    const uint8_t *at = secret_peek(input), *end = at + secret_len(input);
    while (at < end && *at != '\n') {
        struct line l = {.key = at};
        enum sv_status s = scan_line(at, end, &l, &at, err);
        if (s == SV_OK)
            s = (is_key(&l, "url") ? take_url : take_line)(&r, &ok, &l, err);
        if (s != SV_OK)
            return s;
    }
    r.usable = is_usable(&r, &ok);
    *out = r;
    memset(&r, 0, sizeof r);
    return SV_OK;
}
