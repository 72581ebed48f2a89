/* SPDX-License-Identifier: ISC */
/*
 * Frames between smtpvault and smtpvault-net. Input: bit 0 of the first byte says
 * request or result, bit 1 mends magic, kind and length; then the frame: one encoding.
 */
#include "fuzz.h"
#include "smtp/smtp_wire.h"

static void take_request(const uint8_t *frame, size_t len)
{
    SECRET_OWNED struct secret *secret = NULL, *again = NULL;
    struct smtp_target target;
    struct sv_err err = {""};

    fuzz_hush(frame, len);
    if (fuzz_told(wire_get_request(frame, len, &target, &secret, &err), &err) != SV_OK)
        return;
    CHECK(len <= WIRE_REQUEST_MAX);
    CHECK(fuzz_told(wire_put_request(&again, &target, secret, &err), &err) == SV_OK);
    CHECK(fuzz_secret_is(again, frame, len));
}

static void take_result(const uint8_t *frame, size_t len)
{
    struct smtp_result result;
    uint8_t again[WIRE_RESULT_MAX];
    char said[512];
    struct sv_err err = {""};
    size_t again_len = 0;

    if (fuzz_told(wire_get_result(frame, len, &result, &err), &err) != SV_OK)
        return;
    CHECK(fuzz_told(wire_put_result(again, &again_len, &result, &err), &err) == SV_OK);
    CHECK(again_len == len && memcmp(again, frame, len) == 0);
    fuzz_check_text(result.text);
    fuzz_check_text(result.cause);
    fuzz_check_text(result.advice);
    CHECK(smtp_verdict_word(result.verdict)[0] != '\0');
    CHECK(smtp_phase_word(result.phase)[0] != '\0');
    CHECK(strlen(smtp_say(said, sizeof said, result.advice, "it's")) < sizeof said);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf_reader in = buf_reader_over(data, size);

    fuzz_begin();
    uint8_t mode = buf_get_u8(&in);
    enum wire_kind kind = (mode & 1) != 0 ? WIRE_RESULT : WIRE_REQUEST;
    size_t len;
    const uint8_t *bytes = fuzz_rest(&in, &len);
    FUZZ_OWNED uint8_t *frame = fuzz_copy(bytes, len);
    if ((mode & 2) != 0 && len >= WIRE_HEAD) {
        memcpy(frame, "SVN1", 4);
        frame[4] = (uint8_t)kind;
        le32_put(frame + 5, (uint32_t)(len - WIRE_HEAD));
    }
    if (kind == WIRE_REQUEST)
        take_request(frame, len);
    else
        take_result(frame, len);
    return fuzz_end();
}
