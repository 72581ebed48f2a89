/* SPDX-License-Identifier: ISC */
/* Work beside the caller's (the Makefile wraps pthread_create). */
#include "support.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/beside.h"

static bool no_threads;
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *),
                          void *context);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *),
                          void *context);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *),
                          void *context)
{
    return no_threads ? EAGAIN : __real_pthread_create(thread, attr, start, context);
}

struct shared {
    atomic_bool go;
    pthread_t by;
    bool interrupts_reach_it;
    int done;
};

static void do_work(void *context)
{
    struct shared *s = context;
    sigset_t mask;

    while (!s->go)
        ;
    (void)pthread_sigmask(SIG_SETMASK, NULL, &mask);
    s->interrupts_reach_it = sigismember(&mask, SIGINT) == 0;
    s->by = pthread_self();
    s->done++;
}

/* It waits for what the caller does after it was begun: in one thread it would for ever. */
static void it_runs_while_the_caller_goes_on(void **state)
{
    (void)state;
    struct shared s = {0};
    struct beside b = {0};
    sigset_t mask;

    beside_begin(&b, do_work, &s);
    s.go = true;
    beside_end(&b);
    assert_int_equal(s.done, 1);
    assert_false(pthread_equal(s.by, pthread_self()));
    assert_false(s.interrupts_reach_it);
    (void)pthread_sigmask(SIG_SETMASK, NULL, &mask);
    assert_int_equal(sigismember(&mask, SIGINT), 0);
    beside_end(&b);
    assert_int_equal(s.done, 1);
}

static void it_is_done_without_a_thread(void **state)
{
    (void)state;
    struct shared s = {.go = true};
    struct beside b = {0};

    no_threads = true;
    beside_begin(&b, do_work, &s);
    no_threads = false;
    assert_int_equal(s.done, 1);
    assert_true(pthread_equal(s.by, pthread_self()));
    beside_end(&b);
    assert_int_equal(s.done, 1);
}

static void it_ends_what_was_never_begun(void **state)
{
    (void)state;
    BESIDE_OWNED struct beside b = {0};

    beside_end(&b);
    assert_false(b.runs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_runs_while_the_caller_goes_on),
        cmocka_unit_test(it_is_done_without_a_thread),
        cmocka_unit_test(it_ends_what_was_never_begun),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
