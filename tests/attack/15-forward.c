/* SPDX-License-Identifier: ISC */
/*
 * Attack 15, keys of the past.
 * Without EVOLVE: a key of the past is in the state folder
 *
 * The key of entry i is A_i. After each entry the live key is noted, and at the end
 * none but the last may be anywhere in the files of the machine: not in the seal, the
 * database, its free pages, the write-ahead log or the shared memory; nor where its
 * hash function's neighbours would show it, the eight bytes that mask a clock.
 */
#include "log.h"

#include <ftw.h>

#define KEYS 40

static struct {
    uint8_t key[KEYS][KEY_LEN];
    int files, live, past;
    char where[256];
} search;

/* A generation of its own in the middle, so that a key was "upcoming" too. */
static void live_for_a_while(struct log *l)
{
    struct temp *t = l->t;
    SECRET_OWNED struct secret *box = NULL;
    struct audit *a = log_open(l, NULL);

    expect(SV_OK, audit_seal_new(&box, &t->err));
    for (int i = 0; i < KEYS; i++) {
        expect(SV_OK, audit_seal_read(box, log_path(l, "seal"), &t->err));
        memcpy(search.key[i], audit_seal_peek(box)->live, KEY_LEN);
        if (i == KEYS / 2) {
            audit_close(a);
            a = NULL;
            expect(SV_OK, audit_open(&a, l->dir, vault_id, l->other_pk, NULL, &t->err));
        } else if (i + 1 < KEYS) {
            log_append(l, a, "x");
        }
    }
    audit_close(a);
    /* Into the free pages and the checkpointed file as well. */
    log_meddle(l, "pragma secure_delete=off; delete from entry where seq < 5; "
                  "pragma wal_checkpoint(passive)");
}

static int look_into(const char *path, const struct stat *sb, int kind, struct FTW *ftw)
{
    size_t len = 0;
    (void)sb, (void)ftw;

    if (kind != FTW_F)
        return 0;
    unsigned char *bytes = temp_read(path, &len);
    search.files++;
    for (int i = 0; i < KEYS; i++) {
        bool last = i == KEYS - 1;
        if (memmem(bytes, len, search.key[i], KEY_LEN / 2) == NULL &&
            memmem(bytes, len, search.key[i] + KEY_LEN / 2, KEY_LEN / 2) == NULL)
            continue;
        search.live += last;
        search.past += !last;
        if (!last)
            snprintf(search.where, sizeof search.where, "A_%d in %.200s", i, path);
    }
    free(bytes);
    return 0;
}

static void no_key_of_the_past_is_on_the_disk(void **state)
{
    struct log *l = *state;

    memset(&search, 0, sizeof search);
    live_for_a_while(l);
    assert_int_equal(nftw(l->t->dir, look_into, 8, FTW_PHYS), 0);
    if (search.past > 0)
        broken("a key of the past is in the state folder: %s", search.where);
    assert_int_equal(search.live, 1); /* else the search finds nothing */
    assert_true(search.files >= 3);   /* audit.db, seal, lock */
}

/* Nor does the live key give them: they are hashed, and never the same twice. */
static void no_two_keys_are_the_same(void **state)
{
    (void)state;
    for (int i = 0; i < KEYS; i++)
        for (int j = 0; j < i; j++)
            if (memcmp(search.key[i], search.key[j], KEY_LEN) == 0)
                broken("a key of the past is in the state folder: A_%d is A_%d", j, i);
}

ATTACK_MAIN(LOG_CASE(no_key_of_the_past_is_on_the_disk), cmocka_unit_test(no_two_keys_are_the_same))
