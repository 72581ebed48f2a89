/* SPDX-License-Identifier: ISC */
/* drill: a restore for practice: is this backup one that will help? */
#include <inttypes.h>
#include <stdio.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/text.h"
#include "cli/print.h"
#include "cli/session.h"
#include "cli/work.h"
#include "domain/vault_drill.h"
#include "format/json.h"

struct drill {
    struct cli *cli;
    const char *file;
    struct json json;
    struct vault_drill is;
    bool damaged; /* it does not even open */
};

static void tell(void *context, const char *finding)
{
    struct drill *d = context;
    if (d->cli->json)
        json_string(&d->json, finding);
    else
        sink_printf(d->cli->out, "%s\n", finding);
}

/* ---- for people ---- */

static const char *plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

static void put_live(struct sink *out, const struct vault_drill *is)
{
    uint64_t since = is->live_seq - is->seq;
    switch (is->live) {
    case DRILL_NO_VAULT:
        sink_puts(out, "none here to compare with");
        return;
    case DRILL_UNREADABLE:
        sink_puts(out,
                  "what is here cannot be opened: \"smtpvault restore\" puts the backup there");
        return;
    case DRILL_ANOTHER:
        sink_puts(out, "the one here is another vault");
        return;
    case DRILL_OLDER:
        sink_printf(out, "the backup is newer than the vault here (change %" PRIu64 ")",
                    is->live_seq);
        return;
    case DRILL_FORKED:
        sink_puts(out, "the backup has parted from the vault here");
        break;
    case DRILL_FOLLOWS:
        sink_printf(out, "%" PRIu64 " change%s since", since, plural(since));
        break;
    }
    if (is->compared)
        sink_printf(out, "; logins: %" PRIu64 " added, %" PRIu64 " removed, %" PRIu64 " changed",
                    is->added, is->removed, is->changed);
}

static void put_summary(struct drill *d)
{
    const struct vault_drill *is = &d->is;
    struct sink *out = d->cli->out;
    char shown[256], when[TEXT_TIME_MAX], ago[TEXT_TIME_MAX];
    sink_printf(out, "Backup  %s\n", session_show_path(shown, sizeof shown, d->file));
    if (d->damaged)
        return;
    sink_printf(out, "State   change %" PRIu64 " of %s (%s)\n", is->seq,
                text_time_local(when, is->written),
                text_time_relative(ago, is->written, env_now()));
    if (is->unlocked)
        sink_printf(out, "Logins  %" PRIu64 "%s\n", is->profiles,
                    is->opened ? ", each one's secret was opened"
                               : "; every row was proved, an administrator's keys open it");
    else
        sink_puts(out, "Logins  not known without a key; every row was proved\n");
    if (is->has_log)
        sink_printf(out, "Log     %" PRIu64 " entries\n", is->entries);
    else
        sink_puts(out, "Log     none beside it\n");
    sink_puts(out, "Vault   ");
    put_live(out, is);
    sink_puts(out, "\n");
}

/* ---- for programs ---- */

static void put_count(struct json *j, const char *key, bool known, uint64_t count)
{
    json_key(j, key);
    if (known)
        json_int(j, (int64_t)count);
    else
        json_null(j);
}

static enum sv_status end_json(struct drill *d, bool ok, struct sv_err *err)
{
    static const char *const live[] = {"none",    "unreadable", "another",
                                       "follows", "older",      "forked"};
    const struct vault_drill *is = &d->is;
    struct json *j = &d->json;
    bool opens = !d->damaged;
    json_array_end(j);
    json_key(j, "ok");
    json_bool(j, ok);
    json_key(j, "backup");
    json_string(j, d->file);
    put_count(j, "epoch", opens, is->epoch);
    put_count(j, "change", opens, is->seq);
    json_key(j, "written");
    json_time(j, is->written);
    json_key(j, "unlocked");
    json_bool(j, is->unlocked);
    json_key(j, "opened");
    json_bool(j, is->opened);
    put_count(j, "profiles", is->unlocked, is->profiles);
    put_count(j, "log_entries", is->has_log, is->entries);
    json_key(j, "vault");
    json_string(j, opens ? live[is->live] : NULL);
    put_count(j, "changes_since", opens && is->live == DRILL_FOLLOWS, is->live_seq - is->seq);
    put_count(j, "added", is->compared, is->added);
    put_count(j, "removed", is->compared, is->removed);
    put_count(j, "changed", is->compared, is->changed);
    json_object_end(j);
    sink_puts(d->cli->out, "\n");
    return json_end(j, err);
}

/* ---- the drill ---- */

/* The question comes before anything lies on the disk that would have to be removed. */
static enum sv_status open_backup(struct drill *d, struct vault **backup, struct sv_err *err)
{
    struct cli *cli = d->cli;
    struct vault *in_use = cli->vault;
    bool unlocked;
    enum sv_status s = vault_drill_open(backup, d->file, err);
    if (s == SV_DATA) {
        d->damaged = true;
        d->is.findings++;
        tell(d, err->text);
        err->text[0] = '\0';
        return SV_OK;
    }
    if (s != SV_OK)
        return s;
    cli->vault = *backup;
    s = session_unlock_if_possible(cli, &unlocked, err);
    cli->vault = in_use;
    return s;
}

static enum sv_status practise(struct drill *d, struct sv_err *err)
{
    VAULT_OWNED struct vault *backup = NULL;
    SV_AUTOFREE char *path = NULL;
    SV_AUTOFREE char *state_root = NULL;
    struct work work;
    enum sv_status s = session_place(d->cli, &path, &state_root, err);
    if (s == SV_OK)
        s = open_backup(d, &backup, err);
    if (s != SV_OK || d->damaged)
        return s;
    struct vault_place place = {.path = path, .state_root = state_root};
    struct vault_verifying how = {.tell = tell, .context = d, .progress = &work.progress};
    work_begin(&work, d->cli, "restoring for practice");
    return work_end(&work, vault_drill(backup, d->file, &place, &how, &d->is, err));
}

static enum sv_status run(struct cli *cli, const struct args *args, struct sv_err *err)
{
    SV_AUTOFREE char *file = NULL;
    enum sv_status s = session_absolute(args_word(args, 0), &file, err);
    if (s != SV_OK)
        return s;
    struct drill d = {.cli = cli, .file = file};
    json_begin(&d.json, cli->out);
    if (cli->json) {
        json_object(&d.json);
        json_key(&d.json, "schema");
        json_int(&d.json, 1);
        json_key(&d.json, "findings");
        json_array(&d.json);
    }
    s = practise(&d, err);
    if (s != SV_OK)
        return s;
    bool ok = d.is.findings == 0;
    if (cli->json)
        s = end_json(&d, ok, err);
    else
        put_summary(&d);
    if (s == SV_OK && ok)
        print_note(cli, "the backup is good: it was restored, proved and thrown away");
    return s == SV_OK && !ok ? SV_FINDINGS : s;
}

static const char *const examples[] = {
    "smtpvault drill /mnt/usb/vault-2026-11-24.db",
    "smtpvault drill ~/backups/mail.db --json",
    NULL,
};
const struct command cmd_drill = {
    .name = "drill",
    .group = "vault",
    .args = "FILE",
    .summary = "restore a backup for practice, and report",
    .flags = 0,
    .min_args = 1,
    .max_args = 1,
    .completes = COMPLETES_FILE,
    .examples = examples,
    .help = "The backup is restored into a folder of its own, proved as a whole, its secrets "
            "opened where an administrator's keys are at hand or can be asked for, and compared "
            "with the vault in use. No secret is shown, nothing is changed and nothing is left "
            "behind. Status 1 when there are findings.",
    .run = run,
};
