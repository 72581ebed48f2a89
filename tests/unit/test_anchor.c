/* SPDX-License-Identifier: ISC */
/* The anchor: all of it comes back, and none of it changes unnoticed. */
#include "store_temp.h"

#include "base/alloc.h"
#include "crypto/hash.h"
#include "domain/anchor.h"

#define ANCHOR_BYTES 193

static struct anchor sample_anchor(void)
{
    struct anchor a = {.epoch = 2, .seq = 77, .log = {.size = 1234}};

    memset(a.chain, 3, sizeof a.chain);
    memset(a.verify_pk, 4, sizeof a.verify_pk);
    memset(a.log.log_id, 5, sizeof a.log.log_id);
    memset(a.log.root, 6, sizeof a.log.root);
    return a;
}

static void an_anchor_comes_back(void **state)
{
    struct temp *t = *state;
    struct anchor a = sample_anchor(), back;
    struct stat sb;

    memset(&back, 0, sizeof back);
    expect(SV_OK, anchor_write(t->path, &a, &t->err));
    expect(SV_OK, anchor_read(t->path, &back, &t->err));
    assert_int_equal(back.epoch, a.epoch);
    assert_int_equal(back.seq, a.seq);
    assert_memory_equal(back.chain, a.chain, 32);
    assert_memory_equal(back.verify_pk, a.verify_pk, 32);
    assert_memory_equal(back.log.log_id, a.log.log_id, 16);
    assert_int_equal(back.log.size, a.log.size);
    assert_memory_equal(back.log.root, a.log.root, 32);
    assert_int_equal(stat(t->path, &sb), 0);
    assert_int_equal(sb.st_mode & 0777, 0600);
    assert_int_equal(sb.st_size, ANCHOR_BYTES);
    a.seq++;
    expect(SV_OK, anchor_write(t->path, &a, &t->err));
    expect(SV_OK, anchor_read(t->path, &back, &t->err));
    assert_int_equal(back.seq, 78);
}

static void no_anchor_is_told_apart_from_a_damaged_one(void **state)
{
    struct temp *t = *state;
    struct anchor a;

    snprintf(t->err.text, sizeof t->err.text, "something before");
    expect(SV_MISSING, anchor_read(t->path, &a, &t->err));
    assert_string_equal(t->err.text, "");
    temp_write(t->path, "", 0);
    expect(SV_DATA, anchor_read(t->path, &a, &t->err));
}

static void every_byte_of_an_anchor_counts(void **state)
{
    struct temp *t = *state;
    struct anchor a = sample_anchor();
    unsigned char *bytes, longer[ANCHOR_BYTES + 1] = {0};
    size_t len;

    expect(SV_OK, anchor_write(t->path, &a, &t->err));
    bytes = temp_read(t->path, &len);
    assert_int_equal(len, ANCHOR_BYTES);
    for (size_t i = 0; i < len; i++) {
        bytes[i] ^= (unsigned char)(1u << (i % 8));
        temp_write(t->path, bytes, len);
        expect(SV_DATA, anchor_read(t->path, &a, &t->err));
        expect_text("damaged");
        bytes[i] ^= (unsigned char)(1u << (i % 8));
    }
    for (size_t i = 0; i < len; i += 7) {
        temp_write(t->path, bytes, i);
        expect(SV_DATA, anchor_read(t->path, &a, &t->err));
    }
    memcpy(longer, bytes, len);
    temp_write(t->path, longer, sizeof longer);
    expect(SV_DATA, anchor_read(t->path, &a, &t->err));
    free(bytes);
}

/* What has a right checksum is not an anchor for that. */
static void an_anchor_has_one_form(void **state)
{
    struct temp *t = *state;
    struct anchor a = sample_anchor();
    unsigned char *bytes;
    size_t len;

    a.seq = (uint64_t)INT64_MAX + 1; /* no row of the history can have this number */
    expect(SV_OK, anchor_write(t->path, &a, &t->err));
    expect(SV_DATA, anchor_read(t->path, &a, &t->err));
    a = sample_anchor();
    expect(SV_OK, anchor_write(t->path, &a, &t->err));
    bytes = temp_read(t->path, &len);
    bytes[160] = 1; /* of the bytes that are kept zero */
    struct hash h;
    hash_begin(&h, NULL, HASH_LEN, "anchor");
    hash_field(&h, bytes, 161);
    hash_end(&h, bytes + 161);
    temp_write(t->path, bytes, len);
    expect(SV_DATA, anchor_read(t->path, &a, &t->err));
    free(bytes);
}

static void only_a_file_is_an_anchor(void **state)
{
    struct temp *t = *state;
    struct anchor a = sample_anchor();

    expect(SV_OK, anchor_write(temp_path(t, "elsewhere"), &a, &t->err));
    assert_int_equal(symlink("elsewhere", t->path), 0);
    assert_int_not_equal(anchor_read(t->path, &a, &t->err), SV_OK);
    assert_int_equal(unlink(t->path), 0);
    assert_int_equal(mkfifo(t->path, 0600), 0);
    assert_int_not_equal(anchor_read(t->path, &a, &t->err), SV_OK);
    assert_int_equal(unlink(t->path), 0);
    assert_int_equal(mkdir(t->path, 0700), 0);
    assert_int_not_equal(anchor_read(t->path, &a, &t->err), SV_OK);
}

/* A failed replacement leaves the anchor that was there. */
static void without_memory_the_old_anchor_stays(void **state)
{
    struct temp *t = *state;
    struct anchor a = sample_anchor(), back;

    expect(SV_OK, anchor_write(t->path, &a, &t->err));
    a.seq++;
    for (unsigned long n = 1;; n++) {
        enum sv_status st;
        sv_alloc_fail_at(n);
        st = anchor_write(t->path, &a, &t->err);
        if (!sv_alloc_failed()) {
            sv_alloc_fail_at(0);
            assert_int_equal(st, SV_OK);
            break;
        }
        sv_alloc_fail_at(0);
        assert_int_not_equal(st, SV_OK);
        expect(SV_OK, anchor_read(t->path, &back, &t->err));
        assert_int_equal(back.seq, 77);
    }
    for (unsigned long n = 1;; n++) {
        enum sv_status st;
        sv_alloc_fail_at(n);
        st = anchor_read(t->path, &back, &t->err);
        if (!sv_alloc_failed())
            break;
        assert_int_not_equal(st, SV_OK);
        assert_int_not_equal(st, SV_MISSING);
    }
    sv_alloc_fail_at(0);
    assert_int_equal(back.seq, 78);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, temp_setup, temp_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(an_anchor_comes_back),           CASE(no_anchor_is_told_apart_from_a_damaged_one),
        CASE(every_byte_of_an_anchor_counts), CASE(an_anchor_has_one_form),
        CASE(only_a_file_is_an_anchor),       CASE(without_memory_the_old_anchor_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
