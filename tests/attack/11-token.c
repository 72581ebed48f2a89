/* SPDX-License-Identifier: ISC */
/*
 * Attack 11, a token that reaches too far.
 * Without TOKEN_VERSIONS: a token opened what its profile was before
 * Without TOKEN_PENDING: a token opened the secret that its profile shall have
 * Without TOKEN_REKEY: a key that the holder of a revoked token kept opened the profile
 * Without TOKEN_KEYLESS: a token that is for the agent opened a profile from the file
 * Without TOKEN_AGENT: a token that is for the agent was taken without one
 * Without TOKEN_PASS: a token that was shown to the agent opened a profile that is not its own
 * Without TOKEN_EXE: a token was taken from another program than the one that it is for
 * Without TOKEN_USES: a token was used more often than it may be
 *
 * Whoever has a token and the file has every key that is in the token's row, and all that can be
 * derived from them. Each is tried on every part of every row, in all that a row can be.
 */
#include "vault.h"

#include "../unit/token_fixture.h"
#include "crypto/seal.h"
#include "crypto/token.h"
#include "domain/vault_rotate.h"

/* ---- what the thief of a token has ---- */

#define KEYS_MAX 512

struct loot {
    struct token_keys token;
    uint8_t key[KEYS_MAX][KEY_LEN];
    size_t count;
    int64_t own[16]; /* rows that the token is for */
    size_t owns;
};

static void loot_key(struct loot *l, const uint8_t key[KEY_LEN])
{
    static const char *const labels[] = {"read",  "wrap",  "index", "admin",  "directory",
                                         "audit", "token", "card",  "secret", "x25519",
                                         "psk",   "slot",  "used",  "used-at"};

    assert_true(l->count + 1 + COUNT(labels) <= KEYS_MAX);
    memcpy(l->key[l->count++], key, KEY_LEN);
    for (size_t i = 0; i < COUNT(labels); i++)
        kdf(l->key[l->count++], key, labels[i], NULL, 0);
}

static void loot_take(struct fixture *f, struct loot *l, const struct secret *text)
{
    static const uint8_t zero[KEY_LEN];
    SECRET_OWNED struct secret *keys = NULL;
    VAULT_OWNED struct vault *v = NULL;
    struct token_holding h;

    memset(l, 0, sizeof *l);
    must(token_parse(&keys, text, &f->err));
    l->token = *token_keys_peek(keys);
    must(token_enter(f, &v, text));
    loot_key(l, zero);
    loot_key(l, l->token.sk);
    loot_key(l, l->token.pk);
    loot_key(l, l->token.psk);
    loot_key(l, v->state.verify_pk);
    loot_key(l, v->state.audit_pk);
    l->own[l->owns++] = vault_token_id(v, l->token.psk);
    for (uint32_t i = 0; token_bundle_at(token_session_bundle(v->token), i, &h, &f->err) == SV_OK;
         i++) {
        loot_key(l, h.dek);
        l->own[l->owns++] = h.id;
    }
}

static bool loot_owns(const struct loot *l, int64_t id)
{
    for (size_t i = 0; i < l->owns; i++)
        if (l->own[i] == id)
            return true;
    return false;
}

/* ---- every part of a row of obj ---- */

#define VERSIONS 6 /* 0 .. 4, more than any row here has, and the pending one */

static bool part_opens(const struct object_space *space, int64_t id, const uint8_t *key,
                       const struct blob *row)
{
    for (int kind = 0; kind <= OBJECT_POLICY; kind++)
        for (uint64_t n = 0; n < VERSIONS; n++) {
            uint64_t version = n + 1 < VERSIONS ? n : PROFILE_VERSION_PENDING;
            SECRET_OWNED struct secret *wrap = NULL, *card = NULL, *secret = NULL;
            assert_int_equal(object_wrap_new(&wrap, kind, version, key, NULL), SV_OK);
            if (object_open_card(&card, space, id, wrap, row->bytes, row->len, NULL) == SV_OK ||
                object_open_secret(&secret, space, id, wrap, row->bytes, row->len, NULL) == SV_OK)
                return true;
        }
    return false;
}

static bool row_opens(const struct loot *l, const struct object_space *space, int64_t id,
                      const struct blob *row)
{
    const struct object_reader reader = {.pk = l->token.pk, .psk = l->token.psk};
    SECRET_OWNED struct secret *wrap = NULL;

    if (object_open_wrap_to(&wrap, space, id, &reader, l->token.sk, row->bytes, row->len, NULL) ==
        SV_OK)
        return true;
    for (size_t i = 0; i < l->count; i++)
        if (object_open_wrap(&wrap, space, id, l->key[i], row->bytes, row->len, NULL) == SV_OK ||
            part_opens(space, id, l->key[i], row))
            return true;
    return false;
}

/* ---- every part of a slot ---- */

static bool slot_part_opens(const struct loot *l, const struct object_space *space, uint64_t number,
                            const struct blob *row)
{
    const struct pkseal_reader pair = {.sk = l->token.sk, .pk = l->token.pk};
    size_t seed_at = SLOT_HEAD_LEN, bundle_at = seed_at + 32 + SEAL_OVERHEAD + 4;

    for (uint8_t role = 0; role <= ROLE_TOKEN; role++) {
        struct seal_context ctx = {.kind = SEAL_SLOT_SEED, .row = number, .role = role};
        SECRET_OWNED struct secret *plain = NULL;
        memcpy(ctx.vault_id, space->vault_id, sizeof ctx.vault_id);
        for (size_t i = 0; i < l->count; i++)
            if (seal_open(&plain, l->key[i], &ctx, SEAL_EXACT, row->bytes + seed_at,
                          32 + SEAL_OVERHEAD, NULL) == SV_OK)
                return true;
        ctx.kind = SEAL_SLOT_BUNDLE;
        ctx.epoch = space->epoch;
        for (size_t i = 0; i < l->count; i++)
            if (pkseal_open(&plain, &pair, l->key[i], &ctx, SEAL_PADDED, row->bytes + bundle_at,
                            row->len - bundle_at, NULL) == SV_OK)
                return true;
    }
    return false;
}

static bool slot_opens(const struct loot *l, const struct object_space *space, uint32_t number,
                       const struct blob *row)
{
    struct slot_place place = {.epoch = space->epoch, .number = number};

    memcpy(place.vault_id, space->vault_id, sizeof place.vault_id);
    for (size_t i = 0; i < l->count; i++) {
        SECRET_OWNED struct secret *key = NULL, *bundle = NULL;
        assert_int_equal(secret_copy(&key, l->key[i], KEY_LEN, NULL), SV_OK);
        struct slot_credentials cred = {.keyfile_hash = key};
        if (slot_open(&bundle, NULL, row->bytes, row->len, &place, &cred, NULL) == SV_OK)
            return true;
    }
    return slot_part_opens(l, space, number, row);
}

/* ---- every row of every table ---- */

struct trying {
    const struct loot *loot;
    struct object_space space;
    enum db_table table;
    unsigned rows, opened;
};

static enum sv_status try_row(void *context, int64_t key, const uint8_t *bytes, size_t len,
                              struct sv_err *err)
{
    struct trying *t = context;
    BLOB_OWNED struct blob row = {0};

    (void)err;
    assert_true(blob_append(&row, bytes, len));
    if (t->table == TABLE_OBJ && loot_owns(t->loot, key))
        return SV_OK;
    t->rows++;
    t->opened += t->table == TABLE_OBJ ? row_opens(t->loot, &t->space, key, &row)
                                       : slot_opens(t->loot, &t->space, (uint32_t)key, &row);
    return SV_OK;
}

/* How many rows of others the loot opens; meta, tree and hist hold nothing sealed. */
static unsigned opened_by(struct fixture *f, const struct loot *l, unsigned *tried)
{
    struct trying t = {.loot = l, .space = vault_space(f->v)};
    static const enum db_table tables[] = {TABLE_OBJ, TABLE_SLOT};

    for (size_t i = 0; i < COUNT(tables); i++) {
        t.table = tables[i];
        must(db_walk(f->v->db, t.table, INT64_MIN, INT64_MAX, false, try_row, &t, &f->err));
    }
    *tried = t.rows;
    return t.opened;
}

/* ---- the attacks ---- */

static void begin(struct fixture *f)
{
    attack_begin(f);
    fixture_add(f, "home", "one");
    fixture_add(f, "shop", "two");
    fixture_add(f, "work", "three");
    change_password(f, "work", "four");
    change_password(f, "home", "five");
}

/* Home, shop, work, their versions, another token, the directory and a slot. */
static void a_token_opens_no_other_row(void **state)
{
    struct fixture fx, *f = &fx;
    static struct loot l;
    unsigned tried, opened;
    (void)state;

    begin(f);
    SECRET_OWNED struct secret *text = token_for(f, "ci", "shop");
    SECRET_OWNED struct secret *other = token_for(f, "cron", "home work");
    assert_non_null(other);
    loot_take(f, &l, text);
    opened = opened_by(f, &l, &tried);
    assert_int_equal(tried, 2 + 2 + 1 + 1 + 1);
    if (opened)
        broken("a token opened %u rows that are not its own", opened);
    /* That the search finds what can be found: the own rows, were they another's. */
    l.owns = 0;
    assert_int_equal(opened_by(f, &l, &tried), 2);
    fixture_end(f);
}

/* What it was before the token was made, and what it was while the token lived. */
static void a_token_opens_no_older_version(void **state)
{
    struct fixture fx, *f = &fx;
    static struct loot l;
    unsigned tried;
    (void)state;

    begin(f);
    SECRET_OWNED struct secret *text = token_for(f, "ci", "work");
    loot_take(f, &l, text);
    change_password(f, "work", "six");
    if (opened_by(f, &l, &tried))
        broken("a token opened what its profile was before");
    token_expect(f, text, "work=six;");
    fixture_end(f);
}

/* While it waits, and once it is given up. */
static void a_token_opens_no_pending_secret(void **state)
{
    struct fixture fx, *f = &fx;
    struct rotation_record r = {.method = METHOD_HAND, .stage = STAGE_PLANNED};
    PROFILE_OWNED struct profile p = {.name = NULL};
    static struct loot l;
    unsigned tried;
    (void)state;

    begin(f);
    SECRET_OWNED struct secret *text = token_for(f, "ci", "work"), *next = NULL;
    loot_take(f, &l, text);
    must(vault_find(f->v, "work", &p, &f->err));
    must(vault_rotate(f->v, ROTATE_BEGIN, &p, &r, NULL, &f->err));
    must(secret_copy(&next, "seven", 5, &f->err));
    r.stage = STAGE_PENDING;
    must(vault_rotate(f->v, ROTATE_PENDING, &p, &r, next, &f->err));
    if (opened_by(f, &l, &tried))
        broken("a token opened the secret that its profile shall have");
    token_expect(f, text, "work=four;");
    fixture_end(f);
}

/* All keys that the row held, kept, and the file as it is after the revocation. */
static void kept_keys_open_nothing(void **state)
{
    struct fixture fx, *f = &fx;
    static struct loot l;
    unsigned tried;
    (void)state;

    begin(f);
    SECRET_OWNED struct secret *text = token_for(f, "ci", "home work");
    SECRET_OWNED struct secret *other = token_for(f, "cron", "work shop");
    loot_take(f, &l, text);
    must(vault_token_revoke(f->v, "ci", false, NULL, &f->err));
    l.owns = 0;
    if (opened_by(f, &l, &tried))
        broken("a key that the holder of a revoked token kept opened the profile");
    assert_int_equal(tried, 3 + 2 + 1 + 1 + 1);
    token_refused(f, SV_DENIED, text, "no such token");
    token_expect(f, other, "shop=two;work=four;");
    fixture_end(f);
}

/* The row that the token had is put back into the newer file, and then also one of the
 * profiles as it was. */
static void a_revoked_row_does_not_come_back(void **state)
{
    struct fixture fx, *f = &fx;
    char old[160], sql[512];
    (void)state;

    begin(f);
    SECRET_OWNED struct secret *text = token_for(f, "ci", "work");
    snprintf(old, sizeof old, "%.63s/old.db", f->dir);
    SNAPSHOT_OWNED struct snapshot before = snapshot_take(f->path);
    snapshot_put(&before, old);
    must(vault_token_revoke(f->v, "ci", false, NULL, &f->err));
    fixture_close(f);
    snprintf(sql, sizeof sql,
             "ATTACH '%s' AS other; INSERT INTO main.obj SELECT * FROM other.obj WHERE id NOT IN "
             "(SELECT id FROM main.obj); DETACH other",
             old);
    attack_sql(f->path, sql);
    token_refused(f, SV_DATA, text, "altered");
    attack_take_table(f->path, old, "obj");
    token_refused(f, SV_DATA, text, "altered");
    attack_take_table(f->path, old, "tree");
    token_refused(f, SV_DATA, text, "altered");
    fixture_end(f);
}

/* The row stands in another vault at the same id, and that vault's owner signs for it. */
static void a_token_opens_no_other_vault(void **state)
{
    struct fixture fx, gx, *f = &fx, *g = &gx;
    BLOB_OWNED struct blob row = {0};
    (void)state;

    begin(f);
    begin(g);
    SECRET_OWNED struct secret *text = token_for(f, "ci", "work");
    SECRET_OWNED struct secret *keys = NULL;
    must(token_parse(&keys, text, &f->err));
    int64_t id = vault_token_id(f->v, token_keys_peek(keys)->psk);
    must(db_get(f->v->db, TABLE_OBJ, id, &row, &f->err));
    token_refused(g, SV_DENIED, text, "no such token");
    {
        CHANGE_OWNED struct vault_change c = {0};
        must(vault_change_begin(&c, g->v, AUDIT_TOKEN, NULL, NULL, &f->err));
        must(vault_change_put(&c, id, &row, &f->err));
        must(vault_change_commit(&c, 0, &f->err));
    }
    token_refused(g, SV_DATA, text, "a row of the vault is damaged or was altered");
    fixture_end(g);
    fixture_end(f);
}

/* ---- tokens that are for the agent ---- */

/* The text, the whole file and all that is in the token's row. */
static void an_agent_token_opens_nothing(void **state)
{
    struct fixture fx, *f = &fx;
    static struct loot l;
    struct token_session *pass = NULL;
    struct token_holding h;
    unsigned tried;
    (void)state;

    begin(f);
    SECRET_OWNED struct secret *text = token_for_agent(f, "ci", "home work", 0);
    VAULT_OWNED struct vault *v = NULL;
    if (token_enter(f, &v, text) == SV_OK)
        broken("a token that is for the agent was taken without one");
    assert_non_null(strstr(f->err.text, "opens nothing by itself"));
    must(vault_token_admit(f->v, text, NULL, &pass, &f->err));
    SECRET_OWNED struct secret *keys = NULL;
    must(token_parse(&keys, text, &f->err));
    memset(&l, 0, sizeof l);
    l.token = *token_keys_peek(keys);
    loot_key(&l, l.token.sk);
    loot_key(&l, l.token.psk);
    loot_key(&l, f->v->state.audit_pk);
    l.own[l.owns++] = vault_token_id(f->v, l.token.psk);
    for (uint32_t i = 0; token_bundle_at(token_session_bundle(pass), i, &h, &f->err) == SV_OK; i++)
        loot_key(&l, h.dek);
    if (opened_by(f, &l, &tried))
        broken("a token that is for the agent opened a profile from the file");
    assert_int_equal(tried, 3 + 2 + 1 + 1);
    /* Nor after the profile changed, got a new name, or the vault new keys. */
    change_password(f, "work", "six");
    must(vault_rename(f->v, "home", "house", &f->err));
    token_session_free(pass);
    must(vault_token_admit(f->v, text, NULL, &pass, &f->err));
    for (uint32_t i = 0; token_bundle_at(token_session_bundle(pass), i, &h, &f->err) == SV_OK; i++)
        loot_key(&l, h.dek);
    if (opened_by(f, &l, &tried))
        broken("a token that is for the agent opened a profile from the file");
    token_session_free(pass);
    fixture_end(f);
}

static void a_shown_token_reaches_no_further(void **state)
{
    struct fixture fx, *f = &fx;
    struct token_session *pass = NULL;
    SECRET_OWNED struct secret *s = NULL;
    PROFILE_LIST_OWNED struct profile_list list = {0};
    (void)state;

    begin(f);
    SECRET_OWNED struct secret *text = token_for_agent(f, "ci", "home work", 0);
    must(vault_token_admit(f->v, text, NULL, &pass, &f->err));
    if (token_get_shown(f, pass, "shop", NULL, &s) == SV_OK)
        broken("a token that was shown to the agent opened a profile that is not its own");
    must(token_get_shown(f, pass, "home", NULL, &s));
    const struct reveal old = {.op = AUDIT_GET, .version = 1, .token = pass};
    must_fail(SV_DENIED, vault_reveal(f->v, "work", &old, NULL, &s, &f->err));
    vault_act_with(f->v, pass, NULL);
    must(vault_list(f->v, &list, &f->err));
    assert_int_equal(list.count, 2);
    must_fail(SV_DENIED, vault_remove(f->v, "home", &f->err));
    must_fail(SV_DENIED,
              vault_audit_read(f->v, &(const struct audit_filter){0}, NULL, NULL, &f->err));
    vault_act_with(f->v, NULL, NULL);
    must(vault_token_revoke(f->v, "ci", false, NULL, &f->err));
    SECRET_OWNED struct secret *none = NULL;
    must_fail(SV_DENIED, token_get_shown(f, pass, "home", NULL, &none));
    token_session_free(pass);
    fixture_end(f);
}

/* By a file token too, whose holder's program is this one's caller. */
static void a_token_is_for_its_program(void **state)
{
    struct fixture fx, *f = &fx;
    struct token_session *pass = NULL;
    struct caller other = {.uid = (uint32_t)getuid(), .exe = "/bin/false"};
    SECRET_OWNED struct secret *text = NULL, *file = NULL, *s = NULL;
    VAULT_OWNED struct vault *v = NULL;
    (void)state;

    begin(f);
    must(token_try_as(f, (struct token_new){.label = "ci", .exe = "/bin/true", .agent = true},
                      "work", &text));
    must(token_try_as(f, (struct token_new){.label = "cron", .exe = "/bin/true"}, "work", &file));
    if (vault_token_admit(f->v, text, &other, &pass, &f->err) == SV_OK)
        broken("a token was taken from another program than the one that it is for");
    assert_non_null(strstr(f->err.text, "for the program /bin/true alone"));
    if (token_enter(f, &v, file) == SV_OK)
        broken("a token was taken from another program than the one that it is for");
    assert_null(pass);
    assert_null(s);
    fixture_end(f);
}

/* However the uses are spread over connections, sessions and restarts. */
static void a_token_is_used_up(void **state)
{
    struct fixture fx, *f = &fx;
    struct token_session *one = NULL, *two = NULL;
    (void)state;

    begin(f);
    SECRET_OWNED struct secret *text = token_for_agent(f, "ci", "home work", 3);
    must(vault_token_admit(f->v, text, NULL, &one, &f->err));
    must(vault_token_admit(f->v, text, NULL, &two, &f->err));
    SECRET_OWNED struct secret *a = NULL, *b = NULL, *c = NULL, *d = NULL, *e = NULL;
    must(token_get_shown(f, one, "home", NULL, &a));
    must(token_get_shown(f, two, "work", NULL, &b));
    token_session_free(one);
    token_session_free(two);
    one = two = NULL;
    fixture_reopen(f);
    must(vault_token_admit(f->v, text, NULL, &one, &f->err));
    must(token_get_shown(f, one, "work", NULL, &c));
    if (token_get_shown(f, one, "work", NULL, &d) == SV_OK)
        broken("a token was used more often than it may be");
    assert_non_null(strstr(f->err.text, "used as often as it may be (3)"));
    token_session_free(one);
    /* Nor are there new ones with new keys of the vault. */
    change_password(f, "work", "seven");
    must(vault_token_admit(f->v, text, NULL, &one, &f->err));
    must_fail(SV_DENIED, token_get_shown(f, one, "work", NULL, &e));
    token_session_free(one);
    fixture_end(f);
}

ATTACK_MAIN(cmocka_unit_test(a_token_opens_no_other_row),
            cmocka_unit_test(a_token_opens_no_older_version),
            cmocka_unit_test(a_token_opens_no_pending_secret),
            cmocka_unit_test(kept_keys_open_nothing),
            cmocka_unit_test(a_revoked_row_does_not_come_back),
            cmocka_unit_test(a_token_opens_no_other_vault),
            cmocka_unit_test(an_agent_token_opens_nothing),
            cmocka_unit_test(a_shown_token_reaches_no_further),
            cmocka_unit_test(a_token_is_for_its_program), cmocka_unit_test(a_token_is_used_up))
