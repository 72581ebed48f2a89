/* SPDX-License-Identifier: ISC */
/* import_file: what `import` reads: the file, standard input or folder, and which source it is. */
#ifndef ADOPT_IMPORT_FILE_H
#define ADOPT_IMPORT_FILE_H

#include "base/err.h"
#include "base/secret.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "import/source.h"

/* Zeroed: nothing; owner: import_file_clear. */
struct import_file {
    const struct import_source *source;
    char *path;  /* NULL: standard input */
    char *what;  /* in messages */
    bool folder; /* of entries, by import_folder.h */
    struct secret *bytes;
};
void import_file_clear(struct import_file *file);
#define IMPORT_FILE_OWNED __attribute__((cleanup(import_file_clear)))

/* What can be said before a vault is opened: SV_USAGE. */
enum sv_status import_file_check(const struct cli *cli, const struct args *args,
                                 struct sv_err *err) SV_MUST_USE;
/* word: a path, or "-"; from: the name of a source, or NULL to find it out. */
enum sv_status import_file_open(struct cli *cli, const char *word, const char *from,
                                struct import_file *out, struct sv_err *err) SV_MUST_USE;

#endif
