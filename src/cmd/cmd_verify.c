/* SPDX-License-Identifier: ISC */
/* verify: proves the vault. Nothing secret is needed for its file, signature, history,
 * slots and rows; --full opens every box as well. */
#include "cli/print.h"
#include "cli/session.h"
#include "cli/work.h"
#include "format/json.h"

struct telling {
    struct cli *cli;
    struct json json;
};

static void tell(void *context, const char *finding)
{
    struct telling *t = context;
    if (t->cli->json)
        json_string(&t->json, finding);
    else
        sink_printf(t->cli->out, "%s\n", finding);
}

/* A cron job gets what goes without keys. */
static enum sv_status unlock_if_possible(struct cli *cli, struct sv_err *err)
{
    bool unlocked = false;
    enum sv_status s = session_unlock_if_possible(cli, &unlocked, err);
    if (s == SV_OK && !unlocked)
        print_note(cli, "verified without keys: signatures, history and tree, not what is sealed");
    else if (s == SV_OK && !vault_opens_boxes(cli->vault))
        print_note(cli, "verified without an administrator's keys: signatures, history and tree, "
                        "not what is sealed");
    return s;
}

static void json_head(struct json *j)
{
    json_object(j);
    json_key(j, "schema");
    json_int(j, 1);
    json_key(j, "findings");
    json_array(j);
}

static enum sv_status json_tail(struct cli *cli, struct json *j, bool full, bool ok,
                                struct sv_err *err)
{
    json_array_end(j);
    json_key(j, "ok");
    json_bool(j, ok);
    json_key(j, "full");
    json_bool(j, full);
    json_key(j, "unlocked");
    json_bool(j, vault_is_unlocked(cli->vault));
    json_key(j, "opened");
    json_bool(j, full && vault_opens_boxes(cli->vault));
    json_object_end(j);
    sink_puts(cli->out, "\n");
    return json_end(j, err);
}

static enum sv_status verify(struct telling *t, bool full, uint64_t *findings, struct sv_err *err)
{
    struct work work;
    work_begin(&work, t->cli, "verifying");
    struct vault_verifying how = {
        .boxes = full, .tell = tell, .context = t, .progress = &work.progress};
    return work_end(&work, vault_verify_as(t->cli->vault, &how, findings, err));
}

static enum sv_status run(struct cli *cli, const struct args *args, struct sv_err *err)
{
    struct telling t = {.cli = cli};
    bool full = args_flag(args, "full");
    uint64_t findings = 0;
    enum sv_status s = full ? unlock_if_possible(cli, err) : SV_OK;
    if (s != SV_OK)
        return s;
    json_begin(&t.json, cli->out);
    if (cli->json)
        json_head(&t.json);
    s = verify(&t, full, &findings, err);
    if (s != SV_OK)
        return s;
    if (cli->json)
        s = json_tail(cli, &t.json, full, findings == 0, err);
    else if (findings == 0)
        print_note(cli, "the vault is whole");
    return s == SV_OK && findings > 0 ? SV_FINDINGS : s;
}

static const struct option_spec options[] = {
    {"full", 0, NULL, COMPLETES_NOTHING, "open every card and every secret as well", false},
    {0},
};
static const char *const examples[] = {
    "smtpvault verify",
    "smtpvault verify --full",
    NULL,
};
const struct command cmd_verify = {
    .name = "verify",
    .group = "vault",
    .args = "",
    .summary = "prove the whole vault",
    .flags = CMD_OPENED,
    .options = options,
    .examples = examples,
    .help = "It asks for nothing: the file, the signed state, its history, the key slots and every "
            "row are proved without a key. --full opens every card and every secret as well, "
            "where an administrator's keys are at hand or can be asked for; nothing is shown. "
            "Status 1 when there are findings.",
    .run = run,
};
