/* SPDX-License-Identifier: ISC */
#include "domain/oauth_grant.h"

#include <sodium.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "domain/profile.h"

static const uint8_t magic[8] = {0, 'o', 'a', 'u', 't', 'h', '2', 0};
#define HEAD (sizeof magic + 8 + 8)

/* The parts in the order of their tags, from 1; a text has room for limit bytes and a NUL, a
 * secret's place holds a pointer. */
struct part {
    size_t offset, limit;
    bool secret, needed;
    const char *what;
};
#define TEXT(member)                             \
    offsetof(struct oauth_grant, client.member), \
        sizeof(((struct oauth_grant *)0)->client.member) - 1, false
#define SECRET(member, most) offsetof(struct oauth_grant, member), most, true
static const struct part parts[] = {
    {TEXT(id), true, "client id"},
    {SECRET(client_secret, OAUTH_CLIENT_SECRET_MAX), false, "client secret"},
    {TEXT(auth_url), false, "authorization endpoint"},
    {TEXT(token_url), true, "token endpoint"},
    {TEXT(device_url), false, "device endpoint"},
    {TEXT(scopes), false, "scopes"},
    {TEXT(ca_file), false, "file of authorities"},
    {SECRET(refresh, OAUTH_TOKEN_MAX), true, "refresh token"},
};
#define PARTS (sizeof parts / sizeof parts[0])

void oauth_grant_clear(struct oauth_grant *g)
{
    secret_free(g->client_secret);
    secret_free(g->refresh);
    memset(g, 0, sizeof *g);
}

bool oauth_grant_is(const struct secret *secret)
{
    return secret != NULL && secret_len(secret) >= HEAD &&
           memcmp(secret_peek(secret), magic, sizeof magic) == 0;
}

int64_t oauth_grant_made(const struct secret *secret)
{
    return oauth_grant_is(secret) ? (int64_t)le64_get(secret_peek(secret) + sizeof magic) : 0;
}

/* Clocks and the way there differ by so much, without the end being another. */
#define SAME_END_S 300

bool oauth_login_slides(const struct profile *p)
{
    return p->login_told > p->authorized && p->login_told - p->authorized > SAME_END_S;
}

void oauth_login_moves(struct profile *p, int64_t end)
{
    int64_t moved = end - p->login_ends, told = p->login_told;

    if (end == OAUTH_ENDLESS) {
        p->login_ends = p->login_told = 0;
        return;
    }
    if (moved >= -SAME_END_S && moved <= SAME_END_S)
        moved = 0;
    if (p->login_ends == 0 || __builtin_add_overflow(told, moved, &told) || told < p->authorized)
        told = p->authorized;
    p->login_ends = end;
    p->login_told = told;
}

/* ---- writing ---- */

static const uint8_t *part_bytes(const struct oauth_grant *g, const struct part *p, size_t *len)
{
    const char *at = (const char *)g + p->offset;
    if (!p->secret) {
        *len = strlen(at);
        return (const uint8_t *)at;
    }
    const struct secret *s = *(struct secret *const *)(const void *)at;
    *len = s != NULL ? secret_len(s) : 0;
    return s != NULL ? secret_peek(s) : NULL;
}

static enum sv_status check(const struct oauth_grant *g, struct sv_err *err)
{
    if (g->made <= 0 || g->renewed <= 0)
        return sv_fail(err, SV_DATA, "a login by OAuth2 without the time when it was made");
    for (size_t i = 0; i < PARTS; i++) {
        size_t len;
        const uint8_t *bytes = part_bytes(g, &parts[i], &len);
        if (parts[i].needed && len == 0)
            return sv_fail(err, SV_DATA, "a login by OAuth2 needs a %s, and there is none",
                           parts[i].what);
        if (len > parts[i].limit)
            return sv_fail(err, SV_DATA, "the %s is longer than %zu bytes", parts[i].what,
                           parts[i].limit);
        if (len > 0 && text_has_control((const char *)bytes, len))
            return sv_fail(err, SV_DATA, "the %s has a control character in it", parts[i].what);
    }
    return SV_OK;
}

enum sv_status oauth_grant_encode(struct secret **out, const struct oauth_grant *g,
                                  struct sv_err *err)
{
    SECRET_OWNED struct secret *s = NULL;
    enum sv_status st = check(g, err);
    if (st == SV_OK)
        st = secret_new(&s, OAUTH_GRANT_MAX, err);
    if (st != SV_OK)
        return st;
    struct buf_writer w = buf_writer_over(secret_poke(s), OAUTH_GRANT_MAX);
    buf_put_bytes(&w, magic, sizeof magic);
    buf_put_u64(&w, (uint64_t)g->made);
    buf_put_u64(&w, (uint64_t)g->renewed);
    for (size_t i = 0; i < PARTS; i++) {
        size_t len;
        const uint8_t *bytes = part_bytes(g, &parts[i], &len);
        if (len == 0)
            continue;
        buf_put_u8(&w, (uint8_t)(i + 1));
        buf_put_block(&w, bytes, len);
    }
    if (w.full)
        return sv_fail(err, SV_DATA, "a login by OAuth2 of more than %d bytes", OAUTH_GRANT_MAX);
    return secret_copy(out, secret_peek(s), w.len, err);
}

/* ---- reading ---- */

static enum sv_status damaged(const char *what, struct sv_err *err)
{
    return sv_fail(err, SV_DATA,
                   "the login by OAuth2 is damaged (%s): make it anew with \"smtpvault login\"",
                   what);
}

static enum sv_status take_part(struct oauth_grant *g, const struct part *p, const uint8_t *bytes,
                                size_t len, struct sv_err *err)
{
    char *at = (char *)g + p->offset;
    if (len == 0 || len > p->limit || memchr(bytes, '\0', len) != NULL)
        return damaged(p->what, err);
    if (p->secret)
        return secret_copy((struct secret **)(void *)at, bytes, len, err);
    memcpy(at, bytes, len);
    return SV_OK;
}

static enum sv_status take_parts(struct oauth_grant *g, struct buf_reader *r, struct sv_err *err)
{
    enum sv_status st = SV_OK;
    for (uint8_t last = 0; st == SV_OK && r->left > 0;) {
        size_t len = 0;
        uint8_t tag = buf_get_u8(r);
        const uint8_t *bytes = buf_get_block(r, OAUTH_GRANT_MAX, &len);
        if (r->bad || tag <= last || tag > PARTS)
            return damaged("parts", err);
        last = tag;
        st = take_part(g, &parts[tag - 1], bytes, len, err);
    }
    return st;
}

enum sv_status oauth_grant_decode(struct oauth_grant *out, const struct secret *secret,
                                  struct sv_err *err)
{
    OAUTH_GRANT_OWNED struct oauth_grant g = {0};
    if (!oauth_grant_is(secret) || secret_len(secret) > OAUTH_GRANT_MAX)
        return damaged("beginning", err);
    struct buf_reader r = buf_reader_over(secret_peek(secret), secret_len(secret));
    (void)buf_get_view(&r, sizeof magic);
    g.made = (int64_t)buf_get_u64(&r);
    g.renewed = (int64_t)buf_get_u64(&r);
    enum sv_status st = take_parts(&g, &r, err);
    if (st == SV_OK)
        st = check(&g, err);
    if (st != SV_OK)
        return st;
    g.client.secret = g.client_secret;
    *out = g;
    memset(&g, 0, sizeof g);
    return SV_OK;
}

enum sv_status oauth_check_secret(const struct secret *secret, struct sv_err *err)
{
    OAUTH_GRANT_OWNED struct oauth_grant g = {0};
    return oauth_grant_is(secret) ? oauth_grant_decode(&g, secret, err)
                                  : profile_check_secret(secret, err);
}

/* ---- SASL ---- */

static const char user_is[] = "user=", bearer_is[] = "\001auth=Bearer ", end_is[] = "\001\001";

enum sv_status oauth_xoauth2(struct secret **out, const char *user, const struct secret *token,
                             struct sv_err *err)
{
    SECRET_OWNED struct secret *plain = NULL, *text = NULL;
    if (user == NULL || user[0] == '\0' || strchr(user, '\001') != NULL)
        return sv_fail(err, SV_DATA,
                       "XOAUTH2 needs a user name, and the profile has none: give it one with "
                       "\"smtpvault edit NAME --username USER\"");
    size_t len =
        strlen(user) + secret_len(token) + sizeof user_is + sizeof bearer_is + sizeof end_is;
    size_t room = sodium_base64_ENCODED_LEN(len, sodium_base64_VARIANT_ORIGINAL);
    enum sv_status st = secret_new(&plain, len, err);
    if (st != SV_OK || (st = secret_new(&text, room, err)) != SV_OK ||
        (st = secret_append(plain, user_is, sizeof user_is - 1, err)) != SV_OK ||
        (st = secret_append(plain, user, strlen(user), err)) != SV_OK ||
        (st = secret_append(plain, bearer_is, sizeof bearer_is - 1, err)) != SV_OK ||
        (st = secret_append(plain, secret_peek(token), secret_len(token), err)) != SV_OK ||
        (st = secret_append(plain, end_is, sizeof end_is - 1, err)) != SV_OK)
        return st;
    (void)sodium_bin2base64((char *)secret_poke(text), room, secret_peek(plain), secret_len(plain),
                            sodium_base64_VARIANT_ORIGINAL);
    secret_set_len(text, strlen((const char *)secret_peek(text)));
    *out = text;
    text = NULL;
    return SV_OK;
}
