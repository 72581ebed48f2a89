/* SPDX-License-Identifier: ISC */
/* export --forget NAME FILE: a copy that is gone goes from the record as well. */
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "cli/names.h"
#include "cli/print.h"
#include "cli/session.h"
#include "domain/vault_copies.h"
#include "export/copy_words.h"
#include "export/export.h"

/* The one that the user means: of this machine, or the only one of such a path elsewhere, which
 * only --force forgets. Its folder may be gone. */
static const struct copy *find(const struct copies *list, const char *path, const uint8_t here[16],
                               size_t *matches)
{
    const struct copy *found = NULL;
    *matches = 0;
    for (size_t i = 0; i < list->count; i++) {
        const struct copy *c = &list->items[i];
        if (strcmp(c->path, path) != 0)
            continue;
        if (memcmp(c->machine, here, sizeof c->machine) == 0) {
            *matches = 1;
            return c;
        }
        ++*matches;
        found = c;
    }
    return found;
}

static enum sv_status may_go(const struct copy *c, const struct profile *p, bool force,
                             struct sv_err *err)
{
    struct copy_view v;
    copy_look(&v, c, p);
    if (v.seen == COPY_MISSING || force)
        return SV_OK;
    if (v.seen == COPY_ELSEWHERE)
        return sv_fail(err, SV_EXISTS,
                       "%s lies on %s, where this machine cannot see it: --force drops its record",
                       COPY_PATH_SHOWN(c->path), c->host);
    return sv_fail(err, SV_EXISTS,
                   "%s is still there: remove it first, or --force drops its record all the same",
                   COPY_PATH_SHOWN(c->path));
}

enum sv_status export_forget(struct cli *cli, const struct args *args, struct sv_err *err)
{
    PROFILE_OWNED struct profile p = {.name = NULL};
    COPIES_OWNED struct copies list = {0};
    SV_AUTOFREE char *path = NULL;
    const char *name = args_word(args, 0), *file = args_word(args, 1);
    uint8_t here[16];
    size_t matches;
    enum sv_status s = vault_find(cli->vault, name, &p, err);
    if (s == SV_OK)
        s = copies_of(&list, &p, err);
    if (s == SV_OK && copy_path(file, &path, NULL) != SV_OK)
        s = session_absolute(file, &path, err);
    if (s == SV_OK)
        s = copies_here(here, err);
    if (s != SV_OK)
        return s;
    const struct copy *c = find(&list, path, here, &matches);
    if (c == NULL)
        return sv_fail(err, SV_MISSING,
                       "no copy of %s is recorded in %s: \"smtpvault show %s\" lists them",
                       NAME_SHOWN(name), COPY_PATH_SHOWN(path), NAME_TYPED(name));
    if (matches > 1)
        return sv_fail(err, SV_USAGE,
                       "%s is recorded on several machines: forget it on each of them",
                       COPY_PATH_SHOWN(path));
    s = may_go(c, &p, args_flag(args, "force"), err);
    if (s == SV_OK)
        s = vault_copy(cli->vault, COPY_FORGET, &p, 1, c, err);
    if (s == SV_OK)
        print_note(cli, "forgot the copy of %s in %s", NAME_SHOWN(name), COPY_PATH_SHOWN(path));
    return s;
}
