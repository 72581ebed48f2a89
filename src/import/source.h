/* SPDX-License-Identifier: ISC */
/*
 * source: where logins are that people have already: a password manager's export, a
 * mailer's configuration. One row in sources.def and one file, src_NAME.c, for each; bytes
 * in, found logins out. Nothing that stands in a source is executed, included, opened or
 * asked over the network: a backtick is a character like any other.
 *
 * The bytes are a guarded copy that belongs to the reader: it may change them in place (to
 * take the escapes out of a cell), and what it keeps as ordinary text (found.h) is no secret.
 * They are UTF-8 where import_read got UTF-16, and have no byte order mark; other
 * charsets come as they are. Behind them stands a NUL that is not one of them.
 */
#ifndef IMPORT_SOURCE_H
#define IMPORT_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json_tree.h"
#include "base/secret.h"
#include "import/found.h"

#define IMPORT_BYTES_MAX (48U * 1024 * 1024) /* of a file; UTF-16 is longer as UTF-8 */
#define IMPORT_PEEK 4096                     /* of its beginning, to tell what it is */
extern const struct json_tree_limits import_json_limits;

struct import_source;
struct import_profile; /* import/mozilla.h */
struct import_input {
    const struct import_source *source;
    const char *what;  /* in messages: "the file ~/x.csv" */
    const char *entry; /* of a folder: the entry's name in it, without its ending; else NULL */
    const struct import_profile *profile; /* of a profile's folder: what else it has; else NULL */
    char *bytes;
    size_t len;
};

/* What is read at a time: a text; a file as it is, which is no text; of a folder with one
 * encrypted file an entry, the text of one, which a program of its own decrypts; of a profile's
 * folder its logins, of which another program decrypts what is encrypted. */
enum import_shape { IMPORT_TEXT, IMPORT_BINARY, IMPORT_FOLDER, IMPORT_PROFILE };
static inline bool import_is_folder(enum import_shape shape)
{
    return shape == IMPORT_FOLDER || shape == IMPORT_PROFILE;
}

/* How a login's secret is asked of the vault, from a file of somebody else's. */
struct import_ask {
    const char *name;      /* of the profile */
    const char *command;   /* as a POSIX shell takes it: "smtpvault get work"; no backslash, no line
                            * end, no control, but quotes of both kinds may be in it */
    const char *reference; /* "smtpvault://work/password", of unreserved characters (RFC 3986),
                            * which `exec --env-file` and `render` put the secret in place of */
};

/* How sure it is that a file is one of this source: by what it is called (SURE), by what is
 * in it (LIKELY). */
enum import_look { LOOK_NO, LOOK_LIKELY, LOOK_SURE };

struct import_source {
    const char *name;  /* --from NAME */
    const char *title; /* "Bitwarden, CSV" */
    const char *file;  /* its usual place or name, "~/.netrc" */
    const char *knows; /* what it can tell beside user name and secret, for --formats */
    /* path: as given, or NULL (standard input); first: at most IMPORT_PEEK bytes of the
     * beginning, `len` of them and not to be changed. Cheap: a search asks it of each file. */
    enum import_look (*looks_like)(const struct import_source *source, const char *path,
                                   const char *first, size_t len);
    /* SV_DATA for what is not such a file, naming in->what and the line. A login in it that
     * cannot be stored is no such fault: found->fault says it, and the rest goes on. */
    enum sv_status (*read)(struct found_list *out, const struct import_input *in,
                           struct sv_err *err);
    bool exported; /* made to be brought elsewhere: nothing but logins is in it */
    enum import_shape
        shape;          /* of a folder looks_like gets the names in it, a line feed behind each */
    const void *detail; /* the source's own: which dialect of several that one file reads */
    /* Writes what asks the vault in place of the bytes at found->at: what the tool itself
     * understands. SV_DATA: its syntax cannot say this. NULL: the tool cannot ask. */
    enum sv_status (*hook)(struct blob *out, const struct found *f, const struct import_ask *ask,
                           struct sv_err *err);
};

extern const struct import_source import_sources[];
extern const size_t import_source_count;
const struct import_source *import_source_find(const char *name); /* NULL: unknown */

/* The one source that this looks like; NULL: none, or several that are as likely. `others`,
 * which may be NULL, gets the number of those that it might be. */
const struct import_source *import_guess(const char *path, const char *first, size_t len,
                                         size_t *others);

/* The same of a folder: the names in it, a line feed behind each. */
const struct import_source *import_guess_folder(const char *path, const char *names, size_t len,
                                                size_t *others);

/* Reads a whole text by the source's row, then judges and names what was found
 * (found_judge). `bytes` stays the caller's, as it is. SV_DATA: it is beyond
 * IMPORT_BYTES_MAX, no such text, or has more than FOUND_MAX logins. */
enum sv_status import_read(const struct import_source *source, const char *what,
                           const struct secret *bytes, struct found_list *out,
                           struct sv_err *err) SV_MUST_USE;
/* The same with the bytes given away: a large text is not there twice. */
enum sv_status import_take(const struct import_source *source, const char *what,
                           struct secret **bytes, struct found_list *out,
                           struct sv_err *err) SV_MUST_USE;
/* One entry of a folder is read to the others; found_judge comes after the last. */
enum sv_status import_take_entry(const struct import_source *source, const char *entry,
                                 struct secret **bytes, struct found_list *out,
                                 struct sv_err *err) SV_MUST_USE;

/* The logins of a profile's folder, with what else is known of it. */
enum sv_status import_take_profile(const struct import_source *source, const char *what,
                                   struct secret **bytes, const struct import_profile *profile,
                                   struct found_list *out, struct sv_err *err) SV_MUST_USE;

/* Whether an entry of a folder may be for mail, by its name alone: the others need not be
 * decrypted. */
bool import_entry_is_mail(const char *entry);

/* Why a file that is none of these cannot be read either, and what to do: it is encrypted, a
 * database ...; behind its name, "is a KeePass database ...". NULL: nothing is known of it. */
const char *import_foreign(const char *path, const void *first, size_t len);

/* The last component of a path; "" for NULL. */
const char *import_basename(const char *path);

#endif
