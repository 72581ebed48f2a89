/* SPDX-License-Identifier: ISC */
/* keyfile: key files, made and told apart. */
#include <string.h>

#include "crypto/slot.h"

#define RANDOM_LEN 48
#define BASE64_LEN 64 /* of 48 bytes: no padding */

static const char magic[] = "smtpvault-keyfile-1 ";
#define MAGIC_LEN (sizeof magic - 1)
#define TEXT_LEN (MAGIC_LEN + BASE64_LEN + 1)

enum sv_status keyfile_hash(struct secret **out, const struct secret *content, struct sv_err *err)
{
    struct secret *digest = NULL;
    enum sv_status status = secret_new(&digest, KEY_LEN, err);
    struct hash h;

    if (status != SV_OK)
        return status;
    secret_set_len(digest, KEY_LEN);
    hash_begin(&h, NULL, KEY_LEN, "keyfile");
    hash_field(&h, secret_peek(content), secret_len(content));
    hash_end(&h, secret_poke(digest));
    *out = digest;
    return SV_OK;
}

enum sv_status keyfile_make(struct secret **content, struct sv_err *err)
{
    struct secret *text = NULL;
    uint8_t random[RANDOM_LEN];
    /* sodium_bin2base64 ends with a NUL, which the newline then replaces. */
    enum sv_status status = secret_new(&text, TEXT_LEN, err);

    if (status != SV_OK)
        return status;
    secret_set_len(text, TEXT_LEN);
    uint8_t *at = secret_poke(text);
    randombytes_buf(random, sizeof random);
    memcpy(at, magic, MAGIC_LEN);
    (void)sodium_bin2base64((char *)at + MAGIC_LEN, BASE64_LEN + 1, random, sizeof random,
                            sodium_base64_VARIANT_ORIGINAL);
    at[TEXT_LEN - 1] = '\n';
    sodium_memzero(random, sizeof random);
    *content = text;
    return SV_OK;
}

bool keyfile_is_ours(const struct secret *content)
{
    const uint8_t *at = secret_peek(content);
    uint8_t random[RANDOM_LEN];
    char again[BASE64_LEN + 1];
    size_t len = 0;

    if (secret_len(content) != TEXT_LEN || memcmp(at, magic, MAGIC_LEN) != 0 ||
        at[TEXT_LEN - 1] != '\n')
        return false;
    /* One spelling only: libsodium takes some bytes above 0x7f for letters. */
    bool ours = sodium_base642bin(random, sizeof random, (const char *)at + MAGIC_LEN, BASE64_LEN,
                                  NULL, &len, NULL, sodium_base64_VARIANT_ORIGINAL) == 0 &&
                len == RANDOM_LEN &&
                sodium_bin2base64(again, sizeof again, random, sizeof random,
                                  sodium_base64_VARIANT_ORIGINAL) == again &&
                sodium_memcmp(again, at + MAGIC_LEN, BASE64_LEN) == 0;
    sodium_memzero(random, sizeof random);
    sodium_memzero(again, sizeof again);
    return ours;
}
