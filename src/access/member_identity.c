/* SPDX-License-Identifier: ISC */
/* member identity: makes one, shows its public line, changes its passphrase. No vault
 * is needed: it is the member's own business, on the member's machine. */
#include <string.h>

#include "access/cost.h"
#include "access/member.h"
#include "base/alloc.h"
#include "base/env.h"
#include "base/file.h"
#include "cli/print.h"
#include "cli/session.h"
#include "cli/session_identity.h"
#include "cli/source.h"
#include "format/json.h"

enum sv_status member_identity_check(struct cli *cli, const struct args *args, struct sv_err *err)
{
    struct argon2_cost cost;
    const char *source = args_value(args, "new-passphrase-from");
    const char *text = args_value(args, "argon2"), *comment = args_value(args, "comment");
    bool show = args_value(args, "show") != NULL;
    bool change = args_value(args, "change-passphrase") != NULL;
    bool make = args_value(args, "output") != NULL || comment != NULL;
    if (show + change + make > 1 || (show && (source != NULL || text != NULL)))
        return sv_fail(err, SV_USAGE,
                       "it goes: member identity [-o FILE] [--comment TEXT], member identity "
                       "--show FILE, or member identity --change-passphrase FILE");
    enum sv_status s = comment != NULL ? identity_check_comment(comment, err) : SV_OK;
    if (s == SV_OK && text != NULL)
        s = cost_parse(text, &cost, err);
    return s == SV_OK && source != NULL ? source_check(cli, source, err) : s;
}

static enum sv_status put_line(struct cli *cli, const struct identity_public *identity,
                               struct sv_err *err)
{
    char line[IDENTITY_LINE_MAX + 1];
    struct json j;
    identity_line(line, identity);
    if (!cli->json) {
        sink_puts(cli->out, line);
        sink_puts(cli->out, "\n");
        return SV_OK;
    }
    json_begin(&j, cli->out);
    json_object(&j);
    json_key(&j, "schema");
    json_int(&j, 1);
    json_key(&j, "identity");
    json_string(&j, line);
    json_key(&j, "comment");
    json_string(&j, identity->comment);
    json_object_end(&j);
    sink_puts(cli->out, "\n");
    return json_end(&j, err);
}

/* The bytes of a file that a new passphrase protects. */
static enum sv_status seal(struct cli *cli, const struct args *args, const struct secret *key,
                           const struct identity_public *identity, struct blob *content,
                           struct sv_err *err)
{
    SECRET_OWNED struct secret *passphrase = NULL;
    const char *text = args_value(args, "argon2");
    struct argon2_cost cost;
    struct source_ask ask = {.what = "new passphrase",
                             .question = "New passphrase of the identity: ",
                             .confirm = true,
                             .limit = PASSPHRASE_MAX};
    enum sv_status s =
        source_read(cli, args_value(args, "new-passphrase-from"), &ask, &passphrase, err);
    if (s == SV_OK)
        s = text != NULL ? cost_parse(text, &cost, err) : argon2_calibrate(&cost, err);
    if (s == SV_OK)
        s = identity_file_make(content, key, identity, passphrase, &cost, err);
    return s;
}

static enum sv_status change(struct cli *cli, const struct args *args, struct sv_err *err)
{
    const char *path = args_value(args, "change-passphrase");
    BLOB_OWNED struct blob content = {0}, next = {0};
    SECRET_OWNED struct secret *key = NULL;
    struct identity_public identity;
    enum sv_status s = session_identity_read(cli, path, &content, &identity, err);
    if (s == SV_OK)
        s = session_identity_open(cli, path, &content, true, &key, err);
    if (s == SV_OK)
        s = seal(cli, args, key, &identity, &next, err);
    if (s == SV_OK)
        s = file_replace(path, next.bytes, next.len, 0600, err);
    if (s == SV_OK)
        print_note(cli, "the identity has its new passphrase; old copies of the file still open "
                        "with the old one");
    return s;
}

static enum sv_status show(struct cli *cli, const struct args *args, struct sv_err *err)
{
    BLOB_OWNED struct blob content = {0};
    struct identity_public identity;
    enum sv_status s =
        session_identity_read(cli, args_value(args, "show"), &content, &identity, err);
    return s == SV_OK ? put_line(cli, &identity, err) : s;
}

/* -o, or a place in the folder of settings, which is made. */
static enum sv_status choose_path(const struct args *args, char **out, struct sv_err *err)
{
    SV_AUTOFREE char *dir = NULL;
    const char *given = args_value(args, "output");
    if (given != NULL)
        return session_absolute(given, out, err);
    enum sv_status s = env_config_dir(&dir, err);
    if (s == SV_OK)
        s = file_make_dirs(dir, err);
    if (s == SV_OK && (*out = path_join(dir, "identity")) == NULL)
        return sv_fail_nomem(err);
    return s;
}

static enum sv_status check_absent(const char *path, struct sv_err *err)
{
    enum file_kind kind;
    char shown[256];
    enum sv_status s = file_look(path, &kind, err);
    if (s == SV_OK && kind != FILE_ABSENT)
        s = sv_fail(err, SV_EXISTS,
                    "%s exists already, and an identity is never replaced: name another file with "
                    "-o, or print the public line of this one with --show",
                    session_show_path(shown, sizeof shown, path));
    return s;
}

static enum sv_status make(struct cli *cli, const struct args *args, struct sv_err *err)
{
    SV_AUTOFREE char *path = NULL;
    BLOB_OWNED struct blob content = {0};
    SECRET_OWNED struct secret *key = NULL;
    const char *comment = args_value(args, "comment");
    struct identity_public identity;
    char shown[256];
    enum sv_status s = choose_path(args, &path, err);
    if (s == SV_OK)
        s = check_absent(path, err);
    if (s == SV_OK)
        s = identity_make(&key, &identity, comment != NULL ? comment : "", err);
    if (s == SV_OK)
        s = seal(cli, args, key, &identity, &content, err);
    if (s == SV_OK)
        s = file_create(path, content.bytes, content.len, 0600, err);
    if (s != SV_OK)
        return s;
    session_show_path(shown, sizeof shown, path);
    print_note(cli, "made the identity %s; it stays with you, keep a copy of it", shown);
    print_note(cli,
               "send the line below to an administrator of the vault (it is no secret); then open "
               "the vault with \"smtpvault --identity %s list\"",
               shown);
    return put_line(cli, &identity, err);
}

enum sv_status member_identity(struct cli *cli, const struct args *args, struct sv_err *err)
{
    if (args_value(args, "show") != NULL)
        return show(cli, args, err);
    return args_value(args, "change-passphrase") != NULL ? change(cli, args, err)
                                                         : make(cli, args, err);
}
