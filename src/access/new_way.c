/* SPDX-License-Identifier: ISC */
#include "access/new_way.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "access/cost.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/print.h"
#include "cli/session.h"
#include "cli/source.h"

void new_way_clear(struct new_way *way)
{
    secret_free(way->passphrase);
    secret_free(way->keyfile);
    if (way->made != NULL && !way->keep)
        unlink(way->made);
}

enum sv_status new_way_check(struct cli *cli, const struct args *args, struct sv_err *err)
{
    struct argon2_cost cost;
    const char *text = args_value(args, "argon2");
    const char *source = args_value(args, "new-passphrase-from");
    bool none = args_flag(args, "no-passphrase");
    if (none && args_value(args, "new-keyfile") == NULL)
        return sv_fail(err, SV_USAGE,
                       "--no-passphrase needs --new-keyfile FILE: something must open the vault");
    if (none && (text != NULL || source != NULL))
        return sv_fail(err, SV_USAGE,
                       "--no-passphrase leaves nothing for --argon2 and --new-passphrase-from");
    enum sv_status s = text != NULL ? cost_parse(text, &cost, err) : SV_OK;
    return s == SV_OK && source != NULL ? source_check(cli, source, err) : s;
}

/* A new key file is made; one that exists is taken as it is. */
static enum sv_status read_keyfile(const struct args *args, struct new_way *way, struct sv_err *err)
{
    const char *path = args_value(args, "new-keyfile");
    enum file_kind kind;
    if (path == NULL)
        return SV_OK;
    enum sv_status s = file_look(path, &kind, err);
    if (s == SV_OK && kind == FILE_ABSENT) {
        s = session_make_keyfile(path, err);
        way->made = s == SV_OK ? path : NULL;
    }
    return s == SV_OK ? session_keyfile(path, args_flag(args, "no-passphrase"), &way->keyfile, err)
                      : s;
}

enum sv_status new_way_read(struct cli *cli, const struct args *args, const char *whom,
                            struct new_way *way, struct sv_err *err)
{
    char question[256];
    const char *text = args_value(args, "argon2");
    snprintf(question, sizeof question, "New passphrase%s%s: ", whom != NULL ? " for " : "",
             whom != NULL ? whom : "");
    struct source_ask ask = {
        .what = "new passphrase", .question = question, .confirm = true, .limit = PASSPHRASE_MAX};
    enum sv_status s = text != NULL ? cost_parse(text, &way->cost, err) : SV_OK;
    way->has_cost = text != NULL;
    if (s == SV_OK)
        s = read_keyfile(args, way, err);
    if (s == SV_OK && !args_flag(args, "no-passphrase"))
        s = source_read(cli, args_value(args, "new-passphrase-from"), &ask, &way->passphrase, err);
    if (s == SV_OK && way->keyfile == NULL)
        session_warn_short(cli, way->passphrase);
    return s;
}

struct slot_credentials new_way_credentials(const struct new_way *way)
{
    return (struct slot_credentials){.passphrase = way->passphrase, .keyfile_hash = way->keyfile};
}
