/* SPDX-License-Identifier: ISC */
/*
 * Providers found by what a person gives, and the shape of a secret. Input: a row u8,
 * an address, a region, a secret. No finding repeats the secret.
 */
#include "base/alloc.h"
#include "base/text.h"
#include "domain/profile.h"
#include "domain/provider.h"
#include "fuzz.h"

static void check_fill(const struct provider *p, const char *from, const char *region)
{
    PROFILE_OWNED struct profile profile = {.name = NULL};
    const struct provider_host *h = provider_best_host(p, region[0] != '\0' ? region : NULL);
    struct sv_err err = {""};

    CHECK(h == NULL || (!h->placeholder && h->tls != TLS_NONE && h->port != 0));
    if (profile_set(&profile, profile_field("from"), from, &err) != SV_OK)
        err.text[0] = '\0';
    profile.name = sv_strdup("work");
    if (fuzz_told(provider_fill(p, &profile, &err), &err) == SV_OK)
        CHECK(profile.host != NULL && profile.port != 0 && profile.tls != TLS_UNSET);
}

static void check_shape(const struct provider *p, const char *username, const uint8_t *bytes,
                        size_t len)
{
    FUZZ_OWNED uint8_t *exact = fuzz_copy(bytes, len);
    SECRET_OWNED struct secret *secret = fuzz_secret(exact, len);
    struct shape_finding finding = {0};
    struct sv_err err = {""};

    /* A user name is no secret and may be the secret by mistake; a finding may name
     * it then no more than any other. */
    fuzz_hush(exact, len);
    CHECK(fuzz_told(shape_check(p, username[0] != '\0' ? username : NULL, &secret, &finding, &err),
                    &err) == SV_OK);
    CHECK(memchr(finding.text, '\0', sizeof finding.text) != NULL);
    fuzz_check_text(finding.text);
    CHECK(!(finding.wrong || finding.changed) || finding.text[0] != '\0');
    CHECK(finding.changed || fuzz_secret_is(secret, exact, len));
    CHECK(secret_len(secret) <= len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf_reader in = buf_reader_over(data, size);

    fuzz_begin();
    const struct provider *p =
        &providers[(buf_get_u8(&in) | buf_get_u8(&in) << 8) % provider_count];
    FUZZ_OWNED char *address = fuzz_word(&in);
    FUZZ_OWNED char *region = fuzz_word(&in);
    size_t len;
    const uint8_t *secret = fuzz_rest(&in, &len);
    (void)provider_find(address);
    (void)provider_nearest(address);
    const struct provider *found = provider_of_address(address);
    if (found != NULL)
        check_fill(found, address, region);
    check_fill(p, address, region);
    check_shape(p, address, secret, len < 1024 ? len : 1024);
    return fuzz_end();
}
