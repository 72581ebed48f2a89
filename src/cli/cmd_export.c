/* SPDX-License-Identifier: ISC */
/* export: logins as another tool's configuration wants them. */
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/export_formats.h"
#include "cli/hook.h"
#include "cli/names.h"
#include "cli/print.h"
#include "cli/profile_args.h"
#include "cli/session.h"
#include "tool/format.h"

static enum sv_status fail_format(const char *word, struct sv_err *err)
{
    SV_AUTOFREE const char **names = sv_alloc_array(format_count, sizeof *names);
    for (size_t i = 0; names != NULL && i < format_count; i++)
        names[i] = formats[i]->name;
    char shown[64];
    const char *nearest = names != NULL ? text_nearest(word, names, format_count) : NULL;
    return sv_fail(err, SV_USAGE,
                   "unknown format \"%s\"%s%s%s; \"smtpvault export --formats\" "
                   "lists them",
                   text_printable(shown, sizeof shown, word, strlen(word)),
                   nearest != NULL ? "; did you mean \"" : "", nearest != NULL ? nearest : "",
                   nearest != NULL ? "\"?" : "");
}

static enum sv_status check(struct cli *cli, const struct args *args, struct sv_err *err)
{
    const char *to = args_value(args, "to");
    if (args_flag(args, "formats"))
        return SV_OK;
    if (args_count(args) == 0)
        return sv_fail(err, SV_USAGE, "export needs a name: smtpvault export NAME... --to FORMAT");
    if (to == NULL)
        return sv_fail(err, SV_USAGE, "export needs --to FORMAT; --formats lists them");
    const struct format *f = format_find(to);
    if (f == NULL)
        return fail_format(to, err);
    if (f->secretless && args_flag(args, "inline"))
        return sv_fail(err, SV_USAGE, "%s has no place for a secret: leave --inline out", f->title);
    if (!f->has_hook && !f->secretless && !args_flag(args, "inline"))
        return sv_fail(err, SV_USAGE,
                       "%s cannot ask a command for the secret; --inline writes the "
                       "secret itself",
                       f->title);
    if (args_flag(args, "force") && args_value(args, "output") == NULL)
        return sv_fail(err, SV_USAGE, "--force is for -o FILE");
    return names_check(cli, args, err);
}

struct export
{
    const struct format *format;
    size_t count;
    struct profile *profiles;
    struct secret **secrets;
    struct format_input *inputs;
};

static void export_clear(struct export *e)
{
    for (size_t i = 0; i < e->count; i++) {
        if (e->profiles != NULL)
            profile_clear(&e->profiles[i]);
        if (e->secrets != NULL)
            secret_free(e->secrets[i]);
    }
    sv_free(e->profiles);
    sv_free(e->secrets);
    sv_free(e->inputs);
}

static enum sv_status fetch(struct cli *cli, struct export *e, size_t i, const char *name,
                            bool with_secret, struct sv_err *err)
{
    struct reveal why = {.op = AUDIT_EXPORT, .note = e->format->name};
    enum sv_status s =
        with_secret ? vault_reveal(cli->vault, name, &why, &e->profiles[i], &e->secrets[i], err)
                    : vault_find(cli->vault, name, &e->profiles[i], err);
    if (s != SV_OK)
        return s;
    profile_args_warn(cli, &e->profiles[i]);
    e->inputs[i].profile = &e->profiles[i];
    e->inputs[i].secret = e->secrets[i];
    return SV_OK;
}

static enum sv_status write_all(struct cli *cli, const struct args *args, struct sink *out,
                                struct sv_err *err)
{
    __attribute__((cleanup(export_clear))) struct export e = {0};
    HOOK_OWNED struct hook hook = {.program = NULL};
    enum sv_status s = hook_find(cli, !args_flag(args, "inline"), &hook, err);
    if (s != SV_OK)
        return s;
    e.format = format_find(args_value(args, "to"));
    e.profiles = sv_alloc_array(args_count(args), sizeof *e.profiles);
    e.secrets = sv_alloc_array(args_count(args), sizeof *e.secrets);
    e.inputs = sv_alloc_array(args_count(args), sizeof *e.inputs);
    if (e.profiles == NULL || e.secrets == NULL || e.inputs == NULL)
        return sv_fail_nomem(err);
    e.count = args_count(args);
    for (size_t i = 0; s == SV_OK && i < e.count; i++) {
        hook_fill(&hook, &e.inputs[i]);
        e.inputs[i].appended = args_value(args, "output") == NULL;
        s = fetch(cli, &e, i, args_word(args, i), args_flag(args, "inline"), err);
    }
    return s == SV_OK ? format_write(e.format, out, e.inputs, e.count, err) : s;
}

static enum sv_status create_file(const char *path, const struct secret *text, mode_t mode,
                                  struct sv_err *err)
{
    enum file_kind kind;
    enum sv_status s = file_look(path, &kind, err);
    if (s == SV_OK && kind == FILE_REGULAR)
        return sv_fail(err, SV_EXISTS, "%s exists already: --force replaces it", NAME_SHOWN(path));
    return s == SV_OK ? file_create(path, secret_peek(text), secret_len(text), mode, err) : s;
}

/* A file that a group may read is our own user's until its owner is changed, and a user's
 * group may have others in it: only root's is written with the mode that it will have. */
static mode_t first_mode(const struct format *f)
{
    mode_t wanted = f->mode != 0 ? f->mode : 0600;
    return f->secretless || geteuid() == 0 ? wanted : wanted & 0700;
}

/* With what the tool needs to read it, and nobody else. */
static void note_written(const struct cli *cli, const char *path, const struct format *f)
{
    if (f->owner == NULL)
        print_note(cli, "wrote %s", NAME_SHOWN(path));
    else
        print_note(cli, "wrote %s; so that %s can read it: chown %s %s; chmod %04o %s",
                   NAME_SHOWN(path), f->name, f->owner, NAME_SHOWN(path),
                   f->mode != 0 ? f->mode : 0600, NAME_SHOWN(path));
}

static enum sv_status write_file(struct cli *cli, const struct args *args, const char *path,
                                 struct sv_err *err)
{
    SINK_OWNED struct sink *out = sink_new(true);
    SECRET_OWNED struct secret *text = NULL;
    const struct format *format = format_find(args_value(args, "to"));
    if (out == NULL)
        return sv_fail_nomem(err);
    enum sv_status s = write_all(cli, args, out, err);
    if (s == SV_OK)
        s = sink_to_secret(out, &text, err);
    if (s == SV_OK && args_flag(args, "force"))
        s = file_replace(path, secret_peek(text), secret_len(text), first_mode(format), err);
    else if (s == SV_OK)
        s = create_file(path, text, first_mode(format), err);
    if (s == SV_OK)
        note_written(cli, path, format);
    return s;
}

static enum sv_status run(struct cli *cli, const struct args *args, struct sv_err *err)
{
    const char *path = args_value(args, "output");
    if (args_flag(args, "formats"))
        return export_formats(cli, args, err);
    enum sv_status s = session_ensure(cli, true, false, err);
    if (s != SV_OK)
        return s;
    if (path != NULL && strcmp(path, "-") != 0)
        return write_file(cli, args, path, err);
    return write_all(cli, args, cli->out, err);
}

static const struct option_spec options[] = {
    {"to", 0, "FORMAT", COMPLETES_FORMAT, "the tool's format", false},
    {"inline", 0, NULL, COMPLETES_NOTHING, "write the secret itself, not a command", false},
    {"output", 'o', "FILE", COMPLETES_FILE, "a new file that others cannot read", false},
    {"force", 0, NULL, COMPLETES_NOTHING, "replace the file", false},
    {"formats", 0, NULL, COMPLETES_NOTHING, "list the formats; one, or those with the words",
     false},
    {0},
};
static const char *const examples[] = {
    "smtpvault export work --to msmtp >> ~/.msmtprc",
    "smtpvault export work shop --to json -o ~/logins.json",
    "smtpvault export --formats docker",
    NULL,
};
const struct command cmd_export = {
    .name = "export",
    .group = "use",
    .args = "NAME...",
    .summary = "write another tool's configuration",
    .flags = CMD_EMITS_SECRET | CMD_TOKEN,
    .max_args = -1,
    .completes = COMPLETES_PROFILE,
    .completes_second = COMPLETES_PROFILE,
    .options = options,
    .examples = examples,
    .help = "A format that can ask a command gets the command, and no secret is touched; --inline "
            "embeds the secret. What a syntax cannot say is refused with status 65.",
    .check = check,
    .run = run,
};
