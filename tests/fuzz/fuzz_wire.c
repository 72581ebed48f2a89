/* SPDX-License-Identifier: ISC */
/*
 * The login test's frames between smtpvault and smtpvault-net. Input: the low bits of the
 * first byte say which of the kinds, the next bit mends magic, kind and length; then the
 * frame: one encoding.
 */
#include "fuzz.h"
#include "smtp/smtp_wire.h"

static const enum wire_kind kinds[] = {WIRE_LOGIN, WIRE_RESULT, WIRE_OFFER, WIRE_SECRET};

static void take_login(const uint8_t *frame, size_t len)
{
    SECRET_OWNED struct secret *again = NULL;
    struct smtp_target target;
    struct sv_err err = {""};

    if (fuzz_told(wire_get_login(frame, len, &target, &err), &err) != SV_OK)
        return;
    CHECK(len <= WIRE_LOGIN_MAX);
    CHECK(fuzz_told(wire_put_login(&again, &target, &err), &err) == SV_OK);
    CHECK(fuzz_secret_is(again, frame, len));
}

static void take_secret(const uint8_t *frame, size_t len)
{
    SECRET_OWNED struct secret *secret = NULL, *again = NULL;
    struct sv_err err = {""};

    fuzz_hush(frame, len);
    if (fuzz_told(wire_get_secret(frame, len, &secret, &err), &err) != SV_OK)
        return;
    CHECK(len <= WIRE_SECRET_MAX);
    CHECK(fuzz_told(wire_put_secret(&again, secret, &err), &err) == SV_OK);
    CHECK(fuzz_secret_is(again, frame, len));
}

static void take_result(enum wire_kind kind, const uint8_t *frame, size_t len)
{
    struct smtp_result result;
    uint8_t again[WIRE_RESULT_MAX];
    char said[512];
    struct sv_err err = {""};
    size_t again_len = 0;

    if (fuzz_told(wire_get_result(kind, frame, len, &result, &err), &err) != SV_OK)
        return;
    CHECK(fuzz_told(wire_put_result(kind, again, &again_len, &result, &err), &err) == SV_OK);
    CHECK(again_len == len && memcmp(again, frame, len) == 0);
    fuzz_check_text(result.text);
    fuzz_check_text(result.cause);
    fuzz_check_text(result.advice);
    fuzz_check_text(result.offer.names);
    fuzz_check_text(result.offer.capabilities);
    CHECK(result.offer.pin_count <= OFFER_PINS);
    CHECK(smtp_verdict_word(result.verdict)[0] != '\0');
    CHECK(smtp_phase_word(result.phase)[0] != '\0');
    CHECK(strlen(smtp_say(said, sizeof said, result.advice, "it's")) < sizeof said);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf_reader in = buf_reader_over(data, size);

    fuzz_begin();
    uint8_t mode = buf_get_u8(&in);
    enum wire_kind kind = kinds[mode & 3];
    size_t len;
    const uint8_t *bytes = fuzz_rest(&in, &len);
    FUZZ_OWNED uint8_t *frame = fuzz_copy(bytes, len);
    if ((mode & 4) != 0 && len >= WIRE_HEAD) {
        memcpy(frame, "SVN1", 4);
        frame[4] = (uint8_t)kind;
        le32_put(frame + 5, (uint32_t)(len - WIRE_HEAD));
    }
    if (kind == WIRE_LOGIN)
        take_login(frame, len);
    else if (kind == WIRE_SECRET)
        take_secret(frame, len);
    else
        take_result(kind, frame, len);
    return fuzz_end();
}
