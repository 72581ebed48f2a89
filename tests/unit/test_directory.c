/* SPDX-License-Identifier: ISC */
/* The directory of slots: entries come back, replace their own, and are read strictly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "domain/directory.h"

static struct directory_entry entry_of(uint32_t number, const char *label)
{
    struct directory_entry e = {
        .number = number, .type = 2, .role = 1, .created = 1700000000 + number};

    memset(e.keys.pk, (int)number + 1, KEY_LEN);
    memset(e.keys.psk, (int)number + 2, KEY_LEN);
    strncpy(e.label, label, DIRECTORY_LABEL_MAX);
    return e;
}

/* dir := dir with the entry. */
static void put(struct secret **dir, uint32_t number, const char *label)
{
    struct directory_entry e = entry_of(number, label);
    struct secret *next = NULL;

    assert_int_equal(directory_put(&next, *dir, &e, NULL), SV_OK);
    secret_free(*dir);
    *dir = next;
}

static void expect_entry(const struct secret *dir, uint32_t number, const char *label)
{
    struct directory_entry want = entry_of(number, label), got;

    assert_int_equal(directory_get(dir, number, &got, NULL), SV_OK);
    assert_int_equal(got.number, want.number);
    assert_int_equal(got.type, want.type);
    assert_int_equal(got.role, want.role);
    assert_int_equal(got.created, want.created);
    assert_memory_equal(&got.keys, &want.keys, sizeof want.keys);
    assert_string_equal(got.label, want.label);
}

static uint32_t count_of(const struct secret *dir)
{
    uint32_t count = 0;

    assert_int_equal(directory_count(dir, &count, NULL), SV_OK);
    return count;
}

static void entries_come_back(void **state)
{
    SECRET_OWNED struct secret *dir = NULL;
    struct directory_entry e;
    struct sv_err err = {"before"};
    char longest[DIRECTORY_LABEL_MAX + 1];

    (void)state;
    memset(longest, 'l', sizeof longest - 1);
    longest[sizeof longest - 1] = 0;
    assert_int_equal(directory_new(&dir, NULL), SV_OK);
    assert_int_equal(count_of(dir), 0);
    assert_int_equal(directory_get(dir, 0, &e, &err), SV_MISSING);
    put(&dir, 0, "owner");
    put(&dir, 7, longest);
    put(&dir, 255, "");
    assert_int_equal(count_of(dir), 3);
    expect_entry(dir, 0, "owner");
    expect_entry(dir, 7, longest);
    expect_entry(dir, 255, "");
    put(&dir, 7, "short");
    assert_int_equal(count_of(dir), 3);
    expect_entry(dir, 7, "short");
    expect_entry(dir, 255, "");
}

static void a_full_house_fits(void **state)
{
    SECRET_OWNED struct secret *dir = NULL;

    (void)state;
    assert_int_equal(directory_new(&dir, NULL), SV_OK);
    for (uint32_t i = 0; i < SLOT_COUNT_MAX; i++)
        put(&dir, i, "one of many");
    assert_int_equal(count_of(dir), SLOT_COUNT_MAX);
    expect_entry(dir, 0, "one of many");
    expect_entry(dir, SLOT_COUNT_MAX - 1, "one of many");
}

/* Every way to cut it, one byte too many, a label beyond its limit. */
static void a_malformed_directory_is_refused(void **state)
{
    SECRET_OWNED struct secret *dir = NULL, *longer = NULL, *next = NULL;
    struct directory_entry e = entry_of(9, "x");
    uint8_t copy[512];
    uint32_t count;
    size_t len;

    (void)state;
    assert_int_equal(directory_new(&dir, NULL), SV_OK);
    put(&dir, 0, "owner");
    put(&dir, 1, "second");
    len = secret_len(dir);
    memcpy(copy, secret_peek(dir), len);
    for (size_t cut = 0; cut < len; cut++) {
        SECRET_OWNED struct secret *part = NULL;
        assert_int_equal(secret_copy(&part, copy, cut, NULL), SV_OK);
        assert_int_equal(directory_count(part, &count, NULL), SV_DATA);
        assert_int_equal(directory_put(&next, part, &e, NULL), SV_DATA);
        assert_int_equal(directory_get(part, 9, &e, NULL), SV_DATA);
    }
    copy[len] = 0;
    assert_int_equal(secret_copy(&longer, copy, len + 1, NULL), SV_OK);
    assert_int_equal(directory_count(longer, &count, NULL), SV_DATA);
    /* What a label cannot be: ended by a NUL, not UTF-8, a line of its own. */
    for (size_t i = 0; i < 3; i++) {
        secret_poke(dir)[2 + 80 + 2] = (uint8_t) "\0\xff\n"[i];
        assert_int_equal(directory_count(dir, &count, NULL), SV_DATA);
    }
    secret_poke(dir)[2 + 80 + 2] = 'n';
    assert_int_equal(directory_count(dir, &count, NULL), SV_OK);
    secret_poke(dir)[2 + 78] = DIRECTORY_LABEL_MAX + 1;
    assert_int_equal(directory_count(dir, &count, NULL), SV_DATA);
    assert_null(next);
}

static void without_memory_nothing_is_left(void **state)
{
    SECRET_OWNED struct secret *dir = NULL;
    struct directory_entry e = entry_of(3, "x");
    size_t live;

    (void)state;
    assert_int_equal(directory_new(&dir, NULL), SV_OK);
    live = secret_live();
    for (unsigned long n = 1;; n++) {
        SECRET_OWNED struct secret *next = NULL;
        enum sv_status st;
        sv_alloc_fail_at(n);
        st = directory_put(&next, dir, &e, NULL);
        if (!sv_alloc_failed()) {
            assert_int_equal(st, SV_OK);
            break;
        }
        assert_int_not_equal(st, SV_OK);
        assert_int_equal(secret_live(), live);
    }
    sv_alloc_fail_at(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_come_back),
        cmocka_unit_test(a_full_house_fits),
        cmocka_unit_test(a_malformed_directory_is_refused),
        cmocka_unit_test(without_memory_nothing_is_left),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    return secret_live() == 0 ? failed : 1;
}
