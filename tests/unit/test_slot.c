/* SPDX-License-Identifier: ISC */
#include "crypto_support.h"

#include "crypto/slot.h"

static const struct argon2_cost cheapest = {
    .passes = ARGON2_MIN_PASSES, .memory_kib = ARGON2_MIN_KIB, .lanes = 4};
static const char bundle_text[] = "a bundle of keys";
#define BUNDLE_LEN (sizeof bundle_text - 1)
/* head, seed box, length, PKSEAL of 256 */
#define SAMPLE_LEN (48 + 105 + 4 + 105 + 256)
#define AT_SEED_BOX 48
#define AT_BUNDLE (48 + 105)

/* frozen: passphrase "correct horse", key file as in test_keyfile.c, vault id a0 ...
 * af, slot 5, epoch 7, role reader, salt 10 ... 2f, seed 30 ... 4f. */
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

/* ---- people and places ---- */

struct people {
    struct secret *passphrase, *keyfile;
};

static void people_clear(struct people *p)
{
    secret_free(p->passphrase);
    secret_free(p->keyfile);
}
#define PEOPLE_OWNED __attribute__((cleanup(people_clear)))

static struct people sample_people(void)
{
    uint8_t hash[KEY_LEN];
    (void)unhex(hash, sizeof hash,
                "e80b2b4abce78f6a8fce24799766fbf71e9dcc26c571219fc370d0b3a711a3a6");
    return (struct people){.passphrase = secret_of("correct horse", 13),
                           .keyfile = secret_of(hash, sizeof hash)};
}

static struct slot_credentials credentials(const struct people *p, int type)
{
    return (struct slot_credentials){
        .passphrase = type == SLOT_KEYFILE ? NULL : p->passphrase,
        .keyfile_hash = type == SLOT_PASSPHRASE ? NULL : p->keyfile,
    };
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
    struct slot_credentials cred = credentials(p, type);
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
    for (int type = SLOT_PASSPHRASE; type <= SLOT_PASSPHRASE_KEYFILE; type++) {
        SECRET_OWNED struct secret *bundle = NULL, *seed = NULL;
        struct slot_credentials cred = credentials(&p, type);
        struct slot_head head;
        uint8_t bytes[SAMPLE_LEN], salt[ARGON2_SALT_LEN];
        count_up(salt, sizeof salt, 0x10);
        assert_int_equal(unhex(bytes, sizeof bytes, frozen(type)), SAMPLE_LEN);
        assert_int_equal(slot_read_head(&head, bytes, sizeof bytes, NULL), SV_OK);
        assert_int_equal(head.type, type);
        assert_int_equal(head.role, ROLE_READER);
        assert_int_equal(head.cost.passes, type == SLOT_KEYFILE ? 0 : 3);
        assert_int_equal(head.cost.memory_kib, type == SLOT_KEYFILE ? 0 : 65536);
        assert_int_equal(head.cost.lanes, type == SLOT_KEYFILE ? 0 : 4);
        assert_memory_equal(head.salt, salt, sizeof salt);
        assert_int_equal(slot_open(&bundle, &seed, bytes, sizeof bytes, &place, &cred, NULL),
                         SV_OK);
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
    for (int type = SLOT_PASSPHRASE; type <= SLOT_PASSPHRASE_KEYFILE; type++) {
        BLOB_OWNED struct blob made = {0};
        SECRET_OWNED struct secret *bundle = NULL, *seed = NULL;
        struct slot_credentials cred = credentials(&p, type);
        struct slot_public pub;
        struct slot_head head;
        uint8_t sk[KEY_LEN], pk[KEY_LEN], psk[KEY_LEN];
        assert_int_equal(make_sample(&made, &p, type, ROLE_ADMIN, &pub), SV_OK);
        assert_int_equal(made.len, SAMPLE_LEN);
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
    struct slot_credentials none = {0}, both = {p.passphrase, p.keyfile};
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

static void test_wrong_place(void **state)
{
    (void)state;
    PEOPLE_OWNED struct people p = sample_people();
    struct slot_place place = sample_place();
    uint8_t bytes[SAMPLE_LEN];
    (void)unhex(bytes, sizeof bytes, frozen_keyfile);
    for (size_t i = 0; i < sizeof place.vault_id; i++) {
        place.vault_id[i] ^= 1;
        assert_int_equal(open_at(bytes, sizeof bytes, &place, &p, SLOT_KEYFILE, NULL), SV_DENIED);
        place.vault_id[i] ^= 1;
    }
    place.number = 6;
    assert_int_equal(open_at(bytes, sizeof bytes, &place, &p, SLOT_KEYFILE, NULL), SV_DENIED);
    place.number = 5;
    /* The seed outlives an epoch, the bundle does not. */
    place.epoch = 8;
    assert_int_equal(open_at(bytes, sizeof bytes, &place, &p, SLOT_KEYFILE, NULL), SV_DATA);
    place.epoch = 7;
    assert_int_equal(open_at(bytes, sizeof bytes, &place, &p, SLOT_KEYFILE, NULL), SV_OK);
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

/* Every bit of a key file's slot. The head and the seed box read as a wrong key
 * where they still parse; a bundle that does not open is damage. */
static void test_every_bit_counts(void **state)
{
    (void)state;
    PEOPLE_OWNED struct people p = sample_people();
    uint8_t bytes[SAMPLE_LEN];
    (void)unhex(bytes, sizeof bytes, frozen_keyfile);
    for (size_t bit = 0; bit < sizeof bytes * 8; bit++) {
        size_t at = bit / 8;
        bytes[at] ^= (uint8_t)(1u << bit % 8);
        enum sv_status status = open_sample(bytes, sizeof bytes, &p, SLOT_KEYFILE);
        if (at >= AT_BUNDLE)
            assert_int_equal(status, SV_DATA);
        else if (at >= 16)
            assert_int_equal(status, SV_DENIED);
        else
            assert_true(status == SV_DATA || status == SV_DENIED);
        bytes[at] ^= (uint8_t)(1u << bit % 8);
    }
    assert_int_equal(open_sample(bytes, sizeof bytes, &p, SLOT_KEYFILE), SV_OK);
}

static void test_every_length(void **state)
{
    (void)state;
    static uint8_t bytes[SLOT_MAX_LEN + 1];
    PEOPLE_OWNED struct people p = sample_people();
    struct slot_head head;
    (void)unhex(bytes, sizeof bytes, frozen_keyfile);
    for (size_t len = 0; len <= sizeof bytes; len++) {
        enum sv_status want = len == SAMPLE_LEN ? SV_OK : SV_DATA;
        assert_int_equal(slot_read_head(&head, bytes, len, NULL), want);
        assert_int_equal(open_sample(bytes, len, &p, SLOT_KEYFILE), want);
    }
    /* A block that claims all of it, and one byte more than a slot may have. */
    le32_put(bytes + AT_BUNDLE, SLOT_MAX_LEN - AT_BUNDLE - 4);
    assert_int_equal(slot_read_head(&head, bytes, SLOT_MAX_LEN, NULL), SV_OK);
    le32_put(bytes + AT_BUNDLE, SLOT_MAX_LEN - AT_BUNDLE - 3);
    assert_int_equal(slot_read_head(&head, bytes, SLOT_MAX_LEN + 1, NULL), SV_DATA);
}

static void test_unknown_heads(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        uint8_t value;
        enum sv_status want;
    } rows[] = {
        {0, 0, SV_DATA},           {0, 2, SV_DATA},           {1, 0, SV_DATA},
        {1, 2, SV_DATA},           {2, 0, SV_DATA},           {2, 6, SV_DATA},
        {3, 0, SV_DATA},           {3, 5, SV_DATA},           {4, 1, SV_DATA},
        {8, 1, SV_DATA},           {12, 1, SV_DATA}, /* a cost without Argon2 */
        {2, SLOT_IDENTITY, SV_OK}, {2, SLOT_RECOVERY, SV_OK}, {3, ROLE_TOKEN, SV_OK},
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
    assert_true(n > 3);
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
    uint8_t bytes[SAMPLE_LEN];
    (void)unhex(bytes, sizeof bytes, frozen(type));
    return open_sample(bytes, sizeof bytes, p, type);
}

static void test_allocation_failures(void **state)
{
    (void)state;
    check_failures(attempt_make, SLOT_KEYFILE);
    check_failures(attempt_open, SLOT_KEYFILE);
    check_failures(attempt_open, SLOT_PASSPHRASE);
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
