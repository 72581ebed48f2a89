/* SPDX-License-Identifier: ISC */
/*
 * turns: work that runs side by side and one at a time. Each piece has a thread of its own, of
 * which one runs and the others wait for their turn; it is handed on only where a piece says that
 * it waits for something outside (turns_leave), so that what they share needs no locks, and a
 * vault sees them one behind the other.
 */
#ifndef BASE_TURNS_H
#define BASE_TURNS_H

#include <stddef.h>

/* Calls work(context) on up to `width` threads, the caller's among them, and returns when all
 * calls have. Where no more threads can be had it is fewer. Not within a work. */
void turns_run(size_t width, void (*work)(void *context), void *context);

/* Around a wait for a descriptor or a while: others have their turn meanwhile, and nothing that
 * is shared is touched. Outside of turns_run they do nothing. errno is kept. */
void turns_leave(void);
void turns_enter(void);
/* Waits, with the same in it, until another work called turns_wake. Only within turns_run, and
 * where another is at work. */
void turns_pause(void);
void turns_wake(void);
/* Lets all that wait for their turn now have it first. */
void turns_pass(void);
void turns_sleep_ms(long ms);

#endif
