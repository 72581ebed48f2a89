/* SPDX-License-Identifier: ISC */
/* export: logins as another tool's configuration wants them, and the copies of secrets that it
 * has left in files. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/text.h"
#include "cli/names.h"
#include "cli/print.h"
#include "cli/session.h"
#include "export/export.h"
#include "export/export_formats.h"

/* One of these, or the writing of a format. */
static const char *const others[] = {"formats", "refresh", "forget"};

static const char *other_of(const struct args *args)
{
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (args_flag(args, others[i]))
            return others[i];
    return NULL;
}

/* An option that goes with some of these only. */
static enum sv_status check_goes(const struct args *args, const char *option, bool goes,
                                 const char *with, struct sv_err *err)
{
    return goes || !args_flag(args, option)
               ? SV_OK
               : sv_fail(err, SV_USAGE, "--%s is for %s", option, with);
}

static enum sv_status check_refresh(struct cli *cli, const struct args *args, struct sv_err *err)
{
    if (args_flag(args, "all") == (args_count(args) > 0))
        return sv_fail(err, SV_USAGE,
                       "export --refresh needs either names or --all: whose copies are to be "
                       "written anew?");
    return names_check(cli, args, err);
}

static enum sv_status check_forget(const struct args *args, struct sv_err *err)
{
    if (args_count(args) != 2)
        return sv_fail(err, SV_USAGE,
                       "export --forget needs a name and a file: smtpvault export --forget NAME "
                       "FILE");
    return profile_check_name(args_word(args, 0), err);
}

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

static enum sv_status check_write(struct cli *cli, const struct args *args, struct sv_err *err)
{
    const char *to = args_value(args, "to");
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
    if (args_flag(args, "stdout") && args_value(args, "output") != NULL)
        return sv_fail(err, SV_USAGE, "--stdout and -o FILE exclude each other");
    return names_check(cli, args, err);
}

static enum sv_status check(struct cli *cli, const struct args *args, struct sv_err *err)
{
    const char *other = other_of(args);
    bool refresh = other != NULL && strcmp(other, "refresh") == 0;
    bool forget = other != NULL && strcmp(other, "forget") == 0;
    bool file = other == NULL && args_value(args, "output") != NULL;
    enum sv_status s = check_goes(args, "force", file || refresh || forget,
                                  "-o FILE, --refresh and --forget", err);
    if (s == SV_OK)
        s = check_goes(args, "unrecorded", file && args_flag(args, "inline"), "--inline -o FILE",
                       err);
    if (s == SV_OK)
        s = check_goes(args, "all", refresh, "--refresh", err);
    if (s == SV_OK)
        s = check_goes(args, "dry-run", refresh, "--refresh", err);
    for (size_t i = 0; s == SV_OK && i < sizeof others / sizeof others[0]; i++)
        s = check_goes(args, others[i], other == others[i], "a command of its own", err);
    if (s != SV_OK || (other != NULL && !refresh && !forget))
        return s;
    if (refresh)
        return check_refresh(cli, args, err);
    return forget ? check_forget(args, err) : check_write(cli, args, err);
}

/* What goes to standard output may end in a file of which the vault knows nothing. */
static void say_unrecorded(const struct cli *cli, const struct args *args)
{
    struct stat st;
    bool lies = fstat(STDOUT_FILENO, &st) == 0 && S_ISREG(st.st_mode);
    if (!args_flag(args, "inline") || args_flag(args, "stdout") ||
        !print_is_terminal(STDERR_FILENO))
        return;
    print_note(cli, "%s: with -o FILE the vault remembers where the secret lies",
               lies ? "this file is not recorded" : "what becomes of this is not recorded");
}

static enum sv_status run_write(struct cli *cli, const struct args *args, struct sv_err *err)
{
    EXPORT_OWNED struct export e = {0};
    const char *path = args_value(args, "output");
    bool file = path != NULL && strcmp(path, "-") != 0;
    SV_AUTOFREE const char **names = sv_alloc_array(args_count(args), sizeof *names);
    if (names == NULL)
        return sv_fail_nomem(err);
    for (size_t i = 0; i < args_count(args); i++)
        names[i] = args_word(args, i);
    const struct export_wish wish = {
        .format = format_find(args_value(args, "to")),
        .names = names,
        .count = args_count(args),
        .secrets = args_flag(args, "inline"),
        .appended = path == NULL,
    };
    const struct export_goal goal = {
        .path = path,
        .force = args_flag(args, "force"),
        .record = wish.secrets && !args_flag(args, "unrecorded"),
    };
    if (file)
        return export_file(cli, &wish, &goal, err);
    say_unrecorded(cli, args);
    return export_write(cli, &wish, &e, cli->out, err);
}

static enum sv_status run(struct cli *cli, const struct args *args, struct sv_err *err)
{
    bool refresh = args_flag(args, "refresh"), forget = args_flag(args, "forget");
    if (args_flag(args, "formats"))
        return export_formats(cli, args, err);
    bool writes = forget || (refresh && !args_flag(args, "dry-run"));
    enum sv_status s = session_ensure(cli, true, writes, err);
    if (s != SV_OK)
        return s;
    if (refresh)
        return export_refresh(cli, args, err);
    return forget ? export_forget(cli, args, err) : run_write(cli, args, err);
}

static const struct option_spec options[] = {
    {"to", 0, "FORMAT", COMPLETES_FORMAT, "the tool's format", false},
    {"inline", 0, NULL, COMPLETES_NOTHING, "write the secret itself, not a command", false},
    {"output", 'o', "FILE", COMPLETES_FILE, "a new file that others cannot read", false},
    {"stdout", 0, NULL, COMPLETES_NOTHING, "standard output, for a pipe", false},
    {"unrecorded", 0, NULL, COMPLETES_NOTHING, "do not remember where the secret lies", false},
    {"refresh", 0, NULL, COMPLETES_NOTHING, "write anew the files that hold an old secret", false},
    {"all", 0, NULL, COMPLETES_NOTHING, "refresh: those of every login", false},
    {"dry-run", 'n', NULL, COMPLETES_NOTHING, "refresh: only say what would be written", false},
    {"forget", 0, NULL, COMPLETES_NOTHING, "forget a copy: NAME FILE", false},
    {"force", 0, NULL, COMPLETES_NOTHING, "replace the file; refresh a changed one", false},
    {"formats", 0, NULL, COMPLETES_NOTHING, "list the formats; one, or those with the words",
     false},
    {0},
};
static const char *const examples[] = {
    "smtpvault export work --to msmtp >> ~/.msmtprc",
    "smtpvault export work shop --to json -o ~/logins.json",
    "smtpvault export work --to nodemailer --inline -o ~/app/smtp.json",
    "smtpvault export --refresh work",
    "smtpvault export --formats docker",
    NULL,
};
const struct command cmd_export = {
    .name = "export",
    .group = "use",
    .args = "[NAME...] [FILE]",
    .summary = "write another tool's configuration",
    .flags = CMD_EMITS_SECRET | CMD_TOKEN,
    .max_args = -1,
    .completes = COMPLETES_PROFILE,
    .completes_second = COMPLETES_PROFILE,
    .options = options,
    .examples = examples,
    .help = "A format that can ask a command gets the command, and no secret is touched; --inline "
            "embeds the secret. What a syntax cannot say is refused with status 65. The vault "
            "remembers each file that got a secret: \"smtpvault show\" lists them, and --refresh "
            "writes them anew after a change.",
    .check = check,
    .run = run,
};
