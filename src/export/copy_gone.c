/* SPDX-License-Identifier: ISC */
#include "export/copy_gone.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "domain/vault_copies.h"
#include "export/copy_look.h"

struct gone {
    struct profile_list there;
    struct profile *holders; /* borrowed from `there` */
    size_t count;
    struct copy copy; /* of the first */
};

static void gone_clear(struct gone *g)
{
    profile_list_clear(&g->there);
    sv_free(g->holders);
}

static int by_name(const void *name, const void *profile)
{
    return strcmp(name, ((const struct profile *)profile)->name);
}

static bool is_in(const struct gone *g, const struct profile *p)
{
    for (size_t i = 0; i < g->count; i++)
        if (memcmp(g->holders[i].uid, p->uid, sizeof p->uid) == 0)
            return true;
    return false;
}

static enum sv_status take(struct gone *g, const char *path, const char *name, struct sv_err *err)
{
    COPIES_OWNED struct copies list = {.items = NULL};
    uint8_t here[16];
    const struct profile *p = g->there.count == 0 ? NULL
                                                  : bsearch(name, g->there.items, g->there.count,
                                                            sizeof *g->there.items, by_name);
    if (p == NULL || p->copies.len == 0 || is_in(g, p))
        return SV_OK;
    enum sv_status s = copies_of(&list, p, err);
    if (s != SV_OK)
        return s;
    s = copies_here(here, err);
    if (s != SV_OK)
        return s;
    const struct copy *c = copies_find(&list, here, path);
    if (c == NULL)
        return SV_OK;
    g->copy = *c;
    g->holders[g->count++] = *p;
    return SV_OK;
}

enum sv_status copy_gone(struct cli *cli, const char *path, const char *const *names, size_t count,
                         struct sv_err *err)
{
    __attribute__((cleanup(gone_clear))) struct gone g = {.count = 0};
    SV_AUTOFREE char *whole = NULL;
    enum sv_status s = copy_path(path, &whole, err);
    if (s == SV_OK)
        s = vault_list(cli->vault, &g.there, err);
    if (s == SV_OK && (g.holders = sv_alloc_array(count, sizeof *g.holders)) == NULL)
        s = sv_fail_nomem(err);
    for (size_t i = 0; i < count && s == SV_OK; i++)
        if (names[i] != NULL)
            s = take(&g, whole, names[i], err);
    return s == SV_OK && g.count > 0
               ? vault_copy(cli->vault, COPY_FORGET, g.holders, g.count, &g.copy, err)
               : s;
}
