/* SPDX-License-Identifier: ISC */
#include "adopt/import_profile.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "adopt/nss_client.h"
#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/names.h"
#include "cli/print.h"
#include "import/mozilla.h"

#define INI_MAX (256U * 1024)
#define PREFS_MAX (16U * 1024 * 1024)

struct profile_folder {
    char path[PATH_MAX]; /* absolute */
    char shown[512];
};

static bool has(const char *folder, const char *name)
{
    SV_AUTOFREE char *path = path_join(folder, name);
    return path != NULL && access(path, F_OK) == 0;
}

static enum sv_status settle(struct profile_folder *f, const char *path, struct sv_err *err)
{
    (void)text_printable(f->shown, sizeof f->shown, path, strlen(path));
    if (realpath(path, f->path) == NULL)
        return sv_fail_errno(err, errno == ENOENT ? SV_MISSING : SV_IO, errno, "cannot read %s",
                             f->shown);
    if (access(f->path, R_OK | X_OK) != 0)
        return sv_fail_errno(err, SV_IO, errno, "cannot read the folder %s", f->shown);
    return SV_OK;
}

/* ---- which profile ---- */

static enum sv_status take_default(struct cli *cli, struct profile_folder *f, const char *given,
                                   struct sv_err *err)
{
    BLOB_OWNED struct blob ini = {0};
    SV_AUTOFREE char *file = path_join(given, "profiles.ini");
    SV_AUTOFREE char *named = NULL, *path = NULL;
    char shown[512];
    if (file == NULL)
        return sv_fail_nomem(err);
    enum sv_status s = file_read_blob(file, INI_MAX, &ini, err);
    if (s == SV_OK)
        s = mozilla_default_profile(text_printable(shown, sizeof shown, file, strlen(file)),
                                    (const char *)ini.bytes, ini.len, &named, err);
    if (s != SV_OK)
        return s;
    path = named[0] == '/' ? sv_strdup(named) : path_join(given, named);
    if (path == NULL)
        return sv_fail_nomem(err);
    s = settle(f, path, err);
    if (s == SV_OK)
        print_note(cli, "its profile is %s", f->shown);
    return s;
}

/* What is missing, in the order in which it helps most to know it. */
static enum sv_status check_files(const struct profile_folder *f, struct sv_err *err)
{
    bool logins = has(f->path, "logins.json"), key = has(f->path, "key4.db");
    if ((!logins && has(f->path, "signons.sqlite")) || (!key && has(f->path, "key3.db")))
        return sv_fail(err, SV_DATA,
                       "%s was written by a Thunderbird or Firefox before 58: start a newer one "
                       "with it once, which brings its logins up to date",
                       f->shown);
    if (!logins && has(f->path, "logins.db"))
        return sv_fail(
            err, SV_DATA,
            "%s has its logins in logins.db alone, which is not read here: let the program "
            "write a CSV file (Settings, Passwords, Export)",
            f->shown);
    if (!logins)
        return sv_fail(err, SV_MISSING, "no login is kept in %s: it has no logins.json", f->shown);
    if (!key)
        return sv_fail(err, SV_MISSING,
                       "%s has no key4.db, without which logins.json cannot be decrypted",
                       f->shown);
    if (!has(f->path, "cert9.db"))
        return sv_fail(
            err, SV_MISSING,
            "%s has no cert9.db, without which NSS does not open key4.db: copy the whole "
            "folder",
            f->shown);
    return SV_OK;
}

/* Where one of the files that SQLite opens is a pipe, it waits for ever. */
static enum sv_status check_kinds(const struct profile_folder *f, struct sv_err *err)
{
    static const char *const names[] = {"key4.db",          "cert9.db",    "key4.db-journal",
                                        "cert9.db-journal", "key4.db-wal", "cert9.db-wal"};
    enum sv_status s = SV_OK;
    for (size_t i = 0; s == SV_OK && i < sizeof names / sizeof names[0]; i++) {
        SV_AUTOFREE char *path = path_join(f->path, names[i]);
        enum file_kind kind = FILE_ABSENT;
        if (path == NULL)
            return sv_fail_nomem(err);
        s = file_look(path, &kind, err);
        if (s == SV_OK && kind != FILE_ABSENT && kind != FILE_REGULAR)
            s = sv_fail(err, SV_DATA,
                        "%s/%s is not a regular file, so the folder is not what a profile is",
                        f->shown, names[i]);
    }
    return s;
}

/* ---- what is in it ---- */

static enum sv_status read_file(const struct profile_folder *f, const char *name, size_t limit,
                                struct secret **out, struct sv_err *err)
{
    SV_AUTOFREE char *path = path_join(f->path, name);
    return path != NULL ? file_read_secret(path, limit, out, err) : sv_fail_nomem(err);
}

/* A whole of them says that it is not the values: another key, or a library from before. */
static enum sv_status fail_all(const struct profile_folder *f, bool too_old, struct sv_err *err)
{
    if (too_old)
        return sv_fail(err, SV_CONFIG,
                       "the logins in %s are encrypted by AES, for which the libnss3 of this "
                       "machine is too old: install its program here (thunderbird, firefox-esr), "
                       "which brings its own, or export them there as CSV",
                       f->shown);
    return sv_fail(err, SV_DATA,
                   "NSS decrypts none of the logins in %s: its key4.db and logins.json are not of "
                   "one profile, or damaged",
                   f->shown);
}

static enum sv_status read_logins(const struct profile_folder *f, const struct import_file *file,
                                  struct secret **logins, const struct nss_answer *answer,
                                  struct found_list *out, struct sv_err *err)
{
    SECRET_OWNED struct secret *prefs = NULL;
    char what[600];
    struct import_profile profile = {.plain = answer->plain,
                                     .why = answer->too_old
                                                ? "this machine's libnss3 is too old to decrypt it"
                                                : "NSS cannot decrypt it"};
    (void)snprintf(what, sizeof what, "%s/logins.json", f->shown);
    enum sv_status s =
        has(f->path, "prefs.js") ? read_file(f, "prefs.js", PREFS_MAX, &prefs, err) : SV_OK;
    if (s != SV_OK)
        return s;
    if (prefs != NULL) {
        profile.prefs = (const char *)secret_peek(prefs);
        profile.prefs_len = secret_len(prefs);
    }
    return import_take_profile(file->source, what, logins, &profile, out, err);
}

enum sv_status import_profile_read(struct cli *cli, const struct import_file *file,
                                   const char *from, struct found_list *out, struct sv_err *err)
{
    struct profile_folder f;
    BLOB_OWNED struct blob values = {0};
    SECRET_OWNED struct secret *logins = NULL;
    struct nss_answer answer = {.plain = NULL};
    struct nss_request request = {
        .folder = f.path, .what = f.shown, .from = from, .values = &values};
    bool above = !has(file->path, "logins.json") && has(file->path, "profiles.ini");
    enum sv_status s = above ? take_default(cli, &f, file->path, err) : settle(&f, file->path, err);
    if (s == SV_OK)
        s = check_files(&f, err);
    if (s == SV_OK)
        s = check_kinds(&f, err);
    if (s == SV_OK)
        s = read_file(&f, "logins.json", IMPORT_BYTES_MAX, &logins, err);
    if (s == SV_OK)
        s = mozilla_values(f.shown, logins, &values, &request.aes, err);
    if (s == SV_OK)
        s = nss_decrypt(cli, &request, &answer, err);
    if (s == SV_OK && values.len > 0 && !mozilla_is_decrypted(answer.plain))
        s = fail_all(&f, answer.too_old, err);
    if (s == SV_OK)
        s = read_logins(&f, file, &logins, &answer, out, err);
    secret_free(answer.plain);
    return s;
}
