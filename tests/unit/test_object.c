/* SPDX-License-Identifier: ISC */
/* One row: it opens in its own place only, and tells nobody what it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "crypto/seal.h"
#include "domain/object.h"
#include "domain/profile.h"
#include "store/db.h"

static const uint8_t wrap_key[KEY_LEN] = "the key that seals wraps";
static const struct object_space space = {.vault_id = "a vault's id", .epoch = 7};
#define ROW_ID 4711

struct row {
    struct blob bytes;
    struct secret *wrap, *card, *plain;
};

static void row_clear(struct row *r)
{
    blob_clear(&r->bytes);
    secret_free(r->wrap);
    secret_free(r->card);
    secret_free(r->plain);
}
#define ROW_OWNED __attribute__((cleanup(row_clear)))

static void row_make(struct row *r, enum object_kind kind, uint64_t version, const uint8_t *dek,
                     const char *card, const char *plain)
{
    memset(r, 0, sizeof *r);
    assert_int_equal(object_wrap_new(&r->wrap, kind, version, dek, NULL), SV_OK);
    assert_int_equal(secret_copy(&r->card, card, strlen(card), NULL), SV_OK);
    assert_int_equal(secret_copy(&r->plain, plain, strlen(plain), NULL), SV_OK);
    assert_int_equal(
        object_seal(&r->bytes, &space, ROW_ID, wrap_key, r->wrap, r->card, r->plain, NULL), SV_OK);
}

/* Opens all three boxes; true when each gave exactly what r says. */
static bool opens(const struct row *r, const struct object_space *where, int64_t id,
                  const uint8_t key[KEY_LEN], const uint8_t *bytes, size_t len)
{
    SECRET_OWNED struct secret *wrap = NULL, *card = NULL, *plain = NULL;
    enum sv_status st;

    if ((st = object_open_wrap(&wrap, where, id, key, bytes, len, NULL)) ||
        (st = object_open_card(&card, where, id, wrap, bytes, len, NULL)) ||
        (st = object_open_secret(&plain, where, id, wrap, bytes, len, NULL))) {
        assert_int_equal(st, SV_DATA);
        return false;
    }
    assert_memory_equal(object_wrap_peek(wrap)->dek, object_wrap_peek(r->wrap)->dek, KEY_LEN);
    assert_int_equal(object_wrap_peek(wrap)->kind, object_wrap_peek(r->wrap)->kind);
    assert_int_equal(object_wrap_peek(wrap)->version, object_wrap_peek(r->wrap)->version);
    assert_true(secret_equal(card, r->card));
    assert_true(secret_equal(plain, r->plain));
    return true;
}

static void a_row_opens_in_its_place_only(void **state)
{
    ROW_OWNED struct row r;
    struct object_space elsewhere = space, later = space;
    uint8_t other[KEY_LEN];

    (void)state;
    row_make(&r, OBJECT_PROFILE, 3, NULL, "card", "secret");
    assert_true(opens(&r, &space, ROW_ID, wrap_key, r.bytes.bytes, r.bytes.len));
    assert_false(opens(&r, &space, ROW_ID + 1, wrap_key, r.bytes.bytes, r.bytes.len));
    elsewhere.vault_id[15] ^= 1;
    assert_false(opens(&r, &elsewhere, ROW_ID, wrap_key, r.bytes.bytes, r.bytes.len));
    later.epoch++;
    assert_false(opens(&r, &later, ROW_ID, wrap_key, r.bytes.bytes, r.bytes.len));
    memcpy(other, wrap_key, sizeof other);
    other[31] ^= 1;
    assert_false(opens(&r, &space, ROW_ID, other, r.bytes.bytes, r.bytes.len));
}

/* E, the first 32 bytes, is random and means nothing here: the tree holds it. */
static void every_byte_behind_e_counts(void **state)
{
    ROW_OWNED struct row r;

    (void)state;
    row_make(&r, OBJECT_PROFILE, 3, NULL, "card", "secret");
    for (size_t i = 32; i < r.bytes.len; i++) {
        r.bytes.bytes[i] ^= (uint8_t)(1u << (i % 8));
        assert_false(opens(&r, &space, ROW_ID, wrap_key, r.bytes.bytes, r.bytes.len));
        r.bytes.bytes[i] ^= (uint8_t)(1u << (i % 8));
    }
    for (size_t len = 0; len < r.bytes.len; len++) {
        uint8_t *exact = sv_alloc(len); /* so that a step beyond the end is seen */
        memcpy(exact, r.bytes.bytes, len);
        assert_false(opens(&r, &space, ROW_ID, wrap_key, exact, len));
        sv_free(exact);
    }
    assert_true(opens(&r, &space, ROW_ID, wrap_key, r.bytes.bytes, r.bytes.len));
}

/* Two versions share a DEK: their boxes still do not fit each other. */
static void boxes_of_two_versions_do_not_mix(void **state)
{
    ROW_OWNED struct row first, second;
    size_t card = OBJECT_HEAD_LEN, secret;

    (void)state;
    row_make(&first, OBJECT_PROFILE, 1, NULL, "card", "old");
    row_make(&second, OBJECT_PROFILE, 2, object_wrap_peek(first.wrap)->dek, "card", "new");
    assert_int_equal(first.bytes.len, second.bytes.len);
    secret = card + seal_len(SEAL_PADDED, 4);
    for (int part = 0; part < 3; part++) {
        size_t from = (size_t[]){32, card, secret}[part];
        size_t to = (size_t[]){card, secret, second.bytes.len}[part];
        BLOB_OWNED struct blob mixed = {0};
        assert_true(blob_append(&mixed, second.bytes.bytes, second.bytes.len));
        memcpy(mixed.bytes + from, first.bytes.bytes + from, to - from);
        assert_false(opens(&second, &space, ROW_ID, wrap_key, mixed.bytes, mixed.len));
    }
}

/* The same box as another kind of object: the kind is part of its place. */
static void a_version_is_no_profile(void **state)
{
    ROW_OWNED struct row profile, version;

    (void)state;
    row_make(&profile, OBJECT_PROFILE, 1, NULL, "card", "secret");
    row_make(&version, OBJECT_VERSION, 1, object_wrap_peek(profile.wrap)->dek, "card", "secret");
    memcpy(version.bytes.bytes + 32, profile.bytes.bytes + 32, OBJECT_WRAP_LEN);
    assert_false(opens(&profile, &space, ROW_ID, wrap_key, version.bytes.bytes, version.bytes.len));
}

static void lengths_tell_little(void **state)
{
    ROW_OWNED struct row a, b;
    char long_card[200];

    (void)state;
    memset(long_card, 'x', sizeof long_card - 1);
    long_card[sizeof long_card - 1] = 0;
    row_make(&a, OBJECT_PROFILE, 1, NULL, "c", "p");
    row_make(&b, OBJECT_DIRECTORY, 900, NULL, long_card, "a much longer secret than the other");
    assert_int_equal(a.bytes.len, b.bytes.len);
    assert_memory_not_equal(a.bytes.bytes, b.bytes.bytes, 32);
}

/* ---- ids ---- */

static void ids_are_63_bits_and_never_0(void **state)
{
    uint8_t hash[HASH_LEN] = {0};

    (void)state;
    assert_int_equal(db_key_from(hash), 1);
    hash[7] = 0x80;
    assert_int_equal(db_key_from(hash), 1);
    memset(hash, 0xff, sizeof hash);
    assert_true(db_key_from(hash) == INT64_MAX);
    hash[0] = 2;
    assert_true(db_key_from(hash) > 0);
}

static void ids_tell_kind_name_and_key_apart(void **state)
{
    static const uint8_t other[KEY_LEN] = "another";
    const uint8_t uid[16] = "uid";
    int64_t id = object_id(wrap_key, OBJECT_PROFILE, "work", 4);

    (void)state;
    assert_true(id == object_id(wrap_key, OBJECT_PROFILE, "work", 4));
    assert_true(id != object_id(wrap_key, OBJECT_VERSION, "work", 4));
    assert_true(id != object_id(wrap_key, OBJECT_PROFILE, "Work", 4));
    assert_true(id != object_id(wrap_key, OBJECT_PROFILE, "work\0", 5));
    assert_true(id != object_id(other, OBJECT_PROFILE, "work", 4));
    assert_true(object_version_id(wrap_key, uid, 1) != object_version_id(wrap_key, uid, 2));
    assert_true(
        object_version_id(wrap_key, uid, 1) ==
        object_id(wrap_key, OBJECT_VERSION, "uid\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0", 24));
}

/* ---- the secret part ---- */

static enum sv_status decode(const void *bytes, size_t len)
{
    SECRET_OWNED struct secret *plain = NULL, *password = NULL;
    enum sv_status st;

    assert_int_equal(secret_copy(&plain, bytes, len, NULL), SV_OK);
    st = object_secret_decode(&password, plain, NULL);
    assert_true((st == SV_OK) == (password != NULL));
    return st;
}

static void a_secret_part_is_read_strictly(void **state)
{
    static const uint8_t good[] = {1, 3, 0, 0, 0, 'a', 0, 'b'};
    SECRET_OWNED struct secret *password = NULL, *plain = NULL, *back = NULL;
    uint8_t big[5 + PROFILE_SECRET_MAX + 1] = {1};

    (void)state;
    assert_int_equal(secret_copy(&password, "a\0b", 3, NULL), SV_OK);
    assert_int_equal(object_secret_encode(&plain, password, NULL), SV_OK);
    assert_int_equal(secret_len(plain), sizeof good);
    assert_memory_equal(secret_peek(plain), good, sizeof good);
    assert_int_equal(object_secret_decode(&back, plain, NULL), SV_OK);
    assert_true(secret_equal(back, password));
    for (size_t len = 0; len < sizeof good; len++)
        assert_int_equal(decode(good, len), SV_DATA);
    assert_int_equal(decode("\1\3\0\0\0abcd", 9), SV_DATA);
    assert_int_equal(decode("\2\3\0\0\0abc", 8), SV_DATA);
    assert_int_equal(decode("\1\xff\xff\xff\xff"
                            "abc",
                            8),
                     SV_DATA);
    le32_put(big + 1, PROFILE_SECRET_MAX);
    assert_int_equal(decode(big, sizeof big - 1), SV_OK);
    le32_put(big + 1, PROFILE_SECRET_MAX + 1);
    assert_int_equal(decode(big, sizeof big), SV_DATA);
}

/* ---- no memory ---- */

static enum sv_status seal_and_open(const struct secret *card, const struct secret *plain)
{
    SECRET_OWNED struct secret *wrap = NULL, *opened = NULL, *c = NULL, *p = NULL;
    BLOB_OWNED struct blob row = {0};
    enum sv_status st;

    if ((st = object_wrap_new(&wrap, OBJECT_PROFILE, 1, NULL, NULL)) ||
        (st = object_seal(&row, &space, ROW_ID, wrap_key, wrap, card, plain, NULL)) ||
        (st = object_open_wrap(&opened, &space, ROW_ID, wrap_key, row.bytes, row.len, NULL)) ||
        (st = object_open_card(&c, &space, ROW_ID, opened, row.bytes, row.len, NULL)) ||
        (st = object_open_secret(&p, &space, ROW_ID, opened, row.bytes, row.len, NULL)))
        return st;
    return secret_equal(c, card) && secret_equal(p, plain) ? SV_OK : SV_INTERNAL;
}

static void without_memory_nothing_is_left(void **state)
{
    ROW_OWNED struct row r;
    size_t live;
    unsigned long n;

    (void)state;
    row_make(&r, OBJECT_PROFILE, 1, NULL, "card", "secret");
    live = secret_live();
    for (n = 1;; n++) {
        enum sv_status st;
        sv_alloc_fail_at(n);
        st = seal_and_open(r.card, r.plain);
        assert_int_equal(secret_live(), live);
        if (!sv_alloc_failed()) {
            assert_int_equal(st, SV_OK);
            break;
        }
        assert_int_not_equal(st, SV_OK);
        assert_int_not_equal(st, SV_DATA); /* no memory is not damage */
    }
    sv_alloc_fail_at(0);
    assert_true(n > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_opens_in_its_place_only),
        cmocka_unit_test(every_byte_behind_e_counts),
        cmocka_unit_test(boxes_of_two_versions_do_not_mix),
        cmocka_unit_test(a_version_is_no_profile),
        cmocka_unit_test(lengths_tell_little),
        cmocka_unit_test(ids_are_63_bits_and_never_0),
        cmocka_unit_test(ids_tell_kind_name_and_key_apart),
        cmocka_unit_test(a_secret_part_is_read_strictly),
        cmocka_unit_test(without_memory_nothing_is_left),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    return secret_live() == 0 ? failed : 1;
}
