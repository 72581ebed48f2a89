/* SPDX-License-Identifier: ISC */
#include "base/beside.h"

#include <signal.h>

static void *start(void *context)
{
    struct beside *b = context;

    b->work(b->context);
    return NULL;
}

void beside_begin(struct beside *b, void (*work)(void *context), void *context)
{
    sigset_t all, before;

    b->work = work;
    b->context = context;
    /* A thread begins with the mask of who starts it. */
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    b->runs = pthread_create(&b->thread, NULL, start, b) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!b->runs)
        work(context);
}

void beside_end(struct beside *b)
{
    if (b->runs)
        (void)pthread_join(b->thread, NULL);
    b->runs = false;
}
