/* SPDX-License-Identifier: ISC */
#include "cli/locked_since.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/file.h"
#include "cli/session.h"
#include "cli/state_path.h"

#define WHAT "locked"

void locked_since_note(const struct cli *cli)
{
    SV_AUTOFREE char *path = NULL;
    char text[32];
    int len = snprintf(text, sizeof text, "%" PRId64 "\n", env_now());
    if (state_path(cli, WHAT, &path, NULL) == SV_OK)
        (void)!file_replace_soon(path, text, (size_t)len, 0600, NULL);
}

static int64_t changed(const char *path)
{
    struct stat st;
    return path != NULL && stat(path, &st) == 0 ? (int64_t)st.st_mtim.tv_sec : 0;
}

/* Of the log, which is written beside each use of a secret. */
static int64_t last_used(const struct cli *cli)
{
    struct cli own = *cli;
    struct vault_info info;
    own.vault = NULL;
    int64_t when = 0;
    if (session_open(&own, true, NULL) == SV_OK && vault_info(own.vault, &info, NULL) == SV_OK) {
        SV_AUTOFREE char *log = path_join(info.state_dir, "audit.db");
        when = changed(log);
    }
    cli_close(&own);
    return when;
}

int64_t locked_since(const struct cli *cli, bool *used)
{
    SV_AUTOFREE char *path = NULL;
    int64_t noted = state_path(cli, WHAT, &path, NULL) == SV_OK ? changed(path) : 0;
    int64_t last = last_used(cli);
    *used = last > noted;
    return *used ? last : noted;
}
