/* SPDX-License-Identifier: ISC */
/* The secret part of the directory's row: one encoding, and what is added is found. */
#include "domain/directory_keys.h"
#include "fuzz.h"

static void check_added(const struct secret *part)
{
    static const uint8_t pk[KEY_LEN] = "an identity that is nobody's...";
    SECRET_OWNED struct secret *added = NULL, *dropped = NULL, *keys = NULL, *more = NULL,
                               *more_keys = NULL;
    struct sv_err err = {""};
    uint32_t number = 0;
    bool found = true;

    CHECK(fuzz_told(directory_keys_find_identity(part, pk, &found, &number, &err), &err) == SV_OK);
    CHECK(fuzz_told(directory_keys_audit(&keys, part, &err), &err) == SV_OK);
    CHECK(secret_len(keys) % DIRECTORY_AUDIT_KEY_LEN == 0);
    if (fuzz_told(directory_keys_add_audit(&more, part, 77, pk, &err), &err) == SV_OK) {
        CHECK(directory_keys_audit(&more_keys, more, &err) == SV_OK);
        CHECK(secret_len(more_keys) == secret_len(keys) + DIRECTORY_AUDIT_KEY_LEN);
        CHECK(le64_get(secret_peek(more_keys)) == 77);
    }
    if (fuzz_told(directory_keys_add_identity(&added, part, 0x7fffffff, pk, &err), &err) != SV_OK)
        return;
    CHECK(directory_keys_find_identity(added, pk, &found, &number, &err) == SV_OK && found);
    CHECK(fuzz_told(directory_keys_drop_identity(&dropped, added, 0x7fffffff, &err), &err) ==
          SV_OK);
    CHECK(secret_len(dropped) <= secret_len(part));
}

static void check_formers(const struct secret *part)
{
    struct directory_former one = {.number = 3, .left = 1700000000, .label = "eve"}, got;
    SECRET_OWNED struct secret *more = NULL;
    struct sv_err err = {""};
    uint32_t count = 0;
    enum sv_status st;

    while ((st = fuzz_told_missing(directory_keys_former(part, count, &got, &err), &err)) ==
           SV_OK) {
        CHECK(got.left > 0 && got.label[0] != '\0');
        count++;
    }
    CHECK(st == SV_MISSING);
    if (fuzz_told(directory_keys_add_former(&more, part, &one, &err), &err) != SV_OK)
        return;
    CHECK(directory_keys_former(more, count, &got, &err) == SV_OK);
    CHECK(got.number == 3 && got.left == one.left && strcmp(got.label, "eve") == 0);
    CHECK(directory_keys_former(more, count + 1, &got, &err) == SV_MISSING);
}

static void take(const uint8_t *data, size_t size)
{
    SECRET_OWNED struct secret *part = fuzz_secret(data, size), *again = NULL;
    struct sv_err err = {""};
    uint32_t next = 0;

    fuzz_hush(data, size);
    if (fuzz_told(directory_keys_next(part, &next, &err), &err) != SV_OK)
        return;
    CHECK(fuzz_told(directory_keys_set_next(&again, part, next, &err), &err) == SV_OK);
    CHECK(secret_equal(again, part));
    check_added(part);
    check_formers(part);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_begin();
    take(data, size);
    return fuzz_end();
}
