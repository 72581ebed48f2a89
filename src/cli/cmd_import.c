/* SPDX-License-Identifier: ISC */
/* import: logins that are elsewhere, after a look at what would come of it. */
#include <stdio.h>
#include <unistd.h>

#include "base/alloc.h"
#include "cli/ask.h"
#include "cli/import_file.h"
#include "cli/import_folder.h"
#include "cli/import_show.h"
#include "cli/print.h"
#include "cli/session.h"
#include "cli/work.h"
#include "import/plan.h"

#define TAGS_MAX PROFILE_TAGS_MAX

static enum sv_status check_tags(const struct args *args, struct sv_err *err)
{
    PROFILE_OWNED struct profile p = {.name = NULL};
    enum sv_status s = SV_OK;
    for (size_t i = 0; s == SV_OK && args_nth(args, "tag", i) != NULL; i++)
        s = profile_add_tag(&p, args_nth(args, "tag", i), err);
    return s;
}

static enum sv_status check(struct cli *cli, const struct args *args, struct sv_err *err)
{
    if (args_flag(args, "formats"))
        return SV_OK;
    if (args_flag(args, "replace") && args_flag(args, "rename"))
        return sv_fail(err, SV_USAGE, "--replace and --rename exclude each other");
    enum sv_status s = import_file_check(cli, args, err);
    if (s == SV_OK)
        s = check_tags(args, err);
    if (s == SV_OK && !args_flag(args, "dry-run") && !args_flag(args, "yes") &&
        !ask_yes_possible(cli))
        s = sv_fail(err, SV_USAGE,
                    "there is nobody to ask whether this is right: give --yes, or --dry-run to "
                    "see what would come of it");
    return s;
}

static enum sv_status make_plan(struct cli *cli, const struct args *args, struct found_list *found,
                                struct plan *plan, struct sv_err *err)
{
    const char *tags[TAGS_MAX];
    struct plan_wishes wishes = {.all = args_flag(args, "all"),
                                 .insecure = args_flag(args, "insecure"),
                                 .replace = args_flag(args, "replace"),
                                 .rename = args_flag(args, "rename"),
                                 .tags = tags};
    while (wishes.tag_count < TAGS_MAX && args_nth(args, "tag", wishes.tag_count) != NULL) {
        tags[wishes.tag_count] = args_nth(args, "tag", wishes.tag_count);
        wishes.tag_count++;
    }
    return plan_make(plan, cli->vault, found, &wishes, err);
}

/* On stderr, before the question and where stdout may be a file. */
static enum sv_status show_before(struct cli *cli, const struct plan *plan, bool problems,
                                  struct sv_err *err)
{
    SINK_OWNED struct sink *out = sink_new(false);
    if (out == NULL)
        return sv_fail_nomem(err);
    enum sv_status s = import_show_table(cli, out, plan, problems, err);
    return s == SV_OK ? sink_release(out, STDERR_FILENO, "standard error", err) : s;
}

/* SV_FINDINGS: the answer was no. */
static enum sv_status ask(struct cli *cli, const struct args *args, size_t count,
                          struct sv_err *err)
{
    char question[96];
    bool yes = false;
    if (args_flag(args, "yes"))
        return SV_OK;
    (void)snprintf(question, sizeof question, "Store %s login%s?", count == 1 ? "this" : "these",
                   count == 1 ? "" : "s");
    enum sv_status s = ask_yes(cli, question, &yes, err);
    if (s != SV_OK || yes)
        return s;
    print_note(cli, "nothing was stored");
    return SV_FINDINGS;
}

static enum sv_status carry_out(struct cli *cli, struct plan *plan, struct sv_err *err)
{
    struct work work;
    work_begin(&work, cli, "storing the logins");
    enum sv_status s = work_end(&work, plan_carry_out(plan, cli->vault, &work.progress, err));
    if (s == SV_OK)
        cli->changed = true;
    return s;
}

static void tell_rest(const struct cli *cli, const struct import_file *file, size_t count)
{
    print_note(cli, "stored %zu login%s", count, count == 1 ? "" : "s");
    if (count > 0 && file->path != NULL && !file->folder)
        print_note(cli, "%s still holds the secrets in clear", file->what);
}

/* Shows, asks, stores. */
static enum sv_status go(struct cli *cli, const struct args *args, const struct import_file *file,
                         struct plan *plan, struct sv_err *err)
{
    bool dry = args_flag(args, "dry-run");
    size_t count = plan->states[PLAN_NEW] + plan->states[PLAN_REPLACE];
    char counts[IMPORT_COUNTS_MAX];
    enum sv_status s = SV_OK;
    if (cli->json)
        s = import_show_json(cli, file->source, plan, dry, err);
    else if (dry)
        s = import_show_table(cli, cli->out, plan, false, err);
    else if (!cli->quiet || !args_flag(args, "yes"))
        s = show_before(cli, plan, args_flag(args, "yes"), err);
    if (s != SV_OK)
        return s;
    print_note(cli, "%s: %s", file->what, import_show_counts(counts, plan));
    if (dry || count == 0)
        return SV_OK;
    s = ask(cli, args, count, err);
    if (s == SV_OK)
        s = carry_out(cli, plan, err);
    if (s == SV_OK)
        tell_rest(cli, file, count);
    return s;
}

static enum sv_status run(struct cli *cli, const struct args *args, struct sv_err *err)
{
    IMPORT_FILE_OWNED struct import_file file = {.source = NULL};
    FOUND_LIST_OWNED struct found_list found = {.items = NULL};
    PLAN_OWNED struct plan plan = {.rows = NULL};
    if (args_flag(args, "formats"))
        return import_show_formats(cli, err);
    enum sv_status s = import_file_open(cli, args, &file, err);
    if (s == SV_OK && file.folder)
        s = import_folder_read(cli, &file, args_flag(args, "all"), &found, err);
    else if (s == SV_OK)
        s = import_take(file.source, file.what, &file.bytes, &found, err);
    /* The agent adds one at a time; what is all or nothing needs the keys here. */
    if (s == SV_OK)
        s = session_ensure_own(cli, true, true, err);
    if (s == SV_OK)
        s = make_plan(cli, args, &found, &plan, err);
    return s == SV_OK ? go(cli, args, &file, &plan, err) : s;
}

static const struct option_spec options[] = {
    {"from", 0, "FORMAT", COMPLETES_IMPORT, "what FILE is; default: found out", false},
    {"dry-run", 'n', NULL, COMPLETES_NOTHING, "show what would be stored, and store nothing",
     false},
    {"yes", 'y', NULL, COMPLETES_NOTHING, "do not ask", false},
    {"all", 0, NULL, COMPLETES_NOTHING, "take what does not look like mail, too", false},
    {"tag", 0, "TAG", COMPLETES_NOTHING, "a word for each of them to be grouped by", true},
    {"replace", 0, NULL, COMPLETES_NOTHING, "where a name is taken, make a new version", false},
    {"rename", 0, NULL, COMPLETES_NOTHING, "where a name is taken, take another", false},
    {"insecure", 0, NULL, COMPLETES_NOTHING, "take servers without TLS, too", false},
    {"formats", 0, NULL, COMPLETES_NOTHING, "list the formats", false},
    {0},
};
static const char *const examples[] = {
    "smtpvault import --dry-run ~/bitwarden_export.csv",
    "smtpvault import --from netrc ~/.netrc --yes --tag moved",
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
            "in FILE is executed or included.",
    .check = check,
    .run = run,
};
