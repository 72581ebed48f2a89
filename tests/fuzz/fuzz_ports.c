/* SPDX-License-Identifier: ISC */
/*
 * The frames of a look at ports, and what is made of an answer. Input: a byte, whose bit 0
 * says request or answer and bit 1 mends magic, kind and length; then the frame: one
 * encoding. Whatever was seen, there is one finding, and it says what to do.
 */
#include <stdio.h>

#include "fuzz.h"
#include "smtp/ports.h"
#include "smtp/wire_frame.h"

#define NOW 1795000000

static void take_request(const uint8_t *frame, size_t len)
{
    struct ports_request request;
    SECRET_OWNED struct secret *again = NULL;
    struct sv_err err = {""};

    if (fuzz_told(ports_get_request(frame, len, &request, &err), &err) != SV_OK)
        return;
    CHECK(request.count > 0 && request.count <= PORTS_MAX);
    CHECK(fuzz_told(ports_put_request(&again, &request, &err), &err) == SV_OK);
    CHECK(fuzz_secret_is(again, frame, len));
}

static void judge(const struct ports_answer *answer)
{
    static const struct smtp_target current = {
        .host = "mail.example.com", .port = 587, .tls = SMTP_STARTTLS};
    struct ports_request asked = {.count = answer->count};
    struct ports_finding finding;

    for (size_t i = 0; i < asked.count; i++) {
        asked.asks[i].port = (uint16_t)(587 + i);
        asked.asks[i].control = i % 3 == 2;
        snprintf(asked.asks[i].host, sizeof asked.asks[i].host, "%s.example.com",
                 i % 5 == 4 ? "www" : "mail");
    }
    ports_judge(&asked, answer, &current, NOW, &finding);
    CHECK(ports_verdict_word(finding.verdict)[0] != '\0');
    CHECK(finding.cause[0] != '\0' && finding.advice[0] != '\0');
    CHECK(finding.best < (int)asked.count &&
          (finding.best < 0 || !asked.asks[finding.best].control));
    CHECK((finding.best >= 0) ==
          (finding.verdict == PORTS_WORKS || finding.verdict == PORTS_ANOTHER));
}

static void take_answer(const uint8_t *frame, size_t len)
{
    struct ports_answer answer;
    uint8_t again[WIRE_PORTS_SEEN_MAX];
    struct sv_err err = {""};
    size_t again_len = 0;

    if (fuzz_told(ports_get_answer(frame, len, &answer, &err), &err) != SV_OK)
        return;
    CHECK(fuzz_told(ports_put_answer(again, &again_len, &answer, &err), &err) == SV_OK);
    CHECK(again_len == len && memcmp(again, frame, len) == 0);
    judge(&answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf_reader in = buf_reader_over(data, size);

    fuzz_begin();
    uint8_t mode = buf_get_u8(&in);
    enum wire_kind kind = (mode & 1) != 0 ? WIRE_PORTS_SEEN : WIRE_PORTS;
    size_t len;
    const uint8_t *bytes = fuzz_rest(&in, &len);
    FUZZ_OWNED uint8_t *frame = fuzz_copy(bytes, len);
    if ((mode & 2) != 0 && len >= WIRE_HEAD) {
        memcpy(frame, "SVN1", 4);
        frame[4] = (uint8_t)kind;
        le32_put(frame + 5, (uint32_t)(len - WIRE_HEAD));
    }
    if (kind == WIRE_PORTS)
        take_request(frame, len);
    else
        take_answer(frame, len);
    return fuzz_end();
}
