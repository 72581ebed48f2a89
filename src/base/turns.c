/* SPDX-License-Identifier: ISC */
#include "base/turns.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <time.h>

/* More than any command of ours starts. */
#define TURNS_MAX 64

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t woken = PTHREAD_COND_INITIALIZER;
static _Thread_local bool taking; /* this thread takes turns, and has it */

struct piece {
    void (*work)(void *context);
    void *context;
};

static void do_piece(const struct piece *piece)
{
    (void)pthread_mutex_lock(&turn);
    taking = true;
    piece->work(piece->context);
    taking = false;
    (void)pthread_cond_broadcast(&woken);
    (void)pthread_mutex_unlock(&turn);
}

static void *start(void *context)
{
    do_piece(context);
    return NULL;
}

void turns_run(size_t width, void (*work)(void *context), void *context)
{
    struct piece piece = {.work = work, .context = context};
    pthread_t threads[TURNS_MAX];
    size_t count = 0;
    while (count < TURNS_MAX && count + 1 < width &&
           pthread_create(&threads[count], NULL, start, &piece) == 0)
        count++;
    do_piece(&piece);
    while (count > 0)
        (void)pthread_join(threads[--count], NULL);
}

void turns_leave(void)
{
    if (taking)
        (void)pthread_mutex_unlock(&turn);
}

void turns_enter(void)
{
    int kept = errno;
    if (taking)
        (void)pthread_mutex_lock(&turn);
    errno = kept;
}

void turns_pause(void)
{
    if (taking)
        (void)pthread_cond_wait(&woken, &turn);
}

void turns_wake(void)
{
    (void)pthread_cond_broadcast(&woken);
}

void turns_sleep_ms(long ms)
{
    const struct timespec wait = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    turns_leave();
    (void)nanosleep(&wait, NULL);
    turns_enter();
}
