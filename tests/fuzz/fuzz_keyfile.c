/* SPDX-License-Identifier: ISC */
/* A key file's text: ours has one form only. */
#include "crypto/slot.h"
#include "fuzz.h"

static void take(const uint8_t *data, size_t size)
{
    SECRET_OWNED struct secret *content = fuzz_secret(data, size);
    SECRET_OWNED struct secret *hash = NULL;
    uint8_t random[64];
    char again[96];
    size_t len = 0;

    CHECK(keyfile_hash(&hash, content, NULL) == SV_OK && secret_len(hash) == KEY_LEN);
    if (!keyfile_is_ours(content))
        return;
    CHECK(size == 20 + 64 + 1);
    CHECK(sodium_base642bin(random, sizeof random, (const char *)data + 20, 64, NULL, &len, NULL,
                            sodium_base64_VARIANT_ORIGINAL) == 0);
    sodium_bin2base64(again, sizeof again, random, len, sodium_base64_VARIANT_ORIGINAL);
    CHECK(memcmp(again, data + 20, 64) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_begin();
    take(data, size);
    return fuzz_end();
}
