/* SPDX-License-Identifier: ISC */
/*
 * A whole audit log: its database and its seal, opened to append or to look at, verified,
 * read. Input: how u8, then edits: row_edit.h's, and those of enum edit.
 *
 * The log was made with two audit keys, one after the other, so it has two generations.
 * Without their secret halves an edit brings about a finding or nothing: a log that
 * verifies clean against the mark that this machine remembers holds the entries that
 * were written.
 */
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/log.h"
#include "crypto/seal.h"
#include "fuzz.h"
#include "row_edit.h"

#define HOW_APPEND 1     /* else only looked at */
#define HOW_REMEMBERED 2 /* the mark is known */
#define HOW_RETAG 4      /* tags and head are made right after the edits */
#define HOW_OLD_KEY 8    /* the vault speaks of the first audit key */
#define HOW_NEW_ONLY 16  /* the reader has the second key only */
#define HOW_PARTIAL 32
#define HOW_RESUME 64 /* its loss is accepted */
#define EDITS_MAX 24
#define FILES 2
#define SEALS_MAX 16

enum edit {
    EDIT_ENTRY = ROW_EDITS, /* an entry of any content, sealed as everybody can: seq, TLV */
    EDIT_SEAL,              /* the seal's file: place u8, bytes; its checksum is mended */
    EDIT_NO_SEAL,
    EDIT_OLD_SEAL, /* the seal after an earlier entry: which u8; bit 7: with the upcoming key */
    EDIT_SQL,      /* late_edit_add */
    EDIT_PAGE,
    EDITS
};

static const uint8_t vault_id[16] = "a vault's number";
static const uint8_t secret_keys[2][KEY_LEN] = {"the secret half of an audit key",
                                                "the other secret audit key here"};
static const struct tables tables = {TABLE_ENTRY, TABLE_CKPT};
static const char *const names[FILES] = {"audit.db", "seal"};

static struct {
    bool made;
    uint8_t *bytes[FILES];
    size_t len[FILES];
    uint8_t pk[2][KEY_LEN];
    struct audit_mark mark;
    uint8_t seals[SEALS_MAX][AUDIT_SEAL_LEN];
    size_t seal_count;
} kit;

/* ---- making ---- */

static int forget(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static const char *path_of(const char *name)
{
    char inside[64];

    (void)snprintf(inside, sizeof inside, "log/%s", name);
    return fuzz_path(inside);
}

static void keep_seal(void)
{
    size_t len = 0;
    FUZZ_OWNED uint8_t *bytes = fuzz_read_file(path_of("seal"), &len);

    CHECK(bytes != NULL && len == AUDIT_SEAL_LEN && kit.seal_count < SEALS_MAX);
    memcpy(kit.seals[kit.seal_count++], bytes, len);
}

static void write_some(const uint8_t pk[KEY_LEN], unsigned count)
{
    AUDIT_OWNED struct audit *a = NULL;
    struct audit_event event = {.op = AUDIT_GET, .result = AUDIT_OK, .via = VIA_KEYFILE};
    struct audit_keep use = {.row = 77, .key = secret_keys[0]};

    CHECK(audit_open(&a, fuzz_path("log"), vault_id, pk, NULL, NULL) == SV_OK);
    for (unsigned i = 0; i < count; i++) {
        event.result = i % 3 == 1 ? AUDIT_BEGUN : AUDIT_OK;
        event.begun = i % 3 == 2 ? 1 + event.seq : 0;
        (void)snprintf(event.profile, sizeof event.profile, "profile %u", i);
        CHECK(audit_append(a, &event, i == 0 ? &use : NULL, &kit.mark, NULL) == SV_OK);
        keep_seal();
    }
    CHECK(db_checkpoint(a->db, 0, false, NULL) == SV_OK);
}

static void make(void)
{
    CHECK(mkdir(fuzz_path("log"), 0700) == 0);
    for (int i = 0; i < 2; i++) {
        pkseal_public(kit.pk[i], secret_keys[i]);
        write_some(kit.pk[i], 6);
    }
    for (int i = 0; i < FILES; i++) {
        kit.bytes[i] = fuzz_read_file(path_of(names[i]), &kit.len[i]);
        CHECK(kit.bytes[i] != NULL);
    }
    kit.made = true;
}

static void reset(void)
{
    if (!kit.made)
        make();
    (void)nftw(fuzz_path("log"), forget, 8, FTW_DEPTH | FTW_PHYS);
    CHECK(mkdir(fuzz_path("log"), 0700) == 0);
    for (int i = 0; i < FILES; i++)
        fuzz_write_file(path_of(names[i]), kit.bytes[i], kit.len[i]);
}

/* ---- edits ---- */

static void edit_entry(struct db *db, struct buf_reader *in)
{
    uint8_t row[AUDIT_ROW_LEN] = {0}, plain[AUDIT_ENTRY_MAX];
    int64_t seq = row_edit_key(db, TABLE_ENTRY, in);
    uint8_t generation = buf_get_u8(in) % 4;
    size_t len;
    const uint8_t *bytes = fuzz_some(in, buf_get_u8(in), &len);

    memcpy(plain, bytes, len);

    struct seal_context ctx =
        audit_context(kit.mark.log_id, generation, SEAL_AUDIT_ENTRY, (uint64_t)seq);
    CHECK(pkseal_box(row + AUDIT_TAG_LEN + AUDIT_CLOCK_LEN, kit.pk[generation % 2], NULL, &ctx,
                     SEAL_PADDED, plain, len, NULL) == SV_OK);
    row_edit_put(db, TABLE_ENTRY, seq, row, sizeof row);
}

static void put_seal(uint8_t file[AUDIT_SEAL_LEN])
{
    struct hash h;

    hash_begin(&h, NULL, HASH_LEN, "seal-file");
    hash_field(&h, file, AUDIT_SEAL_LEN - HASH_LEN);
    hash_end(&h, file + AUDIT_SEAL_LEN - HASH_LEN);
    fuzz_write_file(path_of("seal"), file, AUDIT_SEAL_LEN);
}

static void edit_seal(struct buf_reader *in)
{
    const size_t body = AUDIT_SEAL_LEN - HASH_LEN;
    size_t at = buf_get_u8(in) % body, len, have = 0;
    const uint8_t *bytes = fuzz_some(in, buf_get_u8(in) % 48, &len);
    FUZZ_OWNED uint8_t *file = fuzz_read_file(path_of("seal"), &have);

    if (file == NULL || have != AUDIT_SEAL_LEN)
        return;
    memcpy(file + at, bytes, len < body - at ? len : body - at);
    put_seal(file);
}

/* A_0 of a generation, from its row. */
static struct secret *first_key(struct db *db, int64_t generation)
{
    BLOB_OWNED struct blob row = {0};
    const int which = generation == 1;
    struct pkseal_reader reader = {secret_keys[which], kit.pk[which]};
    struct secret *key = NULL;
    struct audit_gen gen;

    if (db_get(db, TABLE_GEN, generation, &row, NULL) != SV_OK ||
        !audit_gen_decode(&gen, row.bytes, row.len))
        return NULL;
    struct seal_context ctx =
        audit_context(kit.mark.log_id, (uint64_t)generation, SEAL_AUDIT_KEY, gen.first);
    enum sv_status st =
        pkseal_open(&key, &reader, NULL, &ctx, SEAL_EXACT, gen.key_box, sizeof gen.key_box, NULL);
    CHECK((key != NULL) == (st == SV_OK));
    return key;
}

/* As a crash leaves it: behind the log, or before the commit that began a generation. */
static void edit_old_seal(struct db *db, struct buf_reader *in)
{
    uint8_t which = buf_get_u8(in), file[AUDIT_SEAL_LEN];
    SECRET_OWNED struct secret *upcoming = NULL;

    memcpy(file, kit.seals[which % kit.seal_count], sizeof file);
    if (which >= 128 && (upcoming = first_key(db, 1)) != NULL) {
        file[24] |= 2;
        memcpy(file + 73, secret_peek(upcoming), KEY_LEN);
    }
    put_seal(file);
}

static void edit_all(struct db *db, struct late_edits *late, struct buf_reader *in)
{
    for (int i = 0; i < EDITS_MAX && in->left > 0; i++) {
        unsigned edit = buf_get_u8(in) % EDITS;
        if (edit == EDIT_ENTRY)
            edit_entry(db, in);
        else if (edit == EDIT_SEAL)
            edit_seal(in);
        else if (edit == EDIT_NO_SEAL)
            (void)unlink(path_of("seal"));
        else if (edit == EDIT_OLD_SEAL)
            edit_old_seal(db, in);
        else if (edit == EDIT_SQL || edit == EDIT_PAGE)
            late_edit_add(late, edit == EDIT_SQL, in);
        else
            row_edit(db, &tables, (enum row_edit)edit, in);
    }
}

/* ---- tags and head made right, by who has the keys of the first generation ---- */

struct retagging {
    struct db *db;
    uint8_t key[KEY_LEN];
    struct audit_head head;
    struct blob rows; /* AUDIT_ROW_LEN each */
};

static enum sv_status retag_row(void *context, int64_t seq, const uint8_t *row, size_t len,
                                struct sv_err *err)
{
    struct retagging *r = context;
    uint8_t leaf[MERKLE_LEN];

    (void)err;
    if (len != AUDIT_ROW_LEN || (uint64_t)seq != r->head.tree.size)
        return SV_FINDINGS;
    CHECK(blob_append(&r->rows, row, len));
    uint8_t *copy = r->rows.bytes + r->rows.len - AUDIT_ROW_LEN;
    merkle_leaf(leaf, copy + AUDIT_TAG_LEN, len - AUDIT_TAG_LEN);
    audit_tag(copy, r->key, (uint64_t)seq, leaf);

    (void)audit_evolve(r->key);
    frontier_push(&r->head.tree, leaf);
    return SV_OK;
}

static void retag(struct db *db)
{
    struct retagging r = {.db = db};
    SECRET_OWNED struct secret *key = first_key(db, 0);
    uint8_t bytes[AUDIT_HEAD_MAX];

    if (key == NULL)
        return;
    memcpy(r.key, secret_peek(key), KEY_LEN);
    memcpy(r.head.log_id, kit.mark.log_id, 16);
    memcpy(r.head.vault_id, vault_id, 16);
    enum sv_status st = db_walk(db, TABLE_ENTRY, 0, INT64_MAX, false, retag_row, &r, NULL);
    CHECK(st == SV_OK || st == SV_FINDINGS);
    for (size_t i = 0; i < r.rows.len / AUDIT_ROW_LEN; i++)
        row_edit_put(db, TABLE_ENTRY, (int64_t)i, r.rows.bytes + i * AUDIT_ROW_LEN, AUDIT_ROW_LEN);
    row_edit_put(db, TABLE_HEAD, AUDIT_HEAD_KEY, bytes, audit_head_encode(bytes, &r.head));
    blob_clear(&r.rows);
}

static void edit_log(unsigned how, struct buf_reader *in)
{
    struct late_edits late = {.count = 0};
    struct db *db = NULL;

    CHECK(db_open(&db, path_of("audit.db"), DB_AUDIT, false, NULL) == SV_OK);
    CHECK(db_begin_write(db, NULL) == SV_OK);
    edit_all(db, &late, in);
    if ((how & HOW_RETAG) != 0)
        retag(db);
    CHECK(db_commit(db, NULL) == SV_OK);
    CHECK(db_checkpoint(db, 0, false, NULL) == SV_OK);
    db_close(db);
    late_edit_run(&late, path_of("audit.db"));
}

/* ---- use ---- */

static enum sv_status each_event(void *context, const struct audit_event *event, struct sv_err *err)
{
    unsigned *count = context;

    (void)err;
    CHECK(strnlen(event->profile, sizeof event->profile) < sizeof event->profile);
    CHECK(strnlen(event->note, sizeof event->note) < sizeof event->note);
    ++*count;
    return SV_OK;
}

static void check_log(struct audit *a, unsigned how, bool appended)
{
    uint8_t both[2 * KEY_LEN];
    bool new_only = (how & HOW_NEW_ONLY) != 0, remembered = (how & HOW_REMEMBERED) != 0;
    struct audit_check check = {.remembered = remembered ? &kit.mark : NULL,
                                .partial = (how & HOW_PARTIAL) != 0};
    const struct audit_filter all = {0}, some = {.last = 3, .exe = "/smtpvault", .since = 1};
    struct audit_report report = {0};
    struct sv_err err = {""};
    unsigned count = 0;

    memcpy(both, secret_keys[1], KEY_LEN);
    memcpy(both + KEY_LEN, secret_keys[0], KEY_LEN);
    SECRET_OWNED struct secret *keys = fuzz_secret(both, new_only ? KEY_LEN : 2 * KEY_LEN);
    enum sv_status read = fuzz_told(audit_read(a, keys, &all, each_event, &count, &err), &err);
    (void)fuzz_told(audit_read(a, keys, &some, each_event, &count, &err), &err);
    struct audit_keep use = {.row = 77, .key = secret_keys[0]};
    (void)audit_kept(a, &use);
    if (fuzz_told(audit_verify(a, keys, &check, &report, &err), &err) != SV_OK)
        return;
    fuzz_check_text(report.first);
    CHECK((report.findings > 0) == (report.first[0] != '\0'));
    bool proved = report.findings == 0 && !new_only && (how & (HOW_RETAG | HOW_RESUME)) == 0;
    CHECK(!proved || read == SV_OK);
    if (proved && remembered && !appended) {
        CHECK(report.mark.size == kit.mark.size);
        CHECK(memcmp(report.mark.root, kit.mark.root, MERKLE_LEN) == 0);
    }
}

static void use_log(unsigned how)
{
    const uint8_t *pk = kit.pk[(how & HOW_OLD_KEY) == 0];
    AUDIT_OWNED struct audit *a = NULL;
    struct audit_event event = {.op = AUDIT_GET, .result = AUDIT_OK};
    struct sv_err err = {""};
    bool append = (how & HOW_APPEND) != 0;

    if ((how & HOW_RESUME) != 0 &&
        fuzz_told(audit_resume(fuzz_path("log"), vault_id, pk, "a note", &err), &err) != SV_OK)
        return;
    enum sv_status st =
        append ? fuzz_told(audit_open(&a, fuzz_path("log"), vault_id, pk,
                                      (how & (HOW_REMEMBERED | HOW_RESUME)) == HOW_REMEMBERED
                                          ? &kit.mark
                                          : NULL,
                                      &err),
                           &err)
               : fuzz_told(audit_open_inspect(&a, fuzz_path("log"), vault_id, &err), &err);
    CHECK((a != NULL) == (st == SV_OK));
    if (st != SV_OK)
        return;
    if (append && fuzz_told(audit_append(a, &event, NULL, NULL, &err), &err) == SV_OK)
        CHECK(event.seq < INT64_MAX);
    check_log(a, how, append);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf_reader in = buf_reader_over(data, size);

    fuzz_begin();
    unsigned how = buf_get_u8(&in);
    reset();
    for (int i = 0; i < 2; i++)
        fuzz_hush(secret_keys[i], KEY_LEN);
    edit_log(how, &in);
    use_log(how);
    return fuzz_end();
}
