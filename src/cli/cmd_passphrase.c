/* SPDX-License-Identifier: ISC */
/* passphrase: replaces the way in that opened this session by a new one. The
 * current secret is asked for even where a shell has the vault open. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "cli/cost.h"
#include "cli/print.h"
#include "cli/session.h"
#include "cli/source.h"
#include "crypto/slot.h"

static enum sv_status check(struct cli *cli, const struct args *args, struct sv_err *err)
{
    struct argon2_cost cost;
    const char *text = args_value(args, "argon2");
    const char *source = args_value(args, "new-passphrase-from");
    bool none = args_flag(args, "no-passphrase");
    if (none && args_value(args, "new-keyfile") == NULL)
        return sv_fail(err, SV_USAGE,
                       "--no-passphrase needs --new-keyfile FILE: something must "
                       "open the vault");
    if (none && (text != NULL || source != NULL))
        return sv_fail(err, SV_USAGE,
                       "--no-passphrase leaves nothing for --argon2 and "
                       "--new-passphrase-from");
    enum sv_status s = text != NULL ? cost_parse(text, &cost, err) : SV_OK;
    return s == SV_OK && source != NULL ? source_check(cli, source, err) : s;
}

/* A new key file is made; one that exists is taken as it is. */
static enum sv_status new_keyfile(const struct args *args, struct secret **hash, bool *made,
                                  struct sv_err *err)
{
    const char *path = args_value(args, "new-keyfile");
    enum file_kind kind;
    if (path == NULL)
        return SV_OK;
    enum sv_status s = file_look(path, &kind, err);
    if (s == SV_OK && kind == FILE_ABSENT) {
        s = session_make_keyfile(path, err);
        *made = s == SV_OK;
    }
    return s == SV_OK ? session_keyfile(path, args_flag(args, "no-passphrase"), hash, err) : s;
}

static enum sv_status new_passphrase(struct cli *cli, const struct args *args, struct secret **out,
                                     struct sv_err *err)
{
    struct source_ask ask = {.what = "new passphrase",
                             .question = "New passphrase: ",
                             .confirm = true,
                             .limit = PASSPHRASE_MAX};
    if (args_flag(args, "no-passphrase"))
        return SV_OK;
    return source_read(cli, args_value(args, "new-passphrase-from"), &ask, out, err);
}

/* Without --new-keyfile a second factor stays the second factor. */
static enum sv_status keep_keyfile(struct cli *cli, struct secret **hash, struct sv_err *err)
{
    struct vault_ways ways;
    enum sv_status s = vault_ways(cli->vault, &ways, err);
    if (s == SV_OK && *hash == NULL && cli->keyfile != NULL && ways.passphrase_keyfile)
        s = session_keyfile(cli->keyfile, false, hash, err);
    return s;
}

/* *begun: from here on a fault does not tell whether the new way in is the one that
 * opens the vault. */
static enum sv_status change(struct cli *cli, const struct args *args, struct secret **keyfile,
                             bool *begun, struct sv_err *err)
{
    SECRET_OWNED struct secret *passphrase = NULL;
    struct argon2_cost cost;
    const char *text = args_value(args, "argon2");
    enum sv_status s = keep_keyfile(cli, keyfile, err);
    if (s == SV_OK && text != NULL)
        s = cost_parse(text, &cost, err);
    if (s == SV_OK)
        s = new_passphrase(cli, args, &passphrase, err);
    struct slot_credentials cred = {.passphrase = passphrase, .keyfile_hash = *keyfile};
    *begun = s == SV_OK;
    if (s == SV_OK && *keyfile == NULL)
        session_warn_short(cli, passphrase);
    return s == SV_OK
               ? vault_change_credentials(cli->vault, &cred, text != NULL ? &cost : NULL, err)
               : s;
}

static enum sv_status run(struct cli *cli, const struct args *args, struct sv_err *err)
{
    SECRET_OWNED struct secret *keyfile = NULL;
    bool made = false, begun = false;
    if (cli->in_shell)
        vault_lock(cli->vault);
    enum sv_status s = session_ensure(cli, true, true, err);
    if (s == SV_OK)
        s = new_keyfile(args, &keyfile, &made, err);
    if (s == SV_OK)
        s = change(cli, args, &keyfile, &begun, err);
    if (s != SV_OK) {
        if (made && !begun)
            unlink(args_value(args, "new-keyfile"));
        else if (made)
            print_warning(cli, "the new key file is kept: the vault may want it already");
        return s;
    }
    if (made)
        print_note(cli, "made the key file; keep a copy apart from the vault");
    print_note(cli, "the way into the vault is changed; old copies of the file still open with the "
                    "old one");
    return SV_OK;
}

static const struct option_spec options[] = {
    {"new-passphrase-from", 0, "SOURCE", COMPLETES_SOURCE, "where the new passphrase comes from",
     false},
    {"new-keyfile", 0, "FILE", COMPLETES_FILE, "a new key file; made when it does not exist",
     false},
    {"no-passphrase", 0, NULL, COMPLETES_NOTHING, "the new key file alone opens the vault", false},
    {"argon2", 0, "COST", COMPLETES_NOTHING, "cost of the passphrase, t=3,m=262144,p=4", false},
    {0},
};
static const char *const examples[] = {
    "smtpvault passphrase",
    "smtpvault passphrase --new-keyfile ~/usb/mail.key",
    NULL,
};
const struct command cmd_passphrase = {
    .name = "passphrase",
    .group = "vault",
    .args = "",
    .summary = "change the passphrase, or the way in that was used",
    .flags = CMD_UNLOCKED | CMD_MUTATES,
    .options = options,
    .examples = examples,
    .help = "Old copies of the vault still open with the old passphrase: after a leak, change "
            "the secrets at the providers as well.",
    .check = check,
    .run = run,
};
