/* SPDX-License-Identifier: ISC */
/* import: logins that are elsewhere, after a look at what would come of it. */
#include <string.h>

#include "adopt/import_file.h"
#include "adopt/import_job.h"
#include "adopt/import_show.h"
#include "cli/ask.h"
#include "cli/source.h"

#define TAGS_MAX PROFILE_TAGS_MAX

static enum sv_status check_tags(const struct args *args, struct sv_err *err)
{
    PROFILE_OWNED struct profile p = {.name = NULL};
    enum sv_status s = SV_OK;
    for (size_t i = 0; s == SV_OK && args_nth(args, "tag", i) != NULL; i++)
        s = profile_add_tag(&p, args_nth(args, "tag", i), err);
    return s;
}

static enum sv_status check_after(const struct args *args, struct sv_err *err)
{
    bool adopt = args_flag(args, "adopt"), shred = args_flag(args, "shred");
    const char *word = args_word(args, 0);
    if (adopt && shred)
        return sv_fail(err, SV_USAGE, "--adopt and --shred exclude each other");
    if (args_flag(args, "force") && !shred)
        return sv_fail(err, SV_USAGE, "--force is for --shred: the file goes in any case");
    if ((adopt || shred) && word != NULL && strcmp(word, "-") == 0)
        return sv_fail(err, SV_USAGE, "--%s is for a file, and standard input is none",
                       adopt ? "adopt" : "shred");
    return SV_OK;
}

static enum sv_status check(struct cli *cli, const struct args *args, struct sv_err *err)
{
    if (args_flag(args, "formats"))
        return SV_OK;
    if (args_flag(args, "replace") && args_flag(args, "rename"))
        return sv_fail(err, SV_USAGE, "--replace and --rename exclude each other");
    enum sv_status s = check_after(args, err);
    if (s == SV_OK)
        s = import_file_check(cli, args, err);
    if (s == SV_OK && args_value(args, "source-passphrase-from") != NULL)
        s = source_check(cli, args_value(args, "source-passphrase-from"), err);
    if (s == SV_OK)
        s = check_tags(args, err);
    if (s == SV_OK && !args_flag(args, "dry-run") && !args_flag(args, "yes") &&
        !ask_yes_possible(cli))
        s = sv_fail(err, SV_USAGE,
                    "there is nobody to ask whether this is right: give --yes, or --dry-run to "
                    "see what would come of it");
    return s;
}

static enum sv_status run(struct cli *cli, const struct args *args, struct sv_err *err)
{
    IMPORT_JOB_OWNED struct import_job job = {.stored = 0};
    const char *tags[TAGS_MAX];
    struct import_how how = {.from = args_value(args, "from"),
                             .password_from = args_value(args, "source-passphrase-from"),
                             .wishes = {.all = args_flag(args, "all"),
                                        .insecure = args_flag(args, "insecure"),
                                        .replace = args_flag(args, "replace"),
                                        .rename = args_flag(args, "rename"),
                                        .tags = tags},
                             .dry_run = args_flag(args, "dry-run"),
                             .yes = args_flag(args, "yes"),
                             .then = args_flag(args, "adopt")   ? AFTER_ADOPT
                                     : args_flag(args, "shred") ? AFTER_SHRED
                                                                : AFTER_NOTHING,
                             .force = args_flag(args, "force")};
    size_t *count = &how.wishes.tag_count;
    if (args_flag(args, "formats"))
        return import_show_formats(cli, err);
    for (; *count < TAGS_MAX && args_nth(args, "tag", *count) != NULL; ++*count)
        tags[*count] = args_nth(args, "tag", *count);
    return import_job_run(cli, args_word(args, 0), &how, &job, err);
}

static const struct option_spec options[] = {
    {"from", 0, "FORMAT", COMPLETES_IMPORT, "what FILE is; default: found out", false},
    {"source-passphrase-from", 0, "SOURCE", COMPLETES_SOURCE,
     "where the primary password of a profile comes from; tty", false},
    {"dry-run", 'n', NULL, COMPLETES_NOTHING, "show what would be stored, and store nothing",
     false},
    {"yes", 'y', NULL, COMPLETES_NOTHING, "do not ask", false},
    {"all", 0, NULL, COMPLETES_NOTHING, "take what does not look like mail, too", false},
    {"tag", 0, "TAG", COMPLETES_NOTHING, "a word for each of them to be grouped by", true},
    {"replace", 0, NULL, COMPLETES_NOTHING, "where a name is taken, make a new version", false},
    {"rename", 0, NULL, COMPLETES_NOTHING, "where a name is taken, take another", false},
    {"insecure", 0, NULL, COMPLETES_NOTHING, "take servers without TLS, too", false},
    {"adopt", 0, NULL, COMPLETES_NOTHING, "let the file ask the vault for what it held", false},
    {"shred", 0, NULL, COMPLETES_NOTHING, "overwrite and remove the file", false},
    {"force", 0, NULL, COMPLETES_NOTHING, "... with logins that the vault has not", false},
    {"formats", 0, NULL, COMPLETES_NOTHING, "list the formats", false},
    {0},
};
static const char *const examples[] = {
    "smtpvault import --dry-run ~/bitwarden_export.csv",
    "smtpvault import --adopt ~/.msmtprc",
    "smtpvault import --dry-run ~/.thunderbird",
    "smtpvault import --formats",
    NULL,
};
const struct command cmd_import = {
    .name = "import",
    .group = "use",
    .args = "FILE|-",
    .summary = "bring in logins from a password manager or a mailer",
    .max_args = 1,
    .completes = COMPLETES_FILE,
    .options = options,
    .examples = examples,
    .help = "It shows what it found before it stores anything, and stores all of it in one "
            "transaction or nothing. What does not look like mail stays out; a server that is "
            "missing comes from the table of providers. Where the vault has another login of the "
            "same name, that one stays unless --replace or --rename is given. Nothing that stands "
            "in FILE is executed or included. The file stays as it is unless --adopt or --shred "
            "is given, or a question about it answered with yes.",
    .check = check,
    .run = run,
};
