/* SPDX-License-Identifier: ISC */
#include "cli/state_path.h"

#include <stdio.h>

#include "agent/wire.h"
#include "base/alloc.h"
#include "base/file.h"
#include "cli/session.h"

enum sv_status state_path(const struct cli *cli, const char *what, char **out, struct sv_err *err)
{
    SV_AUTOFREE char *vault = NULL, *root = NULL;
    char name[64];
    enum sv_status s = session_place(cli, &vault, &root, err);
    if (s != SV_OK)
        return s;
    (void)snprintf(name, sizeof name, "%s-%016llx", what,
                   (unsigned long long)wire_place_hash(vault));
    *out = path_join(root, name);
    return *out != NULL ? SV_OK : sv_fail_nomem(err);
}
