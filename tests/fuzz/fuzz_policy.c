/* SPDX-License-Identifier: ISC */
/*
 * The row of a policy. What decodes encodes to the same bytes; each rule is found, says itself in
 * words that are taken again, and gives terms to a profile that it is for.
 */
#include "domain/policy.h"
#include "fuzz.h"

static void say_again(const struct policy_rule *rule)
{
    for (enum policy_field f = POLICY_EVERY; f < POLICY_FIELDS; f++) {
        char said[POLICY_SHOWN_MAX];
        struct policy_rule again = {.scope = POLICY_VAULT};
        if ((rule->has & 1u << f) == 0 || f == POLICY_AFTER || f == POLICY_HOOK)
            continue;
        CHECK(policy_set(&again, f, policy_say(said, rule, f), NULL) == SV_OK);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_begin();
    BLOB_OWNED struct blob again = {0};
    POLICY_OWNED struct policy policy = {0};
    struct sv_err err = {""};
    struct profile p = {.kind = KIND_API_KEY, .rotated = 1};

    if (fuzz_told(policy_decode(&policy, data, size, &err), &err) == SV_OK) {
        CHECK(fuzz_told(policy_encode(&again, &policy, &err), &err) == SV_OK);
        CHECK(again.len == size && (size == 0 || memcmp(again.bytes, data, size) == 0));
        for (size_t i = 0; i < policy.count; i++) {
            CHECK(policy_find(&policy, &policy.rules[i]) == &policy.rules[i]);
            say_again(&policy.rules[i]);
        }
        struct policy_terms t = policy_of(&policy, &p);
        CHECK(t.length >= GENERATE_LENGTH_MIN && t.length <= GENERATE_LENGTH_MAX);
        CHECK(policy_due(&t, &p, NULL) >= 0);
        policy_apply(&policy, &p);
    }
    policy_clear(&policy);
    blob_clear(&again);
    return fuzz_end();
}
