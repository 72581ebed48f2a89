/* SPDX-License-Identifier: ISC */
#include "crypto_support.h"

#include "crypto/keys.h"

/* ---- RFC 7748 ---- */

static void check_x25519(const char *scalar, const char *point, const char *want)
{
    uint8_t k[32], u[32], out[32];
    (void)unhex(k, sizeof k, scalar);
    (void)unhex(u, sizeof u, point);
    assert_int_equal(crypto_scalarmult(out, k, u), 0);
    assert_hex(out, sizeof out, want);
}

static void test_rfc7748_5_2(void **state)
{
    (void)state;
    check_x25519("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
                 "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
                 "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552");
    check_x25519("4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
                 "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
                 "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957");
}

static void test_rfc7748_5_2_iterated(void **state)
{
    (void)state;
    uint8_t k[32] = {9}, u[32] = {9};
    for (int i = 0; i < 1000; i++) {
        uint8_t out[32];
        assert_int_equal(crypto_scalarmult(out, k, u), 0);
        memcpy(u, k, sizeof u);
        memcpy(k, out, sizeof k);
        if (i == 0)
            assert_hex(k, sizeof k,
                       "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079");
    }
    assert_hex(k, sizeof k, "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51");
}

static void test_rfc7748_6_1(void **state)
{
    (void)state;
    static const char alice_sk[] =
        "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a";
    static const char alice_pk[] =
        "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a";
    static const char bob_sk[] = "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb";
    static const char bob_pk[] = "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f";
    static const char shared[] = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";
    uint8_t sk[32], pk[32];
    (void)unhex(sk, sizeof sk, alice_sk);
    (void)crypto_scalarmult_base(pk, sk);
    assert_hex(pk, sizeof pk, alice_pk);
    (void)unhex(sk, sizeof sk, bob_sk);
    (void)crypto_scalarmult_base(pk, sk);
    assert_hex(pk, sizeof pk, bob_pk);
    check_x25519(alice_sk, bob_pk, shared);
    check_x25519(bob_sk, alice_pk, shared);
}

/* ---- RFC 8032 section 7.1, TEST 1 to 3 ---- */

static void test_rfc8032(void **state)
{
    (void)state;
    static const struct {
        const char *seed, *pk, *msg, *sig;
    } rows[] = {
        {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
         "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
         "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
         "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
        {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
         "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
         "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
         "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
        {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
         "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
         "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
         "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t seed[32], pk[32], sk[64], msg[2], sig[64];
        (void)unhex(seed, sizeof seed, rows[i].seed);
        size_t len = unhex(msg, sizeof msg, rows[i].msg);
        assert_int_equal(crypto_sign_seed_keypair(pk, sk, seed), 0);
        assert_hex(pk, sizeof pk, rows[i].pk);
        assert_int_equal(crypto_sign_detached(sig, NULL, msg, len, sk), 0);
        assert_hex(sig, sizeof sig, rows[i].sig);
        assert_int_equal(crypto_sign_verify_detached(sig, msg, len, pk), 0);
    }
}

/* ---- ours ---- */

static const char read_hex[] = "fa6a2db2566d350b9c453e186cf40a50fbb5354b9f9be946c419ec7ba787f08e";
static const char index_hex[] = "4fc887dc0618d8fafefe5be18482a765bfce2cc760e3923bf7b507a2de250255";
static const char wrap_hex[] = "1897005768ccc55af0c2266cd4058f2bb1aa2d2bdd5fc2d59f7fc9ad13e413cb";
static const char verify_hex[] = "d35254b8125089c3a58c3e2f58a3422250e955e288e9ab003d91e82443cb407f";

static struct secret *sample_tree(void)
{
    uint8_t root[KEY_LEN];
    struct secret *keys = NULL;
    count_up(root, sizeof root, 0);
    assert_int_equal(keys_from_root(&keys, root, NULL), SV_OK);
    return keys;
}

static void test_frozen_tree(void **state)
{
    (void)state;
    SECRET_OWNED struct secret *keys = sample_tree();
    assert_int_equal(secret_len(keys), sizeof(struct key_tree));
    const struct key_tree *t = keys_peek(keys);
    assert_hex(t->root, 32, "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
    assert_hex(t->read, 32, read_hex);
    assert_hex(t->index, 32, index_hex);
    assert_hex(t->wrap, 32, wrap_hex);
    assert_hex(t->directory, 32,
               "c5fdd4c988974563670e7ce7450dcaef644fd0f76fcc2ad17638be99afb4c616");
    assert_hex(t->sign_sk, 32, "d8ec3725d2dc02c4d7f97616cbbac527863011d07589646933e3e95e0e231c95");
    assert_hex(t->sign_sk + 32, 32, verify_hex);
    assert_hex(t->verify_pk, 32, verify_hex);
    assert_hex(t->audit_sk, 32, "ff3084d26215c62abfb29e159d3b4980538fdbfa23e4574c2d421e2df42b5345");
    assert_hex(t->audit_pk, 32, "4da100e74d4fdce2100cf24ce6e519a988564ae2f61a7c173e8ce4b9462fd76d");
}

static void test_reader_has_no_more(void **state)
{
    (void)state;
    uint8_t read[KEY_LEN], verify[32];
    SECRET_OWNED struct secret *keys = NULL;
    (void)unhex(read, sizeof read, read_hex);
    (void)unhex(verify, sizeof verify, verify_hex);
    assert_int_equal(keys_from_read(&keys, read, verify, NULL), SV_OK);
    const struct key_tree *t = keys_peek(keys);
    assert_hex(t->read, 32, read_hex);
    assert_hex(t->index, 32, index_hex);
    assert_hex(t->wrap, 32, wrap_hex);
    assert_hex(t->verify_pk, 32, verify_hex);
    assert_true(sodium_is_zero(t->root, sizeof t->root));
    assert_true(sodium_is_zero(t->directory, sizeof t->directory));
    assert_true(sodium_is_zero(t->sign_sk, sizeof t->sign_sk));
    assert_true(sodium_is_zero(t->audit_sk, sizeof t->audit_sk));
    assert_true(sodium_is_zero(t->audit_pk, sizeof t->audit_pk));
}

static void test_frozen_leaves(void **state)
{
    (void)state;
    uint8_t root[KEY_LEN], a[KEY_LEN], b[KEY_LEN], c[KEY_LEN];
    count_up(root, sizeof root, 0);
    keys_card(a, root);
    assert_hex(a, 32, "6689fd39456ffcaecf4539aa75b018069d5c2b5cff494c9091296aa8bb2c189c");
    keys_secret(a, root);
    assert_hex(a, 32, "100e4d1c784d2af12d3cca35f86312ab6546dc93ce0e0f812bae4df6a4fbc3f6");
    keys_from_seed(a, b, c, root);
    assert_hex(a, 32, "49f5b0ab8674903f233381ce3ea2356b9f936fc5308d41c26b127cb04f61fd5f");
    assert_hex(b, 32, "14b35736079bda48557b1cdb93ff550d81448ca3b232d1371c42d55f3edb1040");
    assert_hex(c, 32, "57f7beaedef7beaa9432323281e43e4cd8580cfe25ee6a04d1c672d64d9cd2e6");
}

static void test_frozen_signature(void **state)
{
    (void)state;
    SECRET_OWNED struct secret *keys = sample_tree();
    uint8_t sig[64];
    sign_message(sig, keys_peek(keys)->sign_sk, "state", "message", 7);
    assert_hex(sig, sizeof sig,
               "387d733348f73e39707cae2d69a84195796c135971dcf1724f4c11f0b7ba89e6"
               "d9b3d6ef73f169becc9edfcf8fcacf1fbb09a2aa2d62948a86bc943e78072c02");
}

static void test_signature_refusals(void **state)
{
    (void)state;
    SECRET_OWNED struct secret *keys = sample_tree();
    const struct key_tree *t = keys_peek(keys);
    uint8_t sig[64], pk[32];
    sign_message(sig, t->sign_sk, "state", "message", 7);
    assert_true(sign_verify(sig, t->verify_pk, "state", "message", 7));
    assert_false(sign_verify(sig, t->verify_pk, "State", "message", 7));
    assert_false(sign_verify(sig, t->verify_pk, "state", "messagf", 7));
    assert_false(sign_verify(sig, t->verify_pk, "state", "message", 6));
    assert_false(sign_verify(sig, t->verify_pk, "statem", "essage", 6));
    for (size_t i = 0; i < sizeof sig * 8; i++) {
        sig[i / 8] ^= (uint8_t)(1u << i % 8);
        assert_false(sign_verify(sig, t->verify_pk, "state", "message", 7));
        sig[i / 8] ^= (uint8_t)(1u << i % 8);
    }
    for (size_t i = 0; i < sizeof pk * 8; i++) {
        memcpy(pk, t->verify_pk, sizeof pk);
        pk[i / 8] ^= (uint8_t)(1u << i % 8);
        assert_false(sign_verify(sig, pk, "state", "message", 7));
    }
}

/* S + L is the same number to a careless verifier (RFC 8032 section 5.1.7), and
 * under a key of low order one signature fits many messages. */
static void test_signature_malleability(void **state)
{
    (void)state;
    SECRET_OWNED struct secret *keys = sample_tree();
    const struct key_tree *t = keys_peek(keys);
    uint8_t order[32], sig[64];
    (void)unhex(order, sizeof order,
                "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    sign_message(sig, t->sign_sk, "state", "message", 7);
    sodium_add(sig + 32, order, sizeof order);
    assert_false(sign_verify(sig, t->verify_pk, "state", "message", 7));

    uint8_t identity[32] = {1}, forged[64] = {1};
    assert_false(sign_verify(forged, identity, "state", "message", 7));
}

static enum sv_status tree_of_root(struct secret **out, const uint8_t *key)
{
    return keys_from_root(out, key, NULL);
}

static enum sv_status tree_of_reader(struct secret **out, const uint8_t *key)
{
    return keys_from_read(out, key, key, NULL);
}

static void check_failures(enum sv_status (*make)(struct secret **, const uint8_t *))
{
    uint8_t key[KEY_LEN] = {1};
    size_t live = secret_live();
    unsigned long n = 1;
    for (;; n++) {
        struct secret *keys = NULL;
        sv_alloc_fail_at(n);
        enum sv_status status = make(&keys, key);
        int failed = sv_alloc_failed();
        sv_alloc_fail_at(0);
        if (!failed) {
            assert_int_equal(status, SV_OK);
            secret_free(keys);
            break;
        }
        assert_int_equal(status, SV_INTERNAL);
        assert_null(keys);
        assert_int_equal(secret_live(), live);
    }
    assert_true(n > 1);
}

static void test_allocation_failures(void **state)
{
    (void)state;
    check_failures(tree_of_root);
    check_failures(tree_of_reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rfc7748_5_2),         cmocka_unit_test(test_rfc7748_5_2_iterated),
        cmocka_unit_test(test_rfc7748_6_1),         cmocka_unit_test(test_rfc8032),
        cmocka_unit_test(test_frozen_tree),         cmocka_unit_test(test_reader_has_no_more),
        cmocka_unit_test(test_frozen_leaves),       cmocka_unit_test(test_frozen_signature),
        cmocka_unit_test(test_signature_refusals),  cmocka_unit_test(test_signature_malleability),
        cmocka_unit_test(test_allocation_failures), cmocka_unit_test(test_no_secret_lives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
