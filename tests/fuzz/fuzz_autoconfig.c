/* SPDX-License-Identifier: ISC */
/* A domain's autoconfig document: whatever is in it, what is taken from it can be told
 * over the wire, and comes back the same. */
#include "fuzz.h"
#include "smtp/autoconfig.h"
#include "smtp/discover_wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct discovered found, back;
    uint8_t frame[WIRE_DISCOVERED_MAX];
    struct sv_err err = {""};
    size_t len;
    fuzz_begin();
    FUZZ_OWNED uint8_t *exact = fuzz_copy(data, size);
    memset(&found, 0, sizeof found);
    autoconfig_parse(exact, size, "example.org", &found);
    CHECK((found.end == DISCOVER_MALFORMED) == (found.why[0] != '\0'));
    CHECK(fuzz_told(discover_put_answer(frame, &len, &found, &err), &err) == SV_OK);
    CHECK(fuzz_told(discover_get_answer(frame, len, &back, &err), &err) == SV_OK);
    for (uint8_t i = 0; i < found.count; i++)
        CHECK(strcmp(found.servers[i].host, back.servers[i].host) == 0);
    /* The frame itself from a helper that was taken over. */
    if (fuzz_told(discover_get_answer(exact, size, &back, &err), &err) == SV_OK) {
        CHECK(discover_put_answer(frame, &len, &back, &err) == SV_OK);
        CHECK(len == size && memcmp(frame, exact, len) == 0);
    }
    return fuzz_end();
}
