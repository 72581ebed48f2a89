/* SPDX-License-Identifier: ISC */
/* A profile's card: one encoding; whatever opens can be copied, shown and said in
 * JSON. */
#include "domain/profile.h"
#include "format/json.h"
#include "fuzz.h"

static void check_shown(const struct profile *p)
{
    SINK_OWNED struct sink *out = sink_new(false);
    struct sv_err err = {""};
    struct json j;

    CHECK(out != NULL);
    for (size_t i = 0; i < profile_field_count; i++)
        profile_put_field(out, p, &profile_fields[i]);
    json_begin(&j, out);
    json_object(&j);
    json_profile_members(&j, p, 1800000000);
    json_object_end(&j);
    CHECK(fuzz_told(json_end(&j, &err), &err) == SV_OK);
    CHECK(fuzz_told(sink_status(out, &err), &err) == SV_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    PROFILE_OWNED struct profile p = {.name = NULL}, copy = {.name = NULL};
    SECRET_OWNED struct secret *again = NULL;
    struct sv_err err = {""};

    fuzz_begin();
    if (fuzz_told(profile_decode(&p, data, size, &err), &err) == SV_OK) {
        CHECK(profile_copy(&copy, &p, &err) == SV_OK);
        CHECK(fuzz_told(profile_encode(&again, &copy, &err), &err) == SV_OK);
        CHECK(fuzz_secret_is(again, data, size));
        check_shown(&p);
    }
    secret_free(again);
    again = NULL;
    return fuzz_end();
}
