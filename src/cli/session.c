/* SPDX-License-Identifier: ISC */
#include "cli/session.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/ask.h"
#include "cli/print.h"
#include "cli/renew.h"
#include "cli/session_agent.h"
#include "cli/session_identity.h"
#include "cli/session_token.h"
#include "cli/source.h"
#include "crypto/slot.h"
#include "domain/vault_grant.h"
#include "domain/vault_remote.h"

/* Fewer bytes than this are within reach even at Argon2id's price. */
#define PASSPHRASE_SHORT 12

static enum sv_status default_path(char **out, struct sv_err *err)
{
    SV_AUTOFREE char *dir = NULL;
    enum sv_status s = env_data_dir(&dir, err);
    if (s != SV_OK)
        return s;
    char *path = path_join(dir, "vault.db");
    if (path == NULL)
        return sv_fail_nomem(err);
    *out = path;
    return SV_OK;
}

enum sv_status session_absolute(const char *given, char **out, struct sv_err *err)
{
    char cwd[PATH_MAX];
    char *path = NULL;
    if (given[0] == '/')
        path = sv_strdup(given);
    else if (getcwd(cwd, sizeof cwd) != NULL)
        path = path_join(cwd, given);
    else
        return sv_fail_errno(err, SV_IO, errno, "cannot tell the current folder");
    if (path == NULL)
        return sv_fail_nomem(err);
    *out = path;
    return SV_OK;
}

enum sv_status session_place(const struct cli *cli, char **path, char **state_root,
                             struct sv_err *err)
{
    SV_AUTOFREE char *file = NULL;
    SV_AUTOFREE char *state = NULL;
    enum sv_status s = cli->vault_file != NULL ? session_absolute(cli->vault_file, &file, err)
                                               : default_path(&file, err);
    if (s == SV_OK)
        s = env_state_dir(&state, err);
    if (s != SV_OK)
        return s;
    *path = file;
    *state_root = state;
    file = state = NULL;
    return SV_OK;
}

bool session_is_default(const char *path)
{
    SV_AUTOFREE char *usual = NULL;
    return default_path(&usual, NULL) == SV_OK && strcmp(usual, path) == 0;
}

char *session_show_path(char *dst, size_t capacity, const char *path)
{
    const char *home = env_get("HOME");
    size_t len = home != NULL ? strlen(home) : 0;
    char shown[PATH_MAX + 2];
    if (len > 1 && strncmp(path, home, len) == 0 && path[len] == '/')
        snprintf(shown, sizeof shown, "~%s", path + len);
    else
        snprintf(shown, sizeof shown, "%s", path);
    return text_printable(dst, capacity, shown, strlen(shown));
}

enum sv_status session_ensure(struct cli *cli, bool unlocked, bool writable, struct sv_err *err)
{
    if (unlocked && cli->vault == NULL) {
        enum sv_status s =
            cli->token_from != NULL ? session_token_agent(cli, err) : session_agent_vault(cli, err);
        if (s != SV_MISSING)
            return s;
    }
    return session_ensure_own(cli, unlocked, writable, err);
}

enum sv_status session_ensure_own(struct cli *cli, bool unlocked, bool writable, struct sv_err *err)
{
    /* In a shell, after something for which the agent was good enough. */
    if (cli->vault != NULL && vault_is_far(cli->vault))
        cli_close(cli);
    enum sv_status s = session_token_check(cli, err);
    if (s != SV_OK)
        return s;
    /* A shell reads now and writes later. */
    if (cli->vault == NULL && (s = session_open(cli, !writable && !cli->in_shell, err)) != SV_OK)
        return s;
    return unlocked && !vault_is_unlocked(cli->vault) ? session_unlock(cli, err) : SV_OK;
}

typedef enum sv_status opening(struct vault **out, const struct vault_place *place,
                               struct sv_err *err);

static enum sv_status for_reading(struct vault **out, const struct vault_place *place,
                                  struct sv_err *err)
{
    return vault_open(out, place, true, err);
}

static enum sv_status for_writing(struct vault **out, const struct vault_place *place,
                                  struct sv_err *err)
{
    return vault_open(out, place, false, err);
}

static enum sv_status confirm(void *context, const char *question, bool *yes, struct sv_err *err)
{
    return ask_yes(context, question, yes, err);
}

static enum sv_status open_by(struct cli *cli, opening *open, struct sv_err *err)
{
    SV_AUTOFREE char *path = NULL;
    SV_AUTOFREE char *state_root = NULL;
    enum sv_status s = session_token_check(cli, err);
    if (s == SV_OK)
        s = session_place(cli, &path, &state_root, err);
    if (s != SV_OK)
        return s;
    struct vault_place place = {.path = path, .state_root = state_root};
    struct sv_err found = {""};
    s = open(&cli->vault, &place, &found);
    if (s == SV_OK) {
        vault_confirm_by(cli->vault, &(const struct vault_confirm){confirm, cli});
        renew_here(cli->vault);
    }
    if (s == SV_MISSING)
        return sv_fail(err, s, "%s; \"smtpvault init\" makes one", found.text);
    return s == SV_OK ? SV_OK : sv_fail(err, s, "%s", found.text);
}

void session_warn_short(const struct cli *cli, const struct secret *passphrase)
{
    if (passphrase != NULL && secret_len(passphrase) < PASSPHRASE_SHORT)
        print_warning(cli, "the passphrase is short: a thief of the vault could guess it; five "
                           "random words are out of reach (\"smtpvault passphrase\" changes it)");
}

enum sv_status session_open(struct cli *cli, bool read_only, struct sv_err *err)
{
    return open_by(cli, read_only ? for_reading : for_writing, err);
}

enum sv_status session_ensure_for_log(struct cli *cli, struct sv_err *err)
{
    /* A shell keeps its session, and needs one that can do everything. */
    if (cli->vault == NULL && !cli->in_shell) {
        enum sv_status s = open_by(cli, vault_open_inspect, err);
        if (s != SV_OK)
            return s;
    }
    return session_ensure_own(cli, true, false, err);
}

enum sv_status session_make_keyfile(const char *path, struct sv_err *err)
{
    SECRET_OWNED struct secret *content = NULL;
    enum sv_status s = keyfile_make(&content, err);
    if (s != SV_OK)
        return s;
    return file_create(path, secret_peek(content), secret_len(content), 0600, err);
}

static enum sv_status read_keyfile(const char *path, struct secret **hash, bool *ours,
                                   struct sv_err *err)
{
    SECRET_OWNED struct secret *content = NULL;
    enum sv_status s = file_read_secret(path, KEYFILE_MAX, &content, err);
    if (s != SV_OK)
        return s;
    char shown[256];
    if (secret_len(content) == 0)
        return sv_fail(err, SV_DATA, "the key file %s is empty",
                       session_show_path(shown, sizeof shown, path));
    *ours = keyfile_is_ours(content);
    return keyfile_hash(hash, content, err);
}

static enum sv_status fail_foreign(const char *path, struct sv_err *err)
{
    char shown[256];
    return sv_fail(err, SV_DATA,
                   "%s was not made by smtpvault, and only such a key file may open a vault alone: "
                   "name a file that does not exist, and it is made",
                   session_show_path(shown, sizeof shown, path));
}

enum sv_status session_keyfile(const char *path, bool alone, struct secret **hash,
                               struct sv_err *err)
{
    SECRET_OWNED struct secret *read = NULL;
    bool ours = false;
    enum sv_status s = read_keyfile(path, &read, &ours, err);
    if (s != SV_OK || (alone && !ours))
        return s != SV_OK ? s : fail_foreign(path, err);
    *hash = read;
    read = NULL;
    return SV_OK;
}

/* A key file is offered alone only when it is one of ours: another file's hash
 * would be a failed try in the log. *refused: it opens nothing alone, as err says. */
static enum sv_status try_keyfile(struct cli *cli, const struct vault_ways *ways,
                                  struct secret **hash, bool *refused, struct sv_err *err)
{
    bool ours = false, others = ways->passphrase || ways->passphrase_keyfile;
    if (cli->keyfile == NULL)
        return SV_OK;
    enum sv_status s = read_keyfile(cli->keyfile, hash, &ours, err);
    if (s != SV_OK || !ways->keyfile)
        return s;
    if (!ours)
        return others ? SV_OK : fail_foreign(cli->keyfile, err);
    struct slot_credentials cred = {.keyfile_hash = *hash};
    s = vault_unlock(cli->vault, &cred, err);
    *refused = s == SV_DENIED && others;
    return *refused ? SV_OK : s;
}

/* It is told what would help: an agent where there is none, and not where there is one that
 * does not do this. */
static const char *how_locked(const struct cli *cli, const char **hint)
{
    struct agent_status status;
    struct sv_err aside = {""};
    if (env_get("SMTPVAULT_AGENT") == NULL && session_agent_status(cli, &status, &aside) == SV_OK) {
        *hint = "";
        return "the vault is open only in the agent, which does not do this,";
    }
    *hint = cli->command != NULL && (cli->command->flags & CMD_UNLOCKED) != 0 && !cli->no_agent
                ? "; \"smtpvault unlock\" on a terminal keeps it open for a while"
                : "";
    return "the vault is locked";
}

static enum sv_status fail_locked(const struct cli *cli, const struct vault_ways *ways,
                                  struct sv_err *err)
{
    const char *hint, *state = how_locked(cli, &hint);
    if (!ways->passphrase && !ways->passphrase_keyfile && !ways->keyfile)
        return sv_fail(err, SV_LOCKED,
                       "%s and opens with an identity: give --identity FILE or set "
                       "SMTPVAULT_IDENTITY",
                       state);
    if (!ways->passphrase && !ways->passphrase_keyfile)
        return sv_fail(err, SV_LOCKED,
                       "%s and opens with a key file: give --keyfile FILE or set "
                       "SMTPVAULT_KEYFILE",
                       state);
    if (!ways->passphrase && cli->keyfile == NULL)
        return sv_fail(err, SV_LOCKED,
                       "%s and wants its key file beside the passphrase: give --keyfile FILE or "
                       "set SMTPVAULT_KEYFILE",
                       state);
    return sv_fail(err, SV_LOCKED,
                   "%s and there is %s: %sgive --passphrase-from SOURCE (file:PATH, fd:N, "
                   "cmd:COMMAND, cred:NAME)%s%s%s",
                   state, ask_nobody(cli), cli->no_input ? "" : ASK_HELP ", or ",
                   ways->keyfile ? " or --keyfile FILE" : "",
                   ways->identity ? " or --identity FILE" : "", hint);
}

enum sv_status session_question(struct cli *cli, const char *what, char *dst, size_t capacity,
                                struct sv_err *err)
{
    struct vault_info info;
    char path[256];
    enum sv_status s = vault_info(cli->vault, &info, err);
    if (s == SV_OK)
        snprintf(dst, capacity, "%s for %s: ", what,
                 session_show_path(path, sizeof path, info.path));
    return s;
}

/* A member with an identity may take the question for that of their own passphrase. */
static enum sv_status try_once(struct cli *cli, const struct slot_credentials *cred,
                               const struct vault_ways *ways, struct sv_err *err)
{
    struct sv_err found = {""};
    enum sv_status s = vault_unlock(cli->vault, cred, &found);
    if (s == SV_OK)
        return s;
    return sv_fail(err, s, "%s%s%s", found.text,
                   s == SV_DENIED && !source_asks(cli->passphrase_from)
                       ? " (it came from --passphrase-from or SMTPVAULT_PASSPHRASE_FROM)"
                       : "",
                   s == SV_DENIED && ways->identity
                       ? " (whoever has an identity gives --identity FILE, or sets "
                         "SMTPVAULT_IDENTITY)"
                       : "");
}

/* Who unlocked the vault would wonder why it asks again. */
static void tell_own_keys(const struct cli *cli)
{
    struct agent_status status;
    struct sv_err aside = {""};
    if (source_asks(cli->passphrase_from) && cli->command != NULL && cli->token_from == NULL &&
        session_agent_status(cli, &status, &aside) == SV_OK)
        print_note(cli,
                   "the agent has the vault open, but hands out no keys, and \"%s\" needs them: "
                   "so the passphrase is asked for",
                   cli->command->name);
}

static enum sv_status try_passphrase(struct cli *cli, const struct secret *keyfile,
                                     const struct vault_ways *ways, struct sv_err *err)
{
    struct sv_err wrong = {""};
    char question[300];
    enum sv_status s = session_question(cli, "Passphrase", question, sizeof question, err);
    if (s != SV_OK)
        return s;
    tell_own_keys(cli);
    struct source_ask ask = {.what = "passphrase", .question = question, .limit = PASSPHRASE_MAX};
    for (int try = 1;; try++) {
        SECRET_OWNED struct secret *passphrase = NULL;
        s = source_read(cli, cli->passphrase_from, &ask, &passphrase, err);
        if (s != SV_OK)
            return s;
        struct slot_credentials cred = {.passphrase = passphrase, .keyfile_hash = keyfile};
        s = try_once(cli, &cred, ways, err);
        if (s == SV_OK)
            vault_owner_is_here(cli->vault, source_asks(cli->passphrase_from));
        if (s != SV_DENIED || !source_asks(cli->passphrase_from))
            return s;
        if (try == ASK_TRIES)
            return sv_fail(err, s, "wrong passphrase%s, %d times: nothing was done",
                           keyfile != NULL ? " or key file" : "", try);
        wrong = *err;
        ask.wrong = wrong.text;
        print_error(s, err);
    }
}

static enum sv_status unlock(struct cli *cli, bool may_ask, struct sv_err *err)
{
    struct vault_ways ways;
    SECRET_OWNED struct secret *keyfile = NULL;
    bool refused = false;
    enum sv_status s = session_token_check(cli, err);
    if (s == SV_OK && cli->token_from != NULL)
        return session_token_unlock(cli, err);
    if (s == SV_OK)
        s = vault_ways(cli->vault, &ways, err);
    if (s == SV_OK && cli->identity != NULL)
        return session_unlock_identity(cli, &ways, may_ask, err);
    if (s == SV_OK)
        s = try_keyfile(cli, &ways, &keyfile, &refused, err);
    if (s != SV_OK || vault_is_unlocked(cli->vault))
        return s;
    bool both = keyfile != NULL && ways.passphrase_keyfile;
    bool asks = source_asks(cli->passphrase_from);
    if ((!both && !ways.passphrase) ||
        (asks && (!may_ask || ask_way(cli, cli->passphrase_from) == ASK_NOBODY)))
        return refused && !both ? SV_DENIED : fail_locked(cli, &ways, err);
    return try_passphrase(cli, both ? keyfile : NULL, &ways, err);
}

enum sv_status session_unlock(struct cli *cli, struct sv_err *err)
{
    return unlock(cli, true, err);
}

enum sv_status session_unlock_unasked(struct cli *cli, bool *unlocked, struct sv_err *err)
{
    enum sv_status s = unlock(cli, false, err);
    if (s != SV_OK && s != SV_LOCKED)
        return s;
    *unlocked = s == SV_OK;
    err->text[0] = '\0';
    return SV_OK;
}

enum sv_status session_unlock_if_possible(struct cli *cli, bool *unlocked, struct sv_err *err)
{
    *unlocked = vault_is_unlocked(cli->vault);
    if (*unlocked || ask_way(cli, cli->passphrase_from) == ASK_NOBODY)
        return *unlocked ? SV_OK : session_unlock_unasked(cli, unlocked, err);
    enum sv_status s = session_unlock(cli, err);
    *unlocked = s == SV_OK;
    return s;
}
