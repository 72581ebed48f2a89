/* SPDX-License-Identifier: ISC */
#include "rotate/public_dates.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/file.h"
#include "cli/print.h"
#include "cli/state_path.h"
#include "cli/terms.h"

#define WHAT "due-public"

static bool is_same(const char *path, const struct blob *text)
{
    BLOB_OWNED struct blob now = {0};
    return file_check_private(path, NULL) == SV_OK &&
           file_read_blob(path, DUE_DATES_BYTES_MAX, &now, NULL) == SV_OK && now.len == text->len &&
           memcmp(now.bytes, text->bytes, text->len) == 0;
}

static enum sv_status keep(const char *path, const struct due_dates *dates, struct sv_err *err)
{
    BLOB_OWNED struct blob text = {0};
    if (dates->count == 0) {
        if (unlink(path) == 0 || errno == ENOENT || errno == ENOTDIR)
            return SV_OK;
        return sv_fail_errno(err, SV_IO, errno, "cannot remove %s", path);
    }
    enum sv_status s = due_dates_write(&text, dates, err);
    if (s != SV_OK || is_same(path, &text))
        return s;
    return file_replace_soon(path, text.bytes, text.len, 0600, err);
}

/* A token sees a part of the vault; and SMTPVAULT_AGENT may name another one than the file. */
static bool sees_all(const struct cli *cli)
{
    return cli->token_from == NULL && env_get("SMTPVAULT_AGENT") == NULL;
}

void public_dates_keep(const struct cli *cli, const struct profile *items, size_t count)
{
    SV_AUTOFREE char *path = NULL;
    DUE_DATES_OWNED struct due_dates dates = {0};
    struct sv_err why = {""};
    if (!sees_all(cli) || (count > 0 && !items[0].terms.known))
        return;
    enum sv_status s = state_path(cli, WHAT, &path, &why);
    if (s == SV_OK)
        s = due_dates_of(&dates, items, count, env_now(), &why);
    if (s == SV_OK)
        s = keep(path, &dates, &why);
    if (s != SV_OK)
        print_warning(cli,
                      "the dates that may be known while the vault is locked are not as they "
                      "should be: %s",
                      why.text);
}

static bool may_matter(const struct cli *cli, const struct command *c)
{
    SV_AUTOFREE char *path = NULL;
    if (strcmp(c->name, "policy") == 0)
        return true;
    return ((c->flags & CMD_MUTATES) != 0 || cli->changed || strcmp(c->name, "rotate") == 0) &&
           state_path(cli, WHAT, &path, NULL) == SV_OK && access(path, F_OK) == 0;
}

void public_dates_follow(const struct cli *cli, const struct command *c)
{
    PROFILE_LIST_OWNED struct profile_list list = {0};
    if (cli->help || cli->vault == NULL || !vault_is_unlocked(cli->vault) || !sees_all(cli) ||
        !may_matter(cli, c) || vault_list(cli->vault, &list, NULL) != SV_OK ||
        terms_apply(cli->vault, list.items, list.count, NULL) != SV_OK)
        return;
    public_dates_keep(cli, list.items, list.count);
}

enum sv_status public_dates_read(const struct cli *cli, struct due_dates *out, struct sv_err *err)
{
    SV_AUTOFREE char *path = NULL;
    BLOB_OWNED struct blob text = {0};
    enum file_kind kind = FILE_ABSENT;
    enum sv_status s = state_path(cli, WHAT, &path, err);
    if (s == SV_OK)
        s = file_look(path, &kind, err);
    if (s == SV_OK && kind == FILE_ABSENT)
        return sv_fail(err, SV_MISSING, "no date is kept readable");
    if (s == SV_OK)
        s = file_check_private(path, err);
    if (s == SV_OK)
        s = file_read_blob(path, DUE_DATES_BYTES_MAX, &text, err);
    return s == SV_OK ? due_dates_read(out, text.bytes, text.len, err) : s;
}
