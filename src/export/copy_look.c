/* SPDX-License-Identifier: ISC */
#include "export/copy_look.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"

bool copy_file_digest(uint8_t out[32], const struct copy *c)
{
    SECRET_OWNED struct secret *text = NULL;
    if (file_read_secret(c->path, COPY_FILE_MAX, &text, NULL) != SV_OK)
        return false;
    copy_digest(out, c, secret_peek(text), secret_len(text));
    return true;
}

static enum copy_seen look(struct copy_view *v, const struct copy *c)
{
    struct stat st;
    uint8_t digest[32];
    if (lstat(c->path, &st) != 0)
        return errno == ENOENT || errno == ENOTDIR ? COPY_MISSING : COPY_UNREADABLE;
    if (!S_ISREG(st.st_mode))
        return COPY_NO_FILE;
    v->mode = st.st_mode & 07777;
    v->uid = st.st_uid;
    v->gid = st.st_gid;
    if (st.st_size > (off_t)COPY_FILE_MAX)
        return COPY_CHANGED;
    if (!copy_file_digest(digest, c))
        return COPY_UNREADABLE;
    if (memcmp(digest, c->digest, sizeof digest) == 0)
        return COPY_SAME;
    bool before = c->begun && memcmp(digest, c->before, sizeof digest) == 0;
    return before ? COPY_BEFORE : COPY_CHANGED;
}

void copy_look(struct copy_view *out, const struct copy *c, const struct profile *p)
{
    uint8_t here[16];
    *out = (struct copy_view){.seen = COPY_ELSEWHERE};
    if (copies_here(here, NULL) != SV_OK)
        out->seen = COPY_UNREADABLE;
    else if (memcmp(here, c->machine, sizeof here) == 0)
        out->seen = look(out, c);
    if (out->seen == COPY_BEFORE)
        out->version = c->version_before;
    else if (out->seen == COPY_SAME || !c->begun)
        out->version = c->version;
    out->old = out->version != p->version;
}

bool copy_is_open(const struct copy_view *v)
{
    return (v->mode & COPY_MODE_OPEN) != 0;
}

enum sv_status copy_path(const char *given, char **out, struct sv_err *err)
{
    char shown[300];
    SV_AUTOFREE char *dir = path_dir(given);
    if (dir == NULL)
        return sv_fail_nomem(err);
    char real[PATH_MAX];
    if (realpath(dir, real) == NULL)
        return sv_fail_errno(err, SV_EXISTS, errno, "cannot write to the folder %s",
                             text_printable(shown, sizeof shown, dir, strlen(dir)));
    const char *slash = strrchr(given, '/');
    *out = path_join(real, slash != NULL ? slash + 1 : given);
    return *out != NULL ? SV_OK : sv_fail_nomem(err);
}
