/* SPDX-License-Identifier: ISC */
/* token remove: new keys for its logins, and what its holder may have kept. */
#include <inttypes.h>
#include <string.h>

#include "access/exposed.h"
#include "access/member.h"
#include "access/token_verbs.h"
#include "base/text.h"
#include "cli/print.h"

static enum sv_status put_json(struct cli *cli, const struct offboarding *o, struct sv_err *err)
{
    struct json j;
    json_begin(&j, cli->out);
    json_object(&j);
    json_key(&j, "schema");
    json_int(&j, 1);
    json_key(&j, "removed");
    json_string(&j, o->label);
    json_key(&j, "marked");
    json_int(&j, (int64_t)o->marked);
    exposed_put_json(&j, o);
    json_object_end(&j);
    sink_puts(cli->out, "\n");
    return json_end(&j, err);
}

static void tell(const struct cli *cli, const struct offboarding *o)
{
    char shown[512];
    print_note(cli, "removed the token \"%s\": it opens nothing any more%s", TOKEN_SHOWN(o->label),
               o->count > 0 ? ", and its logins have new keys" : "");
    if (o->count == 0)
        return;
    if (o->marked > 0)
        print_note(cli,
                   "its holder may have kept what is listed: change these secrets at the servers; "
                   "\"smtpvault due\" shows %" PRIu64 " of them until that is done",
                   o->marked);
    else
        print_note(cli, "its holder may have kept what is listed, in copies of the vault too: if "
                        "the token was in wrong hands, change these secrets at the servers");
    if (!o->log_read)
        print_warning(cli, "what was fetched is not known, because the log cannot be read: %s",
                      text_printable(shown, sizeof shown, o->log_fault, strlen(o->log_fault)));
}

enum sv_status token_remove(struct cli *cli, const struct args *args, struct sv_err *err)
{
    OFFBOARDING_OWNED struct offboarding o = {0};
    enum sv_status s = member_session(cli, err);
    if (s == SV_OK)
        s = vault_token_revoke(cli->vault, args_word(args, 1), args_flag(args, "leaked"), &o, err);
    if (s != SV_OK)
        return s;
    cli->changed = true;
    tell(cli, &o);
    return cli->json ? put_json(cli, &o, err) : exposed_put_table(cli, &o, err);
}
