/* SPDX-License-Identifier: ISC */
/*
 * vault_edit: edits of a vault's file as an input tells them, for whom the file is but
 * bytes and for whom who has every key. An input is a list of edits; what they are is
 * in vault_edit.c.
 */
#ifndef TESTS_FUZZ_VAULT_EDIT_H
#define TESTS_FUZZ_VAULT_EDIT_H

#include "fuzz.h"
#include "vault_kit.h"

/* What is put right again after the rows were edited. */
enum {
    MEND_TREE = 1,    /* nodes and root */
    MEND_SLOTS = 2,   /* the slots hash */
    MEND_SIGN = 4,    /* the next state and its row of history, signed */
    MEND_FOREIGN = 8, /* by a key that is not the vault's, which the state then names */
    MEND_FORK = 16    /* in place of the newest state, not behind it */
};

/* Edits the file at `path` (as kit_reset made it). Returns whether only the owner of the
 * vault's keys could have made what is there now. */
bool vault_edit_file(const char *path, unsigned mend, struct buf_reader *in);

#endif
