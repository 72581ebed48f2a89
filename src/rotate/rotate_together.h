/* SPDX-License-Identifier: ISC */
/*
 * rotate_together: what rotations side by side (base/turns.h) want of the vault at the same time
 * is done as one: one lock, one transaction and one sync for all of them, each with its own
 * entry in the log and its own outcome. Who comes first lets the others that are ready come up,
 * and does it for all.
 */
#ifndef ROTATE_ROTATE_TOGETHER_H
#define ROTATE_ROTATE_TOGETHER_H

#include <stdbool.h>

#include "domain/vault_rotate.h"

/* Either a step or something to be revealed; one for each rotation, all zero at first. */
struct together_want {
    struct together_want *next;
    struct rotate_one *step;
    struct reveal_one *ones;
    size_t count;
    bool done;
};
struct rotate_together {
    struct vault *vault;
    struct together_want *first;
    bool led; /* somebody is about to do them */
};

/* As vault_rotate_many, of one. */
void together_step(struct rotate_together *t, struct together_want *w, struct rotate_one *one);
/* As vault_reveal_many. */
void together_reveal(struct rotate_together *t, struct together_want *w, struct reveal_one *ones,
                     size_t count);

#endif
