/* SPDX-License-Identifier: ISC */
/* verify: proves the vault. Without keys at hand it proves what needs none: the
 * signature, the history, the tree and every row against it. */
#include <inttypes.h>
#include <string.h>

#include "cli/print.h"
#include "cli/prompt.h"
#include "cli/session.h"
#include "cli/source.h"
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

static enum sv_status unlock_if_possible(struct cli *cli, struct sv_err *err)
{
    bool unlocked = vault_is_unlocked(cli->vault);
    if (unlocked)
        return SV_OK;
    if (source_asks(cli->passphrase_from) && prompt_possible(cli))
        return session_unlock(cli, err);
    enum sv_status s = session_unlock_unasked(cli, &unlocked, err);
    if (s == SV_OK && !unlocked)
        print_note(cli, "verified without keys: signatures, history and tree, not what is sealed");
    return s;
}

static enum sv_status run(struct cli *cli, const struct args *args, struct sv_err *err)
{
    struct telling t = {.cli = cli};
    uint64_t findings = 0;
    (void)args;
    enum sv_status s = unlock_if_possible(cli, err);
    if (s != SV_OK)
        return s;
    json_begin(&t.json, cli->out);
    if (cli->json) {
        json_object(&t.json);
        json_key(&t.json, "schema");
        json_int(&t.json, 1);
        json_key(&t.json, "findings");
        json_array(&t.json);
    }
    print_progress(cli, "verifying ...");
    s = vault_verify(cli->vault, &findings, tell, &t, err);
    print_progress(cli, NULL);
    if (s != SV_OK)
        return s;
    if (cli->json) {
        json_array_end(&t.json);
        json_key(&t.json, "ok");
        json_bool(&t.json, findings == 0);
        json_key(&t.json, "unlocked");
        json_bool(&t.json, vault_is_unlocked(cli->vault));
        json_object_end(&t.json);
        sink_puts(cli->out, "\n");
        s = json_end(&t.json, err);
    } else if (findings == 0) {
        print_note(cli, "the vault is whole");
    }
    return s == SV_OK && findings > 0 ? SV_FINDINGS : s;
}

static const char *const examples[] = {
    "smtpvault verify",
    "smtpvault verify --no-input",
    NULL,
};
const struct command cmd_verify = {
    .name = "verify",
    .group = "vault",
    .args = "",
    .summary = "prove the whole vault",
    .flags = CMD_OPENED,
    .examples = examples,
    .help = "With the keys every card and every secret is opened as well (and nothing is shown). "
            "Without them, as in a cron job, everything that is signed. Status 1 when there are "
            "findings.",
    .run = run,
};
