/* SPDX-License-Identifier: ISC */
/*
 * Frames of requests over HTTPS and of the way back from a browser. Input: the first byte
 * chooses the kind; then the frame's body: one encoding. And addresses: what is asked is
 * https, or http to this machine.
 */
#include "fuzz.h"
#include "smtp/https_wire.h"
#include "smtp/redirect.h"

static void take_request(const uint8_t *frame, size_t len)
{
    struct https_order order;
    SECRET_OWNED struct secret *again = NULL, *body = NULL;
    struct https_place place;
    struct sv_err err = {""};
    if (fuzz_told(https_get_request(frame, len, &order, &err), &err) != SV_OK)
        return;
    CHECK(https_url_split(order.request.url, &place));
    CHECK(place.plain || strncmp(order.request.url, "https://", 8) == 0);
    CHECK(place.port != 0 && strpbrk(place.host, "/?#@ ") == NULL);
    if (order.posts) {
        CHECK(secret_new(&body, order.body_len, NULL) == SV_OK);
        secret_set_len(body, order.body_len);
        order.request.content_type = order.content_type;
        order.request.body = body;
    }
    CHECK(fuzz_told(https_put_request(&again, &order.request, &err), &err) == SV_OK);
    CHECK(fuzz_secret_is(again, frame, len));
}

static void take_answer(const uint8_t *frame, size_t len)
{
    struct https_said said = {.outcome = SV_OK};
    SECRET_OWNED struct secret *again = NULL;
    struct sv_err err = {""};
    if (fuzz_told(https_get_answer(frame, len, &said, &err), &err) != SV_OK)
        return;
    CHECK((said.outcome == SV_OK) == (said.answer.body != NULL));
    CHECK(fuzz_told(https_put_answer(&again, &said, &err), &err) == SV_OK);
    CHECK(fuzz_secret_is(again, frame, len));
    https_answer_clear(&said.answer);
}

static void take_wish(const uint8_t *frame, size_t len)
{
    struct redirect_wish wish;
    SECRET_OWNED struct secret *again = NULL;
    struct sv_err err = {""};
    if (fuzz_told(redirect_get_wish(frame, len, &wish, &err), &err) != SV_OK)
        return;
    CHECK(fuzz_told(redirect_put_wish(&again, &wish, &err), &err) == SV_OK);
    CHECK(fuzz_secret_is(again, frame, len));
}

static void take_place(const uint8_t *frame, size_t len)
{
    struct redirect_place place;
    uint8_t again[WIRE_REDIRECT_PORT_MAX];
    size_t again_len = 0;
    struct sv_err err = {""};
    if (fuzz_told(redirect_get_place(frame, len, &place, &err), &err) != SV_OK)
        return;
    CHECK(fuzz_told(redirect_put_place(again, &again_len, &place, &err), &err) == SV_OK);
    CHECK(again_len == len && memcmp(again, frame, len) == 0);
}

static void take_seen(const uint8_t *frame, size_t len)
{
    REDIRECT_OWNED struct redirect seen = {.seen = REDIRECT_NOBODY};
    SECRET_OWNED struct secret *again = NULL;
    struct sv_err err = {""};
    if (fuzz_told(redirect_get_seen(frame, len, &seen, &err), &err) != SV_OK)
        return;
    CHECK(fuzz_told(redirect_put_seen(&again, &seen, &err), &err) == SV_OK);
    CHECK(fuzz_secret_is(again, frame, len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct {
        enum wire_kind kind;
        void (*take)(const uint8_t *frame, size_t len);
    } kinds[] = {
        {WIRE_HTTPS, take_request},      {WIRE_HTTPS_ANSWER, take_answer},
        {WIRE_REDIRECT, take_wish},      {WIRE_REDIRECT_PORT, take_place},
        {WIRE_REDIRECT_SEEN, take_seen},
    };
    struct buf_reader in = buf_reader_over(data, size);
    fuzz_begin();
    size_t which = buf_get_u8(&in) % 5, len;
    const uint8_t *body = fuzz_rest(&in, &len);
    FUZZ_OWNED uint8_t *whole = malloc(WIRE_HEAD + len);
    CHECK(whole != NULL);
    struct buf_writer w = buf_writer_over(whole, WIRE_HEAD + len);
    wire_begin(&w, kinds[which].kind);
    buf_put_bytes(&w, body, len);
    CHECK(wire_end(&w, &len, NULL) == SV_OK);
    kinds[which].take(whole, len);
    return fuzz_end();
}
