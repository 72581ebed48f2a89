/* SPDX-License-Identifier: ISC */
/*
 * SCRAM-SHA-256 (RFC 5802, RFC 7677): the password never leaves, not even to the server,
 * and the server proves that it knows it too. Without channel binding.
 */
#include "smtp/sasl_step.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <sodium.h>
#include <string.h>

#include "base/text.h"
#include "crypto/hmac.h"
#include "crypto/random.h"
#include "crypto/sha256.h"

#define HASH SHA256_LEN
#define NONCE_BYTES 18
/* RFC 7677 section 4 asks for no less; more than the upper bound is no server's choice but
 * an attempt to keep us busy. */
#define ROUNDS_MIN 4096
#define ROUNDS_MAX 1000000
#define SALT_MAX 256

static const char header[] = "n,,"; /* no channel binding; "biws" in base64 */

/* "r=...,s=...,i=..." taken apart; each points into the challenge. */
struct server_first {
    const char *nonce, *salt, *rounds;
    size_t nonce_len, salt_len, rounds_len;
};

static bool take_part(const char **at, const char *key, const char **value, size_t *len)
{
    if (!text_starts_with(*at, key))
        return false;
    *value = *at + strlen(key);
    *len = strcspn(*value, ",");
    *at = *value + *len;
    if (**at == ',')
        ++*at;
    return *len > 0;
}

static bool take_apart(const char *challenge, struct server_first *f)
{
    return take_part(&challenge, "r=", &f->nonce, &f->nonce_len) &&
           take_part(&challenge, "s=", &f->salt, &f->salt_len) &&
           take_part(&challenge, "i=", &f->rounds, &f->rounds_len);
}

/* ---- the first message ---- */

static enum sv_status put_nonce(struct sasl_state *s, struct sv_err *err)
{
    uint8_t bytes[NONCE_BYTES];
    char nonce[sodium_base64_ENCODED_LEN(NONCE_BYTES, sodium_base64_VARIANT_ORIGINAL)];
    if (s->who.nonce != NULL)
        return sasl_put(s, s->who.nonce, err);
    random_bytes(bytes, sizeof(bytes));
    return sasl_put(s,
                    sodium_bin2base64(nonce, sizeof(nonce), bytes, sizeof(bytes),
                                      sodium_base64_VARIANT_ORIGINAL),
                    err);
}

static enum sv_status say_first(struct sasl_state *s, struct sv_err *err)
{
    enum sv_status status = sasl_put(s, header, err);
    if (status == SV_OK)
        status = sasl_put(s, "n=", err);
    if (status == SV_OK)
        status = sasl_put_name(s, s->who.username, err);
    if (status == SV_OK)
        status = sasl_put(s, ",r=", err);
    if (status == SV_OK)
        status = put_nonce(s, err);
    size_t bare = sizeof(header) - 1;
    if (status == SV_OK)
        status = secret_copy(&s->proof, secret_peek(s->message) + bare,
                             secret_len(s->message) - bare, err);
    return status;
}

/* ---- the proof ---- */

static bool salted_password(const struct sasl_state *s, const struct server_first *f,
                            uint8_t out[HASH], struct sv_err *err)
{
    uint8_t salt[SALT_MAX];
    char digits[16] = "";
    size_t salt_len = 0;
    uint64_t rounds = 0;
    if (f->rounds_len < sizeof(digits))
        memcpy(digits, f->rounds, f->rounds_len);
    if (!text_parse_u64(digits, ROUNDS_MIN, ROUNDS_MAX, &rounds)) {
        (void)sv_fail(err, SV_DATA,
                      "the server asks for fewer than %d rounds of SCRAM, or too many", ROUNDS_MIN);
        return false;
    }
    if (sodium_base642bin(salt, sizeof(salt), f->salt, f->salt_len, NULL, &salt_len, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0 ||
        salt_len == 0) {
        (void)sv_fail(err, SV_DATA, "the server's salt for SCRAM is none");
        return false;
    }
    return PKCS5_PBKDF2_HMAC((const char *)secret_peek(s->secret), (int)secret_len(s->secret), salt,
                             (int)salt_len, (int)rounds, EVP_sha256(), HASH, out) == 1;
}

struct keys {
    uint8_t salted[HASH], client[HASH], stored[HASH], signature[HASH], server[HASH];
};

/* `auth` is the whole conversation up to here. signature becomes the client's proof, and
 * server what the server has to show. */
static void prove(struct keys *k, const struct secret *auth)
{
    const uint8_t *text = secret_peek(auth);
    size_t len = secret_len(auth);
    hmac_sha256(k->client, k->salted, HASH, "Client Key", 10);
    sha256(k->stored, k->client, HASH);
    hmac_sha256(k->signature, k->stored, HASH, text, len);
    hmac_sha256(k->server, k->salted, HASH, "Server Key", 10);
    hmac_sha256(k->server, k->server, HASH, text, len);
    for (size_t i = 0; i < HASH; i++)
        k->signature[i] ^= k->client[i];
}

/* proof: "client-first-bare,server-first,client-final-without-proof". */
static enum sv_status put_conversation(struct sasl_state *s, const char *challenge, size_t len,
                                       struct secret **auth, struct sv_err *err)
{
    size_t need = secret_len(s->proof) + len + secret_len(s->message) + 2;
    enum sv_status status = secret_new(auth, need, err);
    if (status == SV_OK)
        status = secret_append(*auth, secret_peek(s->proof), secret_len(s->proof), err);
    if (status == SV_OK)
        status = secret_append(*auth, ",", 1, err);
    if (status == SV_OK)
        status = secret_append(*auth, challenge, len, err);
    if (status == SV_OK)
        status = secret_append(*auth, ",", 1, err);
    if (status == SV_OK)
        status = secret_append(*auth, secret_peek(s->message), secret_len(s->message), err);
    return status;
}

static enum sv_status put_proof(struct sasl_state *s, const struct secret *auth, struct keys *k,
                                struct sv_err *err)
{
    char text[sodium_base64_ENCODED_LEN(HASH, sodium_base64_VARIANT_ORIGINAL)];
    prove(k, auth);
    sodium_bin2base64(text, sizeof(text), k->signature, HASH, sodium_base64_VARIANT_ORIGINAL);
    enum sv_status status = sasl_put(s, ",p=", err);
    if (status == SV_OK)
        status = sasl_put(s, text, err);
    secret_free(s->proof);
    s->proof = NULL;
    return status == SV_OK ? secret_copy(&s->proof, k->server, HASH, err) : status;
}

/* The server's nonce goes on where ours ends. */
static bool is_our_nonce(const struct sasl_state *s, const struct server_first *f)
{
    const uint8_t *first = secret_peek(s->proof);
    const uint8_t *ours = memmem(first, secret_len(s->proof), ",r=", 3);
    size_t len = secret_len(s->proof) - (size_t)(ours + 3 - first);
    return f->nonce_len > len && memcmp(f->nonce, ours + 3, len) == 0;
}

static enum sv_status say_final(struct sasl_state *s, const char *challenge, size_t len,
                                struct sv_err *err)
{
    struct server_first f;
    struct keys k;
    SECRET_OWNED struct secret *auth = NULL;
    if (strlen(challenge) != len || !take_apart(challenge, &f) || !is_our_nonce(s, &f))
        return sv_fail(err, SV_DATA, "the server's first message is not SCRAM's");
    enum sv_status status = sasl_put(s, "c=biws,r=", err);
    if (status == SV_OK)
        status = secret_append(s->message, f.nonce, f.nonce_len, err);
    if (status == SV_OK)
        status = put_conversation(s, challenge, len, &auth, err);
    if (status != SV_OK)
        return status;
    status = SV_DATA;
    if (salted_password(s, &f, k.salted, err))
        status = put_proof(s, auth, &k, err);
    sodium_memzero(&k, sizeof(k));
    return status;
}

/* ---- the server's proof ---- */

static enum sv_status check_server(struct sasl_state *s, const char *challenge, struct sv_err *err)
{
    uint8_t shown[HASH];
    size_t len = 0;
    if (text_starts_with(challenge, "e="))
        return SV_OK; /* its reason; the refusal follows */
    if (!text_starts_with(challenge, "v=") ||
        sodium_base642bin(shown, sizeof(shown), challenge + 2, strcspn(challenge + 2, ","), NULL,
                          &len, NULL, sodium_base64_VARIANT_ORIGINAL) != 0 ||
        len != HASH || CRYPTO_memcmp(shown, secret_peek(s->proof), HASH) != 0)
        return sv_fail(err, SV_DATA, "the server does not prove that it knows the password");
    s->complete = true;
    return SV_OK;
}

enum sv_status sasl_step_scram(struct sasl_state *s, const char *challenge, size_t len,
                               struct sv_err *err)
{
    switch (s->steps) {
    case 0:
        return say_first(s, err);
    case 1:
        return say_final(s, challenge, len, err);
    case 2:
        return check_server(s, challenge, err);
    default:
        return sv_fail(err, SV_DATA, "the server asks for more than SCRAM has");
    }
}
