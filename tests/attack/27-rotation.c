/* SPDX-License-Identifier: ISC */
/*
 * Attack 27, a rotation and its policy taken back, in part or as a whole.
 * Without TREE: a row of a rotation that nobody signed was believed
 * Without ANCHOR: a rotation was taken back by an older file
 *
 * Who can write the file puts back single rows: an old policy, a card with an older record, a
 * pending secret that was replaced; lets the pending row change places with a version's or with
 * another login's, copies it, removes it; or puts the whole file back, between two steps. No
 * step goes on from there, and no secret is given out as another.
 */
#include "vault.h"

#include "domain/object.h"
#include "domain/vault_policy.h"
#include "domain/vault_rotate.h"

static void step_of(struct fixture *f, const char *name, enum rotation_step step,
                    enum rotation_stage stage, const char *secret)
{
    PROFILE_OWNED struct profile p = {0};
    SECRET_OWNED struct secret *s = NULL;
    struct rotation_record r;

    must(vault_find(f->v, name, &p, &f->err));
    (void)rotation_of_card(&r, &p);
    r.stage = stage;
    r.method = METHOD_HAND;
    if (secret)
        must(secret_copy(&s, secret, strlen(secret), &f->err));
    must(vault_rotate(f->v, step, &p, &r, s, &f->err));
}

static void every(struct fixture *f, uint32_t days)
{
    struct policy_rule rule = {
        .scope = POLICY_VAULT, .has = 1u << POLICY_EVERY, .every_days = days};

    must(vault_policy_change(f->v, NULL, &rule, 0, &f->err));
}

/* What a session sees of policy, records, current and pending secrets, into text: as far as it is
 * let. */
static enum sv_status look(struct fixture *f, char *text, size_t size)
{
    static const char *const names[] = {"work", "home"};
    VAULT_OWNED struct vault *v = NULL;
    POLICY_OWNED struct policy policy = {0};
    enum sv_status st;

    text[0] = '\0';
    if ((st = vault_open(&v, &f->place, false, &f->err)) ||
        (st = vault_unlock(v, &f->cred, &f->err)))
        return st;
    for (size_t i = 0; i < 2 * COUNT(names); i++) {
        const struct reveal why = {.op = AUDIT_ROTATE,
                                   .version = i % 2 ? PROFILE_VERSION_PENDING : 0};
        PROFILE_OWNED struct profile p = {0};
        SECRET_OWNED struct secret *s = NULL;
        struct rotation_record r;
        if ((st = vault_find(v, names[i / 2], &p, &f->err)))
            return st;
        (void)rotation_of_card(&r, &p);
        profile_clear(&p);
        if ((st = vault_reveal(v, names[i / 2], &why, &p, &s, &f->err)))
            return st;
        size_t at = strlen(text);
        snprintf(text + at, size - at, "%s %s %u %.*s;", names[i / 2], rotation_stage_word(r.stage),
                 (unsigned)r.turn, (int)secret_len(s), (const char *)secret_peek(s));
    }
    if ((st = vault_policy(v, &policy, &f->err)))
        return st;
    size_t at = strlen(text);
    snprintf(text + at, size - at, "every %u", (unsigned)policy.rules[0].every_days);
    return SV_OK;
}

/* The next step of each, from the file as it stands: what became current, or NULL. */
static enum sv_status go_on(struct fixture *f, const char *name, char current[64])
{
    VAULT_OWNED struct vault *v = NULL;
    PROFILE_OWNED struct profile p = {0};
    SECRET_OWNED struct secret *s = NULL;
    const struct reveal why = {.op = AUDIT_GET};
    struct rotation_record r;
    enum sv_status st;

    if ((st = vault_open(&v, &f->place, false, &f->err)) ||
        (st = vault_unlock(v, &f->cred, &f->err)) || (st = vault_find(v, name, &p, &f->err)))
        return st;
    (void)rotation_of_card(&r, &p);
    r.stage = STAGE_PROMOTED;
    if ((st = vault_rotate(v, ROTATE_PROMOTE, &p, &r, NULL, &f->err)) ||
        (st = vault_reveal(v, name, &why, NULL, &s, &f->err)))
        return st;
    snprintf(current, 64, "%.*s", (int)secret_len(s), (const char *)secret_peek(s));
    return SV_OK;
}

/* The tree's own hashes are mended, as who writes the file can. */
static void mend_tree(struct fixture *f)
{
    DB_OWNED struct db *db = NULL;
    uint8_t root[32];

    must(db_open(&db, f->path, DB_VAULT, false, &f->err));
    must(db_begin_write(db, &f->err));
    must(tree_rebuild(db, root, &f->err));
    must(db_commit(db, &f->err));
}

struct edit {
    const char *what;
    char sql[400];
};

/* Nothing else is seen than before, it is a finding, and a promotion promotes what is pending. */
static void judge(struct fixture *f, const char *want, const char *what)
{
    static const char *const next[][2] = {{"work", "work two"}, {"home", "home two"}};
    char got[TEXT_MAX_LEN], current[64];
    enum sv_status st = look(f, got, sizeof got);

    if (strncmp(got, want, strlen(got)) != 0 || st == SV_OK)
        broken("a row of a rotation that nobody signed was believed: %s", what);
    if (st != SV_DATA && st != SV_MISSING)
        fail_msg("%s: status %d: %s", what, st, f->err.text);
    if (st == SV_MISSING)
        broken("a row of a rotation that nobody signed was believed: %s: %s", what, f->err.text);
    if (attack_findings(f) == 0)
        broken("a row of a rotation that nobody signed was believed by verify: %s", what);
    SNAPSHOT_OWNED struct snapshot edited = snapshot_take(f->path);
    for (size_t i = 0; i < COUNT(next); i++) {
        snapshot_put(&edited, f->path);
        st = go_on(f, next[i][0], current);
        if (st == SV_OK && strcmp(current, next[i][1]) != 0)
            broken("a row of a rotation that nobody signed was believed: %s: %s became current",
                   what, current);
    }
}

static long long pending_id(struct fixture *f, const char *name, uint64_t version)
{
    PROFILE_OWNED struct profile p = {0};

    must(vault_find(f->v, name, &p, &f->err));
    return object_version_id(keys_peek(f->v->keys)->index, p.uid, version);
}

#define SWAP                                                                         \
    "CREATE TEMP TABLE kept AS SELECT v FROM obj WHERE id = %lld;"                   \
    "UPDATE obj SET v = (SELECT v FROM obj AS o WHERE o.id = %lld) WHERE id = %lld;" \
    "UPDATE obj SET v = (SELECT v FROM kept) WHERE id = %lld"
#define TAKE                                                                          \
    "ATTACH '%.100s' AS o; UPDATE obj SET v = (SELECT v FROM o.obj WHERE id = %lld) " \
    "WHERE id = %lld"

/* Two rotations up to "verified", the one of "work" with a pending secret that took another's
 * place; `older` is the file from before that. */
static size_t scene(struct fixture *f, char older[160], struct edit edits[16])
{
    attack_begin(f);
    fixture_add(f, "work", "work one");
    fixture_add(f, "home", "home one");
    change_password(f, "work", "work now");
    every(f, 30);
    step_of(f, "work", ROTATE_BEGIN, STAGE_PLANNED, NULL);
    step_of(f, "work", ROTATE_PENDING, STAGE_PENDING, "work wrong");
    step_of(f, "home", ROTATE_BEGIN, STAGE_PLANNED, NULL);
    SNAPSHOT_OWNED struct snapshot s = snapshot_take(f->path);
    snprintf(older, 160, "%.63s/older.db", f->dir);
    snapshot_put(&s, older);
    step_of(f, "work", ROTATE_PENDING, STAGE_PENDING, "work two");
    step_of(f, "work", ROTATE_NOTE, STAGE_VERIFIED, NULL);
    step_of(f, "home", ROTATE_PENDING, STAGE_PENDING, "home two");
    step_of(f, "home", ROTATE_NOTE, STAGE_VERIFIED, NULL);
    every(f, 60);
    long long work = pending_id(f, "work", PROFILE_VERSION_PENDING);
    long long home = pending_id(f, "home", PROFILE_VERSION_PENDING);
    long long before = pending_id(f, "work", 1), free_id = pending_id(f, "work", 2);
    long long policy = vault_policy_id(f->v);
    long long card = object_id(keys_peek(f->v->keys)->index, OBJECT_PROFILE, "work", 4);
    size_t n = 0;
#define EDIT(words, ...)                                                \
    do {                                                                \
        edits[n].what = (words);                                        \
        (void)snprintf(edits[n].sql, sizeof edits[n].sql, __VA_ARGS__); \
        n++;                                                            \
    } while (0)
    EDIT("an old policy", TAKE, older, policy, policy);
    EDIT("no policy", "DELETE FROM obj WHERE id = %lld", policy);
    EDIT("a pending secret that was replaced", TAKE, older, work, work);
    EDIT("an older record", TAKE, older, card, card);
    EDIT("an older record and its pending secret",
         TAKE "; UPDATE obj SET v = (SELECT v FROM o.obj "
              "WHERE id = %lld) WHERE id = %lld",
         older, card, card, work, work);
    EDIT("pending and previous exchanged", SWAP, work, before, work, before);
    EDIT("two pending ones exchanged", SWAP, work, home, work, home);
    EDIT("another's pending one, twice",
         "UPDATE obj SET v = (SELECT v FROM obj AS o WHERE o.id = %lld) WHERE id = %lld", home,
         work);
    EDIT("pending and current exchanged", SWAP, work, card, work, card);
    EDIT("no pending one", "DELETE FROM obj WHERE id = %lld", work);
    EDIT("a second one as a version of its own",
         "INSERT INTO obj SELECT %lld, v FROM obj WHERE id = %lld", free_id, work);
    EDIT("pending under a version's number", "UPDATE obj SET id = %lld WHERE id = %lld", free_id,
         work);
#undef EDIT
    fixture_close(f);
    return n;
}

static void rows_that_are_put_elsewhere(void **state)
{
    struct fixture fx, *f = &fx;
    struct edit edits[16];
    char older[160], want[TEXT_MAX_LEN];
    (void)state;

    size_t count = scene(f, older, edits);
    must(look(f, want, sizeof want));
    assert_string_equal(want, "work verified 4 work now;work verified 4 work two;"
                              "home verified 3 home one;home verified 3 home two;every 60");
    SNAPSHOT_OWNED struct snapshot good = snapshot_take(f->path);
    for (size_t i = 0; i < 2 * count; i++) {
        snapshot_put(&good, f->path);
        attack_sql(f->path, edits[i / 2].sql);
        if (i % 2)
            mend_tree(f);
        judge(f, want, edits[i / 2].what);
    }
    fixture_end(f);
}

/* Between any two steps: an older file is refused on the machine that has seen the newer one, by
 * the session that goes on with the rotation and by a new one. */
static void the_whole_file_between_two_steps(void **state)
{
    static const struct {
        enum rotation_step step;
        enum rotation_stage stage;
    } steps[] = {{ROTATE_BEGIN, STAGE_PLANNED},
                 {ROTATE_PENDING, STAGE_PENDING},
                 {ROTATE_NOTE, STAGE_VERIFIED},
                 {ROTATE_PROMOTE, STAGE_PROMOTED},
                 {ROTATE_NOTE, STAGE_FINISHED}};
    struct fixture fx, *f = &fx;
    char text[TEXT_MAX_LEN];
    (void)state;

    attack_begin(f);
    fixture_add(f, "work", "one");
    for (size_t i = 0; i < COUNT(steps); i++) {
        PROFILE_OWNED struct profile p = {0};
        struct rotation_record r;
        SNAPSHOT_OWNED struct snapshot older = snapshot_take(f->path);
        step_of(f, "work", steps[i].step, steps[i].stage,
                steps[i].step == ROTATE_PENDING ? "two" : NULL);
        SNAPSHOT_OWNED struct snapshot newer = snapshot_take(f->path);
        must(vault_find(f->v, "work", &p, &f->err));
        (void)rotation_of_card(&r, &p);
        snapshot_put(&older, f->path);
        if (vault_rotate(f->v, ROTATE_NOTE, &p, &r, NULL, &f->err) != SV_DATA)
            broken("a rotation was taken back by an older file, before it was %s",
                   rotation_stage_word(steps[i].stage));
        refused(f, "older than one that this machine has seen",
                "a rotation was taken back by an older file");
        snapshot_put(&newer, f->path);
        fixture_reopen(f);
    }
    must(attack_read_all(f, text, sizeof text));
    assert_string_equal(text, "work mail.example.com 465 1 one;work mail.example.com 465 2 two;");
    fixture_end(f);
}

ATTACK_MAIN(cmocka_unit_test(rows_that_are_put_elsewhere),
            cmocka_unit_test(the_whole_file_between_two_steps))
