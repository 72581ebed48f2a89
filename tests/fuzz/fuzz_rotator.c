/* SPDX-License-Identifier: ISC */
/*
 * What a rotator writes. An answer that is taken has a result of the protocol, and texts that a
 * record of a rotation can hold; neither it nor what is said to people repeats a secret.
 */
#include "base/text.h"
#include "domain/rotation_record.h"
#include "fuzz.h"
#include "rotator/rotator.h"

#define SECRET "Tr0ub4dor&3-of-a-test"

static void check_record(const struct rotator_answer *a)
{
    BLOB_OWNED struct blob bytes = {0};
    struct rotation_record r = {.stage = STAGE_PLANNED, .method = METHOD_HOOK, .begun = 1};
    struct rotation_record again;
    memcpy(r.fault, a->message, sizeof r.fault);
    memcpy(r.username, a->user, sizeof r.username);
    CHECK(rotation_encode(&bytes, &r, NULL) == SV_OK);
    CHECK(rotation_decode(&again, bytes.bytes, bytes.len, NULL) == SV_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ROTATOR_ANSWER_OWNED struct rotator_answer a = {.made = NULL};
    SECRET_OWNED struct secret *secret = NULL;
    MASK_OWNED struct mask *mask = NULL;
    struct sv_err err = {""};
    fuzz_begin();
    fuzz_hush(SECRET, strlen(SECRET));
    FUZZ_OWNED uint8_t *exact = fuzz_copy(data, size);
    CHECK(secret_copy(&secret, SECRET, strlen(SECRET), NULL) == SV_OK);
    const struct secret *const secrets[] = {secret, NULL};
    CHECK(mask_new(&mask, secrets, 2, NULL) == SV_OK);
    if (fuzz_told(rotator_answer_read(&a, exact, size, mask, &err), &err) == SV_OK) {
        CHECK(a.result >= ROTATOR_OK && a.result < ROTATOR_UNSURE);
        fuzz_check_text(a.message);
        check_record(&a);
    }
    CHECK(rotator_answer_say(&a.said, exact, size, mask, NULL) == SV_OK);
    CHECK(text_is_utf8(a.said.bytes, a.said.len));
    CHECK(a.said.len == 0 || memmem(a.said.bytes, a.said.len, SECRET, strlen(SECRET)) == NULL);
    mask_free(mask);
    mask = NULL;
    secret_free(secret);
    secret = NULL;
    return fuzz_end();
}
