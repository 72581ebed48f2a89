/* SPDX-License-Identifier: ISC */
/* backup: a copy of vault and log that was proved before it got its name. */
#include <inttypes.h>

#include "base/alloc.h"
#include "base/text.h"
#include "cli/print.h"
#include "cli/session.h"
#include "cli/work.h"
#include "domain/vault_backup.h"
#include "format/json.h"

static enum sv_status put_json(struct cli *cli, const char *file, const char *log,
                               const struct vault_backup *made, struct sv_err *err)
{
    struct json j;
    json_begin(&j, cli->out);
    json_object(&j);
    json_key(&j, "schema");
    json_int(&j, 1);
    json_key(&j, "backup");
    json_string(&j, file);
    json_key(&j, "log");
    json_string(&j, log);
    json_key(&j, "epoch");
    json_int(&j, (int64_t)made->epoch);
    json_key(&j, "change");
    json_int(&j, (int64_t)made->seq);
    json_key(&j, "written");
    json_time(&j, made->written);
    json_key(&j, "log_entries");
    json_int(&j, (int64_t)made->entries);
    json_object_end(&j);
    sink_puts(cli->out, "\n");
    return json_end(&j, err);
}

static enum sv_status run(struct cli *cli, const struct args *args, struct sv_err *err)
{
    SV_AUTOFREE char *file = NULL;
    struct vault_backup made;
    struct work work;
    enum sv_status s = session_absolute(args_word(args, 0), &file, err);
    if (s != SV_OK)
        return s;
    SV_AUTOFREE char *log = vault_backup_log(file);
    if (log == NULL)
        return sv_fail_nomem(err);
    work_begin(&work, cli, "backing up");
    s = work_end(&work, vault_backup(cli->vault, file, &work.progress, &made, err));
    if (s != SV_OK)
        return s;
    if (cli->json)
        return put_json(cli, file, log, &made, err);
    char shown[256];
    session_show_path(shown, sizeof shown, file);
    print_note(cli,
               "%s holds the vault as of change %" PRIu64 ", and %s.log its log of %" PRIu64
               " entries; both were read back and proved",
               shown, made.seq, shown, made.entries);
    return SV_OK;
}

static const char *const examples[] = {
    "smtpvault backup /mnt/usb/vault-2026-11-24.db",
    "smtpvault backup ~/backups/mail.db --json",
    NULL,
};
const struct command cmd_backup = {
    .name = "backup",
    .group = "vault",
    .args = "FILE",
    .summary = "copy the vault and its log, and prove the copy",
    .flags = CMD_OPENED,
    .min_args = 1,
    .max_args = 1,
    .completes = COMPLETES_FILE,
    .examples = examples,
    .help = "It needs no passphrase, and others may go on using the vault. FILE is a vault itself, "
            "opened by the same passphrase or key file (a key file is not in it: keep a copy "
            "elsewhere); FILE.log is the audit log. A file that exists is never replaced.",
    .run = run,
};
