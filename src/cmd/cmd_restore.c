/* SPDX-License-Identifier: ISC */
/* restore: a backup takes the vault's place, or what is at the place is accepted. */
#include <inttypes.h>
#include <stdio.h>

#include "base/alloc.h"
#include "base/text.h"
#include "cli/print.h"
#include "cli/session.h"
#include "cli/work.h"
#include "domain/vault_backup.h"
#include "format/json.h"

static enum sv_status check(struct cli *cli, const struct args *args, struct sv_err *err)
{
    if (cli->in_shell)
        return sv_fail(err, SV_USAGE, "the shell has the vault open: leave it, then restore");
    if (args_count(args) == 0 && !args_flag(args, "accept-rollback"))
        return sv_fail(err, SV_USAGE,
                       "name the backup: restore FILE; without it --accept-rollback accepts the "
                       "vault as it stands");
    return SV_OK;
}

/* Setting the vault back takes the words that open it, at a terminal or from a source.
 * The session's functions work on cli->vault, which is borrowed here. */
static enum sv_status unlock(struct cli *cli, struct vault_restoring *r, struct sv_err *err)
{
    enum sv_status s = vault_restore_vault(r, &cli->vault, err);
    if (s == SV_OK)
        s = session_unlock(cli, err);
    cli->vault = NULL;
    return s;
}

static void put_seen(struct json *j, const struct vault_restore *is)
{
    json_key(j, "seen");
    if (is->kind == RESTORE_FIRST) {
        json_null(j);
        return;
    }
    json_object(j);
    json_key(j, "epoch");
    json_int(j, (int64_t)is->seen_epoch);
    json_key(j, "change");
    json_int(j, (int64_t)is->seen_seq);
    json_object_end(j);
}

static enum sv_status put_json(struct cli *cli, const char *path, const char *file,
                               const struct vault_restore *is, struct sv_err *err)
{
    struct json j;
    json_begin(&j, cli->out);
    json_object(&j);
    json_key(&j, "schema");
    json_int(&j, 1);
    json_key(&j, "vault");
    json_string(&j, path);
    json_key(&j, "backup");
    json_string(&j, file);
    json_key(&j, "epoch");
    json_int(&j, (int64_t)is->epoch);
    json_key(&j, "change");
    json_int(&j, (int64_t)is->seq);
    json_key(&j, "written");
    json_time(&j, is->written);
    json_key(&j, "rolled_back");
    json_bool(&j, is->kind >= RESTORE_OLDER);
    put_seen(&j, is);
    json_key(&j, "kept");
    json_string(&j, is->kept);
    json_object_end(&j);
    sink_puts(cli->out, "\n");
    return json_end(&j, err);
}

static void tell(const struct cli *cli, const char *path, const struct vault_restore *is)
{
    char place[256], kept[256], when[TEXT_TIME_MAX];
    session_show_path(place, sizeof place, path);
    print_note(cli, "%s is the vault of %s, change %" PRIu64, place,
               text_time_local(when, is->written), is->seq);
    if (is->kept != NULL)
        print_note(cli, "what was there before is kept as %s",
                   session_show_path(kept, sizeof kept, is->kept));
    if (is->kind < RESTORE_OLDER)
        return;
    print_warning(cli,
                  "other machines that have seen change %" PRIu64 " refuse this vault until "
                  "\"smtpvault restore --accept-rollback\" is run on each",
                  is->seen_seq);
    if (is->epoch < is->seen_epoch)
        print_warning(cli, "whoever was removed since then can open it again: look at "
                           "\"smtpvault member list\", and remove them once more");
}

static enum sv_status restore(struct cli *cli, const struct args *args, const char *path,
                              const char *file, struct vault_restoring *r, struct sv_err *err)
{
    struct vault_restore is;
    bool accept = args_flag(args, "accept-rollback");
    enum sv_status s = SV_OK;
    vault_restore_look(r, &is);
    if (is.in_place && is.kind < RESTORE_OLDER) {
        print_note(cli, "nothing is restored: the vault goes on from all that was seen of it here");
        return SV_OK;
    }
    if (is.kind >= RESTORE_OLDER && accept)
        s = unlock(cli, r, err);
    if (s == SV_OK)
        s = vault_restore_commit(r, accept, err);
    if (s != SV_OK)
        return s;
    vault_restore_look(r, &is);
    if (cli->json)
        return put_json(cli, path, file, &is, err);
    tell(cli, path, &is);
    return SV_OK;
}

static enum sv_status run(struct cli *cli, const struct args *args, struct sv_err *err)
{
    RESTORING_OWNED struct vault_restoring *r = NULL;
    SV_AUTOFREE char *path = NULL;
    SV_AUTOFREE char *state_root = NULL;
    SV_AUTOFREE char *file = NULL;
    struct work work;
    enum sv_status s = session_place(cli, &path, &state_root, err);
    if (s == SV_OK)
        s = session_absolute(args_count(args) > 0 ? args_word(args, 0) : path, &file, err);
    if (s != SV_OK)
        return s;
    struct vault_place place = {.path = path, .state_root = state_root};
    work_begin(&work, cli, "proving the backup");
    s = work_end(&work, vault_restore_begin(&r, &place, file, &work.progress, err));
    return s == SV_OK ? restore(cli, args, path, file, r, err) : s;
}

static const struct option_spec options[] = {
    {"accept-rollback", 0, NULL, COMPLETES_NOTHING, "take a state older than was seen here", false},
    {0},
};
static const char *const examples[] = {
    "smtpvault restore /mnt/usb/vault-2026-11-24.db",
    "smtpvault restore ~/backups/mail.db --accept-rollback",
    "smtpvault restore --accept-rollback",
    NULL,
};
const struct command cmd_restore = {
    .name = "restore",
    .group = "vault",
    .args = "[FILE]",
    .summary = "put a backup in the vault's place",
    .flags = CMD_HIDDEN_IN_SHELL,
    .max_args = 1,
    .completes = COMPLETES_FILE,
    .options = options,
    .examples = examples,
    .help = "FILE is proved as a whole first; what is at the place is kept beside it. A backup "
            "older than what this machine has seen is refused, since an attacker would put one "
            "there too; --accept-rollback takes it after unlocking, and the log says so. Without "
            "FILE it accepts the vault at its place, on a machine that saw a newer one.",
    .check = check,
    .run = run,
};
