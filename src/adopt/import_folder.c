/* SPDX-License-Identifier: ISC */
/*
 * gpg does the decrypting, whichever of pass and gopass wrote the store: its agent asks for the
 * passphrase where its owner is used to. Links to folders are not followed.
 */
#include "adopt/import_folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/child.h"
#include "cli/names.h"
#include "cli/work.h"

#define ENTRY_BYTES_MAX (256U * 1024)
#define DEPTH_MAX 32
#define FAILURES_MAX 3
#define ENDING ".gpg"

struct entries {
    char **names; /* below the folder, without their ending */
    size_t count, capacity;
};

static void entries_clear(struct entries *e)
{
    for (size_t i = 0; i < e->count; i++)
        sv_free(e->names[i]);
    sv_free(e->names);
}

static enum sv_status entries_add(struct entries *e, const char *name, size_t len,
                                  struct sv_err *err)
{
    if (e->count == FOUND_MAX)
        return sv_fail(err, SV_DATA, "more than %d entries", FOUND_MAX);
    if (e->count == e->capacity) {
        size_t capacity = e->capacity > 0 ? 2 * e->capacity : 64;
        char **grown = sv_resize(e->names, capacity * sizeof *grown);
        if (grown == NULL)
            return sv_fail_nomem(err);
        e->names = grown;
        e->capacity = capacity;
    }
    e->names[e->count] = sv_strndup(name, len);
    return e->names[e->count++] != NULL ? SV_OK : sv_fail_nomem(err);
}

/* ---- what is there ---- */

static enum sv_status walk(struct entries *e, const char *top, const char *below, int depth,
                           struct sv_err *err);

static enum sv_status visit(struct entries *e, const char *top, const char *name, int depth,
                            struct sv_err *err)
{
    SV_AUTOFREE char *path = path_join(top, name);
    size_t len = strlen(name), end = strlen(ENDING);
    struct stat st;
    if (path == NULL)
        return sv_fail_nomem(err);
    if (lstat(path, &st) != 0)
        return SV_OK; /* gone meanwhile */
    if (S_ISDIR(st.st_mode))
        return walk(e, top, name, depth + 1, err);
    if (len <= end || strcmp(name + len - end, ENDING) != 0)
        return SV_OK;
    return entries_add(e, name, len - end, err);
}

static enum sv_status walk(struct entries *e, const char *top, const char *below, int depth,
                           struct sv_err *err)
{
    SV_AUTOFREE char *path = below[0] != '\0' ? path_join(top, below) : sv_strdup(top);
    enum sv_status s = SV_OK;
    if (path == NULL)
        return sv_fail_nomem(err);
    if (depth > DEPTH_MAX)
        return sv_fail(err, SV_DATA, "%s nests too deep", NAME_SHOWN(top));
    DIR *dir = opendir(path);
    if (dir == NULL)
        return sv_fail_errno(err, SV_IO, errno, "cannot read %s", NAME_SHOWN(path));
    for (struct dirent *d; s == SV_OK && (d = readdir(dir)) != NULL;) {
        if (d->d_name[0] == '.')
            continue; /* .git, .gpg-id and the like */
        SV_AUTOFREE char *name =
            below[0] != '\0' ? path_join(below, d->d_name) : sv_strdup(d->d_name);
        s = name != NULL ? visit(e, top, name, depth, err) : sv_fail_nomem(err);
    }
    (void)closedir(dir);
    return s;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* ---- decrypting ---- */

/* gpg's agent asks on the terminal that this names, where it has no window. */
static char **environment(char *buffer, size_t capacity)
{
    size_t count = 0;
    char tty[64];
    while (environ[count] != NULL)
        count++;
    char **envp = sv_alloc_array(count + 2, sizeof *envp);
    if (envp == NULL)
        return NULL;
    memcpy(envp, environ, count * sizeof *envp);
    if (env_get("GPG_TTY") == NULL && (ttyname_r(STDIN_FILENO, tty, sizeof tty) == 0 ||
                                       ttyname_r(STDERR_FILENO, tty, sizeof tty) == 0)) {
        snprintf(buffer, capacity, "GPG_TTY=%s", tty);
        envp[count] = buffer;
    }
    return envp;
}

/* *status: gpg's. */
static enum sv_status decrypt(const char *path, struct secret **out, int *status,
                              struct sv_err *err)
{
    CHILD_OWNED struct child c = CHILD_NONE;
    char buffer[80];
    SV_AUTOFREE char **envp = environment(buffer, sizeof buffer);
    const char *const argv[] = {"gpg", "--quiet", "--decrypt", "--", path, NULL};
    if (envp == NULL)
        return sv_fail_nomem(err);
    enum sv_status s = child_start_with(&c, argv, envp, false, err);
    if (s == SV_OK)
        s = file_drain_secret(c.from, ENTRY_BYTES_MAX, "what gpg prints", out, err);
    if (s == SV_OK)
        *status = child_wait(&c);
    return s;
}

static enum sv_status cannot_decrypt(struct found_list *out, const char *entry, int status,
                                     struct sv_err *err)
{
    char why[64];
    struct found *f;
    snprintf(why, sizeof why, "gpg cannot decrypt it (status %d)", status);
    enum sv_status s = found_add(out, 0, &f, err);
    if (s == SV_OK)
        s = found_set(f, "name", entry, strlen(entry), err);
    if (s != SV_OK)
        return s;
    f->mail = true;
    return found_fault(f, why, err);
}

struct reading {
    const struct import_file *file;
    struct found_list *out;
    int failures; /* one after another */
};

static enum sv_status read_entry(struct reading *r, const char *entry, struct sv_err *err)
{
    SECRET_OWNED struct secret *text = NULL;
    char name[4096];
    int status = 0;
    SV_AUTOFREE char *path = NULL;
    int n = snprintf(name, sizeof name, "%s" ENDING, entry);
    if (n < 0 || (size_t)n >= sizeof name || (path = path_join(r->file->path, name)) == NULL)
        return sv_fail_nomem(err);
    enum sv_status s = decrypt(path, &text, &status, err);
    if (s != SV_OK)
        return s;
    if (status == 0) {
        r->failures = 0;
        return import_take_entry(r->file->source, entry, &text, r->out, err);
    }
    if (++r->failures == FAILURES_MAX)
        return sv_fail(
            err, SV_DENIED,
            "gpg decrypted none of %d entries, the last of them %s: try \"gpg --decrypt\" "
            "on it by hand",
            FAILURES_MAX, NAME_SHOWN(entry));
    return cannot_decrypt(r->out, entry, status, err);
}

enum sv_status import_folder_read(struct cli *cli, const struct import_file *file, bool all,
                                  struct found_list *out, struct sv_err *err)
{
    __attribute__((cleanup(entries_clear))) struct entries e = {.count = 0};
    struct reading r = {.file = file, .out = out};
    struct work work;
    enum sv_status s = walk(&e, file->path, "", 0, err);
    if (s != SV_OK)
        return s;
    if (e.count > 0)
        qsort(e.names, e.count, sizeof *e.names, by_name);
    work_begin(&work, cli, "decrypting");
    for (size_t i = 0; s == SV_OK && i < e.count; i++) {
        s = progress_tell(&work.progress, i, e.count, err);
        if (s == SV_OK && (all || import_entry_is_mail(e.names[i])))
            s = read_entry(&r, e.names[i], err);
        else if (s == SV_OK)
            out->passed++;
    }
    s = work_end(&work, s);
    return s == SV_OK ? found_judge(out, err) : s;
}
