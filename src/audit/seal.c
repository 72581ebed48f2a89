/* SPDX-License-Identifier: ISC */
/* seal: the file and the key. Its bytes pass through secret memory only. */
#include "audit/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/defence.h"
#include "base/file.h"

#define MAGIC "svseal1\n"
#define MAGIC_LEN 8
#define BODY_LEN (AUDIT_SEAL_LEN - HASH_LEN)
#define HAS_LIVE 1
#define HAS_UPCOMING 2

enum sv_status audit_seal_new(struct secret **out, struct sv_err *err)
{
    struct secret *box = NULL;
    enum sv_status st = secret_new(&box, sizeof(struct audit_seal), err);

    if (st != SV_OK)
        return st;
    secret_set_len(box, sizeof(struct audit_seal));
    *out = box;
    return SV_OK;
}

struct audit_seal *audit_seal_poke(struct secret *box)
{
    return (struct audit_seal *)(void *)secret_poke(box);
}

const struct audit_seal *audit_seal_peek(const struct secret *box)
{
    return (const struct audit_seal *)(const void *)secret_peek(box);
}

void audit_seal_wipe(struct secret *box)
{
    sodium_memzero(secret_poke(box), sizeof(struct audit_seal));
}

/* ---- the file ---- */

static void checksum(uint8_t out[HASH_LEN], const uint8_t file[AUDIT_SEAL_LEN])
{
    struct hash h;

    hash_begin(&h, NULL, HASH_LEN, "seal-file");
    hash_field(&h, file, BODY_LEN);
    hash_end(&h, out);
}

static void encode(struct audit_seal *s)
{
    struct buf_writer w = buf_writer_over(s->file, sizeof s->file);

    buf_put_bytes(&w, MAGIC, MAGIC_LEN);
    buf_put_bytes(&w, s->log_id, sizeof s->log_id);
    buf_put_u8(&w, (uint8_t)((s->has_live ? HAS_LIVE : 0) | (s->has_upcoming ? HAS_UPCOMING : 0)));
    buf_put_u64(&w, s->generation);
    buf_put_u64(&w, s->next);
    buf_put_bytes(&w, s->live, sizeof s->live);
    buf_put_bytes(&w, s->upcoming, sizeof s->upcoming);
    checksum(s->file + BODY_LEN, s->file);
}

static bool decode(struct audit_seal *s)
{
    struct buf_reader r = buf_reader_over(s->file, sizeof s->file);
    uint8_t expected[HASH_LEN];

    checksum(expected, s->file);
    if (memcmp(buf_get_view(&r, MAGIC_LEN), MAGIC, MAGIC_LEN) != 0 ||
        memcmp(expected, s->file + BODY_LEN, HASH_LEN) != 0)
        return false;
    buf_get_bytes(&r, s->log_id, sizeof s->log_id);
    uint8_t flags = buf_get_u8(&r);
    s->has_live = (flags & HAS_LIVE) != 0;
    s->has_upcoming = (flags & HAS_UPCOMING) != 0;
    s->generation = buf_get_u64(&r);
    s->next = buf_get_u64(&r);
    buf_get_bytes(&r, s->live, sizeof s->live);
    buf_get_bytes(&r, s->upcoming, sizeof s->upcoming);
    return flags <= (HAS_LIVE | HAS_UPCOMING);
}

static enum sv_status fail_unreadable(const char *path, struct sv_err *err)
{
    return sv_fail(err, SV_DATA, "%s is not the seal of an audit log", path);
}

static enum sv_status open_seal(int *fd_out, const char *path, int flags, struct sv_err *err)
{
    struct stat st;
    FD_OWNED int fd = open(path, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);

    if (fd < 0 && errno == ENOENT)
        return sv_fail(err, SV_MISSING, "there is no %s", path);
    if (fd < 0 && (errno == ELOOP || errno == ENXIO || errno == EISDIR))
        return fail_unreadable(path, err);
    if (fd < 0)
        return sv_fail_errno(err, SV_IO, errno, "cannot open %s", path);
    if (fstat(fd, &st) != 0)
        return sv_fail_errno(err, SV_IO, errno, "cannot look at %s", path);
    if (!S_ISREG(st.st_mode) || st.st_size != AUDIT_SEAL_LEN)
        return fail_unreadable(path, err);
    *fd_out = fd;
    fd = -1;
    return SV_OK;
}

enum sv_status audit_seal_read(struct secret *box, const char *path, struct sv_err *err)
{
    FD_OWNED int fd = -1;
    enum sv_status st = open_seal(&fd, path, O_RDONLY, err);

    if (st != SV_OK)
        return st;
    struct audit_seal *s = audit_seal_poke(box);
    ssize_t got = pread(fd, s->file, sizeof s->file, 0);
    if (got < 0)
        return sv_fail_errno(err, SV_IO, errno, "cannot read %s", path);
    if (got != (ssize_t)sizeof s->file || !decode(s)) {
        audit_seal_wipe(box);
        return fail_unreadable(path, err);
    }
    return SV_OK;
}

enum sv_status audit_seal_make(struct secret *box, const char *path, struct sv_err *err)
{
    struct audit_seal *s = audit_seal_poke(box);

    encode(s);
    return file_replace(path, s->file, sizeof s->file, 0600, err);
}

enum sv_status audit_seal_write(struct secret *box, const char *path, bool sync, struct sv_err *err)
{
    FD_OWNED int fd = -1;
    struct audit_seal *s = audit_seal_poke(box);
    enum sv_status st = open_seal(&fd, path, O_WRONLY, err);

    if (st != SV_OK)
        return st;
    encode(s);
    /* Half a seal would be a lost one. */
    if (file_write_all(fd, s->file, sizeof s->file) != 0)
        return sv_fail_errno(err, SV_IO, errno, "cannot write %s", path);
    if (sync && fdatasync(fd) != 0)
        return sv_fail_errno(err, SV_IO, errno, "cannot sync %s", path);
    return SV_OK;
}

/* ---- the evolving key ---- */

void audit_tag(uint8_t tag[AUDIT_TAG_LEN], const uint8_t key[KEY_LEN], uint64_t seq,
               const uint8_t leaf[32])
{
    struct hash h;

    hash_begin(&h, key, AUDIT_TAG_LEN, "tag");
    hash_u64(&h, seq);
    hash_field(&h, leaf, 32);
    hash_end(&h, tag);
}

void audit_closing_tag(uint8_t tag[AUDIT_TAG_LEN], const uint8_t key[KEY_LEN], uint64_t size)
{
    struct hash h;

    hash_begin(&h, key, AUDIT_TAG_LEN, "close");
    hash_u64(&h, size);
    hash_end(&h, tag);
}

uint64_t audit_evolve(uint8_t key[KEY_LEN])
{
    uint8_t both[KEY_LEN + 8];
    struct hash h;

    hash_begin(&h, NULL, sizeof both, "evolve");
    hash_field(&h, key, KEY_LEN);
    hash_end(&h, both);
    if (DEFENDED(EVOLVE))
        memcpy(key, both, KEY_LEN);
    uint64_t mask = le64_get(both + KEY_LEN);
    sodium_memzero(both, sizeof both);
    return mask;
}
