/* SPDX-License-Identifier: ISC */
/* The secret part of a row, a TLV: one encoding, and no message repeats it. */
#include "domain/object.h"
#include "domain/profile.h"
#include "fuzz.h"

static void take(const uint8_t *data, size_t size)
{
    SECRET_OWNED struct secret *plain = fuzz_secret(data, size);
    SECRET_OWNED struct secret *password = NULL, *again = NULL;
    struct sv_err err = {""};

    fuzz_hush(data, size);
    if (fuzz_told(object_secret_decode(&password, plain, &err), &err) != SV_OK)
        return;
    fuzz_hush(secret_peek(password), secret_len(password));
    CHECK(fuzz_told(object_secret_encode(&again, password, &err), &err) == SV_OK);
    CHECK(fuzz_secret_is(again, data, size));
    enum sv_status st = fuzz_told(profile_check_secret(password, &err), &err);
    CHECK(st == SV_OK || st == SV_DATA);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_begin();
    take(data, size);
    return fuzz_end();
}
