/* SPDX-License-Identifier: ISC */
#include "domain/git_secret.h"

#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "domain/oauth_grant.h"
#include "domain/profile.h"

static const uint8_t magic[5] = {0, 'g', 'i', 't', 0};
#define HEAD (sizeof magic + 8)

enum { PART_PASSWORD = 1, PART_REFRESH, PART_AUTHTYPE, PARTS = PART_AUTHTYPE };

void git_secret_clear(struct git_secret *g)
{
    secret_free(g->password);
    secret_free(g->refresh);
    memset(g, 0, sizeof *g);
}

bool git_secret_is(const struct secret *secret)
{
    return secret != NULL && secret_len(secret) >= HEAD &&
           memcmp(secret_peek(secret), magic, sizeof magic) == 0;
}

/* ---- the parts ---- */

struct part {
    const uint8_t *bytes;
    size_t len;
};

static struct part part_of(const struct git_secret *g, int tag)
{
    const struct secret *s = tag == PART_PASSWORD ? g->password : g->refresh;
    if (tag == PART_AUTHTYPE)
        return (struct part){(const uint8_t *)g->authtype, strlen(g->authtype)};
    return s != NULL ? (struct part){secret_peek(s), secret_len(s)} : (struct part){NULL, 0};
}

/* As one line of git's. */
static enum sv_status check_part(int tag, struct part p, struct sv_err *err)
{
    static const char *const words[] = {NULL, "password", "refresh token", "authtype"};
    size_t most = tag == PART_AUTHTYPE ? GIT_AUTHTYPE_MAX : PROFILE_SECRET_MAX;
    if (p.len > most)
        return sv_fail(err, SV_DATA, "the %s is longer than %zu bytes", words[tag], most);
    for (size_t i = 0; i < p.len; i++) {
        if (p.bytes[i] == '\0' || p.bytes[i] == '\n' || p.bytes[i] == '\r' ||
            (tag == PART_AUTHTYPE && (p.bytes[i] <= ' ' || p.bytes[i] > '~')))
            return sv_fail(err, SV_DATA, "the %s has a byte in it that it cannot have", words[tag]);
    }
    return SV_OK;
}

static bool is_bare(const struct git_secret *g)
{
    return part_of(g, PART_PASSWORD).len > 0 && part_of(g, PART_REFRESH).len == 0 &&
           g->authtype[0] == '\0' && g->expires == 0;
}

/* ---- both ways ---- */

enum sv_status git_secret_join(struct secret **out, const struct git_secret *g, struct sv_err *err)
{
    SECRET_OWNED struct secret *s = NULL;
    enum sv_status st = secret_new(&s, GIT_SECRET_MAX, err);
    if (st != SV_OK)
        return st;
    struct buf_writer w = buf_writer_over(secret_poke(s), GIT_SECRET_MAX);
    if (!is_bare(g)) {
        buf_put_bytes(&w, magic, sizeof magic);
        buf_put_u64(&w, (uint64_t)g->expires);
    }
    for (int tag = 1; tag <= PARTS; tag++) {
        struct part p = part_of(g, tag);
        if ((st = check_part(tag, p, err)) != SV_OK)
            return st;
        if (p.len == 0)
            continue;
        if (is_bare(g))
            return secret_copy(out, p.bytes, p.len, err);
        buf_put_u8(&w, (uint8_t)tag);
        buf_put_block(&w, p.bytes, p.len);
    }
    if (w.full)
        return sv_fail(err, SV_DATA, "a login of more than %d bytes", GIT_SECRET_MAX);
    return secret_copy(out, secret_peek(s), w.len, err);
}

static enum sv_status damaged(const char *what, struct sv_err *err)
{
    return sv_fail(err, SV_DATA, "what is kept for git is damaged (%s): let git store it anew",
                   what);
}

static enum sv_status take_part(struct git_secret *g, int tag, struct part p, struct sv_err *err)
{
    enum sv_status st = check_part(tag, p, err);
    if (st != SV_OK)
        return st;
    if (tag != PART_AUTHTYPE)
        return secret_copy(tag == PART_PASSWORD ? &g->password : &g->refresh, p.bytes, p.len, err);
    memcpy(g->authtype, p.bytes, p.len);
    g->authtype[p.len] = '\0';
    return SV_OK;
}

static enum sv_status take_parts(struct git_secret *g, const struct secret *secret,
                                 struct sv_err *err)
{
    struct buf_reader r = buf_reader_over(secret_peek(secret), secret_len(secret));
    enum sv_status st = SV_OK;
    (void)buf_get_view(&r, sizeof magic);
    uint64_t expires = buf_get_u64(&r);
    if (expires > INT64_MAX)
        return damaged("time", err);
    g->expires = (int64_t)expires;
    for (uint8_t last = 0; st == SV_OK && r.left > 0;) {
        struct part p = {.len = 0};
        uint8_t tag = buf_get_u8(&r);
        p.bytes = buf_get_block(&r, GIT_SECRET_MAX, &p.len);
        if (r.bad || tag <= last || tag > PARTS || p.len == 0)
            return damaged("parts", err);
        last = tag;
        st = take_part(g, tag, p, err);
    }
    return st;
}

enum sv_status git_secret_split(struct git_secret *out, const struct secret *secret,
                                struct sv_err *err)
{
    GIT_SECRET_OWNED struct git_secret g = {.expires = 0};
    bool bare = !git_secret_is(secret);
    enum sv_status st = SV_OK;
    if (!bare && secret_len(secret) > GIT_SECRET_MAX)
        return damaged("length", err);
    if (!bare)
        st = take_parts(&g, secret, err);
    if (st == SV_OK && !bare && is_bare(&g))
        return damaged("form", err);
    if (st == SV_OK && g.password == NULL)
        st = secret_copy(&g.password, bare ? secret_peek(secret) : NULL,
                         bare ? secret_len(secret) : 0, err);
    if (st != SV_OK)
        return st;
    *out = g;
    memset(&g, 0, sizeof g);
    return SV_OK;
}

enum sv_status git_secret_strip(struct secret **secret, struct sv_err *err)
{
    GIT_SECRET_OWNED struct git_secret g = {.expires = 0};
    if (!git_secret_is(*secret))
        return SV_OK;
    enum sv_status st = git_secret_split(&g, *secret, err);
    if (st != SV_OK)
        return st;
    secret_free(*secret);
    *secret = g.password;
    g.password = NULL;
    return SV_OK;
}

enum sv_status kept_check_secret(const struct secret *secret, struct sv_err *err)
{
    GIT_SECRET_OWNED struct git_secret g = {.expires = 0};
    return git_secret_is(secret) ? git_secret_split(&g, secret, err)
                                 : oauth_check_secret(secret, err);
}
