/* SPDX-License-Identifier: ISC */
/*
 * Attack 14, the log edited, reordered, truncated, resealed, its seal deleted.
 * Without LOG_TAGS: verify found nothing where "entry 2 was altered" was due
 * Without LOG_GAPS: verify found nothing where "entry 4 is missing" was due
 * Without LOG_CLOSED: verify found nothing where "generation 0 was not closed" was due
 * Without LOG_SEAL: verify found nothing where "4 entries where its seal has seen 6" was due
 * Without LOG_GROWS: an entry was written where "5 entries, this program has seen 7" was due
 * Without LOG_MARK: the log was opened where "4 entries, this machine has seen 6" was due
 *
 * Each attack is made by somebody who may write every byte of the log's folder, and
 * must be found.
 */
#include "log.h"

#include <time.h>

/* ---- entries ---- */

static void deleted_in_the_middle(void **state)
{
    struct log *l = *state;
    struct audit_mark mark = log_make(l, 9);

    log_meddle(l, "delete from entry where seq = 4");
    found_one(l, NULL, "entry 4 is missing");
    log_meddle(l, "delete from entry where seq between 3 and 6");
    found_one(l, &mark, "entries 3 to 6 are missing");
    log_meddle(l, "delete from entry where seq = 0");
    (void)found(l, NULL, "entry 0 is missing");
    assert_int_equal(log_verify(l, NULL).findings, 2);
}

static void deleted_tail(void **state)
{
    struct log *l = *state;
    struct copy early;
    struct audit_mark mark;
    uint8_t head[ROW_MAX];

    log_make(l, 3);
    log_save(l, &early);
    size_t head_len = get_row(l, "head", 0, head);
    mark = log_make(l, 2);
    expect_clean(l, &mark, 6);

    log_meddle(l, "delete from entry where seq > 3");
    found_one(l, NULL, "entries 4 to 5 are missing");
    shut(l, NULL, "ends with entry 3");
    put_row(l, "head", 0, head, head_len);
    found_one(l, NULL, "4 entries where its seal has seen 6");
    shut(l, NULL, "4 entries where its seal has seen 6");
    restore_seal(l, &early);
    expect_clean(l, NULL, 4); /* a whole older copy ... */
    found_one(l, &mark, "4 entries, and this machine has seen 6");
    shut(l, &mark, "4 entries, this machine has seen 6");
}

static void signed_state_knows_more(void **state)
{
    struct log *l = *state;
    struct temp *t = l->t;
    struct copy early;
    struct audit_mark mark;
    struct audit_report r;

    log_make(l, 3);
    log_save(l, &early);
    mark = log_make(l, 2);
    restore_db(l, &early);
    restore_seal(l, &early);
    AUDIT_OWNED struct audit *a = log_open(l, NULL);
    expect(SV_OK, log_check(a, audit_sk, &(struct audit_check){.signed_mark = &mark}, &r, &t->err));
    assert_int_equal(r.findings, 1);
    assert_non_null(strstr(r.first, "the vault was signed with 6"));
    /* As long again, but not with the same entries. */
    log_append(l, a, "other");
    log_append(l, a, "other");
    log_append(l, a, "other");
    expect(SV_OK, log_check(a, audit_sk, &(struct audit_check){.signed_mark = &mark}, &r, &t->err));
    assert_int_equal(r.findings, 1);
    assert_non_null(strstr(r.first, "the first 6 entries are not the ones that the vault"));
    mark.log_id[0] ^= 1;
    expect(SV_OK, log_check(a, audit_sk, &(struct audit_check){.signed_mark = &mark}, &r, &t->err));
    assert_int_equal(r.findings, 1);
    assert_non_null(strstr(r.first, "the log is not the one that the vault"));
}

/* Every byte of an entry counts. */
static void edited(void **state)
{
    struct log *l = *state;
    struct temp *t = l->t;
    uint8_t row[ROW_MAX] = {0};

    log_make(l, 4);
    AUDIT_OWNED struct audit *a = log_open(l, NULL);
    size_t len = get_row(l, "entry", 2, row);
    assert_int_equal(len, AUDIT_ROW_LEN);
    for (size_t i = 0; i < len; i++) {
        struct audit_report r;
        row[i] ^= 0x10;
        put_row(l, "entry", 2, row, len);
        row[i] ^= 0x10;
        expect(SV_OK, log_check(a, audit_sk, &(struct audit_check){0}, &r, &t->err));
        assert_int_equal(r.findings, i < AUDIT_TAG_LEN ? 1 : 2); /* the tree differs as well */
        assert_string_equal(r.first, "entry 2 was altered");
    }
    put_row(l, "entry", 2, row, len - 1);
    (void)found(l, NULL, "entry 2 was altered");
    put_row(l, "entry", 2, row, len + 1);
    (void)found(l, NULL, "entry 2 was altered");
    put_row(l, "entry", 2, row, 0);
    (void)found(l, NULL, "entry 2 was altered");
    put_row(l, "entry", 2, row, len);
    expect_clean(l, NULL, 5);
}

static void swapped_and_doubled(void **state)
{
    struct log *l = *state;
    uint8_t two[ROW_MAX], three[ROW_MAX];

    log_make(l, 4);
    size_t len = get_row(l, "entry", 2, two);
    (void)get_row(l, "entry", 3, three);
    put_row(l, "entry", 2, three, len);
    put_row(l, "entry", 3, two, len);
    (void)found(l, NULL, "entry 2 was altered");
    assert_int_equal(log_verify(l, NULL).findings, 3);
    put_row(l, "entry", 2, two, len);
    (void)found(l, NULL, "entry 3 was altered");
    put_row(l, "entry", 3, three, len);
    expect_clean(l, NULL, 5);
    put_row(l, "entry", 5, two, len);
    found_one(l, NULL, "entries from 5 on");
    shut(l, NULL, "ends with entry 5 and its head counts 5");
}

/* Numbers that would keep a verifier busy for ever. */
static void far_away(void **state)
{
    struct log *l = *state;
    uint8_t row[ROW_MAX], head[ROW_MAX];

    log_make(l, 4);
    size_t len = get_row(l, "entry", 2, row);
    put_row(l, "entry", 1LL << 62, row, len);
    found_one(l, NULL, "entries from 4611686018427387904 on");
    size_t head_len = get_row(l, "head", 0, head);
    le64_put(head + 32, (1ULL << 62) + 1);
    put_row(l, "head", 0, head, head_len);
    (void)found(l, NULL, "are missing");
    put_row(l, "entry", -5, row, len);
    (void)found(l, NULL, "number -5");
}

/* An entry of the attacker's own, under any key but its own. */
static void resealed(void **state)
{
    struct log *l = *state;
    struct temp *t = l->t;
    SECRET_OWNED struct secret *box = NULL;
    uint8_t row[ROW_MAX] = {0}, plain[AUDIT_ENTRY_MAX], leaf[MERKLE_LEN], guess[KEY_LEN];
    struct audit_event e = log_event("innocent");
    struct audit_mark mark = log_make(l, 4);
    struct seal_context ctx = audit_context(mark.log_id, 0, SEAL_AUDIT_ENTRY, 2);
    size_t len = audit_entry_encode(plain, &e);

    expect(SV_OK, audit_seal_new(&box, &t->err));
    expect(SV_OK, audit_seal_read(box, log_path(l, "seal"), &t->err));
    random_bytes(guess, sizeof guess);
    const uint8_t *keys[] = {guess, audit_seal_peek(box)->live, l->pk};
    (void)get_row(l, "entry", 2, row); /* its clock stays: the mask is not known */
    for (size_t i = 0; i < 3; i++) {
        expect(SV_OK, pkseal_box(row + 24, l->pk, NULL, &ctx, SEAL_PADDED, plain, len, &t->err));
        merkle_leaf(leaf, row + 16, AUDIT_ROW_LEN - 16);
        audit_tag(row, keys[i], 2, leaf);
        put_row(l, "entry", 2, row, AUDIT_ROW_LEN);
        mend_head(l);
        found_one(l, NULL, "entry 2 was altered");
    }
}

static void time_goes_back(void **state)
{
    struct log *l = *state;
    int64_t now = (int64_t)time(NULL);

    log_make(l, 1);
    forge_append(l, now + 100);
    forge_append(l, now + 100 - AUDIT_CLOCK_SLACK);
    expect_clean(l, NULL, 4);
    forge_append(l, now + 1);
    found_one(l, NULL, "went back by 94 seconds before entry 4");
    forge_append(l, now + 1);
    forge_append(l, now + 200);
    forge_append(l, INT64_MIN);
    forge_append(l, INT64_MAX);
    assert_int_equal(log_verify(l, NULL).time_reversals, 1);
    forge_append(l, now);
    assert_int_equal(log_verify(l, NULL).time_reversals, 2);
}

/* ---- the head ---- */

static void head_edited(void **state)
{
    struct log *l = *state;
    struct temp *t = l->t;
    uint8_t head[ROW_MAX];

    log_make(l, 4);
    AUDIT_OWNED struct audit *a = log_open(l, NULL);
    size_t len = get_row(l, "head", 0, head);
    assert_int_equal(len, 16 + 16 + 8 + 2 * 32);
    for (size_t i = 0; i < len; i++) {
        struct audit_report r;
        head[i] ^= 1;
        put_row(l, "head", 0, head, len);
        head[i] ^= 1;
        expect(SV_OK, log_check(a, audit_sk, &(struct audit_check){0}, &r, &t->err));
        assert_true(r.findings > 0);
    }
    put_row(l, "head", 0, head, len);
    expect_clean(l, NULL, 5);
    head[len - 1] ^= 1;
    put_row(l, "head", 0, head, len);
    found_one(l, NULL, "the head does not sum up the entries");
    log_meddle(l, "delete from head");
    found_one(l, NULL, "the head was deleted");
    shut(l, NULL, "its head was deleted");
}

static void another_vault(void **state)
{
    struct log *l = *state;
    struct temp *t = l->t;
    struct audit *a = NULL;

    log_make(l, 4);
    expect(SV_DATA,
           audit_open(&a, l->dir, (const uint8_t *)"one more vault..", l->pk, NULL, &t->err));
    expect_text("belongs to another vault");
}

/* ---- the seal ---- */

static void seal_deleted(void **state)
{
    struct log *l = *state;

    log_make(l, 4);
    assert_int_equal(unlink(log_path(l, "seal")), 0);
    found_one(l, NULL, "the seal is missing");
    log_make(l, 1);
    found_one(l, NULL, "generation 0 was not closed");
}

static void seal_edited(void **state)
{
    struct log *l = *state;
    struct temp *t = l->t;
    struct audit *a = NULL;
    struct copy c;

    log_make(l, 4);
    log_save(l, &c);
    for (size_t i = 0; i < AUDIT_SEAL_LEN; i++) {
        c.seal[i] ^= 4;
        restore_seal(l, &c);
        c.seal[i] ^= 4;
        found_one(l, NULL, "the seal cannot be read");
    }
    temp_write(log_path(l, "seal"), c.seal, sizeof c.seal - 1);
    found_one(l, NULL, "the seal cannot be read");
    assert_int_equal(unlink(log_path(l, "seal")), 0);
    assert_int_equal(symlink("/etc/hostname", log_path(l, "seal")), 0);
    found_one(l, NULL, "the seal cannot be read");
    assert_int_equal(unlink(log_path(l, "seal")), 0);
    assert_int_equal(mkfifo(log_path(l, "seal"), 0600), 0);
    found_one(l, NULL, "the seal cannot be read");
    expect(SV_IO, audit_open(&a, l->dir, vault_id, l->pk, NULL, &t->err)); /* at once */
    expect_text("nothing is released without it");
    assert_int_equal(unlink(log_path(l, "seal")), 0);
    log_make(l, 1);
    found_one(l, NULL, "generation 0 was not closed");
}

/* A seal with a right checksum and wrong content. */
static void seal_forged(void **state)
{
    struct log *l = *state;
    struct temp *t = l->t;
    SECRET_OWNED struct secret *box = NULL;
    struct audit *a = NULL;

    log_make(l, 4);
    expect(SV_OK, audit_seal_new(&box, &t->err));
    const char *path = log_path(l, "seal");
    char kept[128];
    snprintf(kept, sizeof kept, "%s", path);
    struct audit_seal *s = audit_seal_poke(box);
#define FORGE(change)                                               \
    do {                                                            \
        expect(SV_OK, audit_seal_read(box, kept, &t->err));         \
        struct audit_seal before = *s;                              \
        change;                                                     \
        expect(SV_OK, audit_seal_write(box, kept, false, &t->err)); \
        *s = before;                                                \
    } while (0)
#define MEND expect(SV_OK, audit_seal_write(box, kept, false, &t->err))
    FORGE(s->live[3] ^= 1);
    found_one(l, NULL, "the key in the seal is not the one");
    MEND;
    FORGE(s->next = 3);
    found_one(l, NULL, "the key in the seal is not the one");
    shut(l, NULL, "entry 3 was altered");
    MEND;
    FORGE(s->next = 9);
    found_one(l, NULL, "5 entries where its seal has seen 9");
    shut(l, NULL, "5 entries where its seal has seen 9");
    MEND;
    FORGE(s->generation = 1);
    found_one(l, NULL, "older copy was put back");
    shut(l, NULL, "generation 0 where its seal has seen 1");
    MEND;
    FORGE(s->log_id[0] ^= 1);
    found_one(l, NULL, "the seal is the seal of another log");
    shut(l, NULL, "the seal of another log");
    MEND;
    FORGE(s->has_live = false);
    found_one(l, NULL, "the seal holds no key");
    MEND;
    expect_clean(l, NULL, 5);
    expect(SV_OK, audit_open(&a, l->dir, vault_id, l->other_pk, NULL, &t->err));
    audit_close(a);
    MEND; /* generation 0 again */
    assert_int_equal(log_verify(l, NULL).findings, 2);
    assert_non_null(strstr(log_verify(l, NULL).first, "generation 1 (from entry 5) is sealed"));
}

/* What a crash or a power cut leaves is no finding, however long ago. */
static void seal_lags(void **state)
{
    struct log *l = *state;
    struct copy c;
    uint8_t row[ROW_MAX];

    log_make(l, 2);
    log_save(l, &c);
    log_make(l, 4);
    restore_seal(l, &c);
    expect_clean(l, NULL, 7);
    log_make(l, 1);
    expect_clean(l, NULL, 8);
    restore_seal(l, &c);
    size_t len = get_row(l, "entry", 5, row);
    row[40] ^= 1;
    put_row(l, "entry", 5, row, len);
    shut(l, NULL, "entry 5 was altered");
    log_meddle(l, "delete from entry where seq = 4");
    shut(l, NULL, "entry 4 is missing");
}

/* ---- generations ---- */

static void make_generations(struct log *l)
{
    struct temp *t = l->t;
    struct audit *a = NULL;

    log_make(l, 3);
    expect(SV_OK, audit_open(&a, l->dir, vault_id, l->other_pk, NULL, &t->err));
    audit_close(a);
    log_make(l, 3);
}

/* Generation 1 is the other key's: one finding before any attack. */
static void generation_rows(void **state)
{
    struct log *l = *state;
    struct temp *t = l->t;
    uint8_t row[ROW_MAX];
    struct audit_report r;

    make_generations(l);
    assert_int_equal(log_verify(l, NULL).findings, 1);
    AUDIT_OWNED struct audit *a = log_open(l, NULL);
    for (int g = 0; g < 3; g += 2) {
        size_t len = get_row(l, "gen", g, row);
        assert_int_equal(len, g == 0 ? AUDIT_GEN_CLOSED_LEN : AUDIT_GEN_LEN);
        for (size_t i = 0; i < len; i++) {
            row[i] ^= 1;
            put_row(l, "gen", g, row, len);
            row[i] ^= 1;
            expect(SV_OK, log_check(a, audit_sk, &(struct audit_check){0}, &r, &t->err));
            assert_true(r.findings > 1);
        }
        put_row(l, "gen", g, row, len);
    }
    expect(SV_OK, log_check(a, audit_sk, &(struct audit_check){0}, &r, &t->err));
    assert_int_equal(r.findings, 1);
}

static void generation_reopened(void **state)
{
    struct log *l = *state;
    uint8_t row[ROW_MAX];

    make_generations(l);
    size_t len = get_row(l, "gen", 0, row);
    row[AUDIT_GEN_LEN - 1] = 0;
    put_row(l, "gen", 0, row, AUDIT_GEN_LEN);
    (void)found(l, NULL, "generation 0 was not closed");
    row[AUDIT_GEN_LEN - 1] = 1;
    row[AUDIT_GEN_LEN] ^= 1;
    put_row(l, "gen", 0, row, len);
    (void)found(l, NULL, "generation 0 was closed at");
    row[AUDIT_GEN_LEN] ^= 1;
    row[len - 1] ^= 1;
    put_row(l, "gen", 0, row, len);
    (void)found(l, NULL, "generation 0 was not closed with its own key");
    row[len - 1] ^= 1;
    put_row(l, "gen", 0, row, len);
    log_meddle(l, "delete from gen where g = 2");
    (void)found(l, NULL, "generation 1 (from");
    shut(l, NULL, "generation 1 where its seal has seen 2");
    log_meddle(l, "delete from gen");
    (void)found(l, NULL, "the list of generations was deleted");
    shut(l, NULL, "its list of generations was deleted");
}

/* Everything forged from entry 2 on, by someone who had the live key from entry 5
 * on only: a new generation of his own in the place of what he cannot forge. */
static void history_replaced(void **state)
{
    struct log *l = *state;
    struct temp *t = l->t;
    struct copy early;
    struct audit_mark mark;
    struct audit *a = NULL;

    log_make(l, 1);
    log_save(l, &early);
    mark = log_make(l, 3);
    restore_db(l, &early);
    assert_int_equal(unlink(log_path(l, "seal")), 0);
    log_make(l, 5);
    found_one(l, NULL, "generation 0 was not closed");
    /* Or from the beginning, which leaves the marks. */
    assert_int_equal(unlink(log_path(l, "seal")), 0);
    assert_int_equal(unlink(log_path(l, "audit.db")), 0);
    unlink(log_path(l, "audit.db-wal"));
    unlink(log_path(l, "audit.db-shm"));
    shut(l, &mark, "it is gone, and this machine has seen 5");
    log_make(l, 8);
    expect_clean(l, NULL, 9);
    found_one(l, &mark, "the log is not the one that this machine has seen");
    expect(SV_DATA, audit_open(&a, l->dir, vault_id, l->pk, &mark, &t->err));
}

/* ---- whole files ---- */

static void database_deleted(void **state)
{
    struct log *l = *state;
    struct temp *t = l->t;
    struct audit *a = NULL;
    struct audit_event e = log_event("x");

    log_make(l, 3);
    AUDIT_OWNED struct audit *open = log_open(l, NULL);
    static const char *const files[] = {"audit.db", "audit.db-wal", "audit.db-shm"};
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(unlink(log_path(l, files[i])), 0);
    shut(l, NULL, "it is gone, and its seal has seen 4");
    expect(SV_MISSING, audit_open_inspect(&a, l->dir, vault_id, &t->err));
    expect(SV_DATA, audit_append(open, &e, NULL, NULL, &t->err));
    expect_text("moved aside or deleted");
}

/* Whoever has the log open does not go on with one that is not the one it was. */
static void stays_shut(struct log *l, struct audit *a, const char *why)
{
    struct temp *t = l->t;
    struct audit_event e = log_event("x");
    enum sv_status st = audit_append(a, &e, NULL, NULL, &t->err);

    if (st == SV_OK)
        broken("an entry was written where \"%s\" was due", why);
    assert_int_equal(st, SV_DATA);
    expect_text(why);
}

/* A whole older copy, seal and all, while an agent has the log open: what the agent has
 * released meanwhile would be forgotten. */
static void older_copy_under_an_open_log(void **state)
{
    struct log *l = *state;
    struct copy early;
    uint8_t head[ROW_MAX];

    log_make(l, 4);
    log_save(l, &early);
    size_t head_len = get_row(l, "head", 0, head);
    AUDIT_OWNED struct audit *open = log_open(l, NULL);
    log_append(l, open, "5");
    log_append(l, open, "6");
    log_meddle(l, "delete from entry where seq > 4");
    put_row(l, "head", 0, head, head_len);
    restore_seal(l, &early);
    stays_shut(l, open, "5 entries, this program has seen 7");
    log_make(l, 2); /* to the same length, by another program */
    stays_shut(l, open, "do not follow from those that this program has seen");
    log_make(l, 2);
    stays_shut(l, open, "do not follow from those that this program has seen");
}

static void database_emptied(void **state)
{
    struct log *l = *state;

    log_make(l, 3);
    log_meddle(l, "delete from entry; delete from head; delete from gen");
    shut(l, NULL, "it is gone, and its seal has seen 4");
    (void)found(l, NULL, "the head was deleted");
    temp_write(log_path(l, "audit.db"), "", 0);
    shut(l, NULL, "audit.db");
}

static void database_exchanged(void **state)
{
    struct log *l = *state;
    struct copy foreign, own;

    log_make(l, 3);
    log_save(l, &own);
    unlink(log_path(l, "audit.db"));
    unlink(log_path(l, "seal"));
    log_make(l, 3);
    log_save(l, &foreign);
    restore_seal(l, &own);
    shut(l, NULL, "its seal is the seal of another log");
    (void)found(l, NULL, "the seal is the seal of another log");
}

/* Any byte of the file: an error, a finding, or the same answer. */
static void any_byte(void **state)
{
    struct log *l = *state;
    struct temp *t = l->t;
    struct copy c;
    struct audit_mark mark = log_make(l, 4);
    int told = 0;

    log_save(l, &c);
    for (size_t i = 0; i < c.db_len; i += 23) {
        struct audit *a = NULL;
        struct audit_report r = {0};
        c.db[i] ^= 0x41;
        restore_db(l, &c);
        c.db[i] ^= 0x41;
        enum sv_status st = audit_open_inspect(&a, l->dir, vault_id, &t->err);
        if (st == SV_OK)
            st = log_check(a, audit_sk, &(struct audit_check){.remembered = &mark}, &r, &t->err);
        audit_close(a);
        if (st != SV_OK) {
            assert_true(st == SV_DATA || st == SV_IO);
            told++;
        } else if (r.findings > 0) {
            told++;
        } else {
            assert_memory_equal(&r.mark, &mark, sizeof mark);
        }
    }
    assert_true(told > 50);
}

ATTACK_MAIN(LOG_CASE(deleted_in_the_middle), LOG_CASE(deleted_tail),
            LOG_CASE(signed_state_knows_more), LOG_CASE(edited), LOG_CASE(swapped_and_doubled),
            LOG_CASE(far_away), LOG_CASE(resealed), LOG_CASE(time_goes_back), LOG_CASE(head_edited),
            LOG_CASE(another_vault), LOG_CASE(seal_deleted), LOG_CASE(seal_edited),
            LOG_CASE(seal_forged), LOG_CASE(seal_lags), LOG_CASE(generation_rows),
            LOG_CASE(generation_reopened), LOG_CASE(history_replaced), LOG_CASE(database_deleted),
            LOG_CASE(older_copy_under_an_open_log), LOG_CASE(database_emptied),
            LOG_CASE(database_exchanged), LOG_CASE(any_byte))
