/* SPDX-License-Identifier: ISC */
#include "rotate/due_notice.h"

#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/env.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/print.h"
#include "cli/state_path.h"
#include "domain/vault_due.h"

#define DAY_LEN 10 /* of "2026-11-29" */

/* Behind what people do with their logins; what programs ask for is theirs alone, and the
 * commands about rotation say it themselves. */
static bool is_place(const struct cli *cli, const struct command *c)
{
    bool fits = strcmp(c->group, "profiles") == 0 || strcmp(c->group, "mail") == 0 ||
                strcmp(c->group, "vault") == 0;
    return fits && (c->flags & CMD_EMITS_SECRET) == 0 && !cli->quiet && !cli->json &&
           !cli->no_input && !cli->help && cli->token_from == NULL && cli->vault != NULL &&
           vault_is_unlocked(cli->vault) && print_is_terminal(STDERR_FILENO);
}

/* True once on each day: the file of this vault says on which it was last. */
static bool is_first_today(const struct cli *cli, int64_t now)
{
    SV_AUTOFREE char *path = NULL;
    BLOB_OWNED struct blob told = {0};
    char today[TEXT_TIME_MAX];
    if (state_path(cli, "due-told", &path, NULL) != SV_OK)
        return false;
    (void)text_time_local(today, now);
    if (file_read_blob(path, sizeof today, &told, NULL) == SV_OK && told.len == DAY_LEN &&
        memcmp(told.bytes, today, DAY_LEN) == 0)
        return false;
    return file_replace_soon(path, today, DAY_LEN, 0600, NULL) == SV_OK;
}

void due_notice(const struct cli *cli, const struct command *c)
{
    PROFILE_LIST_OWNED struct profile_list profiles = {0};
    DUE_LIST_OWNED struct due_list list = {0};
    const struct due_wish wish = {.now = env_now(), .lead = -1};
    if (!is_place(cli, c) || !is_first_today(cli, wish.now) ||
        vault_due(cli->vault, &wish, &profiles, &list, NULL) != SV_OK || list.count == 0)
        return;
    print_note(cli, "%zu %s due: \"smtpvault due\" shows %s", list.count,
               list.count == 1 ? "thing is" : "things are", list.count == 1 ? "it" : "them");
}
