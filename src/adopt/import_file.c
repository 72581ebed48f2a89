/* SPDX-License-Identifier: ISC */
#include "adopt/import_file.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/names.h"
#include "cli/print.h"
#include "cli/source.h"
#include "import/charset.h"

void import_file_clear(struct import_file *file)
{
    sv_free(file->path);
    sv_free(file->what);
    secret_free(file->bytes);
    *file = (struct import_file){.source = NULL};
}

static enum sv_status fail_format(const char *word, struct sv_err *err)
{
    SV_AUTOFREE const char **names = sv_alloc_array(import_source_count, sizeof *names);
    for (size_t i = 0; names != NULL && i < import_source_count; i++)
        names[i] = import_sources[i].name;
    const char *nearest = names != NULL ? text_nearest(word, names, import_source_count) : NULL;
    return sv_fail(err, SV_USAGE,
                   "unknown format \"%s\"%s%s%s; \"smtpvault import --formats\" lists them",
                   NAME_SHOWN(word), nearest != NULL ? "; did you mean \"" : "",
                   nearest != NULL ? nearest : "", nearest != NULL ? "\"?" : "");
}

static bool is_stdin(const char *word)
{
    return strcmp(word, "-") == 0;
}

enum sv_status import_file_check(const struct cli *cli, const struct args *args, struct sv_err *err)
{
    const char *from = args_value(args, "from"), *word = args_word(args, 0);
    const struct import_source *source = from != NULL ? import_source_find(from) : NULL;
    if (from != NULL && source == NULL)
        return fail_format(from, err);
    if (word == NULL && source == NULL)
        return sv_fail(err, SV_USAGE,
                       "import needs a file: smtpvault import [--from FORMAT] FILE; --formats "
                       "lists what it reads");
    if (word == NULL)
        return sv_fail(err, SV_USAGE, "import needs the file: that of %s is usually %s",
                       source->title, source->file);
    if (is_stdin(word) && source != NULL && import_is_folder(source->shape))
        return sv_fail(err, SV_USAGE, "%s is a folder: give its path", source->title);
    return is_stdin(word) ? source_check(cli, "-", err) : SV_OK;
}

/* ---- which source it is ---- */

static enum sv_status cannot_tell(const struct import_file *f, size_t others, struct sv_err *err)
{
    const char *why = import_foreign(f->path, f->bytes != NULL ? secret_peek(f->bytes) : NULL,
                                     f->bytes != NULL ? secret_len(f->bytes) : 0);
    if (why != NULL)
        return sv_fail(err, SV_DATA, "%s %s", f->what, why);
    if (f->bytes != NULL && secret_len(f->bytes) == 0)
        return sv_fail(err, SV_DATA, "%s is empty: export it once more", f->what);
    return sv_fail(err, SV_USAGE, "%s %s: say with --from FORMAT what it is; --formats lists them",
                   f->what,
                   others > 1 ? "may be one of several formats" : "is like none of the formats");
}

static const struct import_source *guess(const struct import_file *f, size_t *others)
{
    return import_guess(f->path, (const char *)secret_peek(f->bytes), secret_len(f->bytes), others);
}

/* By its beginning and, if it is UTF-16, by that of the same text. */
static enum sv_status find_source(struct import_file *f, struct sv_err *err)
{
    struct sv_err aside;
    size_t others = 0;
    f->source = guess(f, &others);
    if (f->source == NULL && others == 0 && charset_to_utf8(&f->bytes, f->what, &aside) == SV_OK)
        f->source = guess(f, &others);
    return f->source != NULL ? SV_OK : cannot_tell(f, others, err);
}

/* What is in a folder, a line feed behind each. */
static enum sv_status list_names(const char *path, struct blob *out, struct sv_err *err)
{
    DIR *dir = opendir(path);
    bool done = true;
    if (dir == NULL)
        return sv_fail_errno(err, SV_IO, errno, "cannot read the folder %s", NAME_SHOWN(path));
    for (struct dirent *d; done && (d = readdir(dir)) != NULL;)
        done = blob_append(out, d->d_name, strlen(d->d_name)) && blob_append(out, "\n", 1);
    (void)closedir(dir);
    return done ? SV_OK : sv_fail_nomem(err);
}

static enum sv_status guess_folder(struct import_file *f, const char *real, struct sv_err *err)
{
    BLOB_OWNED struct blob names = {0};
    size_t others = 0;
    enum sv_status s = list_names(real, &names, err);
    if (s != SV_OK)
        return s;
    const char *first = names.len > 0 ? (const char *)names.bytes : "";
    f->source = import_guess_folder(f->path, first, names.len, &others);
    if (f->source == NULL && strcmp(f->path, real) != 0)
        f->source = import_guess_folder(real, first, names.len, &others);
    return f->source != NULL ? SV_OK : cannot_tell(f, others, err);
}

static enum sv_status find_folder(struct import_file *f, const char *real, struct sv_err *err)
{
    enum sv_status s = f->source == NULL ? guess_folder(f, real, err) : SV_OK;
    f->folder = true;
    if (s != SV_OK)
        return s;
    if (!import_is_folder(f->source->shape))
        return sv_fail(err, SV_USAGE, "%s is a folder, and %s is a file", f->what,
                       f->source->title);
    return SV_OK;
}

/* What is encrypted, or no file of this source at all, is better told than its first line. */
static enum sv_status check_foreign(const struct import_file *f, struct sv_err *err)
{
    const char *why = import_foreign(f->path, secret_peek(f->bytes), secret_len(f->bytes));
    return why != NULL ? sv_fail(err, SV_DATA, "%s %s", f->what, why) : SV_OK;
}

/* ---- reading ---- */

static void warn_open(const struct cli *cli, const char *what, const struct stat *st)
{
    if ((st->st_mode & (S_IRGRP | S_IROTH)) != 0)
        print_warning(cli, "%s can be read by others (mode %04o)", what,
                      (unsigned)(st->st_mode & 07777));
}

/* Links are followed: people keep their dotfiles elsewhere, and nothing is written there. */
static enum sv_status read_path(struct cli *cli, struct import_file *f, struct sv_err *err)
{
    char real[PATH_MAX];
    struct stat st;
    if (realpath(f->path, real) == NULL || stat(real, &st) != 0)
        return file_read_secret(f->path, IMPORT_BYTES_MAX, &f->bytes, err);
    if (S_ISDIR(st.st_mode))
        return find_folder(f, real, err);
    if (f->source != NULL && import_is_folder(f->source->shape))
        return sv_fail(err, SV_USAGE, "%s is a folder, and %s is a file", f->source->title,
                       f->what);
    enum sv_status s = file_read_secret(real, IMPORT_BYTES_MAX, &f->bytes, err);
    if (s == SV_OK)
        warn_open(cli, f->what, &st);
    return s;
}

static enum sv_status read_stdin(struct cli *cli, struct import_file *f, struct sv_err *err)
{
    cli->stdin_taken = true;
    return file_drain_secret(STDIN_FILENO, IMPORT_BYTES_MAX, f->what, &f->bytes, err);
}

static enum sv_status name_it(struct import_file *f, const char *word, struct sv_err *err)
{
    if (is_stdin(word)) {
        f->what = sv_strdup("standard input");
        return f->what != NULL ? SV_OK : sv_fail_nomem(err);
    }
    char shown[512];
    f->path = sv_strdup(word);
    f->what = sv_strdup(text_printable(shown, sizeof shown, word, strlen(word)));
    return f->path != NULL && f->what != NULL ? SV_OK : sv_fail_nomem(err);
}

enum sv_status import_file_open(struct cli *cli, const char *word, const char *from,
                                struct import_file *out, struct sv_err *err)
{
    IMPORT_FILE_OWNED struct import_file f = {.source = NULL};
    enum sv_status s = name_it(&f, word, err);
    f.source = from != NULL ? import_source_find(from) : NULL;
    if (s == SV_OK)
        s = f.path != NULL ? read_path(cli, &f, err) : read_stdin(cli, &f, err);
    if (s == SV_OK && !f.folder)
        s = f.source != NULL ? check_foreign(&f, err) : find_source(&f, err);
    if (s != SV_OK)
        return s;
    *out = f;
    f = (struct import_file){.source = NULL};
    return SV_OK;
}
