/* SPDX-License-Identifier: ISC */
/* token list: what each opens, until when, and its last use. */
#include <inttypes.h>
#include <string.h>

#include "access/token_verbs.h"
#include "base/text.h"
#include "cli/print.h"
#include "cli/session.h"
#include "format/json.h"

static uint64_t uses_left(const struct token_info *t)
{
    return t->most_uses > t->uses ? t->most_uses - t->uses : 0;
}

/* last: NULL where the log does not tell it. */
static void put_last(struct json *j, const struct audit_event *last)
{
    json_key(j, "last_used_by");
    if (last == NULL) {
        json_null(j);
        return;
    }
    json_object(j);
    json_text(j, "profile", last->profile);
    json_seen(j, "exe", last->caller.exe);
    json_seen(j, "parent", last->caller.parent);
    json_seen(j, "unit", last->caller.unit);
    json_key(j, "uid");
    json_int(j, last->caller.uid);
    json_object_end(j);
}

static void put_token(struct json *j, const struct token_info *t, const struct audit_event *last)
{
    json_object(j);
    json_key(j, "name");
    json_string(j, t->label);
    json_key(j, "number");
    json_int(j, t->number);
    json_key(j, "profiles");
    json_array(j);
    for (size_t i = 0; i < t->count; i++)
        json_string(j, t->names[i]);
    json_array_end(j);
    json_key(j, "kind");
    json_string(j, t->agent ? "agent" : "file");
    json_key(j, "exe");
    json_string(j, t->exe[0] != '\0' ? t->exe : NULL);
    json_key(j, "made");
    json_time(j, t->created);
    json_key(j, "until");
    json_time(j, t->until);
    json_key(j, "uses");
    json_int(j, (int64_t)t->uses);
    json_key(j, "uses_left");
    if (t->most_uses != 0)
        json_int(j, (int64_t)uses_left(t));
    else
        json_null(j);
    json_key(j, "last_used");
    json_time(j, t->last_used);
    put_last(j, last);
    json_object_end(j);
}

/* A log that does not tell it hides nothing else: the list goes without. */
static bool find_last(struct cli *cli, const struct token_info *t, struct audit_event *last)
{
    struct sv_err aside;
    return vault_token_last(cli->vault, t, last, &aside) == SV_OK;
}

static enum sv_status put_json(struct cli *cli, const struct token_list *list, struct sv_err *err)
{
    struct audit_event last;
    struct json j;
    json_begin(&j, cli->out);
    json_object(&j);
    json_key(&j, "schema");
    json_int(&j, 1);
    json_key(&j, "tokens");
    json_array(&j);
    for (size_t i = 0; i < list->count; i++)
        put_token(&j, &list->items[i], find_last(cli, &list->items[i], &last) ? &last : NULL);
    json_array_end(&j);
    json_object_end(&j);
    sink_puts(cli->out, "\n");
    return json_end(&j, err);
}

static enum sv_status add_row(struct cli *cli, struct grid *g, const struct token_info *t,
                              struct sv_err *err)
{
    struct audit_event last;
    BLOB_OWNED struct blob names = {0};
    char when[TEXT_TIME_MAX];
    for (size_t i = 0; i < t->count; i++)
        if ((i > 0 && !blob_append(&names, ", ", 2)) ||
            !blob_append(&names, t->names[i], strlen(t->names[i])))
            return sv_fail_nomem(err);
    if (!blob_append(&names, "", 1))
        return sv_fail_nomem(err);
    grid_add(g, t->label);
    grid_add(g, (const char *)names.bytes);
    grid_add(g, t->agent ? "agent" : "file");
    grid_add(g, text_time_local(when, t->created));
    grid_add(g, t->until != 0 ? text_time_local(when, t->until) : NULL);
    if (t->most_uses != 0)
        grid_addf(g, "%" PRIu64 " of %" PRIu64, t->uses, t->most_uses);
    else
        grid_addf(g, "%" PRIu64, t->uses);
    grid_add(g, t->last_used != 0 ? text_time_local(when, t->last_used) : NULL);
    grid_add(g, find_last(cli, t, &last) ? last.caller.exe : NULL);
    return SV_OK;
}

enum sv_status token_show_all(struct cli *cli, const struct args *args, struct sv_err *err)
{
    static const char *const heads[] = {"NAME",  "OPENS", "KIND",      "MADE",
                                        "UNTIL", "USES",  "LAST USED", "BY"};
    TOKEN_LIST_OWNED struct token_list list = {0};
    GRID_OWNED struct grid g = {0};
    (void)args;
    enum sv_status s = session_ensure_own(cli, true, false, err);
    if (s == SV_OK)
        s = vault_tokens(cli->vault, &list, err);
    if (s != SV_OK || cli->json)
        return s != SV_OK ? s : put_json(cli, &list, err);
    for (size_t i = 0; s == SV_OK && i < list.count; i++)
        s = add_row(cli, &g, &list.items[i], err);
    if (s == SV_OK && list.count == 0)
        print_note(cli, "there is no token: smtpvault token add makes one");
    return s != SV_OK || list.count == 0
               ? s
               : grid_print(&g, cli->out, cli, heads, sizeof heads / sizeof heads[0], err);
}
