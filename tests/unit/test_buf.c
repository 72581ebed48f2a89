/* SPDX-License-Identifier: ISC */
#include "support.h"

#include "base/alloc.h"
#include "base/buf.h"

static void test_numbers_there_and_back(void **state)
{
    (void)state;
    static const uint8_t wire[] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08,
                                   0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x0E, 0xFF};
    uint8_t bytes[sizeof wire];
    struct buf_writer w = buf_writer_over(bytes, sizeof bytes);
    buf_put_u8(&w, 0x01);
    buf_put_u16(&w, 0x0302);
    buf_put_u32(&w, 0x07060504);
    buf_put_u64(&w, 0xFF0E0D0C0B0A0908);
    assert_false(w.full);
    assert_int_equal(w.len, sizeof wire);
    assert_memory_equal(bytes, wire, sizeof wire);

    struct buf_reader r = buf_reader_over(bytes, sizeof bytes);
    assert_int_equal(buf_get_u8(&r), 0x01);
    assert_int_equal(buf_get_u16(&r), 0x0302);
    assert_int_equal(buf_get_u32(&r), 0x07060504);
    assert_false(buf_reader_done(&r));
    assert_true(buf_get_u64(&r) == 0xFF0E0D0C0B0A0908);
    assert_true(buf_reader_done(&r));

    uint8_t le[8];
    le32_put(le, UINT32_MAX - 1);
    assert_int_equal(le32_get(le), UINT32_MAX - 1);
    le64_put(le, 0x8000000000000001);
    assert_int_equal(le[0], 1);
    assert_int_equal(le[7], 0x80);
    assert_true(le64_get(le) == 0x8000000000000001);
}

/* Every short span: the reader says so, gives zeros and stays bad. */
static void test_short_reads(void **state)
{
    (void)state;
    uint8_t bytes[8];
    memset(bytes, 0xEE, sizeof bytes);
    for (size_t len = 0; len < 8; len++) {
        struct buf_reader r = buf_reader_over(bytes, len);
        assert_true(buf_get_u64(&r) == 0);
        assert_true(r.bad);
        assert_int_equal(buf_get_u8(&r), 0);
        assert_null(buf_get_view(&r, 0));
        assert_false(buf_reader_done(&r));
    }
    struct buf_reader r = buf_reader_over(bytes, 8);
    uint8_t dst[9];
    memset(dst, 1, sizeof dst);
    buf_get_bytes(&r, dst, 9);
    assert_true(r.bad);
    for (size_t i = 0; i < 9; i++)
        assert_int_equal(dst[i], 0);
    r = buf_reader_over(bytes, 8);
    assert_null(buf_get_view(&r, SIZE_MAX));
    assert_true(r.bad);
}

static void test_empty_span(void **state)
{
    (void)state;
    struct buf_reader r = buf_reader_over(NULL, 0);
    assert_true(buf_reader_done(&r));
    assert_non_null(buf_get_view(&r, 0));
    buf_get_bytes(&r, NULL, 0);
    assert_true(buf_reader_done(&r));
    assert_int_equal(buf_get_u8(&r), 0);
    assert_true(r.bad);
}

static void test_blocks(void **state)
{
    (void)state;
    uint8_t bytes[16];
    struct buf_writer w = buf_writer_over(bytes, 12);
    buf_put_block(&w, "hello", 5);
    assert_int_equal(w.len, 9);
    /* A block that does not fit leaves no length behind. */
    buf_put_block(&w, "", 0);
    assert_true(w.full);
    assert_int_equal(w.len, 9);
    buf_put_u8(&w, 1);
    assert_int_equal(w.len, 9);

    size_t len = 99;
    struct buf_reader r = buf_reader_over(bytes, 9);
    const uint8_t *view = buf_get_block(&r, 5, &len);
    assert_ptr_equal(view, bytes + 4);
    assert_int_equal(len, 5);
    assert_true(buf_reader_done(&r));

    r = buf_reader_over(bytes, 9); /* over its limit */
    assert_null(buf_get_block(&r, 4, &len));
    assert_int_equal(len, 0);
    assert_true(r.bad);
    r = buf_reader_over(bytes, 8); /* a byte is missing */
    assert_null(buf_get_block(&r, 100, &len));
    assert_true(r.bad);
    r = buf_reader_over(bytes, 3); /* half a length */
    assert_null(buf_get_block(&r, 100, &len));
    assert_true(r.bad);
    memset(bytes, 0xFF, 4); /* a lie */
    r = buf_reader_over(bytes, 9);
    assert_null(buf_get_block(&r, SIZE_MAX, &len));
    assert_true(r.bad);

    w = buf_writer_over(bytes, 4);
    buf_put_block(&w, NULL, 0);
    assert_false(w.full);
    r = buf_reader_over(bytes, 4);
    assert_non_null(buf_get_block(&r, 0, &len));
    assert_int_equal(len, 0);
    assert_true(buf_reader_done(&r));
}

static void test_full_writer(void **state)
{
    (void)state;
    uint8_t bytes[8];
    for (size_t capacity = 0; capacity < 8; capacity++) {
        memset(bytes, 0xEE, sizeof bytes);
        struct buf_writer w = buf_writer_over(bytes, capacity);
        buf_put_u64(&w, 0);
        assert_true(w.full);
        assert_int_equal(w.len, 0);
        for (size_t i = 0; i < 8; i++)
            assert_int_equal(bytes[i], 0xEE);
    }
    struct buf_writer w = buf_writer_over(bytes, 3);
    buf_put_u16(&w, 1);
    buf_put_bytes(&w, bytes, SIZE_MAX);
    assert_true(w.full);
    assert_int_equal(w.len, 2);
    w = buf_writer_over(bytes, 3);
    buf_put_block(&w, bytes, SIZE_MAX);
    assert_true(w.full);
    w = buf_writer_over(NULL, 0);
    buf_put_bytes(&w, NULL, 0);
    assert_false(w.full);
}

static void test_blob(void **state)
{
    (void)state;
    BLOB_OWNED struct blob b = {0};
    for (unsigned i = 0; i < 10000; i++)
        assert_true(blob_append(&b, (uint8_t[]){(uint8_t)i, (uint8_t)(i >> 8), 7}, 3));
    assert_int_equal(b.len, 30000);
    for (unsigned i = 0; i < 10000; i++)
        assert_int_equal(b.bytes[3 * i] | b.bytes[3 * i + 1] << 8, i);
    assert_true(blob_append(&b, NULL, 0));
    assert_false(blob_reserve(&b, SIZE_MAX));
    assert_false(blob_reserve(&b, SIZE_MAX - b.len));
    assert_int_equal(b.len, 30000);
    assert_true(blob_reserve(&b, 50000));
    assert_true(b.capacity - b.len >= 50000);
    blob_clear(&b);
    assert_null(b.bytes);
    assert_int_equal(b.len, 0);
    blob_clear(&b);

    sv_alloc_fail_at(1);
    assert_false(blob_append(&b, "x", 1));
    assert_int_equal(b.len, 0);
    sv_alloc_fail_at(0);
    assert_true(blob_append(&b, "abc", 3));
    sv_alloc_fail_at(1);
    assert_false(blob_reserve(&b, 1000));
    sv_alloc_fail_at(0);
    assert_memory_equal(b.bytes, "abc", 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_there_and_back),
        cmocka_unit_test(test_short_reads),
        cmocka_unit_test(test_empty_span),
        cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_full_writer),
        cmocka_unit_test(test_blob),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
