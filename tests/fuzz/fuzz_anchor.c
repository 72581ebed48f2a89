/* SPDX-License-Identifier: ISC */
/* The anchor's file. Input: bit 0 of the first byte makes the checksum right, the
 * rest is the file: one encoding. */
#include "crypto/hash.h"
#include "domain/anchor.h"
#include "fuzz.h"

#define ANCHOR_BODY 161
#define ANCHOR_LEN (ANCHOR_BODY + HASH_LEN)

static void mend(uint8_t *file)
{
    struct hash h;

    hash_begin(&h, NULL, HASH_LEN, "anchor");
    hash_field(&h, file, ANCHOR_BODY);
    hash_end(&h, file + ANCHOR_BODY);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf_reader in = buf_reader_over(data, size);
    struct anchor a;
    struct sv_err err = {""};

    fuzz_begin();
    uint8_t mode = buf_get_u8(&in);
    size_t len, again_len = 0;
    const uint8_t *rest = fuzz_rest(&in, &len);
    FUZZ_OWNED uint8_t *file = fuzz_copy(rest, len);
    if (mode % 2 == 1 && len == ANCHOR_LEN)
        mend(file);
    fuzz_write_file(fuzz_path("anchor"), file, len);
    if (fuzz_told(anchor_read(fuzz_path("anchor"), &a, &err), &err) == SV_OK) {
        CHECK(fuzz_told(anchor_write(fuzz_path("again"), &a, &err), &err) == SV_OK);
        FUZZ_OWNED uint8_t *again = fuzz_read_file(fuzz_path("again"), &again_len);
        CHECK(again_len == len && memcmp(again, file, len) == 0);
    }
    return fuzz_end();
}
