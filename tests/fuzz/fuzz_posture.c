/* SPDX-License-Identifier: ISC */
/*
 * What a card keeps of a server. What decodes encodes to the same bytes; whatever was learnt
 * and is offered, words come out, and what was learnt from an offer lacks nothing of it.
 */
#include "domain/posture.h"
#include "fuzz.h"

static void check_offer(const struct posture *known, const uint8_t *data, size_t size)
{
    struct profile p = {.host = (char[]){"mail.example"}, .port = 587, .tls = TLS_STARTTLS};
    struct smtp_offer offer = {.pin_count = size > 0 ? data[0] % (OFFER_PINS + 1) : 0};
    struct posture now = *known;
    BLOB_OWNED struct blob bytes = {0};
    struct sv_err err = {""};
    char words[256];

    memcpy(offer.pins, data, size < sizeof offer.pins ? size : sizeof offer.pins);
    (void)snprintf(offer.mechanisms, sizeof offer.mechanisms, "%s", known->mechanisms);
    unsigned lacks = posture_compare(known, &offer);
    CHECK(!(lacks & LACK_MECHANISMS));
    fuzz_check_text(posture_say(words, sizeof words, known, &offer, lacks | LACK_STARTTLS));
    fuzz_check_text(posture_note(words, sizeof words, lacks));
    (void)posture_learn(&now, &p, &offer, 1000);
    CHECK(posture_compare(&now, &offer) == 0 || offer.pin_count == 0);
    CHECK(!posture_learn(&now, &p, &offer, 2000));
    CHECK(fuzz_told(posture_encode(&bytes, &now, &err), &err) == SV_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_begin();
    BLOB_OWNED struct blob again = {0};
    struct sv_err err = {""};
    struct posture known;

    if (fuzz_told(posture_decode(&known, data, size, &err), &err) == SV_OK) {
        CHECK(fuzz_told(posture_encode(&again, &known, &err), &err) == SV_OK);
        CHECK(again.len == size && memcmp(again.bytes, data, size) == 0);
        check_offer(&known, data, size);
    }
    blob_clear(&again);
    return fuzz_end();
}
