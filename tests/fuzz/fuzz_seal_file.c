/* SPDX-License-Identifier: ISC */
/* The seal of an audit log, a file. Input: bit 0 of the first byte makes the checksum
 * right, the rest is the file: one encoding, and no message shows its keys. */
#include "audit/seal.h"
#include "fuzz.h"

#define BODY_LEN (AUDIT_SEAL_LEN - HASH_LEN)

static void mend(uint8_t *file)
{
    struct hash h;

    hash_begin(&h, NULL, HASH_LEN, "seal-file");
    hash_field(&h, file, BODY_LEN);
    hash_end(&h, file + BODY_LEN);
}

static void take(uint8_t mode, const uint8_t *bytes, size_t len)
{
    SECRET_OWNED struct secret *box = NULL;
    FUZZ_OWNED uint8_t *file = fuzz_copy(bytes, len);
    struct sv_err err = {""};
    size_t again_len = 0;

    CHECK(audit_seal_new(&box, &err) == SV_OK);
    if (mode % 2 == 1 && len == AUDIT_SEAL_LEN)
        mend(file);
    fuzz_hush(file, len);
    fuzz_write_file(fuzz_path("seal"), file, len);
    if (fuzz_told(audit_seal_read(box, fuzz_path("seal"), &err), &err) != SV_OK)
        return;
    CHECK(fuzz_told(audit_seal_make(box, fuzz_path("again"), &err), &err) == SV_OK);
    FUZZ_OWNED uint8_t *again = fuzz_read_file(fuzz_path("again"), &again_len);
    CHECK(again_len == len && memcmp(again, file, len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_begin();
    if (size > 0)
        take(data[0], data + 1, size - 1);
    return fuzz_end();
}
