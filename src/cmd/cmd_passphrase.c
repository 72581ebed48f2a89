/* SPDX-License-Identifier: ISC */
/* passphrase: replaces the way in that opened this session by a new one. The
 * current secret is asked for even where a shell has the vault open. */
#include "access/new_way.h"
#include "cli/print.h"
#include "cli/session.h"

/* Without --new-keyfile a second factor stays the second factor. */
static enum sv_status keep_keyfile(struct cli *cli, struct secret **hash, struct sv_err *err)
{
    struct vault_ways ways;
    enum sv_status s = vault_ways(cli->vault, &ways, err);
    if (s == SV_OK && *hash == NULL && cli->keyfile != NULL && ways.passphrase_keyfile)
        s = session_keyfile(cli->keyfile, false, hash, err);
    return s;
}

static enum sv_status change(struct cli *cli, const struct args *args, struct new_way *way,
                             struct sv_err *err)
{
    enum sv_status s = new_way_read(cli, args, NULL, way, err);
    if (s == SV_OK)
        s = keep_keyfile(cli, &way->keyfile, err);
    if (s != SV_OK)
        return s;
    struct slot_credentials cred = new_way_credentials(way);
    s = vault_change_credentials(cli->vault, &cred, way->has_cost ? &way->cost : NULL, err);
    /* Other faults do not tell whether it is the one that opens the vault. */
    way->keep = s != SV_DENIED && s != SV_USAGE;
    return s;
}

static enum sv_status fail_identity(struct sv_err *err)
{
    return sv_fail(err, SV_USAGE,
                   "an identity has its own passphrase, which the vault does not know: change it "
                   "with \"smtpvault member identity --change-passphrase FILE\"");
}

static enum sv_status run(struct cli *cli, const struct args *args, struct sv_err *err)
{
    NEW_WAY_OWNED struct new_way way = {0};
    if (cli->identity != NULL)
        return fail_identity(err);
    if (cli->in_shell)
        vault_lock(cli->vault);
    enum sv_status s = session_ensure_own(cli, true, true, err);
    if (s == SV_OK)
        s = change(cli, args, &way, err);
    if (s != SV_OK) {
        if (way.made != NULL && way.keep)
            print_warning(cli, "the new key file is kept: the vault may want it already");
        return s;
    }
    if (way.made != NULL)
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
    .options = options,
    .examples = examples,
    .help = "Old copies of the vault still open with the old passphrase: after a leak, change "
            "the secrets at the providers as well.",
    .check = new_way_check,
    .run = run,
};
