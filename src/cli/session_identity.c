/* SPDX-License-Identifier: ISC */
#include "cli/session_identity.h"

#include <stdio.h>

#include "base/file.h"
#include "cli/ask.h"
#include "cli/print.h"
#include "cli/session.h"
#include "cli/source.h"
#include "domain/vault_grant.h"

enum sv_status session_identity_read(const struct cli *cli, const char *path, struct blob *content,
                                     struct identity_public *identity, struct sv_err *err)
{
    BLOB_OWNED struct blob read = {0};
    struct sv_err found = {""};
    char shown[256];
    enum sv_status s = file_read_blob(path, IDENTITY_FILE_MAX, &read, err);
    if (s != SV_OK)
        return s;
    s = identity_file_public(identity, read.bytes, read.len, &found);
    if (s != SV_OK)
        return sv_fail(err, s, "%s: %s", session_show_path(shown, sizeof shown, path), found.text);
    if (file_check_private(path, &found) != SV_OK)
        print_warning(cli, "%s", found.text);
    *content = read;
    read = (struct blob){0};
    return SV_OK;
}

static enum sv_status fail_locked(const struct cli *cli, struct sv_err *err)
{
    return sv_fail(err, SV_LOCKED,
                   "the identity is locked and there is %s: %sgive --passphrase-from SOURCE "
                   "(file:PATH, fd:N, cmd:COMMAND, cred:NAME) with the identity's own passphrase",
                   ask_nobody(cli), cli->no_input ? "" : ASK_HELP ", or ");
}

enum sv_status session_identity_open(struct cli *cli, const char *path, const struct blob *content,
                                     bool may_ask, struct secret **key, struct sv_err *err)
{
    struct sv_err wrong = {""};
    char shown[256], question[320];
    bool asks = source_asks(cli->passphrase_from);
    if (asks && (!may_ask || ask_way(cli, cli->passphrase_from) == ASK_NOBODY))
        return fail_locked(cli, err);
    snprintf(question, sizeof question,
             "Passphrase of the identity %s: ", session_show_path(shown, sizeof shown, path));
    struct source_ask ask = {
        .what = "passphrase of the identity", .question = question, .limit = PASSPHRASE_MAX};
    for (int try = 1;; try++) {
        SECRET_OWNED struct secret *passphrase = NULL;
        enum sv_status s = source_read(cli, cli->passphrase_from, &ask, &passphrase, err);
        if (s == SV_OK)
            s = identity_file_open(key, content->bytes, content->len, passphrase, err);
        if (s != SV_DENIED || !asks || try == ASK_TRIES)
            return s;
        wrong = *err;
        ask.wrong = wrong.text;
        print_error(s, err);
    }
}

enum sv_status session_unlock_identity(struct cli *cli, const struct vault_ways *ways, bool may_ask,
                                       struct sv_err *err)
{
    BLOB_OWNED struct blob content = {0};
    SECRET_OWNED struct secret *key = NULL;
    struct identity_public identity;
    enum sv_status s = session_identity_read(cli, cli->identity, &content, &identity, err);
    if (s == SV_OK && !ways->identity)
        return sv_fail(err, SV_DENIED,
                       "nobody opens this vault with an identity: leave out --identity (and "
                       "SMTPVAULT_IDENTITY), or ask an administrator to add yours");
    if (s == SV_OK)
        s = session_identity_open(cli, cli->identity, &content, may_ask, &key, err);
    if (s != SV_OK)
        return s;
    const struct slot_credentials cred = {.identity = key};
    s = vault_unlock(cli->vault, &cred, err);
    if (s == SV_OK)
        vault_owner_is_here(cli->vault, source_asks(cli->passphrase_from));
    return s;
}
