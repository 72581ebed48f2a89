/* SPDX-License-Identifier: ISC */
/* member remove: new keys for everybody else, and what the leaver takes along. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "access/exposed.h"
#include "access/member.h"
#include "base/text.h"
#include "cli/ask.h"
#include "cli/names.h"
#include "cli/print.h"
#include "cli/work.h"
#include "format/json.h"

enum sv_status member_remove_check(struct cli *cli, const struct args *args, struct sv_err *err)
{
    if (!args_flag(args, "yes") && !ask_yes_possible(cli))
        return sv_fail(err, SV_USAGE, "there is nobody to ask whether to remove: give --yes");
    return SV_OK;
}

/* SV_FINDINGS: the answer was no. */
static enum sv_status ask(struct cli *cli, const struct args *args, const struct member *m,
                          struct sv_err *err)
{
    char question[MEMBER_SHOWN_MAX + 96];
    bool yes = false;
    if (args_flag(args, "yes"))
        return SV_OK;
    snprintf(question, sizeof question, "Remove %s (%s, %s)%s and give the vault new keys?",
             MEMBER_SHOWN(m->label), role_word(m->role), member_way(m->type),
             m->own ? ", which is how you opened it," : "");
    enum sv_status s = ask_yes(cli, question, &yes, err);
    if (s != SV_OK || yes)
        return s;
    print_note(cli, "nobody was removed");
    return SV_FINDINGS;
}

static enum sv_status put_json(struct cli *cli, const struct offboarding *o, struct sv_err *err)
{
    struct json j;
    json_begin(&j, cli->out);
    json_object(&j);
    json_key(&j, "schema");
    json_int(&j, 1);
    json_key(&j, "removed");
    json_string(&j, o->label);
    json_key(&j, "role");
    json_string(&j, role_word(o->role));
    json_key(&j, "epoch");
    json_int(&j, (int64_t)o->epoch);
    json_key(&j, "marked");
    json_int(&j, (int64_t)o->marked);
    json_key(&j, "tokens");
    json_int(&j, (int64_t)o->tokens);
    exposed_put_json(&j, o);
    json_object_end(&j);
    sink_puts(cli->out, "\n");
    return json_end(&j, err);
}

static void tell(const struct cli *cli, const struct offboarding *o)
{
    char shown[512];
    print_note(cli, "removed %s; the vault has new keys (epoch %" PRIu64 ")",
               MEMBER_SHOWN(o->label), o->epoch);
    if (o->count == 0)
        print_note(cli, "%s could read no login", MEMBER_SHOWN(o->label));
    else
        print_note(cli,
                   "%s could read what is listed, the most urgent first: change these secrets at "
                   "the servers; \"smtpvault due\" shows %" PRIu64 " of them until that is done",
                   MEMBER_SHOWN(o->label), o->marked);
    if (o->tokens > 0)
        print_warning(cli,
                      "the vault's tokens (%" PRIu64
                      ") go on working: revoke those that %s made or "
                      "may know",
                      o->tokens, MEMBER_SHOWN(o->label));
    if (!o->log_read)
        print_warning(cli, "what was fetched is not known, because the log cannot be read: %s",
                      text_printable(shown, sizeof shown, o->log_fault, strlen(o->log_fault)));
    else if (o->count > 0)
        print_note(cli, "fetches on other machines are in their logs, not in this one's");
}

enum sv_status member_remove(struct cli *cli, const struct args *args, struct sv_err *err)
{
    MEMBER_LIST_OWNED struct member_list list = {0};
    OFFBOARDING_OWNED struct offboarding o = {0};
    struct work work;
    const struct member *m = NULL;
    enum sv_status s = member_session(cli, err);
    if (s == SV_OK)
        s = vault_members(cli->vault, &list, err);
    if (s == SV_OK)
        s = member_find(&list, args_word(args, 1), &m, err);
    if (s == SV_OK)
        s = ask(cli, args, m, err);
    if (s != SV_OK)
        return s;
    work_begin(&work, cli, "giving the vault new keys");
    s = work_end(&work, vault_member_remove(cli->vault, m->number, &work.progress, &o, err));
    if (s != SV_OK)
        return s;
    cli->changed = true;
    tell(cli, &o);
    return cli->json ? put_json(cli, &o, err) : exposed_put_table(cli, &o, err);
}
