/* SPDX-License-Identifier: ISC */
/* The vault's header: one encoding, and nothing but it opens. */
#include "domain/state.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vault_header h;
    uint8_t again[HEADER_LEN];
    struct sv_err err = {""};

    fuzz_begin();
    if (fuzz_told(header_decode(&h, data, size, "vault.db", &err), &err) == SV_OK) {
        header_encode(again, &h);
        CHECK(size == sizeof again);
        CHECK(memcmp(again, data, size) == 0);
    }
    return fuzz_end();
}
