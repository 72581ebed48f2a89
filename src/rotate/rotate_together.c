/* SPDX-License-Identifier: ISC */
#include "rotate/rotate_together.h"

#include <string.h>

#include "base/alloc.h"
#include "base/turns.h"

/* ---- steps ---- */

static void step_alone(struct vault *v, const struct together_want *list)
{
    for (const struct together_want *w = list; w != NULL; w = w->next)
        if (w->step != NULL)
            vault_rotate_many(v, w->step, 1);
}

static void do_steps(struct vault *v, const struct together_want *list)
{
    size_t count = 0;
    for (const struct together_want *w = list; w != NULL; w = w->next)
        count += w->step != NULL;
    SV_AUTOFREE struct rotate_one *all = sv_alloc_array(count + 1, sizeof *all);
    if (all == NULL || count < 2) {
        step_alone(v, list);
        return;
    }
    struct rotate_one *at = all;
    for (const struct together_want *w = list; w != NULL; w = w->next)
        if (w->step != NULL)
            *at++ = *w->step;
    vault_rotate_many(v, all, count);
    at = all;
    for (const struct together_want *w = list; w != NULL; w = w->next)
        if (w->step != NULL)
            *w->step = *at++;
}

/* ---- reveals ---- */

static void reveal_alone(struct vault *v, const struct together_want *list)
{
    for (const struct together_want *w = list; w != NULL; w = w->next)
        if (w->ones != NULL)
            vault_reveal_many(v, w->ones, w->count);
}

static void do_reveals(struct vault *v, const struct together_want *list)
{
    size_t count = 0, at = 0;
    for (const struct together_want *w = list; w != NULL; w = w->next)
        count += w->ones != NULL ? w->count : 0;
    SV_AUTOFREE struct reveal_one *all = sv_alloc_array(count + 1, sizeof *all);
    if (all == NULL) {
        reveal_alone(v, list);
        return;
    }
    for (const struct together_want *w = list; w != NULL; w = w->next)
        for (size_t i = 0; w->ones != NULL && i < w->count; i++)
            all[at++] = w->ones[i];
    vault_reveal_many(v, all, count);
    at = 0;
    for (const struct together_want *w = list; w != NULL; w = w->next)
        for (size_t i = 0; w->ones != NULL && i < w->count; i++)
            w->ones[i] = all[at++];
}

/* ---- whose turn it is ---- */

static void serve(struct rotate_together *t)
{
    struct together_want *list = t->first, *next;
    t->first = NULL;
    t->led = false;
    do_steps(t->vault, list);
    do_reveals(t->vault, list);
    for (; list != NULL; list = next) {
        next = list->next;
        list->done = true;
    }
    turns_wake();
}

static void wait_for(struct rotate_together *t, struct together_want *w)
{
    w->next = t->first;
    t->first = w;
    if (!t->led) {
        t->led = true;
        turns_pass();
        serve(t);
    }
    while (!w->done)
        turns_pause();
}

void together_step(struct rotate_together *t, struct together_want *w, struct rotate_one *one)
{
    *w = (struct together_want){.step = one};
    wait_for(t, w);
}

void together_reveal(struct rotate_together *t, struct together_want *w, struct reveal_one *ones,
                     size_t count)
{
    *w = (struct together_want){.ones = ones, .count = count};
    if (count > 0)
        wait_for(t, w);
}
