/* SPDX-License-Identifier: ISC */
#include "crypto_support.h"

#include "crypto/slot.h"

static const struct argon2_cost cheapest = {
    .passes = ARGON2_MIN_PASSES, .memory_kib = ARGON2_MIN_KIB, .lanes = 4};
static const char bundle_text[] = "a bundle of keys";
#define BUNDLE_LEN (sizeof bundle_text - 1)
/* head, seed box, length, PKSEAL of 256 */
#define SAMPLE_LEN (48 + 105 + 4 + 105 + 256)
#define IDENTITY_LEN (SAMPLE_LEN + 32) /* its seed box is a PKSEAL */
#define AT_SEED_BOX 48
#define AT_BUNDLE (48 + 105)

/* frozen: passphrase "correct horse", key file as in test_keyfile.c, vault id a0 ...
 * af, slot 5, epoch 7, role reader, salt 10 ... 2f, seed 30 ... 4f. The identity's secret
 * key is c0 ... df, the recovery secret 80 ... 9f. */
static const char frozen_passphrase[] =
    "01010102030000000000010004000000101112131415161718191a1b1c1d1e1f202122232425262728292a2b"
    "2c2d2e2f01505152535455565758595a5b5c5d5e5f60616263646566670cf9b38625814064795aaddf64f4fd"
    "0430851d3db476728fa21e52a5771e42ed2698517c33f7742a377402a2484b291d68737749b09b3dc52570d3"
    "67ba7dd38055ef614d17559f1995d1249ad82467d06901000023b7bb8c91ae008711fb12846780bcdf1e065f"
    "821bdfec49f57e7c7dcd4c482301909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7c87c96c9869e"
    "8c61dca8839a3e90cb322488725ec07171fbb6d217549d4383e6308e3fab603a2645ab0d5b8e3bc6390ccc81"
    "60b19f02a20c98640e0cbadea6c2b4aeb16ac15db0a758f72cde90563dfd499b569fb83ea6f0cacb56cf02ad"
    "921f51b3d6fd3149b46cf6492dbd2ebdb6f072f714d91ecd3c726787cf0b771919498ebc2499bd926ff6ea81"
    "485da0896bca4ade58f5d71a25ede136f6dac8a2af9e2b108013d98891cf1887c3d33c6fc199a88c542170cc"
    "d8dedc7aeb9b390de340370aa839452f6946f724871949ab8cede5f31c31dc8013d46b83651b03f464607a24"
    "8a49debb8c9ab159610d830f53d17994d844c574b0f3f3d6d5059db2b0b57152788d4acd7f07462e59b89e2a"
    "946307d26b5dca34b6e362645f498dedbf7988fa707501e0d5d05999c8a5623eb33a";

static const char frozen_keyfile[] =
    "01010202000000000000000000000000101112131415161718191a1b1c1d1e1f202122232425262728292a2b"
    "2c2d2e2f01505152535455565758595a5b5c5d5e5f606162636465666780f97d94fcc6bd7c1bcc9f9b85f0cf"
    "dd8d4d959deb1a19e2f75d34d169b283655bcb27a9292a718ff14218a290d3cf6a86a975e8c4a6c6795a787f"
    "1e301e000dc12333c088da778a4997829e7cd596a56901000023b7bb8c91ae008711fb12846780bcdf1e065f"
    "821bdfec49f57e7c7dcd4c482301909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7c87c96c9869e"
    "8c61dca8839a3e90cb322488725ec07171fbb6d217549d4383e6308e3fab603a2645ab0d5b8e3bc6390ccc81"
    "60b19f02a20c98640e0cbadea6c2b4aeb16ac15db0a758f72cde90563dfd499b569fb83ea6f0cacb56cf02ad"
    "921f51b3d6fd3149b46cf6492dbd2ebdb6f072f714d91ecd3c726787cf0b771919498ebc2499bd926ff6ea81"
    "485da0896bca4ade58f5d71a25ede136f6dac8a2af9e2b108013d98891cf1887c3d33c6fc199a88c542170cc"
    "d8dedc7aeb9b390de340370aa839452f6946f724871949ab8cede5f31c31dc8013d46b83651b03f464607a24"
    "8a49debb8c9ab159610d830f53d17994d844c574b0f3f3d6d5059db2b0b57152788d4acd7f07462e59b89e2a"
    "946307d26b5dca34b6e362645f498dedbf7988fa707501e0d5d05999c8a5623eb33a";

static const char frozen_both[] =
    "01010302030000000000010004000000101112131415161718191a1b1c1d1e1f202122232425262728292a2b"
    "2c2d2e2f01505152535455565758595a5b5c5d5e5f6061626364656667a035d8d8fcb6189b5f3e4995134676"
    "3e2ac3620202937105674237d6b19a7464aeb0675baa155461a56211667ac33584e00fa87d1408418909afee"
    "61ead232c4109feed2a2e6ad0ef6857f15e2bd34876901000023b7bb8c91ae008711fb12846780bcdf1e065f"
    "821bdfec49f57e7c7dcd4c482301909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7c87c96c9869e"
    "8c61dca8839a3e90cb322488725ec07171fbb6d217549d4383e6308e3fab603a2645ab0d5b8e3bc6390ccc81"
    "60b19f02a20c98640e0cbadea6c2b4aeb16ac15db0a758f72cde90563dfd499b569fb83ea6f0cacb56cf02ad"
    "921f51b3d6fd3149b46cf6492dbd2ebdb6f072f714d91ecd3c726787cf0b771919498ebc2499bd926ff6ea81"
    "485da0896bca4ade58f5d71a25ede136f6dac8a2af9e2b108013d98891cf1887c3d33c6fc199a88c542170cc"
    "d8dedc7aeb9b390de340370aa839452f6946f724871949ab8cede5f31c31dc8013d46b83651b03f464607a24"
    "8a49debb8c9ab159610d830f53d17994d844c574b0f3f3d6d5059db2b0b57152788d4acd7f07462e59b89e2a"
    "946307d26b5dca34b6e362645f498dedbf7988fa707501e0d5d05999c8a5623eb33a";

static const char frozen_identity[] =
    "01010402000000000000000000000000101112131415161718191a1b1c1d1e1f202122232425262728292a2b"
    "2c2d2e2f736845d54e87de09d6bb114aa7042c50a4a015bd9901d1a0026f5956533a15190150515253545556"
    "5758595a5b5c5d5e5f6061626364656667c919a21c0cdde20f61a4d3741ce1521689f612ec9902b3db67de6e"
    "771dcb80bfdd0c9c387bf6c34cf12119283047150cd10cecb19f4d7b2cbab9c6a64f0c1fdf7d392958b3806d"
    "2ab0e0d11240c394566901000023b7bb8c91ae008711fb12846780bcdf1e065f821bdfec49f57e7c7dcd4c48"
    "2301909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7c87c96c9869e8c61dca8839a3e90cb322488"
    "725ec07171fbb6d217549d4383e6308e3fab603a2645ab0d5b8e3bc6390ccc8160b19f02a20c98640e0cbade"
    "a6c2b4aeb16ac15db0a758f72cde90563dfd499b569fb83ea6f0cacb56cf02ad921f51b3d6fd3149b46cf649"
    "2dbd2ebdb6f072f714d91ecd3c726787cf0b771919498ebc2499bd926ff6ea81485da0896bca4ade58f5d71a"
    "25ede136f6dac8a2af9e2b108013d98891cf1887c3d33c6fc199a88c542170ccd8dedc7aeb9b390de340370a"
    "a839452f6946f724871949ab8cede5f31c31dc8013d46b83651b03f464607a248a49debb8c9ab159610d830f"
    "53d17994d844c574b0f3f3d6d5059db2b0b57152788d4acd7f07462e59b89e2a946307d26b5dca34b6e36264"
    "5f498dedbf7988fa707501e0d5d05999c8a5623eb33a";

static const char frozen_recovery[] =
    "01010502000000000000000000000000101112131415161718191a1b1c1d1e1f202122232425262728292a2b"
    "2c2d2e2f01505152535455565758595a5b5c5d5e5f6061626364656667b3dbcdb5537a43c5713b9820742464"
    "aa1dd344120a3ae0494977fdf039e0675fad1983aa0aa43d61b45d00f3115d067a8fa6cd5f9e14495624cece"
    "94bcf2c7edf0727469f19ee8b68fc5f7dd8844a9076901000023b7bb8c91ae008711fb12846780bcdf1e065f"
    "821bdfec49f57e7c7dcd4c482301909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7c87c96c9869e"
    "8c61dca8839a3e90cb322488725ec07171fbb6d217549d4383e6308e3fab603a2645ab0d5b8e3bc6390ccc81"
    "60b19f02a20c98640e0cbadea6c2b4aeb16ac15db0a758f72cde90563dfd499b569fb83ea6f0cacb56cf02ad"
    "921f51b3d6fd3149b46cf6492dbd2ebdb6f072f714d91ecd3c726787cf0b771919498ebc2499bd926ff6ea81"
    "485da0896bca4ade58f5d71a25ede136f6dac8a2af9e2b108013d98891cf1887c3d33c6fc199a88c542170cc"
    "d8dedc7aeb9b390de340370aa839452f6946f724871949ab8cede5f31c31dc8013d46b83651b03f464607a24"
    "8a49debb8c9ab159610d830f53d17994d844c574b0f3f3d6d5059db2b0b57152788d4acd7f07462e59b89e2a"
    "946307d26b5dca34b6e362645f498dedbf7988fa707501e0d5d05999c8a5623eb33a";

/* ---- people and places ---- */

struct people {
    struct secret *passphrase, *keyfile, *identity, *recovery;
    uint8_t identity_pk[KEY_LEN];
};

static void people_clear(struct people *p)
{
    secret_free(p->passphrase);
    secret_free(p->keyfile);
    secret_free(p->identity);
    secret_free(p->recovery);
}
#define PEOPLE_OWNED __attribute__((cleanup(people_clear)))

static struct people sample_people(void)
{
    uint8_t hash[KEY_LEN], identity[KEY_LEN], recovery[KEY_LEN];
    (void)unhex(hash, sizeof hash,
                "e80b2b4abce78f6a8fce24799766fbf71e9dcc26c571219fc370d0b3a711a3a6");
    count_up(identity, sizeof identity, 0xc0);
    count_up(recovery, sizeof recovery, 0x80);
    struct people p = {.passphrase = secret_of("correct horse", 13),
                       .keyfile = secret_of(hash, sizeof hash),
                       .identity = secret_of(identity, sizeof identity),
                       .recovery = secret_of(recovery, sizeof recovery)};
    pkseal_public(p.identity_pk, identity);
    return p;
}

static struct slot_credentials credentials(const struct people *p, int type)
{
    bool word = type == SLOT_PASSPHRASE || type == SLOT_PASSPHRASE_KEYFILE;
    bool file = type == SLOT_KEYFILE || type == SLOT_PASSPHRASE_KEYFILE;
    return (struct slot_credentials){
        .passphrase = word ? p->passphrase : NULL,
        .keyfile_hash = file ? p->keyfile : NULL,
        .identity = type == SLOT_IDENTITY ? p->identity : NULL,
        .recovery = type == SLOT_RECOVERY ? p->recovery : NULL,
    };
}

/* What a slot is made from: of an identity the public key. */
static struct slot_credentials makings(const struct people *p, int type)
{
    struct slot_credentials cred = credentials(p, type);
    cred.identity = NULL;
    cred.identity_pk = type == SLOT_IDENTITY ? p->identity_pk : NULL;
    return cred;
}

static size_t sample_len(int type)
{
    return type == SLOT_IDENTITY ? IDENTITY_LEN : SAMPLE_LEN;
}

static struct slot_place sample_place(void)
{
    struct slot_place place = {.epoch = 7, .number = 5};
    count_up(place.vault_id, sizeof place.vault_id, 0xa0);
    return place;
}

static const char *frozen(int type)
{
    return type == SLOT_PASSPHRASE ? frozen_passphrase
           : type == SLOT_KEYFILE  ? frozen_keyfile
           : type == SLOT_IDENTITY ? frozen_identity
           : type == SLOT_RECOVERY ? frozen_recovery
                                   : frozen_both;
}

static enum sv_status open_at(const uint8_t *bytes, size_t len, const struct slot_place *place,
                              const struct people *p, int type, struct sv_err *err)
{
    struct slot_credentials cred = credentials(p, type);
    struct secret *bundle = NULL, *seed = NULL;
    enum sv_status status = slot_open(&bundle, &seed, bytes, len, place, &cred, err);
    if (status == SV_OK) {
        assert_secret(bundle, bundle_text, BUNDLE_LEN);
        assert_int_equal(secret_len(seed), KEY_LEN);
    } else {
        assert_null(bundle);
        assert_null(seed);
    }
    secret_free(bundle);
    secret_free(seed);
    return status;
}

static enum sv_status open_sample(const uint8_t *bytes, size_t len, const struct people *p,
                                  int type)
{
    struct slot_place place = sample_place();
    return open_at(bytes, len, &place, p, type, NULL);
}

static enum sv_status make_sample(struct blob *out, const struct people *p, int type, int role,
                                  struct slot_public *pub)
{
    struct slot_place place = sample_place();
    struct slot_credentials cred = makings(p, type);
    return slot_make(out, &place, type, role, &cheapest, &cred, bundle_text, BUNDLE_LEN, pub, NULL);
}

/* ---- known answers ---- */

static void test_frozen(void **state)
{
    (void)state;
    PEOPLE_OWNED struct people p = sample_people();
    struct slot_place place = sample_place();
    uint8_t want[KEY_LEN];
    count_up(want, sizeof want, 0x30);
    for (int type = SLOT_PASSPHRASE; type <= SLOT_RECOVERY; type++) {
        SECRET_OWNED struct secret *bundle = NULL, *seed = NULL;
        struct slot_credentials cred = credentials(&p, type);
        struct slot_head head;
        uint8_t bytes[IDENTITY_LEN], salt[ARGON2_SALT_LEN];
        size_t len = sample_len(type);
        bool argon2 = type == SLOT_PASSPHRASE || type == SLOT_PASSPHRASE_KEYFILE;
        count_up(salt, sizeof salt, 0x10);
        assert_int_equal(unhex(bytes, sizeof bytes, frozen(type)), len);
        assert_int_equal(slot_read_head(&head, bytes, len, NULL), SV_OK);
        assert_int_equal(head.type, type);
        assert_int_equal(head.role, ROLE_READER);
        assert_int_equal(head.cost.passes, argon2 ? 3 : 0);
        assert_int_equal(head.cost.memory_kib, argon2 ? 65536 : 0);
        assert_int_equal(head.cost.lanes, argon2 ? 4 : 0);
        assert_memory_equal(head.salt, salt, sizeof salt);
        assert_int_equal(slot_open(&bundle, &seed, bytes, len, &place, &cred, NULL), SV_OK);
        assert_secret(bundle, bundle_text, BUNDLE_LEN);
        assert_secret(seed, want, sizeof want);
    }
}

/* ---- making ---- */

static void test_round_trip(void **state)
{
    (void)state;
    PEOPLE_OWNED struct people p = sample_people();
    struct slot_place place = sample_place();
    for (int type = SLOT_PASSPHRASE; type <= SLOT_RECOVERY; type++) {
        BLOB_OWNED struct blob made = {0};
        SECRET_OWNED struct secret *bundle = NULL, *seed = NULL;
        struct slot_credentials cred = credentials(&p, type);
        struct slot_public pub;
        struct slot_head head;
        uint8_t sk[KEY_LEN], pk[KEY_LEN], psk[KEY_LEN];
        assert_int_equal(make_sample(&made, &p, type, ROLE_ADMIN, &pub), SV_OK);
        assert_int_equal(made.len, sample_len(type));
        assert_int_equal(slot_read_head(&head, made.bytes, made.len, NULL), SV_OK);
        assert_int_equal(head.type, type);
        assert_int_equal(head.role, ROLE_ADMIN);
        assert_true(slot_accepts(&head, &cred));
        assert_int_equal(slot_open(&bundle, &seed, made.bytes, made.len, &place, &cred, NULL),
                         SV_OK);
        assert_secret(bundle, bundle_text, BUNDLE_LEN);
        /* The directory's part is what the seed gives. */
        keys_from_seed(sk, pk, psk, secret_peek(seed));
        assert_memory_equal(pub.pk, pk, KEY_LEN);
        assert_memory_equal(pub.psk, psk, KEY_LEN);
    }
}

static void test_seed_is_optional(void **state)
{
    (void)state;
    PEOPLE_OWNED struct people p = sample_people();
    SECRET_OWNED struct secret *bundle = NULL;
    struct slot_place place = sample_place();
    struct slot_credentials cred = credentials(&p, SLOT_KEYFILE);
    uint8_t bytes[SAMPLE_LEN];
    (void)unhex(bytes, sizeof bytes, frozen_keyfile);
    assert_int_equal(slot_open(&bundle, NULL, bytes, sizeof bytes, &place, &cred, NULL), SV_OK);
    assert_secret(bundle, bundle_text, BUNDLE_LEN);
}

/* Nothing of one slot stands in the next. */
static void test_all_is_new(void **state)
{
    (void)state;
    PEOPLE_OWNED struct people p = sample_people();
    BLOB_OWNED struct blob a = {0}, b = {0};
    struct slot_public pub_a, pub_b;
    assert_int_equal(make_sample(&a, &p, SLOT_KEYFILE, ROLE_ADMIN, &pub_a), SV_OK);
    assert_int_equal(make_sample(&b, &p, SLOT_KEYFILE, ROLE_ADMIN, &pub_b), SV_OK);
    assert_memory_equal(a.bytes, b.bytes, 16);
    assert_memory_not_equal(a.bytes + 16, b.bytes + 16, ARGON2_SALT_LEN);
    assert_memory_not_equal(a.bytes + AT_SEED_BOX, b.bytes + AT_SEED_BOX, 105);
    assert_memory_not_equal(a.bytes + AT_BUNDLE + 4, b.bytes + AT_BUNDLE + 4, KEY_LEN);
    assert_memory_not_equal(pub_a.pk, pub_b.pk, KEY_LEN);
    assert_memory_not_equal(pub_a.psk, pub_b.psk, KEY_LEN);
}

static void test_wishes_refused(void **state)
{
    (void)state;
    PEOPLE_OWNED struct people p = sample_people();
    struct slot_place place = sample_place();
    struct slot_credentials word = {.passphrase = p.passphrase}, file = {.keyfile_hash = p.keyfile};
    struct slot_credentials none = {0};
    struct slot_credentials both = credentials(&p, SLOT_PASSPHRASE_KEYFILE),
                            secret_key = {.identity = p.identity},
                            two = {.identity_pk = p.identity_pk, .recovery = p.recovery},
                            named = {.keyfile_hash = p.keyfile, .identity_pk = p.identity_pk},
                            shares = {.recovery = p.recovery};
    static const struct argon2_cost weak = {.passes = 1, .memory_kib = ARGON2_MIN_KIB, .lanes = 4};
    static uint8_t long_bundle[SLOT_MAX_LEN];
    const struct {
        int type, role;
        const struct argon2_cost *cost;
        const struct slot_credentials *cred;
        size_t len;
        enum sv_status want;
    } rows[] = {
        {SLOT_PASSPHRASE, ROLE_ADMIN, &cheapest, &file, 16, SV_INTERNAL},
        {SLOT_PASSPHRASE, ROLE_ADMIN, &cheapest, &both, 16, SV_INTERNAL},
        {SLOT_PASSPHRASE, ROLE_ADMIN, &cheapest, &none, 16, SV_INTERNAL},
        {SLOT_KEYFILE, ROLE_ADMIN, &cheapest, &word, 16, SV_INTERNAL},
        {SLOT_PASSPHRASE_KEYFILE, ROLE_ADMIN, &cheapest, &word, 16, SV_INTERNAL},
        {SLOT_IDENTITY, ROLE_ADMIN, &cheapest, &none, 16, SV_INTERNAL},
        {SLOT_RECOVERY, ROLE_ADMIN, &cheapest, &none, 16, SV_INTERNAL},
        {SLOT_IDENTITY, ROLE_ADMIN, &cheapest, &secret_key, 16, SV_INTERNAL},
        {SLOT_IDENTITY, ROLE_ADMIN, &cheapest, &two, 16, SV_INTERNAL},
        {SLOT_RECOVERY, ROLE_ADMIN, &cheapest, &two, 16, SV_INTERNAL},
        {SLOT_KEYFILE, ROLE_ADMIN, &cheapest, &named, 16, SV_INTERNAL},
        {SLOT_KEYFILE, ROLE_ADMIN, &cheapest, &shares, 16, SV_INTERNAL},
        {SLOT_KEYFILE, 0, &cheapest, &file, 16, SV_INTERNAL},
        {SLOT_KEYFILE, ROLE_TOKEN + 1, &cheapest, &file, 16, SV_INTERNAL},
        {SLOT_KEYFILE, ROLE_ADMIN, &cheapest, &file, SLOT_MAX_LEN, SV_INTERNAL},
        {SLOT_PASSPHRASE, ROLE_ADMIN, &weak, &word, 16, SV_DATA},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct blob out = {0};
        struct slot_public pub;
        struct sv_err err = {0};
        assert_int_equal(slot_make(&out, &place, rows[i].type, rows[i].role, rows[i].cost,
                                   rows[i].cred, long_bundle, rows[i].len, &pub, &err),
                         rows[i].want);
        assert_null(out.bytes);
        assert_true(err.text[0] != '\0');
    }
}

/* ---- opening: who and where ---- */

static void test_wrong_credentials(void **state)
{
    (void)state;
    PEOPLE_OWNED struct people p = sample_people(), other = sample_people();
    uint8_t bytes[SAMPLE_LEN];
    secret_poke(other.passphrase)[0] ^= 1;
    (void)unhex(bytes, sizeof bytes, frozen_passphrase);
    assert_int_equal(open_sample(bytes, sizeof bytes, &other, SLOT_PASSPHRASE), SV_DENIED);
    assert_int_equal(open_sample(bytes, sizeof bytes, &p, SLOT_KEYFILE), SV_DENIED);
    assert_int_equal(open_sample(bytes, sizeof bytes, &p, SLOT_PASSPHRASE_KEYFILE), SV_DENIED);
    (void)unhex(bytes, sizeof bytes, frozen_both);
    assert_int_equal(open_sample(bytes, sizeof bytes, &other, SLOT_PASSPHRASE_KEYFILE), SV_DENIED);
    secret_poke(other.passphrase)[0] ^= 1;
    secret_poke(other.keyfile)[31] ^= 1;
    assert_int_equal(open_sample(bytes, sizeof bytes, &other, SLOT_PASSPHRASE_KEYFILE), SV_DENIED);
    (void)unhex(bytes, sizeof bytes, frozen_keyfile);
    assert_int_equal(open_sample(bytes, sizeof bytes, &other, SLOT_KEYFILE), SV_DENIED);
    secret_set_len(other.keyfile, KEY_LEN - 1);
    assert_int_equal(open_sample(bytes, sizeof bytes, &other, SLOT_KEYFILE), SV_DENIED);
}

static void test_wrong_identity_and_recovery(void **state)
{
    (void)state;
    PEOPLE_OWNED struct people p = sample_people(), other = sample_people();
    uint8_t bytes[IDENTITY_LEN];
    struct slot_place place = sample_place();
    struct sv_err err = {0};
    secret_poke(other.identity)[9] ^= 1;
    secret_poke(other.recovery)[9] ^= 1;
    (void)unhex(bytes, sizeof bytes, frozen_identity);
    assert_int_equal(open_at(bytes, IDENTITY_LEN, &place, &other, SLOT_IDENTITY, &err), SV_DENIED);
    assert_non_null(strstr(err.text, "this identity does not open"));
    assert_int_equal(open_sample(bytes, IDENTITY_LEN, &p, SLOT_RECOVERY), SV_DENIED);
    assert_int_equal(open_sample(bytes, IDENTITY_LEN, &p, SLOT_KEYFILE), SV_DENIED);
    (void)unhex(bytes, sizeof bytes, frozen_recovery);
    assert_int_equal(open_at(bytes, SAMPLE_LEN, &place, &other, SLOT_RECOVERY, &err), SV_DENIED);
    assert_non_null(strstr(err.text, "these recovery shares do not open"));
    assert_int_equal(open_sample(bytes, SAMPLE_LEN, &p, SLOT_IDENTITY), SV_DENIED);
    secret_set_len(p.recovery, KEY_LEN - 1);
    assert_int_equal(open_sample(bytes, SAMPLE_LEN, &p, SLOT_RECOVERY), SV_DENIED);
}

/* A row does not show whom it is for, and two rows for one person have nothing in common
 * but their kind and role. */
static void test_identity_is_not_shown(void **state)
{
    (void)state;
    PEOPLE_OWNED struct people p = sample_people();
    BLOB_OWNED struct blob a = {0}, b = {0};
    struct slot_public pub_a, pub_b;
    assert_int_equal(make_sample(&a, &p, SLOT_IDENTITY, ROLE_READER, &pub_a), SV_OK);
    assert_int_equal(make_sample(&b, &p, SLOT_IDENTITY, ROLE_READER, &pub_b), SV_OK);
    for (size_t at = 0; at + 4 <= KEY_LEN; at++)
        assert_null(memmem(a.bytes, a.len, p.identity_pk + at, 4));
    assert_memory_equal(a.bytes, b.bytes, 16);
    for (size_t at = 16; at + KEY_LEN <= a.len; at++)
        assert_memory_not_equal(a.bytes + at, b.bytes + at, KEY_LEN);
}

static void check_wrong_place(int type)
{
    PEOPLE_OWNED struct people p = sample_people();
    struct slot_place place = sample_place();
    uint8_t bytes[IDENTITY_LEN];
    size_t len = unhex(bytes, sizeof bytes, frozen(type));
    for (size_t i = 0; i < sizeof place.vault_id; i++) {
        place.vault_id[i] ^= 1;
        assert_int_equal(open_at(bytes, len, &place, &p, type, NULL), SV_DENIED);
        place.vault_id[i] ^= 1;
    }
    place.number = 6;
    assert_int_equal(open_at(bytes, len, &place, &p, type, NULL), SV_DENIED);
    place.number = 5;
    /* The seed outlives an epoch, the bundle does not. */
    place.epoch = 8;
    assert_int_equal(open_at(bytes, len, &place, &p, type, NULL), SV_DATA);
    place.epoch = 7;
    assert_int_equal(open_at(bytes, len, &place, &p, type, NULL), SV_OK);
}

static void test_wrong_place(void **state)
{
    (void)state;
    check_wrong_place(SLOT_KEYFILE);
    check_wrong_place(SLOT_IDENTITY);
    check_wrong_place(SLOT_RECOVERY);
}

static void test_denial_tells_nothing_secret(void **state)
{
    (void)state;
    PEOPLE_OWNED struct people p = sample_people();
    struct slot_place place = sample_place();
    struct sv_err err = {0};
    uint8_t bytes[SAMPLE_LEN];
    (void)unhex(bytes, sizeof bytes, frozen_passphrase);
    place.number++;
    assert_int_equal(open_at(bytes, sizeof bytes, &place, &p, SLOT_PASSPHRASE, &err), SV_DENIED);
    assert_non_null(strstr(err.text, "the passphrase does not open the vault"));
    assert_null(strstr(err.text, "correct"));
}

/* ---- opening: altered bytes ---- */

/* Edited parameters of Argon2 cannot be told from a wrong passphrase; out of
 * bounds they are refused before any memory is taken. */
static void test_edited_cost(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        uint32_t value;
        enum sv_status want;
    } edits[] = {
        {4, 4, SV_DENIED},         {8, 65537, SV_DENIED},    {12, 3, SV_DENIED},  {4, 2, SV_DATA},
        {4, 65, SV_DATA},          {4, UINT32_MAX, SV_DATA}, {8, 65535, SV_DATA}, {8, 8, SV_DATA},
        {8, 4194305, SV_DATA},     {8, UINT32_MAX, SV_DATA}, {12, 0, SV_DATA},    {12, 17, SV_DATA},
        {12, UINT32_MAX, SV_DATA},
    };
    PEOPLE_OWNED struct people p = sample_people();
    uint8_t bytes[SAMPLE_LEN];
    for (size_t i = 0; i < COUNT(edits); i++) {
        (void)unhex(bytes, sizeof bytes, frozen_passphrase);
        le32_put(bytes + edits[i].at, edits[i].value);
        assert_int_equal(open_sample(bytes, sizeof bytes, &p, SLOT_PASSPHRASE), edits[i].want);
    }
}

/* Every bit of a slot without Argon2. The head and the seed box read as a wrong key
 * where they still parse; a bundle that does not open is damage. (X25519 ignores the
 * highest bit of a point, but the point as written goes into the key too.) */
static void check_every_bit(int type)
{
    PEOPLE_OWNED struct people p = sample_people();
    uint8_t bytes[IDENTITY_LEN];
    size_t len = unhex(bytes, sizeof bytes, frozen(type));
    size_t at_bundle = AT_BUNDLE + (len - SAMPLE_LEN);
    for (size_t bit = 0; bit < len * 8; bit++) {
        size_t at = bit / 8;
        bytes[at] ^= (uint8_t)(1u << bit % 8);
        enum sv_status status = open_sample(bytes, len, &p, type);
        if (at >= at_bundle)
            assert_int_equal(status, SV_DATA);
        else if (at >= 16)
            assert_int_equal(status, SV_DENIED);
        else
            assert_true(status == SV_DATA || status == SV_DENIED);
        bytes[at] ^= (uint8_t)(1u << bit % 8);
    }
    assert_int_equal(open_sample(bytes, len, &p, type), SV_OK);
}

static void test_every_bit_counts(void **state)
{
    (void)state;
    check_every_bit(SLOT_KEYFILE);
    check_every_bit(SLOT_IDENTITY);
    check_every_bit(SLOT_RECOVERY);
}

static void check_every_length(int type)
{
    static uint8_t bytes[SLOT_MAX_LEN + 1];
    PEOPLE_OWNED struct people p = sample_people();
    struct slot_head head;
    memset(bytes, 0, sizeof bytes);
    size_t sample = unhex(bytes, sizeof bytes, frozen(type));
    size_t at_bundle = AT_BUNDLE + (sample - SAMPLE_LEN);
    for (size_t len = 0; len <= sizeof bytes; len++) {
        enum sv_status want = len == sample ? SV_OK : SV_DATA;
        assert_int_equal(slot_read_head(&head, bytes, len, NULL), want);
        assert_int_equal(open_sample(bytes, len, &p, type), want);
    }
    /* A block that claims all of it, and one byte more than a slot may have. */
    le32_put(bytes + at_bundle, (uint32_t)(SLOT_MAX_LEN - at_bundle - 4));
    assert_int_equal(slot_read_head(&head, bytes, SLOT_MAX_LEN, NULL), SV_OK);
    le32_put(bytes + at_bundle, (uint32_t)(SLOT_MAX_LEN - at_bundle - 3));
    assert_int_equal(slot_read_head(&head, bytes, SLOT_MAX_LEN + 1, NULL), SV_DATA);
}

static void test_every_length(void **state)
{
    (void)state;
    check_every_length(SLOT_KEYFILE);
    check_every_length(SLOT_IDENTITY);
    check_every_length(SLOT_RECOVERY);
}

static void test_unknown_heads(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        uint8_t value;
        enum sv_status want;
    } rows[] = {
        {0, 0, SV_DATA},
        {0, 2, SV_DATA},
        {1, 0, SV_DATA},
        {1, 2, SV_DATA},
        {2, 0, SV_DATA},
        {2, 6, SV_DATA},
        {3, 0, SV_DATA},
        {3, 5, SV_DATA},
        {4, 1, SV_DATA},
        {8, 1, SV_DATA},
        {12, 1, SV_DATA},            /* a cost without Argon2 */
        {2, SLOT_IDENTITY, SV_DATA}, /* its seed box is longer */
        {2, SLOT_RECOVERY, SV_OK},
        {3, ROLE_TOKEN, SV_OK},
    };
    PEOPLE_OWNED struct people p = sample_people();
    struct slot_credentials file = {.keyfile_hash = p.keyfile};
    uint8_t bytes[SAMPLE_LEN];
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct slot_head head = {.type = 99};
        (void)unhex(bytes, sizeof bytes, frozen_keyfile);
        bytes[rows[i].at] = rows[i].value;
        assert_int_equal(slot_read_head(&head, bytes, sizeof bytes, NULL), rows[i].want);
        if (rows[i].want != SV_OK)
            assert_int_equal(head.type, 99);
        else
            assert_int_equal(slot_accepts(&head, &file), head.type == SLOT_KEYFILE);
    }
}

/* ---- no memory ---- */

static void check_failures(enum sv_status (*attempt)(const struct people *, int), int type)
{
    PEOPLE_OWNED struct people p = sample_people();
    size_t live = secret_live();
    unsigned long n = 1;
    for (;; n++) {
        sv_alloc_fail_at(n);
        enum sv_status status = attempt(&p, type);
        int failed = sv_alloc_failed();
        sv_alloc_fail_at(0);
        assert_int_equal(secret_live(), live);
        if (!failed) {
            assert_int_equal(status, SV_OK);
            break;
        }
        assert_int_equal(status, SV_INTERNAL);
    }
    assert_true(n > 2);
}

static enum sv_status attempt_make(const struct people *p, int type)
{
    BLOB_OWNED struct blob made = {0};
    struct slot_public pub;
    enum sv_status status = make_sample(&made, p, type, ROLE_ADMIN, &pub);
    assert_int_equal(made.bytes != NULL, status == SV_OK);
    return status;
}

static enum sv_status attempt_open(const struct people *p, int type)
{
    uint8_t bytes[IDENTITY_LEN];
    size_t len = unhex(bytes, sizeof bytes, frozen(type));
    return open_sample(bytes, len, p, type);
}

static void test_allocation_failures(void **state)
{
    (void)state;
    check_failures(attempt_make, SLOT_KEYFILE);
    check_failures(attempt_open, SLOT_KEYFILE);
    check_failures(attempt_open, SLOT_PASSPHRASE);
    check_failures(attempt_make, SLOT_IDENTITY);
    check_failures(attempt_open, SLOT_IDENTITY);
    check_failures(attempt_make, SLOT_RECOVERY);
    check_failures(attempt_open, SLOT_RECOVERY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frozen),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_seed_is_optional),
        cmocka_unit_test(test_all_is_new),
        cmocka_unit_test(test_wishes_refused),
        cmocka_unit_test(test_wrong_credentials),
        cmocka_unit_test(test_wrong_identity_and_recovery),
        cmocka_unit_test(test_identity_is_not_shown),
        cmocka_unit_test(test_wrong_place),
        cmocka_unit_test(test_denial_tells_nothing_secret),
        cmocka_unit_test(test_edited_cost),
        cmocka_unit_test(test_every_bit_counts),
        cmocka_unit_test(test_every_length),
        cmocka_unit_test(test_unknown_heads),
        cmocka_unit_test(test_allocation_failures),
        cmocka_unit_test(test_no_secret_lives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
