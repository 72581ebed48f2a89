/* SPDX-License-Identifier: ISC */
/* init: makes a vault, and the key file where one is named that is not there. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "access/cost.h"
#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/print.h"
#include "cli/room.h"
#include "cli/session.h"
#include "cli/source.h"
#include "crypto/slot.h"

static enum sv_status check(struct cli *cli, const struct args *args, struct sv_err *err)
{
    struct argon2_cost cost;
    const char *text = args_value(args, "argon2");
    bool none = args_flag(args, "no-passphrase");
    if (none && cli->keyfile == NULL)
        return sv_fail(err, SV_USAGE,
                       "--no-passphrase needs --keyfile FILE: something must open "
                       "the vault");
    if (none && text != NULL)
        return sv_fail(err, SV_USAGE, "--argon2 is for passphrases: leave it out");
    return text != NULL ? cost_parse(text, &cost, err)
                        : source_check(cli, cli->passphrase_from, err);
}

/* *made: the file was made here, and is taken away again when the vault is not. */
static enum sv_status make_keyfile(const char *path, bool alone, bool *made, struct secret **hash,
                                   struct sv_err *err)
{
    enum file_kind kind;
    enum sv_status s = file_look(path, &kind, err);
    if (s == SV_OK && kind == FILE_ABSENT) {
        s = session_make_keyfile(path, err);
        *made = s == SV_OK;
    }
    return s == SV_OK ? session_keyfile(path, alone, hash, err) : s;
}

static enum sv_status ask_passphrase(struct cli *cli, const char *path, struct secret **out,
                                     struct sv_err *err)
{
    char shown[256], question[320];
    session_show_path(shown, sizeof shown, path);
    snprintf(question, sizeof question, "New passphrase for %s: ", shown);
    struct source_ask ask = {
        .what = "passphrase", .question = question, .confirm = true, .limit = PASSPHRASE_MAX};
    return source_read(cli, cli->passphrase_from, &ask, out, err);
}

static enum sv_status check_absent(const char *path, struct sv_err *err)
{
    enum file_kind kind;
    char shown[256];
    enum sv_status s = file_look(path, &kind, err);
    if (s == SV_OK && kind != FILE_ABSENT)
        s = sv_fail(err, SV_EXISTS,
                    "%s exists already, and was not changed: \"smtpvault status\" tells of it; "
                    "--vault FILE makes one elsewhere",
                    session_show_path(shown, sizeof shown, path));
    return s;
}

/* Before anything is asked: a passphrase that was thought of, and typed twice, for nothing is
 * the worst moment to hear of it. */
static enum sv_status check_room(const struct vault_place *place, struct sv_err *err)
{
    SV_AUTOFREE char *dir = path_dir(place->path);
    struct sv_err why = {""};
    const char *advice = "";
    enum sv_status s = dir != NULL ? room_check(dir, &advice, &why) : sv_fail_nomem(&why);
    if (s == SV_OK)
        s = room_check(place->state_root, &advice, &why);
    return s == SV_OK ? s
                      : sv_fail(err, s, "no vault was made: %.600s%s%s", why.text,
                                advice[0] != '\0' ? "; " : "", advice);
}

static enum sv_status create(struct cli *cli, const struct args *args,
                             const struct vault_place *place, const struct secret *keyfile,
                             struct sv_err *err)
{
    SECRET_OWNED struct secret *passphrase = NULL;
    SV_AUTOFREE char *dir = path_dir(place->path);
    const char *text = args_value(args, "argon2");
    struct argon2_cost cost;
    enum sv_status s = dir != NULL ? SV_OK : sv_fail_nomem(err);
    if (s == SV_OK && text != NULL)
        s = cost_parse(text, &cost, err);
    if (s == SV_OK && !args_flag(args, "no-passphrase"))
        s = ask_passphrase(cli, place->path, &passphrase, err);
    if (s == SV_OK)
        s = file_make_dirs(dir, err);
    struct slot_credentials cred = {.passphrase = passphrase, .keyfile_hash = keyfile};
    if (s == SV_OK)
        s = vault_create(&cli->vault, place, &cred, text != NULL ? &cost : NULL, err);
    if (s == SV_OK && keyfile == NULL)
        session_warn_short(cli, passphrase);
    return s;
}

/* The key file that was made goes, unless the vault may have its place already (the disk
 * failed after that): nothing else would open it. */
static void undo(const char *keyfile, const char *vault)
{
    enum file_kind kind;
    if (file_look(vault, &kind, NULL) == SV_OK && kind == FILE_ABSENT)
        unlink(keyfile);
}

static void tell(struct cli *cli, const struct args *args, const char *path, bool made)
{
    char shown[256], keyfile[256];
    print_note(cli, "made the vault %s", session_show_path(shown, sizeof shown, path));
    if (cli->keyfile != NULL)
        session_show_path(keyfile, sizeof keyfile, cli->keyfile);
    if (made)
        print_note(cli, "made the key file %s; keep a copy apart from the vault", keyfile);
    if (args_flag(args, "no-passphrase"))
        print_note(cli, "whoever has the key file opens the vault; without it nobody can");
    else
        print_note(cli, "keep a copy of the passphrase%s: nobody can open the vault without %s",
                   cli->keyfile != NULL ? " and of the key file" : "",
                   cli->keyfile != NULL ? "them" : "it");
    print_note(cli,
               "next: \"smtpvault add\" asks for a login, \"smtpvault import FILE\" takes over "
               "what you have");
}

static enum sv_status run(struct cli *cli, const struct args *args, struct sv_err *err)
{
    SV_AUTOFREE char *path = NULL;
    SV_AUTOFREE char *state_root = NULL;
    SECRET_OWNED struct secret *keyfile = NULL;
    bool made = false;
    enum sv_status s = session_place(cli, &path, &state_root, err);
    if (s == SV_OK)
        s = check_absent(path, err);
    struct vault_place place = {.path = path, .state_root = state_root};
    if (s == SV_OK)
        s = check_room(&place, err);
    if (s == SV_OK && cli->keyfile != NULL)
        s = make_keyfile(cli->keyfile, args_flag(args, "no-passphrase"), &made, &keyfile, err);
    if (s == SV_OK)
        s = create(cli, args, &place, keyfile, err);
    if (s != SV_OK) {
        if (made)
            undo(cli->keyfile, path);
        return s;
    }
    tell(cli, args, path, made);
    return SV_OK;
}

static const struct option_spec options[] = {
    {"no-passphrase", 0, NULL, COMPLETES_NOTHING, "the key file alone opens the vault", false},
    {"argon2", 0, "COST", COMPLETES_NOTHING,
     "cost of the passphrase, t=3,m=262144,p=4 (m in KiB); default: measured", false},
    {0},
};
static const char *const examples[] = {
    "smtpvault init",
    "smtpvault --keyfile ~/usb/mail.key init",
    "smtpvault --vault /srv/mail/db --keyfile /srv/mail/key init --no-passphrase",
    NULL,
};
const struct command cmd_init = {
    .name = "init",
    .group = "vault",
    .args = "",
    .summary = "make a vault",
    .flags = CMD_HIDDEN_IN_SHELL,
    .options = options,
    .examples = examples,
    .help = "Asks for a new passphrase twice and makes an empty vault. A key file that does not "
            "exist is made; with --no-passphrase it opens the vault alone, for jobs that run "
            "with nobody at the keyboard.",
    .check = check,
    .run = run,
};
