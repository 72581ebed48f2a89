/* SPDX-License-Identifier: ISC */
/* What a card keeps of a rotation: what decodes encodes to the same bytes. */
#include "domain/rotation_record.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_begin();
    BLOB_OWNED struct blob again = {0};
    struct rotation_record record;
    struct sv_err err = {""};

    if (fuzz_told(rotation_decode(&record, data, size, &err), &err) == SV_OK) {
        CHECK(fuzz_told(rotation_encode(&again, &record, &err), &err) == SV_OK);
        CHECK(again.len == size && memcmp(again.bytes, data, size) == 0);
        CHECK(record.stage >= STAGE_PLANNED && record.stage <= STAGE_ABANDONED);
        CHECK(strlen(rotation_stage_word(record.stage)) > 0);
    }
    blob_clear(&again);
    return fuzz_end();
}
