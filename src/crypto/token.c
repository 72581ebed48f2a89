/* SPDX-License-Identifier: ISC */
#include "crypto/token.h"

#include <string.h>

#include "crypto/base32.h"
#include "crypto/keys.h"
#include "crypto/random.h"

/* What base32 stands for, and the check that the secret should have. */
struct token_body {
    uint8_t secret[TOKEN_SECRET_LEN];
    uint8_t check[TOKEN_CHECK_LEN];
};
#define BODY_LEN (TOKEN_SECRET_LEN + TOKEN_CHECK_LEN)

_Static_assert(sizeof(struct token_body) == BODY_LEN, "the body is what is encoded");
_Static_assert(TOKEN_TEXT_LEN == TOKEN_PREFIX_LEN + BASE32_LEN(BODY_LEN), "the text's length");
_Static_assert(BODY_LEN % 5 == 0, "no bit to spare: one text only");

static void body_wipe(struct token_body *b)
{
    sodium_memzero(b, sizeof *b);
}
#define BODY_OWNED __attribute__((cleanup(body_wipe)))

const struct token_keys *token_keys_peek(const struct secret *keys)
{
    return (const struct token_keys *)(const void *)secret_peek(keys);
}

static void check_of(uint8_t check[TOKEN_CHECK_LEN], const uint8_t secret[TOKEN_SECRET_LEN])
{
    uint8_t digest[HASH_LEN];
    struct hash h;

    hash_begin(&h, NULL, sizeof digest, "token-check");
    hash_field(&h, secret, TOKEN_SECRET_LEN);
    hash_end(&h, digest);
    memcpy(check, digest, TOKEN_CHECK_LEN);
    sodium_memzero(digest, sizeof digest);
}

static enum sv_status keys_of(struct secret **out, const uint8_t secret[TOKEN_SECRET_LEN],
                              struct sv_err *err)
{
    SECRET_OWNED struct secret *s = NULL;
    struct token_keys *keys;
    uint8_t seed[KEY_LEN];
    enum sv_status st = secret_new(&s, sizeof *keys, err);

    if (st)
        return st;
    secret_set_len(s, sizeof *keys);
    keys = (struct token_keys *)(void *)secret_poke(s);
    kdf(seed, secret, "token", NULL, 0);
    keys_from_seed(keys->sk, keys->pk, keys->psk, seed);
    sodium_memzero(seed, sizeof seed);
    *out = s;
    s = NULL;
    return SV_OK;
}

enum sv_status token_make(struct secret **text, struct secret **keys, struct sv_err *err)
{
    SECRET_OWNED struct secret *s = NULL;
    BODY_OWNED struct token_body body;
    enum sv_status st;

    random_bytes(body.secret, sizeof body.secret);
    check_of(body.check, body.secret);
    if ((st = secret_new(&s, TOKEN_TEXT_LEN, err)) ||
        (keys && (st = keys_of(keys, body.secret, err))))
        return st;
    secret_set_len(s, TOKEN_TEXT_LEN);
    memcpy(secret_poke(s), TOKEN_PREFIX, TOKEN_PREFIX_LEN);
    base32_encode(secret_poke(s) + TOKEN_PREFIX_LEN, &body, BODY_LEN);
    *text = s;
    s = NULL;
    return SV_OK;
}

/* Every version's tokens begin with the same word, a number and "_". */
static bool is_newer(const uint8_t *text, size_t len)
{
    static const char word[] = "smtpvault_t";
    size_t first = sizeof word - 1, end = first;

    if (len < first || memcmp(text, word, first) != 0)
        return false;
    while (end < len && text[end] >= '0' && text[end] <= '9')
        end++;
    return end > first && end < len && text[end] == '_' && (end > first + 1 || text[first] > '1');
}

enum sv_status token_parse(struct secret **keys, const struct secret *text, struct sv_err *err)
{
    const uint8_t *at = secret_peek(text);
    size_t len = secret_len(text);
    uint8_t check[TOKEN_CHECK_LEN];
    BODY_OWNED struct token_body body;
    bool well_formed;

    if (is_newer(at, len))
        return sv_fail(err, SV_DATA,
                       "this token is of a form that a newer smtpvault writes: use that one");
    if (len < TOKEN_PREFIX_LEN || memcmp(at, TOKEN_PREFIX, TOKEN_PREFIX_LEN) != 0)
        return sv_fail(err, SV_DATA, "this is no token: one begins with " TOKEN_PREFIX);
    if (len != TOKEN_TEXT_LEN)
        return sv_fail(err, SV_DATA,
                       "the token has %zu characters in place of %d: copy the whole of it, and "
                       "nothing else",
                       len, TOKEN_TEXT_LEN);
    /* Both are always computed, so that a wrong letter takes as long as a wrong check. */
    well_formed = base32_decode((uint8_t *)&body, BODY_LEN, at + TOKEN_PREFIX_LEN);
    check_of(check, body.secret);
    if ((sodium_memcmp(check, body.check, sizeof check) != 0) | !well_formed)
        return sv_fail(err, SV_DATA,
                       "the token was mistyped: a character of it is wrong; copy it again");
    return keys_of(keys, body.secret, err);
}
