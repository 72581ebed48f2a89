/* SPDX-License-Identifier: ISC */
/* hash: framed, labelled BLAKE2b. */
#include "crypto/hash.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"

#define PIECE 65536

/* The fields "smtpvault/1" and suite, as they are hashed: in one update, which are a
 * good part of a short hash. */
static const uint8_t frame[] = {11,  0,   0,   0,   's', 'm', 't', 'p', 'v', 'a',
                                'u', 'l', 't', '/', '1', 1,   0,   0,   0,   SUITE_ID};

void hash_begin(struct hash *h, const uint8_t key[KEY_LEN], size_t out_len, const char *label)
{
    h->out_len = out_len;
    (void)crypto_generichash_init(&h->state, key, key == NULL ? 0 : KEY_LEN, out_len);
    (void)crypto_generichash_update(&h->state, frame, sizeof frame);
    hash_field(h, label, strlen(label));
}

void hash_field(struct hash *h, const void *bytes, size_t len)
{
    uint8_t prefix[4];

    le32_put(prefix, (uint32_t)len);
    (void)crypto_generichash_update(&h->state, prefix, sizeof prefix);
    if (len > 0)
        (void)crypto_generichash_update(&h->state, bytes, len);
}

void hash_u64(struct hash *h, uint64_t value)
{
    uint8_t bytes[8];

    le64_put(bytes, value);
    hash_field(h, bytes, sizeof bytes);
}

void hash_end(struct hash *h, uint8_t *out)
{
    (void)crypto_generichash_final(&h->state, out, h->out_len);
    sodium_memzero(h, sizeof *h);
}

void kdf(uint8_t out[KEY_LEN], const uint8_t key[KEY_LEN], const char *label, const void *detail,
         size_t len)
{
    struct hash h;

    hash_begin(&h, key, KEY_LEN, label);
    hash_field(&h, detail, len);
    hash_end(&h, out);
}

bool hash_file(uint8_t out[HASH_LEN], int fd, uint64_t most)
{
    crypto_generichash_state state;
    uint8_t piece[PIECE];
    ssize_t got;

    crypto_generichash_init(&state, NULL, 0, HASH_LEN);
    while ((got = read(fd, piece, sizeof piece)) > 0 || (got < 0 && errno == EINTR)) {
        if (got < 0)
            continue;
        if ((uint64_t)got > most)
            return false;
        most -= (uint64_t)got;
        crypto_generichash_update(&state, piece, (unsigned long long)got);
    }
    crypto_generichash_final(&state, out, HASH_LEN);
    return got == 0;
}
