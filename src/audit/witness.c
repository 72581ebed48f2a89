/* SPDX-License-Identifier: ISC */
#include "audit/witness.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/consistency.h"
#include "base/alloc.h"
#include "base/file.h"

static void find(struct audit_witness *w, const char *fmt, ...) SV_PRINTF(2, 3);
static void find(struct audit_witness *w, const char *fmt, ...)
{
    va_list args;

    if (w->findings++ > 0)
        return;
    va_start(args, fmt);
    (void)vsnprintf(w->first, sizeof w->first, fmt, args);
    va_end(args);
}

/* ---- checking ---- */

/* Judges a note by itself; whether its root is to be compared. */
static bool judge(struct audit_witness *w, const struct audit_mark *mark,
                  const struct audit_mark *now)
{
    uint64_t before = w->newest.size;

    w->newest = *mark;
    if (memcmp(mark->log_id, now->log_id, sizeof now->log_id) != 0)
        find(w, "checkpoint %" PRIu64 " is of another log than the one that is here", w->notes);
    else if (mark->size < before)
        find(w, "checkpoint %" PRIu64 " is of %" PRIu64 " entries, the one before it of %" PRIu64,
             w->notes, mark->size, before);
    else if (mark->size > now->size)
        find(w, "checkpoint %" PRIu64 " is of %" PRIu64 " entries, and the log has %" PRIu64,
             w->notes, mark->size, now->size);
    else
        return true;
    return false;
}

/* The notes whose roots are to be compared go to *marks. */
static enum sv_status read_notes(struct audit_witness *w, const struct blob *file,
                                 const uint8_t vault_id[16], const struct secret *keys,
                                 const struct audit_mark *now, struct blob *marks,
                                 struct sv_err *err)
{
    const char *at = file->len > 0 ? (const char *)file->bytes : "", *end = at + file->len;

    while (at < end) {
        struct audit_note note;
        struct sv_err inner = {""};
        w->notes++;
        enum sv_status st = audit_note_next(&note, &at, end, vault_id, keys, &inner);
        if (st == SV_DATA) {
            find(w, "checkpoint %" PRIu64 ": %.250s", w->notes, inner.text);
            return SV_OK;
        }
        if (st != SV_OK)
            return sv_fail(err, st, "%s", inner.text);
        if (judge(w, &note.mark, now) && !blob_append(marks, &note.mark, sizeof note.mark))
            return sv_fail_nomem(err);
    }
    return SV_OK;
}

static enum sv_status compare_roots(struct audit *a, struct audit_witness *w,
                                    const struct blob *marks, struct sv_err *err)
{
    BLOB_OWNED struct blob copy = {0};
    const struct audit_mark *said = (const struct audit_mark *)(const void *)marks->bytes;
    size_t count = marks->len / sizeof *said;

    if (count == 0)
        return SV_OK;
    if (!blob_append(&copy, marks->bytes, marks->len))
        return sv_fail_nomem(err);
    struct audit_mark *are = (struct audit_mark *)(void *)copy.bytes;
    enum sv_status st = audit_roots(a, are, count, err);
    if (st != SV_OK)
        return st;
    for (size_t i = 0; i < count; i++)
        if (memcmp(said[i].root, are[i].root, sizeof said[i].root) != 0)
            find(w, "the first %" PRIu64 " entries are not the ones of the checkpoint",
                 said[i].size);
    return SV_OK;
}

enum sv_status audit_witness_check(struct audit *a, const struct blob *file,
                                   const uint8_t vault_id[16], const struct secret *keys,
                                   const struct audit_mark *now, struct audit_witness *verdict,
                                   struct sv_err *err)
{
    BLOB_OWNED struct blob marks = {0};
    struct audit_witness w = {.notes = 0};
    enum sv_status st = read_notes(&w, file, vault_id, keys, now, &marks, err);

    if (st == SV_OK)
        st = compare_roots(a, &w, &marks, err);
    if (st == SV_OK)
        *verdict = w;
    return st;
}

/* ---- the file ---- */

enum sv_status audit_witness_read(const char *path, struct blob *file, struct sv_err *err)
{
    enum sv_status st = file_read_blob(path, AUDIT_WITNESS_MAX, file, err);

    if (st == SV_MISSING && err != NULL)
        err->text[0] = '\0';
    return st == SV_MISSING ? SV_OK : st;
}

static enum sv_status sync_folder(const char *path, struct sv_err *err)
{
    SV_AUTOFREE char *dir = path_dir(path);
    FD_OWNED int fd = dir != NULL ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

    if (dir == NULL)
        return sv_fail_nomem(err);
    if (fd < 0 || fsync(fd) != 0)
        return sv_fail_errno(err, SV_IO, errno, "cannot sync the folder of %s", path);
    return SV_OK;
}

enum sv_status audit_witness_append(const char *path, const struct blob *file, const char *note,
                                    size_t len, struct sv_err *err)
{
    char text[AUDIT_NOTE_MAX_LEN + 1];
    struct stat now;
    size_t blank = file->len > 0;
    FD_OWNED int fd = open(
        path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY, 0600);

    if (fd < 0)
        return sv_fail_errno(err, SV_IO, errno, "cannot open %s", path);
    if (flock(fd, LOCK_EX | LOCK_NB) != 0 || fstat(fd, &now) != 0)
        return sv_fail_errno(err, SV_LOCKED, errno, "cannot lock %s", path);
    if (!S_ISREG(now.st_mode) || (uint64_t)now.st_size != file->len)
        return sv_fail(err, SV_LOCKED, "%s was changed meanwhile: try again", path);
    if (blank)
        text[0] = '\n';
    memcpy(text + blank, note, len);
    if (file_write_all(fd, text, blank + len) != 0 || fsync(fd) != 0) {
        int why = errno;
        /* Half a note would make the whole file unreadable. */
        (void)!ftruncate(fd, (off_t)file->len);
        return sv_fail_errno(err, SV_IO, why, "cannot write %s", path);
    }
    return blank ? SV_OK : sync_folder(path, err);
}
