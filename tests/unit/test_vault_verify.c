/* SPDX-License-Identifier: ISC */
/*
 * What `verify` tells of a vault with more than one fault: the tree's walk ends at the first,
 * and still every box is opened, once.
 */
#include "vault_attack.h"

#include "domain/vault_impl.h"

#define PROFILES 300
#define ROWS (PROFILES + 1) /* and the directory */

struct told {
    char text[16][200];
    int count;
    uint64_t done, total;
    int calls;
};

static void tell(void *context, const char *finding)
{
    struct told *told = context;

    assert_true(told->count < 16);
    snprintf(told->text[told->count++], sizeof told->text[0], "%.199s", finding);
}

static enum sv_status watch(void *context, uint64_t done, uint64_t total, struct sv_err *err)
{
    struct told *told = context;

    (void)err;
    assert_true(done >= told->done && done <= total);
    told->done = done;
    told->total = total;
    told->calls++;
    return SV_OK;
}

/* As an administrator, or as somebody without keys. */
static void verify(struct fixture *f, bool boxes, struct told *told)
{
    const struct progress progress = {watch, told};
    const struct vault_verifying how = {
        .boxes = boxes, .tell = tell, .context = told, .progress = &progress};
    VAULT_OWNED struct vault *v = NULL;
    uint64_t findings = 0;

    memset(told, 0, sizeof *told);
    must(vault_open(&v, &f->place, true, &f->err));
    must(vault_unlock(v, &f->cred, &f->err));
    must(vault_verify_as(v, &how, &findings, &f->err));
    assert_int_equal(findings, told->count);
}

static void assert_told(const struct told *told, const char *words, int times)
{
    int count = 0;

    for (int i = 0; i < told->count; i++)
        count += strstr(told->text[i], words) != NULL;
    if (count != times)
        fail_msg("\"%s\": %d times, not %d; of %d findings the first is \"%s\"", words, count,
                 times, told->count, told->text[0]);
}

#define DIFFERS "rows differ from the tree"
#define DAMAGED "a row of the vault is damaged"

/* Of a profile, the one of the lowest or of the highest id: the last byte of its secret's box
 * becomes another. No row tells whether it is the directory's, which is to stay. */
static int64_t directory;
static void flip(const char *path, const char *order)
{
    char sql[400];

    snprintf(sql, sizeof sql,
             "UPDATE obj SET v = CAST(substr(v, 1, length(v) - 1) || CASE hex(substr(v, -1)) WHEN "
             "'00' THEN x'01' ELSE x'00' END AS BLOB) WHERE id = (SELECT %s(id) FROM obj WHERE id "
             "<> %lld)",
             order, (long long)directory);
    attack_sql(path, sql);
}

static int begin(void **state)
{
    static struct fixture fixture;
    struct fixture *f = &fixture;
    struct profile profiles[PROFILES];
    struct secret *secrets[PROFILES];
    SECRET_OWNED struct secret *one = NULL;

    fixture_begin(f);
    must(secret_copy(&one, "one", 3, &f->err));
    memset(profiles, 0, sizeof profiles);
    for (int i = 0; i < PROFILES; i++) {
        char name[16];
        snprintf(name, sizeof name, "login%03d", i);
        profiles[i].name = sv_strdup(name);
        profiles[i].host = sv_strdup("mail.example.com");
        profiles[i].username = sv_strdup("ann@example.com");
        secrets[i] = one;
    }
    must(vault_add_many(f->v, profiles, secrets, PROFILES, &f->err));
    for (int i = 0; i < PROFILES; i++)
        profile_clear(&profiles[i]);
    directory = vault_directory_id(f->v);
    fixture_close(f);
    *state = f;
    return 0;
}

static int end(void **state)
{
    fixture_end(*state);
    return 0;
}

/* The file is put back as it was. */
static void end_attack(struct fixture *f, const struct snapshot *before, bool boxes,
                       struct told *told)
{
    verify(f, boxes, told);
    snapshot_put(before, f->path);
}

static void a_whole_vault_is_told_to_its_end(void **state)
{
    struct fixture *f = *state;
    struct told told;

    verify(f, true, &told);
    assert_int_equal(told.count, 0);
    assert_int_equal(told.total, ROWS);
    assert_int_equal(told.done, 256);
    assert_int_equal(told.calls, 2);
    verify(f, false, &told);
    assert_int_equal(told.count, 0);
    assert_int_equal(told.total, ROWS);
    assert_int_equal(told.calls, 64);
}

static void faults_behind_the_first_are_told(void **state)
{
    struct fixture *f = *state;
    SNAPSHOT_OWNED struct snapshot before = snapshot_take(f->path);
    struct told told;

    flip(f->path, "min");
    flip(f->path, "max");
    verify(f, true, &told);
    assert_told(&told, DIFFERS, 1);
    assert_told(&told, DAMAGED, 2);
    assert_int_equal(told.count, 3);
    end_attack(f, &before, false, &told);
    assert_told(&told, DIFFERS, 1);
    assert_int_equal(told.count, 1);
}

/* The walk of the tree does not begin then. */
static void boxes_are_opened_without_a_tree(void **state)
{
    struct fixture *f = *state;
    SNAPSHOT_OWNED struct snapshot before = snapshot_take(f->path);
    struct told told;

    flip(f->path, "max");
    attack_sql(f->path, "DELETE FROM tree WHERE n = 0");
    end_attack(f, &before, true, &told);
    assert_told(&told, DAMAGED, 1);
    assert_told(&told, "the versions of a profile", 0);
    assert_true(told.count > 1);
    attack_sql(f->path, "INSERT INTO obj(id, v) VALUES(-5, x'00')");
    end_attack(f, &before, true, &told);
    assert_told(&told, "a row lies outside the tree", 1);
    assert_told(&told, DAMAGED, 1);
    assert_int_equal(told.count, 2);
}

/* The tree's last fault is found when all boxes were opened: none is opened again. */
static void no_box_is_opened_twice(void **state)
{
    struct fixture *f = *state;
    SNAPSHOT_OWNED struct snapshot before = snapshot_take(f->path);
    struct told told;

    attack_sql(f->path, "INSERT INTO tree(n, v) VALUES(99, zeroblob(2048))");
    end_attack(f, &before, true, &told);
    assert_told(&told, "tree nodes too many", 1);
    assert_int_equal(told.count, 1);
    /* The highest id that a row can have. */
    attack_sql(f->path, "INSERT INTO obj(id, v) VALUES(9223372036854775807, x'00')");
    end_attack(f, &before, true, &told);
    assert_told(&told, DIFFERS, 1);
    assert_told(&told, DAMAGED, 1);
    assert_int_equal(told.count, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_vault_is_told_to_its_end),
        cmocka_unit_test(faults_behind_the_first_are_told),
        cmocka_unit_test(boxes_are_opened_without_a_tree),
        cmocka_unit_test(no_box_is_opened_twice),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
