/* SPDX-License-Identifier: ISC */
#include "cli/names.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"

enum sv_status names_check(struct cli *cli, const struct args *args, struct sv_err *err)
{
    (void)cli;
    enum sv_status s = SV_OK;
    for (size_t i = 0; s == SV_OK && i < args_count(args); i++)
        s = profile_check_name(args_word(args, i), err);
    return s;
}

enum sv_status version_check(const char *word, struct sv_err *err)
{
    uint64_t n;
    if (word == NULL || strcmp(word, "current") == 0 || strcmp(word, "previous") == 0 ||
        strcmp(word, "pending") == 0 || text_parse_u64(word, 1, INT64_MAX, &n))
        return SV_OK;
    return sv_fail(err, SV_USAGE, "a version is current, previous or its number");
}

enum sv_status version_find(struct cli *cli, const char *name, const char *word, uint64_t *version,
                            struct sv_err *err)
{
    *version = 0;
    if (word == NULL || strcmp(word, "current") == 0 || text_parse_u64(word, 1, INT64_MAX, version))
        return SV_OK;
    PROFILE_LIST_OWNED struct profile_list list = {0};
    enum sv_status s = vault_history(cli->vault, name, &list, err);
    if (s != SV_OK)
        return s;
    if (strcmp(word, "previous") != 0 || list.count < 2)
        return sv_fail(err, SV_MISSING, "\"%s\" has no %s version", NAME_SHOWN(name),
                       strcmp(word, "previous") == 0 ? "previous" : "pending");
    *version = list.items[list.count - 2].version;
    return SV_OK;
}

enum sv_status version_card(struct cli *cli, const char *name, uint64_t version,
                            struct profile *out, struct sv_err *err)
{
    if (version == 0)
        return vault_find(cli->vault, name, out, err);
    PROFILE_LIST_OWNED struct profile_list list = {0};
    enum sv_status s = vault_history(cli->vault, name, &list, err);
    for (size_t i = 0; s == SV_OK && i < list.count; i++) {
        if (list.items[i].version == version)
            return profile_copy(out, &list.items[i], err);
    }
    return s != SV_OK ? s
                      : sv_fail(err, SV_MISSING, "\"%s\" has no version %" PRIu64, NAME_SHOWN(name),
                                version);
}
