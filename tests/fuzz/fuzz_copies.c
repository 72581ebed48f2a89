/* SPDX-License-Identifier: ISC */
/*
 * What a card keeps of copies. What decodes encodes to the same bytes, and each copy is found
 * at its place.
 */
#include "domain/copies.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_begin();
    BLOB_OWNED struct blob again = {0};
    COPIES_OWNED struct copies list = {0};
    struct sv_err err = {""};

    if (fuzz_told(copies_decode(&list, data, size, &err), &err) == SV_OK) {
        CHECK(fuzz_told(copies_encode(&again, &list, &err), &err) == SV_OK);
        CHECK(again.len == size && (size == 0 || memcmp(again.bytes, data, size) == 0));
        for (size_t i = 0; i < list.count; i++)
            CHECK(copies_find(&list, list.items[i].machine, list.items[i].path) == &list.items[i]);
    }
    copies_clear(&list);
    blob_clear(&again);
    return fuzz_end();
}
