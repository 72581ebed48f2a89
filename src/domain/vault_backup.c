/* SPDX-License-Identifier: ISC */
/*
 * The order of a backup: both copies are made in a scratch folder beside their places,
 * the vault's first, so that the log, which only grows, has all that the vault was
 * signed with; both are opened again and proved; the log gets its name, then the
 * vault. A kill leaves a log without a vault at most, which the next one replaces.
 */
#include "domain/vault_backup.h"

#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "audit/copy.h"
#include "base/alloc.h"
#include "base/file.h"
#include "base/scratch.h"
#include "base/text.h"
#include "domain/vault_impl.h"

enum part { COPY_VAULT, COPY_LOG, PROVE_VAULT, PROVE_LOG, PARTS };

struct backing {
    struct vault *v;
    const char *file;
    char *log;
    char shown[300];
    struct scratch scratch;
    char *vault_draft, *log_draft;
    struct progress_part part;
    struct vault_backup made;
};

static void backing_clear(struct backing *b)
{
    scratch_clear(&b->scratch);
    sv_free(b->vault_draft);
    sv_free(b->log_draft);
    sv_free(b->log);
}

char *vault_backup_log(const char *file)
{
    size_t room = strlen(file) + sizeof ".log";
    char *log = sv_alloc(room);

    if (log)
        (void)snprintf(log, room, "%s.log", file);
    return log;
}

/* ---- the name ---- */

/* SQLite would take it for a part of the file that it is named after. */
static bool is_companion(const char *path)
{
    static const char *const endings[] = {"-journal", "-wal", "-shm"};
    size_t len = strlen(path);

    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        size_t n = strlen(endings[i]);
        if (len >= n && strcmp(path + len - n, endings[i]) == 0)
            return true;
    }
    return false;
}

static enum sv_status name_is_free(const struct backing *b, struct sv_err *err)
{
    enum file_kind kind;
    enum sv_status st;

    if (is_companion(b->file))
        return sv_fail(err, SV_USAGE,
                       "%s would be taken for a part of another file: choose a name without that "
                       "ending",
                       b->shown);
    if ((st = file_look(b->file, &kind, err)) || kind == FILE_ABSENT)
        return st;
    if (file_is_same(b->file, b->v->path))
        return sv_fail(err, SV_EXISTS, "%s is the vault itself: name another file", b->shown);
    if (kind == FILE_DIRECTORY)
        return sv_fail(err, SV_EXISTS, "%s is a folder: name a file in it", b->shown);
    return sv_fail(err, SV_EXISTS,
                   "%s exists already, and a backup replaces nothing: name another file", b->shown);
}

/* A log without its vault is what a kill left, when ours goes on from it. */
static enum sv_status log_is_free(const struct backing *b, struct sv_err *err)
{
    AUDIT_OWNED struct audit *there = NULL;
    struct audit_mark left, ours;
    enum file_kind kind;
    enum sv_status st = file_look(b->log, &kind, err);

    if (st || kind == FILE_ABSENT)
        return st;
    audit_mark_now(b->v->audit, &ours);
    if (audit_copy_open(&there, b->log, b->v->header.vault_id, NULL) == SV_OK) {
        audit_mark_now(there, &left);
        if (memcmp(left.log_id, ours.log_id, sizeof left.log_id) == 0 && left.size <= ours.size)
            return SV_OK;
    }
    return sv_fail(err, SV_EXISTS,
                   "%s.log, where the log's copy belongs, exists already: name another file",
                   b->shown);
}

/* ---- copying and proving ---- */

/* One snapshot: what is copied is what was proved. */
static enum sv_status copy_vault(struct backing *b, struct sv_err *err)
{
    struct vault *v = b->v;
    enum sv_status st = db_begin_read(v->db, err);

    if (st)
        return st;
    if ((st = vault_refresh(v, err)) == SV_OK)
        st = db_backup(v->db, b->vault_draft, progress_part(&b->part, COPY_VAULT), err);
    db_rollback(v->db);
    return st;
}

/* From the file alone, and then against the state that it was taken at. */
static enum sv_status prove_vault(struct backing *b, struct sv_err *err)
{
    VAULT_OWNED struct vault *copy = NULL;
    enum sv_status st = vault_file_open(&copy, b->vault_draft, err);

    if (st || (st = vault_file_prove(copy, progress_part(&b->part, PROVE_VAULT), err)))
        return st;
    if (memcmp(copy->state_bytes, b->v->state_bytes, STATE_LEN) != 0)
        return sv_fail(err, SV_IO, "the copy has another state than the vault it was made of");
    return SV_OK;
}

static enum sv_status prove_log(struct backing *b, struct sv_err *err)
{
    AUDIT_OWNED struct audit *copy = NULL;
    struct audit_mark mark;
    enum sv_status st = audit_copy_open(&copy, b->log_draft, b->v->header.vault_id, err);

    if (st ||
        (st = audit_copy_prove(copy, &b->v->state.log, progress_part(&b->part, PROVE_LOG), err)))
        return st;
    audit_mark_now(copy, &mark);
    b->made.entries = mark.size;
    return SV_OK;
}

static enum sv_status fill(struct backing *b, struct sv_err *err)
{
    const struct vault_state *s = &b->v->state;
    struct sv_err why = {""};
    enum sv_status st;

    if ((st = copy_vault(b, err)) ||
        (st = audit_copy_make(b->v->audit, b->log_draft, progress_part(&b->part, COPY_LOG), err)))
        return st;
    if ((st = prove_vault(b, &why)) || (st = prove_log(b, &why)))
        return sv_fail(err, st, st == SV_DATA ? "no backup was made of what is damaged: %s" : "%s",
                       why.text);
    b->made.epoch = s->epoch;
    b->made.seq = s->seq;
    b->made.written = s->written;
    return SV_OK;
}

/* ---- giving names ---- */

/* One backup at a time in a folder, where it has locks: two of the same name must not
 * end with the vault of one and the log of the other. */
static enum sv_status name_both(struct backing *b, struct sv_err *err)
{
    enum sv_status st;

    (void)flock(b->scratch.parent, LOCK_EX);
    if ((st = name_is_free(b, err)) || (st = log_is_free(b, err)))
        return st;
    (void)unlink(b->log);
    if ((st = file_move_new(b->log_draft, b->log, err)))
        return st == SV_IO ? sv_fail(err, st,
                                     "cannot write the log's copy to the disk: nothing "
                                     "was backed up")
                           : st;
    /* A vault that could not be taken back keeps its log. */
    if ((st = file_move_new(b->vault_draft, b->file, err)) && access(b->file, F_OK) != 0)
        (void)unlink(b->log);
    return st;
}

static enum sv_status record(struct backing *b, struct sv_err *err)
{
    struct audit_event event = {.op = AUDIT_BACKUP, .result = AUDIT_OK};
    struct sv_err why = {""};
    enum sv_status st;

    text_printable(event.note, sizeof event.note, b->file, strlen(b->file));
    st = vault_record(b->v, &event, &why);
    return st ? sv_fail(err, st, "the backup was made, but could not be recorded: %.600s", why.text)
              : SV_OK;
}

static enum sv_status begin(struct backing *b, struct sv_err *err)
{
    SV_AUTOFREE char *dir = path_dir(b->file);
    enum sv_status st;

    text_printable(b->shown, sizeof b->shown, b->file, strlen(b->file));
    if (!dir || !(b->log = vault_backup_log(b->file)))
        return sv_fail_nomem(err);
    if ((st = name_is_free(b, err)) || (st = log_is_free(b, err)) ||
        (st = scratch_new(&b->scratch, dir, err)))
        return st;
    b->vault_draft = path_join(b->scratch.path, "vault.db");
    b->log_draft = path_join(b->scratch.path, "audit.db");
    return b->vault_draft && b->log_draft ? SV_OK : sv_fail_nomem(err);
}

enum sv_status vault_backup(struct vault *v, const char *file, const struct progress *progress,
                            struct vault_backup *made, struct sv_err *err)
{
    __attribute__((cleanup(backing_clear))) struct backing b = {
        .v = v, .file = file, .part = {.whole = progress, .parts = PARTS}};
    enum sv_status st;

    if ((st = begin(&b, err)) || (st = fill(&b, err)) || (st = name_both(&b, err)) ||
        (st = record(&b, err)))
        return st;
    *made = b.made;
    return SV_OK;
}
