/* SPDX-License-Identifier: ISC */
#include "base/turns.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <time.h>

/* More than any command of ours starts. */
#define TURNS_MAX 64

/* Turns are taken in the order in which they were waited for. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t moved = PTHREAD_COND_INITIALIZER;
static unsigned long next, at_turn, wakes;
static _Thread_local bool taking; /* this thread takes turns, and has it */

struct piece {
    void (*work)(void *context);
    void *context;
};

static void take_turn_locked(void)
{
    unsigned long mine = next++;
    while (at_turn != mine)
        (void)pthread_cond_wait(&moved, &lock);
}

static void give_turn_locked(void)
{
    at_turn++;
    (void)pthread_cond_broadcast(&moved);
}

static void take_turn(void)
{
    (void)pthread_mutex_lock(&lock);
    take_turn_locked();
    (void)pthread_mutex_unlock(&lock);
}

static void give_turn(void)
{
    (void)pthread_mutex_lock(&lock);
    give_turn_locked();
    (void)pthread_mutex_unlock(&lock);
}

static void do_piece(const struct piece *piece)
{
    take_turn();
    taking = true;
    piece->work(piece->context);
    taking = false;
    turns_wake();
    give_turn();
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
        give_turn();
}

void turns_enter(void)
{
    int kept = errno;
    if (taking)
        take_turn();
    errno = kept;
}

void turns_pass(void)
{
    if (!taking)
        return;
    (void)pthread_mutex_lock(&lock);
    give_turn_locked();
    take_turn_locked();
    (void)pthread_mutex_unlock(&lock);
}

void turns_pause(void)
{
    if (!taking)
        return;
    (void)pthread_mutex_lock(&lock);
    unsigned long seen = wakes;
    give_turn_locked();
    while (wakes == seen)
        (void)pthread_cond_wait(&moved, &lock);
    take_turn_locked();
    (void)pthread_mutex_unlock(&lock);
}

void turns_wake(void)
{
    (void)pthread_mutex_lock(&lock);
    wakes++;
    (void)pthread_cond_broadcast(&moved);
    (void)pthread_mutex_unlock(&lock);
}

void turns_sleep_ms(long ms)
{
    const struct timespec wait = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    turns_leave();
    (void)nanosleep(&wait, NULL);
    turns_enter();
}
