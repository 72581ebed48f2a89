/* SPDX-License-Identifier: ISC */
#include "support.h"

#include "base/turns.h"

/* What pieces of work share without a lock of their own. */
struct shared {
    int at_work; /* between two waits: one at most */
    int most;    /* begun and not over: side by side */
    int begun, over, worst;
};

static void work_once(struct shared *s)
{
    s->at_work++;
    s->worst = s->at_work > s->worst ? s->at_work : s->worst;
    for (volatile int i = 0; i < 20000; i++)
        ;
    s->at_work--;
}

static void count(void *context)
{
    struct shared *s = context;
    s->begun++;
    s->most = s->begun - s->over > s->most ? s->begun - s->over : s->most;
    for (int i = 0; i < 20; i++) {
        work_once(s);
        turns_sleep_ms(1);
    }
    s->over++;
}

static void one_at_a_time(void **state)
{
    (void)state;
    struct shared s = {0};
    turns_run(8, count, &s);
    assert_int_equal(s.begun, 8);
    assert_int_equal(s.over, 8);
    assert_int_equal(s.worst, 1);
    assert_in_range(s.most, 2, 8);
}

static void the_caller_alone(void **state)
{
    (void)state;
    struct shared s = {0};
    turns_run(1, count, &s);
    assert_int_equal(s.over, 1);
    assert_int_equal(s.most, 1);
    /* Nothing is meant: it still has a turn, for its own work to look. */
    turns_run(0, count, &s);
    assert_int_equal(s.over, 2);
}

static void no_more_than_there_is_room_for(void **state)
{
    (void)state;
    struct shared s = {0};
    turns_run(1000, count, &s);
    assert_in_range(s.over, 2, 65);
    assert_int_equal(s.worst, 1);
}

struct line {
    int next, order[4];
};

/* Each waits until the one before has been there. */
static void queue(void *context)
{
    static int handed;
    struct line *line = context;
    int mine = handed++ % 4, last = 3 - mine;
    while (line->next != last)
        turns_pause();
    line->order[line->next++] = mine;
    turns_wake();
}

static void pauses_until_woken(void **state)
{
    (void)state;
    struct line line = {0};
    turns_run(4, queue, &line);
    assert_int_equal(line.next, 4);
    for (int i = 0; i < 4; i++)
        assert_int_equal(line.order[i], 3 - i);
}

struct round {
    int arrived, steps[4], apart;
};

/* Once all are there nobody has two turns before each of the others has had one. */
static void go_round(void *context)
{
    struct round *r = context;
    int mine = r->arrived++;
    while (r->arrived < 4)
        turns_pass();
    for (int i = 0; i < 200; i++) {
        r->steps[mine]++;
        for (int n = 0; n < 4; n++) {
            int apart = r->steps[mine] - r->steps[n];
            r->apart = apart > r->apart ? apart : r->apart;
        }
        turns_pass();
    }
}

static void whoever_passes_is_the_last(void **state)
{
    (void)state;
    struct round r = {0};
    turns_run(4, go_round, &r);
    assert_int_equal(r.arrived, 4);
    assert_in_range(r.apart, 0, 2);
}

static void outside_it_does_nothing(void **state)
{
    (void)state;
    turns_leave();
    turns_enter();
    turns_pause();
    turns_wake();
    turns_pass();
    turns_sleep_ms(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_at_a_time),
        cmocka_unit_test(the_caller_alone),
        cmocka_unit_test(no_more_than_there_is_room_for),
        cmocka_unit_test(pauses_until_woken),
        cmocka_unit_test(whoever_passes_is_the_last),
        cmocka_unit_test(outside_it_does_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
