/* SPDX-License-Identifier: ISC */
/*
 * What comes to the port that waits for a browser. Input: bit 0 of the first byte says a
 * request or an address copied by hand; then it. Only what holds our state once, and one
 * code or one error, is heard; a request that grows never becomes another.
 */
#include "base/text.h"
#include "fuzz.h"
#include "smtp/redirect.h"

static const char state[] = "S7ate";

static void check(const struct redirect *r, const uint8_t *bytes, size_t len)
{
    CHECK((r->seen == REDIRECT_CODE) == (r->code != NULL));
    CHECK((r->seen == REDIRECT_REFUSED) == (r->error[0] != '\0'));
    CHECK(r->seen == REDIRECT_REFUSED || r->description[0] == '\0');
    CHECK(!text_has_control(r->error, strlen(r->error)));
    CHECK(!text_has_control(r->description, strlen(r->description)));
    if (r->seen == REDIRECT_CODE || r->seen == REDIRECT_REFUSED) {
        SECRET_OWNED struct secret *frame = NULL;
        REDIRECT_OWNED struct redirect again = {.seen = REDIRECT_NOBODY};
        CHECK(memmem(bytes, len, "state=", 6) != NULL);
        CHECK(redirect_put_seen(&frame, r, NULL) == SV_OK);
        CHECK(redirect_get_seen(secret_peek(frame), secret_len(frame), &again, NULL) == SV_OK);
        CHECK(again.seen == r->seen && strcmp(again.error, r->error) == 0);
        CHECK(r->code == NULL || secret_equal(r->code, again.code));
    }
}

static void take_request(const uint8_t *bytes, size_t len)
{
    REDIRECT_OWNED struct redirect whole = {.seen = REDIRECT_NOBODY};
    FUZZ_OWNED uint8_t *exact = fuzz_copy(bytes, len);
    if (len > REDIRECT_REQUEST_MAX)
        return;
    CHECK(redirect_read((const char *)exact, len, state, &whole, NULL) == SV_OK);
    CHECK(whole.seen != REDIRECT_NOBODY);
    check(&whole, bytes, len);
    if (len == 0)
        return;
    REDIRECT_OWNED struct redirect part = {.seen = REDIRECT_NOBODY};
    FUZZ_OWNED uint8_t *half = fuzz_copy(bytes, len / 2);
    CHECK(redirect_read((const char *)half, len / 2, state, &part, NULL) == SV_OK);
    if (part.seen == REDIRECT_CODE)
        CHECK(whole.seen == REDIRECT_CODE);
    if (whole.seen == REDIRECT_MORE)
        CHECK(part.seen == REDIRECT_MORE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf_reader in = buf_reader_over(data, size);
    fuzz_begin();
    uint8_t mode = buf_get_u8(&in);
    size_t len;
    const uint8_t *bytes = fuzz_rest(&in, &len);
    if ((mode & 1) == 0) {
        take_request(bytes, len);
    } else {
        REDIRECT_OWNED struct redirect r = {.seen = REDIRECT_NOBODY};
        FUZZ_OWNED char *address = fuzz_string(bytes, len);
        CHECK(redirect_read_address(address, state, &r, NULL) == SV_OK);
        CHECK(r.seen != REDIRECT_MORE && r.seen != REDIRECT_OTHER);
        CHECK(redirect_address_fault(address, state)[0] != '\0');
        check(&r, bytes, len);
    }
    return fuzz_end();
}
