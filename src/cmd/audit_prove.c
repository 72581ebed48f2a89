/* SPDX-License-Identifier: ISC */
#include "cmd/audit_prove.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"
#include "cli/print.h"
#include "domain/vault_note.h"
#include "format/json.h"

static enum sv_status put_json(struct sink *out, const struct audit_report *r, struct sv_err *err)
{
    char root[2 * sizeof r->mark.root + 1];
    struct json j;
    json_begin(&j, out);
    json_object(&j);
    json_key(&j, "schema");
    json_int(&j, 1);
    json_key(&j, "ok");
    json_bool(&j, r->findings == 0);
    json_key(&j, "entries");
    json_int(&j, (int64_t)r->entries);
    json_key(&j, "from");
    json_int(&j, (int64_t)r->from);
    json_key(&j, "unproved");
    json_int(&j, (int64_t)r->unproved);
    json_key(&j, "root");
    json_string(&j, text_hex(root, r->mark.root, sizeof r->mark.root));
    json_key(&j, "findings");
    json_int(&j, (int64_t)r->findings);
    json_key(&j, "first");
    json_string(&j, r->first[0] != '\0' ? r->first : NULL);
    json_key(&j, "time_reversals");
    json_int(&j, (int64_t)r->time_reversals);
    json_object_end(&j);
    sink_puts(out, "\n");
    return json_end(&j, err);
}

static void put_words(struct cli *cli, const struct audit_report *r)
{
    if (r->findings > 0)
        sink_printf(cli->out, "%" PRIu64 " findings in %" PRIu64 " entries; the first: %s\n",
                    r->findings, r->entries, r->first);
    else if (r->from > 0)
        print_note(cli,
                   "the log is whole: %" PRIu64 " entries, the first %" PRIu64
                   " of them as they were verified before (--full verifies them again)",
                   r->entries, r->from);
    else
        print_note(cli, "the log is whole: %" PRIu64 " entries", r->entries);
    if (r->unproved > 0)
        print_note(cli,
                   "%" PRIu64 " entries are older than the keys that you have: who wrote "
                   "them is not proved",
                   r->unproved);
}

/* What the file's checkpoints say against the log is a finding as any other. */
static enum sv_status hold_against(struct cli *cli, const char *path, struct audit_report *r,
                                   struct sv_err *err)
{
    struct audit_witness w = {.notes = 0};
    enum sv_status s = vault_note_witness(cli->vault, path, &r->mark, &w, err);
    if (s == SV_DATA) {
        (void)snprintf(w.first, sizeof w.first, "%.390s", err->text);
        w.findings = 1;
        err->text[0] = '\0';
    } else if (s != SV_OK) {
        return s;
    }
    if (w.findings > 0 && r->findings == 0)
        (void)snprintf(r->first, sizeof r->first, "%.60s: %.330s", path, w.first);
    r->findings += w.findings;
    if (w.findings == 0 && !cli->json)
        print_note(cli, "%" PRIu64 " checkpoints agree with the log", w.notes);
    return SV_OK;
}

enum sv_status audit_prove(struct cli *cli, const struct args *args, struct sv_err *err)
{
    struct audit_report r = {.entries = 0};
    const char *witness = args_value(args, "witness-file");
    print_progress(cli, "verifying the log ...");
    enum sv_status s = args_flag(args, "full") ? vault_audit_verify(cli->vault, &r, err)
                                               : vault_audit_verify_new(cli->vault, &r, err);
    print_progress(cli, NULL);
    if (s != SV_OK)
        return s;
    if (witness != NULL && (s = hold_against(cli, witness, &r, err)) != SV_OK)
        return s;
    if (cli->json)
        s = put_json(cli->out, &r, err);
    else
        put_words(cli, &r);
    return s == SV_OK && r.findings > 0 ? SV_FINDINGS : s;
}
