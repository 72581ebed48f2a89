/* SPDX-License-Identifier: ISC */
#include "vault_kit.h"

#include <dirent.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/log.h"
#include "base/alloc.h"
#include "base/text.h"
#include "crypto/token.h"
#include "domain/vault_members.h"
#include "domain/vault_token.h"

#define FILES_MAX 8

const struct kit_secret kit_secrets[KIT_SECRETS] = {
    {"work", 1, "the first secret of work"},
    {"work", 2, "the second secret of work"},
    {"bulk", 1, "the only secret of bulk"},
};

static const uint8_t keyfiles[KIT_WHO][KEY_LEN] = {
    "the administrator's key file...", "the reader's key file..........",
    "the auditor's key file.........", "nobody's key file.............."};

/* What was made, as bytes. */
static struct {
    bool made;
    uint8_t *vault;
    size_t vault_len;
    struct kit_files {
        struct {
            char name[32];
            uint8_t *bytes;
            size_t len;
        } items[FILES_MAX];
        size_t count;
    } files[KIT_SEEN]; /* none of KIT_UNSEEN */
    struct vault_state state;
    uint8_t chain_before[32];
    uint8_t root[KEY_LEN];
    char token[TOKEN_TEXT_LEN];
} kit;

static int forget(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static struct vault_place place_of(void)
{
    static char path[160], state[160];

    (void)snprintf(path, sizeof path, "%s", fuzz_path("vault.db"));
    (void)snprintf(state, sizeof state, "%s", fuzz_path("state"));
    return (struct vault_place){.path = path, .state_root = state};
}

static const char *state_path(const char *name)
{
    char hex[33], inside[96];

    text_hex(hex, kit.state.vault_id, 16);
    (void)snprintf(inside, sizeof inside, "state/%s/%s", hex, name);
    return fuzz_path(inside);
}

struct secret *kit_keyfile(enum kit_who who)
{
    return fuzz_secret(keyfiles[who], KEY_LEN);
}

/* ---- making ---- */

static void add(struct vault *v, const struct kit_secret *what)
{
    PROFILE_OWNED struct profile p = {.name = NULL}, found = {.name = NULL};
    SECRET_OWNED struct secret *s = fuzz_secret(what->secret, strlen(what->secret));

    if (what->version > 1) {
        CHECK(vault_find(v, what->name, &found, NULL) == SV_OK);
        CHECK(vault_edit(v, &found, s, AUDIT_EDIT, NULL) == SV_OK);
        return;
    }
    p.name = sv_strdup(what->name);
    p.host = sv_strdup("mail.example.com");
    p.username = sv_strdup("ann@example.com");
    p.port = 465;
    p.tls = TLS_IMPLICIT;
    CHECK(vault_add(v, &p, s, NULL) == SV_OK);
}

static void add_member(struct vault *v, enum kit_who who, enum role role, const char *label)
{
    SECRET_OWNED struct secret *key = kit_keyfile(who);
    const struct slot_credentials cred = {.keyfile_hash = key};
    const struct member_new new = {.label = label, .role = role, .cred = &cred};
    uint32_t number;

    CHECK(vault_member_add(v, &new, &number, NULL) == SV_OK);
}

static void add_token(struct vault *v)
{
    static const char *const names[] = {"work"};
    const struct token_new new = {.label = "token", .names = names, .count = 1};
    SECRET_OWNED struct secret *text = NULL;
    uint32_t number;

    CHECK(vault_token_make(v, &new, &text, &number, NULL) == SV_OK);
    CHECK(secret_len(text) == sizeof kit.token);
    memcpy(kit.token, secret_peek(text), sizeof kit.token);
}

static enum sv_status follow(void *context, int64_t seq, const uint8_t *row, size_t len,
                             struct sv_err *err)
{
    (void)context, (void)err, (void)len;
    if ((uint64_t)seq < kit.state.seq)
        state_chain(kit.chain_before, row);
    return SV_OK;
}

static void keep_files(const struct vault *v, struct kit_files *files)
{
    DIR *d = opendir(v->state_dir);
    struct dirent *e;

    CHECK(d != NULL);
    while ((e = readdir(d)) != NULL) {
        if (e->d_name[0] == '.' || strstr(e->d_name, "-shm") || strstr(e->d_name, "lock"))
            continue;
        CHECK(files->count < FILES_MAX && strlen(e->d_name) < sizeof files->items[0].name);
        (void)snprintf(files->items[files->count].name, sizeof files->items[0].name, "%.31s",
                       e->d_name);
        files->items[files->count].bytes =
            fuzz_read_file(state_path(e->d_name), &files->items[files->count].len);
        files->count++;
    }
    (void)closedir(d);
}

static void make(void)
{
    SECRET_OWNED struct secret *key = kit_keyfile(KIT_ADMIN), *released = NULL;
    const struct slot_credentials cred = {.keyfile_hash = key};
    const struct reveal why = {.op = AUDIT_GET};
    struct vault_place place = place_of();
    VAULT_OWNED struct vault *v = NULL;

    CHECK(mkdir(place.state_root, 0700) == 0);
    CHECK(vault_create(&v, &place, &cred, NULL, NULL) == SV_OK);
    for (size_t i = 0; i < KIT_SECRETS; i++)
        add(v, &kit_secrets[i]);
    add_member(v, KIT_READER, ROLE_READER, "reader");
    add_member(v, KIT_AUDITOR, ROLE_AUDITOR, "auditor");
    add_token(v);
    CHECK(vault_reveal(v, "work", &why, NULL, &released, NULL) == SV_OK);
    kit.state = v->state;
    memcpy(kit.root, keys_peek(v->keys)->root, KEY_LEN);
    CHECK(db_walk(v->db, TABLE_HIST, 1, INT64_MAX, false, follow, NULL, NULL) == SV_OK);
    CHECK(db_checkpoint(v->audit->db, 0, false, NULL) == SV_OK);
    keep_files(v, &kit.files[KIT_SEEN_SAME]);
    kit.vault = fuzz_read_file(place.path, &kit.vault_len);
    CHECK(kit.vault != NULL);
    CHECK(vault_rename(v, "bulk", "bulk mail", NULL) == SV_OK);
    CHECK(db_checkpoint(v->audit->db, 0, false, NULL) == SV_OK);
    keep_files(v, &kit.files[KIT_SEEN_NEWER]);
    kit.made = true;
}

/* ---- handing out ---- */

struct vault_place kit_reset(enum kit_seen seen)
{
    if (!kit.made)
        make();
    const struct kit_files *files = &kit.files[seen];
    struct vault_place place = place_of();
    char journal[180];
    (void)snprintf(journal, sizeof journal, "%s-journal", place.path);
    (void)unlink(journal);
    (void)unlink(place.path);
    fuzz_write_file(place.path, kit.vault, kit.vault_len);
    (void)nftw(place.state_root, forget, 8, FTW_DEPTH | FTW_PHYS);
    CHECK(mkdir(place.state_root, 0700) == 0);
    CHECK(files->count == 0 || mkdir(state_path(""), 0700) == 0);
    for (size_t i = 0; i < files->count; i++)
        fuzz_write_file(state_path(files->items[i].name), files->items[i].bytes,
                        files->items[i].len);
    return place;
}

struct secret *kit_token(void)
{
    return fuzz_secret(kit.token, sizeof kit.token);
}

struct secret *kit_keys(void)
{
    struct secret *keys = NULL;

    CHECK(keys_from_root(&keys, kit.root, NULL) == SV_OK);
    return keys;
}

const struct vault_state *kit_state(void)
{
    return &kit.state;
}

const uint8_t *kit_chain_before(void)
{
    return kit.chain_before;
}

bool kit_is(const char *name, uint64_t version, const struct secret *secret)
{
    for (size_t i = 0; i < KIT_SECRETS; i++)
        if (strcmp(kit_secrets[i].name, name) == 0 && kit_secrets[i].version == version)
            return fuzz_secret_is(secret, kit_secrets[i].secret, strlen(kit_secrets[i].secret));
    return false;
}
