/* SPDX-License-Identifier: ISC */
/* What a token's row holds, policy and bundle: one encoding each, and a bundle that is
 * whole can be read and changed. Input: 0 or 1, then the plaintext. */
#include "base/text.h"
#include "domain/token.h"
#include "fuzz.h"

static void take_policy(const uint8_t *data, size_t size)
{
    SECRET_OWNED struct secret *card = fuzz_secret(data, size), *again = NULL;
    struct token_policy p;
    struct sv_err err = {""};

    fuzz_hush(data, size);
    if (fuzz_told(token_policy_decode(&p, card, &err), &err) != SV_OK)
        return;
    fuzz_check_text(p.label);
    fuzz_check_text(p.exe);
    CHECK(fuzz_told(token_policy_check(&p, &err), &err) == SV_OK);
    CHECK(fuzz_told(token_policy_encode(&again, &p, &err), &err) == SV_OK);
    CHECK(secret_equal(card, again));
}

/* Made anew of its holdings. */
static void check_again(const struct secret *bundle, const struct token_trust *trust,
                        uint32_t count)
{
    SECRET_OWNED struct secret *again = NULL;
    HOLDING_OWNED struct token_holding h = {0}, found = {0};
    struct sv_err err = {""};

    CHECK(token_bundle_new(&again, trust, &err) == SV_OK);
    for (uint32_t i = 0; i < count; i++) {
        SECRET_OWNED struct secret *next = NULL;
        CHECK(fuzz_told_missing(token_bundle_at(bundle, i, &h, &err), &err) == SV_OK);
        CHECK(fuzz_told_missing(token_bundle_find(bundle, h.name, &found, &err), &err) == SV_OK);
        CHECK(memcmp(&h, &found, sizeof h) == 0);
        CHECK(fuzz_told(token_bundle_put(&next, again, 0, &h, &err), &err) == SV_OK);
        struct secret *old = again;
        again = next;
        next = old;
    }
    CHECK(secret_equal(again, bundle));
    CHECK(fuzz_told_missing(token_bundle_at(bundle, count, &h, &err), &err) == SV_MISSING);
}

static void check_changed(const struct secret *bundle, uint32_t count)
{
    SECRET_OWNED struct secret *more = NULL, *less = NULL;
    HOLDING_OWNED struct token_holding h = {.id = INT64_MAX, .version = 3, .name = "zz new"};
    struct token_trust trust;
    struct sv_err err = {""};
    uint32_t now = 0;
    enum sv_status st = token_bundle_put(&more, bundle, 0, &h, &err);

    /* The name is there: an answer without words. Or there are too many. */
    CHECK(st == SV_EXISTS || fuzz_told(st, &err) == st);
    if (st != SV_OK)
        return;
    CHECK(token_bundle_check(more, &trust, &now, &err) == SV_OK && now == count + 1);
    CHECK(fuzz_told(token_bundle_without(&less, more, INT64_MAX, &err), &err) == SV_OK);
    CHECK(token_bundle_check(less, &trust, &now, &err) == SV_OK && now <= count);
}

/* The same profiles, and no key. */
static void check_keyless(const struct secret *bundle, uint32_t count)
{
    static const uint8_t none[KEY_LEN];
    SECRET_OWNED struct secret *without = NULL;
    HOLDING_OWNED struct token_holding h = {0}, there = {0};
    struct token_trust trust;
    struct sv_err err = {""};
    uint32_t now = 0;

    CHECK(fuzz_told(token_bundle_keyless(&without, bundle, &err), &err) == SV_OK);
    CHECK(token_bundle_check(without, &trust, &now, &err) == SV_OK && now == count);
    for (uint32_t i = 0; i < count && i < 32; i++) {
        CHECK(token_bundle_at(bundle, i, &h, &err) == SV_OK);
        CHECK(token_bundle_at(without, i, &there, &err) == SV_OK);
        CHECK(memcmp(there.dek, none, KEY_LEN) == 0 && h.id == there.id &&
              h.version == there.version && strcmp(h.name, there.name) == 0);
    }
}

static void take_bundle(const uint8_t *data, size_t size)
{
    SECRET_OWNED struct secret *bundle = fuzz_secret(data, size);
    struct token_trust trust;
    struct sv_err err = {""};
    uint32_t count = 0;

    fuzz_hush(data, size);
    if (fuzz_told(token_bundle_check(bundle, &trust, &count, &err), &err) != SV_OK)
        return;
    CHECK(count <= size / (8 + 8 + KEY_LEN + 1));
    check_keyless(bundle, count);
    if (count <= 32)
        check_again(bundle, &trust, count);
    check_changed(bundle, count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_begin();
    if (size > 0 && data[0] % 2 == 0)
        take_policy(data + 1, size - 1);
    else if (size > 0)
        take_bundle(data + 1, size - 1);
    return fuzz_end();
}
