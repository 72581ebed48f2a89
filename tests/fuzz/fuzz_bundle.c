/* SPDX-License-Identifier: ISC */
/*
 * What a slot's bundle holds, of each role. Input: bit 0 of the first byte puts the
 * epoch right, the rest is the bundle: what opens makes the same bundle again.
 */
#include "domain/vault_impl.h"
#include "fuzz.h"

#define EPOCH 3
#define FIRST_KEY_AT (1 + 8 + KEY_LEN + 2)
#define AUDITOR_KEYS_MAX 100

static void check_made(enum role role, const struct secret *keys, const uint8_t *bytes, size_t len)
{
    SECRET_OWNED struct secret *older = NULL, *again = NULL;
    size_t from = FIRST_KEY_AT + DIRECTORY_AUDIT_KEY_LEN;
    struct sv_err err = {""};

    if (role == ROLE_AUDITOR) {
        CHECK(len >= from);
        /* More than are ever made are read all the same. */
        if (len > FIRST_KEY_AT + AUDITOR_KEYS_MAX * DIRECTORY_AUDIT_KEY_LEN)
            return;
        older = fuzz_secret(bytes + from, len - from);
    }
    CHECK(fuzz_told(vault_bundle_make(&again, role, EPOCH, keys_peek(keys), older, &err), &err) ==
          SV_OK);
    CHECK(fuzz_secret_is(again, bytes, len));
}

static void take(uint8_t mode, const uint8_t *data, size_t size)
{
    FUZZ_OWNED uint8_t *bytes = fuzz_copy(data, size);
    SECRET_OWNED struct secret *bundle = NULL, *keys = NULL, *audit = NULL;
    struct sv_err err = {""};
    enum role role = 0;

    if (mode % 2 == 1 && size >= 9)
        le64_put(bytes + 1, EPOCH);
    bundle = fuzz_secret(bytes, size);
    fuzz_hush(bytes, size);
    if (fuzz_told(vault_bundle_open(&keys, &audit, &role, EPOCH, bundle, &err), &err) != SV_OK) {
        CHECK(keys == NULL && audit == NULL);
        return;
    }
    CHECK(role == ROLE_ADMIN || role == ROLE_READER || role == ROLE_AUDITOR);
    CHECK((audit != NULL) == (role == ROLE_AUDITOR));
    check_made(role, keys, bytes, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_begin();
    if (size > 0)
        take(data[0], data + 1, size - 1);
    return fuzz_end();
}
