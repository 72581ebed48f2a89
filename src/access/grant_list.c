/* SPDX-License-Identifier: ISC */
/* grant list: who is given what. */
#include <inttypes.h>
#include <string.h>

#include "access/grant_verbs.h"
#include "base/env.h"
#include "base/text.h"
#include "cli/print.h"
#include "cli/session.h"
#include "format/json.h"

static const char *state_word(const struct grant *g)
{
    switch (grant_now(g, env_now())) {
    case GRANT_HOLDS:
        return (g->has & GRANT_LEARN) != 0 ? "learning" : "holds";
    case GRANT_ENDED:
    case GRANT_LEARNT:
        return "ended";
    case GRANT_EXE_GONE:
        return "program is gone";
    case GRANT_EXE_CHANGED:
        return "program was replaced";
    case GRANT_EXE_OPEN:
        return "others can write to the program";
    default:
        return "program cannot be seen";
    }
}

static void put_grant(struct json *j, const char *profile, const struct grant *g)
{
    char options[GRANT_SHOWN_MAX], hex[65] = "";
    json_object(j);
    json_key(j, "profile");
    json_string(j, profile);
    json_key(j, "number");
    json_int(j, g->number);
    json_key(j, "since");
    json_time(j, g->made);
    json_text(j, "exe", g->exe);
    json_text(j, "pin", (g->has & GRANT_PIN) != 0 ? text_hex(hex, g->pin, sizeof g->pin) : "");
    json_text(j, "unit", g->unit);
    json_key(j, "uid");
    if ((g->has & GRANT_USER) != 0)
        json_int(j, g->uid);
    else
        json_null(j);
    json_key(j, "until");
    json_time(j, g->until);
    json_key(j, "confirm");
    json_bool(j, (g->has & GRANT_CONFIRM) != 0);
    json_key(j, "learning");
    json_bool(j, (g->has & GRANT_LEARN) != 0);
    json_key(j, "state");
    json_string(j, state_word(g));
    json_key(j, "options");
    json_string(j, grant_options(options, g));
    json_object_end(j);
}

static void add_row(struct grid *grid, const char *profile, const struct grant *g)
{
    char options[GRANT_SHOWN_MAX], when[TEXT_TIME_MAX];
    grid_add(grid, profile);
    grid_addf(grid, "%u", (unsigned)g->number);
    grid_add(grid, grant_options(options, g));
    grid_add(grid, state_word(g));
    grid_add(grid, text_time_local(when, g->made));
}

struct showing {
    struct grid *grid; /* or NULL: */
    struct json *j;
};

static enum sv_status show_profile(const struct showing *to, const struct profile *p,
                                   struct sv_err *err)
{
    GRANTS_OWNED struct grants list = {0};
    enum sv_status s = grants_decode(&list, p->grants.bytes, p->grants.len, err);
    for (size_t i = 0; s == SV_OK && i < list.count; i++)
        if (to->grid != NULL)
            add_row(to->grid, p->name, &list.items[i]);
        else
            put_grant(to->j, p->name, &list.items[i]);
    return s;
}

static enum sv_status show(const struct showing *to, struct cli *cli, const char *name,
                           struct sv_err *err)
{
    PROFILE_LIST_OWNED struct profile_list all = {0};
    PROFILE_OWNED struct profile one = {.name = NULL};
    enum sv_status s =
        name != NULL ? vault_find(cli->vault, name, &one, err) : vault_list(cli->vault, &all, err);
    if (s == SV_OK && name != NULL)
        return show_profile(to, &one, err);
    for (size_t i = 0; s == SV_OK && i < all.count; i++)
        s = show_profile(to, &all.items[i], err);
    return s;
}

static enum sv_status put_json(struct cli *cli, const char *name, struct sv_err *err)
{
    struct json j;
    const struct showing to = {.j = &j};
    json_begin(&j, cli->out);
    json_object(&j);
    json_key(&j, "schema");
    json_int(&j, 1);
    json_key(&j, "grants");
    json_array(&j);
    enum sv_status s = show(&to, cli, name, err);
    if (s != SV_OK)
        return s;
    json_array_end(&j);
    json_object_end(&j);
    sink_puts(cli->out, "\n");
    return json_end(&j, err);
}

enum sv_status grant_list(struct cli *cli, const struct args *args, struct sv_err *err)
{
    static const char *const heads[] = {"NAME", "GRANT", "GIVEN TO", "STATE", "SINCE"};
    GRID_OWNED struct grid g = {0};
    const struct showing to = {.grid = &g};
    const char *name = args_word(args, 1);
    enum sv_status s = session_ensure(cli, true, false, err);
    if (s != SV_OK || cli->json)
        return s != SV_OK ? s : put_json(cli, name, err);
    s = show(&to, cli, name, err);
    if (s == SV_OK && g.count == 0)
        print_note(cli, "there are no grants%s",
                   name != NULL ? ": it is given to whoever can open the vault" : "");
    return s != SV_OK || g.count == 0
               ? s
               : grid_print(&g, cli->out, cli, heads, sizeof heads / sizeof heads[0], err);
}
