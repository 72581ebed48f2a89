/* SPDX-License-Identifier: ISC */
/* The record of a rotation: its bytes, its bounds, its past, and which step follows which. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "domain/rotation_record.h"
#include "domain/rotation_steps.h"

static struct rotation_record some(void)
{
    struct rotation_record r;

    memset(&r, 0, sizeof r);
    memset(r.run, 7, sizeof r.run);
    r.stage = STAGE_FINISHED;
    r.method = METHOD_GENERATED;
    r.flags = ROTATED_EMERGENCY | ROTATED_ALIVE;
    r.turn = 5;
    r.begun = 1000;
    r.changed = 2000;
    r.due = 900;
    r.version_from = 3;
    r.version_to = 4;
    r.pending_since = 1100;
    r.verified_at = 1200;
    r.promoted_at = 1300;
    r.dead_at = 2000;
    r.rejections = 2;
    memcpy(r.host, "desk", 5);
    memcpy(r.who, "ann", 4);
    memcpy(r.proof, "535 5.7.8", 10);
    return r;
}

static enum sv_status decode(struct rotation_record *out, const struct blob *b)
{
    struct sv_err err = {""};

    return rotation_decode(out, b->bytes, b->len, &err);
}

static void bytes_come_back(void **state)
{
    BLOB_OWNED struct blob bytes = {0}, again = {0};
    struct rotation_record r = some(), next = some(), back;
    struct sv_err err = {""};
    (void)state;

    rotation_remember(&next, &r);
    assert_int_equal(rotation_encode(&bytes, &next, &err), SV_OK);
    assert_int_equal(decode(&back, &bytes), SV_OK);
    assert_int_equal(rotation_encode(&again, &back, &err), SV_OK);
    assert_int_equal(again.len, bytes.len);
    assert_memory_equal(again.bytes, bytes.bytes, bytes.len);
    assert_int_equal(back.past_count, 1);
    assert_int_equal(back.past[0].promoted, 1300);
    assert_int_equal(back.past[0].ended, 2000);
    assert_string_equal(back.past[0].proof, "535 5.7.8");
    assert_string_equal(back.who, "ann");
    for (size_t len = 0; len < bytes.len; len++)
        assert_int_equal(rotation_decode(&back, bytes.bytes, len, &err), SV_DATA);
}

/* One byte of a text or a word that no encoder writes. */
static void another_encoding_is_refused(void **state)
{
    BLOB_OWNED struct blob bytes = {0};
    struct rotation_record r = some(), back;
    struct sv_err err = {""};
    (void)state;

    static const struct {
        size_t at;
        uint8_t value;
    } wrong[] = {{16, 0}, {16, 9}, {17, 0}, {17, 5}, {18, 32}, {23 + 7, 0x80}};
    assert_int_equal(rotation_encode(&bytes, &r, &err), SV_OK);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        uint8_t was = bytes.bytes[wrong[i].at];
        bytes.bytes[wrong[i].at] = wrong[i].value;
        assert_int_equal(decode(&back, &bytes), SV_DATA);
        bytes.bytes[wrong[i].at] = was;
    }
    assert_int_equal(decode(&back, &bytes), SV_OK);
    uint8_t one = 0;
    assert_true(blob_append(&bytes, &one, 1));
    assert_int_equal(decode(&back, &bytes), SV_DATA);
}

static void what_would_not_be_read_is_not_written(void **state)
{
    BLOB_OWNED struct blob bytes = {0};
    struct rotation_record r = some();
    struct sv_err err = {""};
    (void)state;

    memcpy(r.fault, "a\nb", 4);
    assert_int_equal(rotation_encode(&bytes, &r, &err), SV_DATA);
    rotation_say(r.fault, sizeof r.fault, "a\nb");
    assert_int_equal(rotation_encode(&bytes, &r, &err), SV_OK);
    r = some();
    r.begun = 0;
    assert_int_equal(rotation_encode(&bytes, &r, &err), SV_DATA);
    r = some();
    r.stage = STAGE_NONE;
    assert_int_equal(rotation_encode(&bytes, &r, &err), SV_DATA);
}

/* All texts as long as they may be, and eight behind them: that fits. */
static void the_longest_one_fits(void **state)
{
    BLOB_OWNED struct blob bytes = {0};
    struct rotation_record r = some(), next;
    struct sv_err err = {""};
    (void)state;

#define FILL(text) memset(text, 'x', sizeof(text) - 1)
    FILL(r.host);
    FILL(r.who);
    FILL(r.hook);
    FILL(r.username);
    FILL(r.verified);
    FILL(r.proof);
    FILL(r.fault);
    for (int i = 0; i < 12; i++) {
        next = r;
        rotation_remember(&next, &r);
        next.promoted_at = 2000 + i;
        r = next;
    }
    assert_int_equal(r.past_count, ROTATION_PAST_MAX);
    assert_int_equal(r.past[0].promoted, 2010);
    assert_int_equal(r.past[7].promoted, 2003);
    enum sv_status st = rotation_encode(&bytes, &r, &err);
    if (st != SV_OK)
        fail_msg("%zu: %s", bytes.len, err.text);
    assert_true(bytes.len <= ROTATION_BYTES_MAX);
}

/* One that was given up leaves the past as it was. */
static void only_what_was_promoted_is_remembered(void **state)
{
    struct rotation_record r = some(), next, last;
    (void)state;

    memset(&next, 0, sizeof next);
    memset(&last, 0, sizeof last);
    rotation_remember(&next, &r);
    next.stage = STAGE_ABANDONED;
    rotation_remember(&last, &next);
    assert_int_equal(last.past_count, 1);
    assert_int_equal(last.past[0].promoted, 1300);
}

/* What leads where: said here once more, in another form than the table's. */
static void steps_follow_each_other(void **state)
{
    (void)state;

    for (int step = ROTATE_BEGIN; step <= ROTATE_ABANDON; step++) {
        for (int from = STAGE_NONE; from <= STAGE_ABANDONED; from++) {
            for (int to = STAGE_NONE; to <= STAGE_ABANDONED; to++) {
                bool waits = from >= STAGE_PENDING && from <= STAGE_VERIFIED;
                bool open = from == STAGE_PLANNED || waits;
                bool may = false;
                if (step == ROTATE_BEGIN)
                    may = !open && to == STAGE_PLANNED;
                if (step == ROTATE_NOTE && waits)
                    may = to >= STAGE_PENDING && to <= STAGE_VERIFIED;
                if (step == ROTATE_NOTE && !waits)
                    may = from != STAGE_NONE && from != STAGE_ABANDONED &&
                          (to == from || (from == STAGE_PROMOTED && to == STAGE_FINISHED));
                if (step == ROTATE_PENDING)
                    may = open && (to == STAGE_PENDING || to == STAGE_SET);
                if (step == ROTATE_PROMOTE)
                    may = waits && to == STAGE_PROMOTED;
                if (step == ROTATE_BACK)
                    may = (from == STAGE_PROMOTED || from == STAGE_FINISHED) &&
                          to == STAGE_ROLLED_BACK;
                if (step == ROTATE_ABANDON)
                    may = open && to == STAGE_ABANDONED;
                if (rotation_may((enum rotation_step)step, (enum rotation_stage)from,
                                 (enum rotation_stage)to) != may)
                    fail_msg("%s: %s to %s", rotation_step_word((enum rotation_step)step),
                             rotation_stage_word((enum rotation_stage)from),
                             rotation_stage_word((enum rotation_stage)to));
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_come_back),
        cmocka_unit_test(another_encoding_is_refused),
        cmocka_unit_test(what_would_not_be_read_is_not_written),
        cmocka_unit_test(the_longest_one_fits),
        cmocka_unit_test(only_what_was_promoted_is_remembered),
        cmocka_unit_test(steps_follow_each_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
