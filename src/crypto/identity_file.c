/* SPDX-License-Identifier: ISC */
/* identity_file: an identity's secret key at rest. */
#include <sodium.h>
#include <string.h>

#include "crypto/identity.h"
#include "crypto/seal.h"

#define FILE_VERSION 1
#define HEAD_LEN (2 + 3 * 4 + ARGON2_SALT_LEN)
#define BOX_LEN (KEY_LEN + SEAL_OVERHEAD)
#define SEALED_LEN (HEAD_LEN + BOX_LEN)
#define BASE64_LEN ((SEALED_LEN + 2) / 3 * 4)
#define BINDING_MAX (HEAD_LEN + IDENTITY_LINE_MAX)

static const char magic[] = "smtpvault-identity-secret-1 ";
#define MAGIC_LEN (sizeof magic - 1)
#define SECOND_LEN (MAGIC_LEN + BASE64_LEN + 1)

/* A file taken apart. */
struct parts {
    struct identity_public identity;
    struct argon2_cost cost;
    uint8_t salt[ARGON2_SALT_LEN];
    uint8_t box[BOX_LEN];
    uint8_t binding[BINDING_MAX];
    size_t binding_len;
};

static void put_binding(struct parts *p, const char *line, size_t line_len)
{
    struct buf_writer w = buf_writer_over(p->binding, sizeof p->binding);

    buf_put_u8(&w, FILE_VERSION);
    buf_put_u8(&w, SUITE_ID);
    buf_put_u32(&w, p->cost.passes);
    buf_put_u32(&w, p->cost.memory_kib);
    buf_put_u32(&w, p->cost.lanes);
    buf_put_bytes(&w, p->salt, sizeof p->salt);
    buf_put_bytes(&w, line, line_len);
    p->binding_len = w.len;
}

static enum sv_status box_key(struct secret **out, const struct parts *p,
                              const struct secret *passphrase, struct sv_err *err)
{
    SECRET_OWNED struct secret *key = NULL;
    enum sv_status status = secret_new(&key, KEY_LEN, err);

    if (status == SV_OK)
        status = argon2_derive(key, passphrase, p->salt, NULL, p->binding, p->binding_len, &p->cost,
                               err);
    if (status != SV_OK)
        return status;
    kdf(secret_poke(key), secret_peek(key), "identity", p->binding, p->binding_len);
    *out = key;
    key = NULL;
    return SV_OK;
}

/* ---- making ---- */

static enum sv_status put_file(struct blob *out, const struct parts *p, const char *line,
                               struct sv_err *err)
{
    uint8_t sealed[SEALED_LEN];
    char text[BASE64_LEN + 1];
    BLOB_OWNED struct blob made = {0};

    memcpy(sealed, p->binding, HEAD_LEN);
    memcpy(sealed + HEAD_LEN, p->box, BOX_LEN);
    (void)sodium_bin2base64(text, sizeof text, sealed, sizeof sealed,
                            sodium_base64_VARIANT_ORIGINAL);
    text[BASE64_LEN] = '\n';
    if (!blob_append(&made, line, strlen(line)) || !blob_append(&made, "\n", 1) ||
        !blob_append(&made, magic, MAGIC_LEN) || !blob_append(&made, text, sizeof text))
        return sv_fail_nomem(err);
    *out = made;
    made = (struct blob){0};
    return SV_OK;
}

enum sv_status identity_file_make(struct blob *out, const struct secret *secret_key,
                                  const struct identity_public *identity,
                                  const struct secret *passphrase, const struct argon2_cost *cost,
                                  struct sv_err *err)
{
    static const struct seal_context place = {.kind = SEAL_IDENTITY};
    struct parts p = {.cost = *cost};
    SECRET_OWNED struct secret *key = NULL;
    char line[IDENTITY_LINE_MAX + 1];
    enum sv_status status = argon2_cost_check(cost, err);

    if (status != SV_OK)
        return status;
    identity_line(line, identity);
    randombytes_buf(p.salt, sizeof p.salt);
    put_binding(&p, line, strlen(line));
    status = box_key(&key, &p, passphrase, err);
    if (status == SV_OK)
        status = seal_box(p.box, secret_peek(key), &place, SEAL_EXACT, secret_peek(secret_key),
                          KEY_LEN, err);
    return status == SV_OK ? put_file(out, &p, line, err) : status;
}

/* ---- reading ---- */

static enum sv_status fail_file(struct sv_err *err)
{
    return sv_fail(err, SV_DATA,
                   "this is no identity file of smtpvault, or a damaged one: name the file that "
                   "\"smtpvault member identity\" made, or restore a copy of it");
}

static bool parse_sealed(struct parts *p, const char *text)
{
    uint8_t sealed[SEALED_LEN];
    char again[BASE64_LEN + 1];
    size_t len = 0;

    if (memcmp(text, magic, MAGIC_LEN) != 0 || text[SECOND_LEN - 1] != '\n' ||
        sodium_base642bin(sealed, sizeof sealed, text + MAGIC_LEN, BASE64_LEN, NULL, &len, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0 ||
        len != SEALED_LEN)
        return false;
    /* One spelling only: libsodium takes some bytes above 0x7f for letters. */
    (void)sodium_bin2base64(again, sizeof again, sealed, sizeof sealed,
                            sodium_base64_VARIANT_ORIGINAL);
    if (memcmp(again, text + MAGIC_LEN, BASE64_LEN) != 0)
        return false;
    struct buf_reader r = buf_reader_over(sealed, sizeof sealed);
    uint8_t version = buf_get_u8(&r), suite = buf_get_u8(&r);
    p->cost.passes = buf_get_u32(&r);
    p->cost.memory_kib = buf_get_u32(&r);
    p->cost.lanes = buf_get_u32(&r);
    buf_get_bytes(&r, p->salt, sizeof p->salt);
    buf_get_bytes(&r, p->box, sizeof p->box);
    return version == FILE_VERSION && suite == SUITE_ID;
}

static enum sv_status parse(struct parts *out, const uint8_t *bytes, size_t len, struct sv_err *err)
{
    const char *text = (const char *)bytes;
    const char *end = len > 0 && len <= IDENTITY_FILE_MAX ? memchr(text, '\n', len) : NULL;
    char line[IDENTITY_LINE_MAX + 1];
    struct parts p = {0};

    if (end == NULL || len - (size_t)(end + 1 - text) != SECOND_LEN || !parse_sealed(&p, end + 1))
        return fail_file(err);
    enum sv_status status = identity_parse(&p.identity, text, (size_t)(end - text), err);
    if (status != SV_OK)
        return fail_file(err);
    /* No blank more than it was written with. */
    identity_line(line, &p.identity);
    if (strlen(line) != (size_t)(end - text))
        return fail_file(err);
    status = argon2_cost_check(&p.cost, err);
    if (status != SV_OK)
        return status;
    put_binding(&p, line, strlen(line));
    *out = p;
    return SV_OK;
}

enum sv_status identity_file_public(struct identity_public *out, const uint8_t *bytes, size_t len,
                                    struct sv_err *err)
{
    struct parts p;
    enum sv_status status = parse(&p, bytes, len, err);

    if (status == SV_OK)
        *out = p.identity;
    return status;
}

enum sv_status identity_file_open(struct secret **secret_key, const uint8_t *bytes, size_t len,
                                  const struct secret *passphrase, struct sv_err *err)
{
    static const struct seal_context place = {.kind = SEAL_IDENTITY};
    struct parts p;
    SECRET_OWNED struct secret *key = NULL, *found = NULL;
    uint8_t pk[KEY_LEN];
    enum sv_status status = parse(&p, bytes, len, err);

    if (status == SV_OK)
        status = box_key(&key, &p, passphrase, err);
    if (status == SV_OK)
        status = seal_open(&found, secret_peek(key), &place, SEAL_EXACT, p.box, BOX_LEN, err);
    if (status == SV_DATA && key != NULL)
        return sv_fail(err, SV_DENIED,
                       "wrong passphrase for this identity (it has one of its own): try again");
    if (status != SV_OK)
        return status;
    pkseal_public(pk, secret_peek(found));
    if (memcmp(pk, p.identity.pk, KEY_LEN) != 0)
        return fail_file(err);
    *secret_key = found;
    found = NULL;
    return SV_OK;
}
