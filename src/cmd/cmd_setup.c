/* SPDX-License-Identifier: ISC */
/* setup: a tool's own configuration, changed in its place, so that it asks the vault. */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "adopt/setup_block.h"
#include "adopt/setup_fence.h"
#include "adopt/setup_file.h"
#include "adopt/setup_next.h"
#include "adopt/setup_pick.h"
#include "adopt/setup_remind.h"
#include "adopt/setup_show.h"
#include "adopt/setup_unit.h"
#include "base/alloc.h"
#include "base/text.h"
#include "cli/ask.h"
#include "cli/names.h"
#include "cli/print.h"
#include "cli/session.h"
#include "setup/change.h"

static enum sv_status fail_tool(const char *word, struct sv_err *err)
{
    SV_AUTOFREE const char **names = sv_alloc_array(setup_tool_count, sizeof *names);
    for (size_t i = 0; names != NULL && i < setup_tool_count; i++)
        names[i] = setup_tools[i]->name;
    const char *nearest = names != NULL ? text_nearest(word, names, setup_tool_count) : NULL;
    return sv_fail(err, SV_USAGE, "unknown tool \"%s\"%s%s%s; \"smtpvault setup\" lists them",
                   NAME_SHOWN(word), nearest != NULL ? "; did you mean \"" : "",
                   nearest != NULL ? nearest : "", nearest != NULL ? "\"?" : "");
}

/* A path that stands as it is in main.cf and in a unit. */
static enum sv_status check_path(const struct args *args, const char *option, struct sv_err *err)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                  "/._@+-";
    const char *path = args_value(args, option);
    if (path == NULL || (path[0] == '/' && strspn(path, letters) == strlen(path)))
        return SV_OK;
    return sv_fail(err, SV_USAGE, "--%s takes an absolute path of letters, digits and ._@+-",
                   option);
}

static const char *const for_reminders[] = {"by", "to", "every"};

/* Whether each option is one of this tool. */
static enum sv_status check_options(const struct setup_tool *tool, const struct args *args,
                                    struct sv_err *err)
{
    char unit[SETUP_UNIT_MAX];
    const char *word = args_value(args, "unit");
    bool user = args_value(args, "user") != NULL, copy = args_value(args, "copy") != NULL;
    if (tool->unit && word == NULL)
        return sv_fail(err, SV_USAGE,
                       "which service? \"smtpvault setup systemd NAME --unit "
                       "mailer.service\"");
    if (!tool->unit && word != NULL)
        return sv_fail(err, SV_USAGE, "--unit is for \"smtpvault setup systemd\"");
    if (tool->socket == NULL && args_value(args, "socket") != NULL)
        return sv_fail(err, SV_USAGE, "%s asks no socket, but a command", tool->title);
    if (copy && (tool->copy == NULL || args_value(args, "socket") != NULL))
        return sv_fail(err, SV_USAGE, "--copy is for Postfix, and in place of the agent's socket");
    if (user && (tool->socket == NULL || geteuid() != 0 || args_word(args, 1) == NULL))
        return sv_fail(err, SV_USAGE,
                       "--user is for root, who sets up Postfix or a service with a login of "
                       "another user's vault, by its name");
    if (!tool->reminds)
        for (size_t i = 0; i < sizeof for_reminders / sizeof for_reminders[0]; i++)
            if (args_value(args, for_reminders[i]) != NULL)
                return sv_fail(err, SV_USAGE, "--%s is for \"smtpvault setup reminders\"",
                               for_reminders[i]);
    enum sv_status s = check_path(args, "socket", err);
    if (s == SV_OK)
        s = check_path(args, "copy", err);
    if (s == SV_OK && tool->reminds)
        return setup_remind_check(args, err);
    return s == SV_OK && tool->unit ? setup_unit_name(word, unit, err) : s;
}

static enum sv_status check(struct cli *cli, const struct args *args, struct sv_err *err)
{
    const char *word = args_word(args, 0);
    const struct setup_tool *tool = word != NULL ? setup_tool_find(word) : NULL;
    if (word == NULL)
        return SV_OK;
    if (tool == NULL)
        return fail_tool(word, err);
    if (tool->advice != NULL)
        return sv_fail(err, SV_USAGE, "%s is not set up by this command: %s", tool->title,
                       tool->advice);
    enum sv_status s = check_options(tool, args, err);
    if (s != SV_OK)
        return s;
    if (tool->root && geteuid() != 0 && args_value(args, "file") == NULL)
        return sv_fail(err, SV_DENIED, "the configuration of %s is root's: run this as root",
                       tool->title);
    if (!args_flag(args, "dry-run") && !args_flag(args, "yes") && !ask_yes_possible(cli))
        return sv_fail(err, SV_LOCKED,
                       "%s, whether this is right: give --yes, or --dry-run to see what would be "
                       "changed",
                       ask_nobody(cli));
    return SV_OK;
}

/* What one run works with. */
struct job {
    const struct setup_tool *tool;
    const char *name;                 /* of the profile */
    const char *user, *socket, *copy; /* options, or NULL */
    char unit[SETUP_UNIT_MAX];
    bool undo, dry, yes;
    bool fenced, alone;
    bool ours; /* the file has a block already */
    struct setup_file file;
    struct blob block;
    struct edit edit;
};

static void job_clear(struct job *job)
{
    edit_clear(&job->edit);
    blob_clear(&job->block);
    setup_file_clear(&job->file);
}

/* SV_FINDINGS: the answer was no. */
static enum sv_status ask(struct cli *cli, const struct job *job, struct sv_err *err)
{
    char shown[SETUP_SHOWN], question[SETUP_SHOWN + 32];
    bool yes = false;
    if (job->yes)
        return SV_OK;
    (void)snprintf(question, sizeof question, "Change %s so?",
                   session_show_path(shown, sizeof shown, job->file.path));
    enum sv_status s = ask_yes(cli, question, &yes, err);
    if (s != SV_OK || yes)
        return s;
    print_note(cli, "nothing was changed");
    return SV_FINDINGS;
}

/* kept: the file as it was lies beside it. */
static void tell_next(const struct cli *cli, const struct job *job, bool kept)
{
    char file[SETUP_SHOWN];
    const struct setup_next next = {job->tool, job->name,   job->unit,
                                    job->copy, job->fenced, job->alone};
    size_t line = edit_secret_line(&job->edit);
    (void)session_show_path(file, sizeof file, job->file.path);
    if (line != 0)
        print_warning(cli,
                      "line %zu of %s seems to hold a password in clear%s%s%s: remove it when the "
                      "vault has it",
                      line, file, kept ? ", and so does " : "", kept ? file : "",
                      kept ? ".before-smtpvault" : "");
    if (job->tool->unit && !setup_unit_is_there(job->unit))
        print_warning(cli, "systemd has no unit %s yet: is its name right?", job->unit);
    setup_next_tell(cli, &next);
}

static enum sv_status finish(struct cli *cli, const struct job *job, const char *state,
                             struct sv_err *err)
{
    struct setup_outcome o = {
        .state = state, .tool = job->tool, .profile = job->name, .file = &job->file};
    return cli->json ? setup_show_json(cli, &o, err) : SV_OK;
}

static enum sv_status write_it(struct cli *cli, struct job *job, struct sv_err *err)
{
    BLOB_OWNED struct blob text = {0};
    char file[SETUP_SHOWN];
    bool kept = false, removed = false;
    (void)session_show_path(file, sizeof file, job->file.path);
    enum sv_status s = edit_text(&job->edit, &text, err);
    if (s == SV_OK)
        s = job->undo ? setup_file_restore(&job->file, &text, &removed, err)
                      : setup_file_write(&job->file, &text, job->ours, &kept, err);
    if (s != SV_OK)
        return s;
    if (removed && job->tool->unit)
        setup_unit_leave(job->file.path);
    if (removed)
        print_note(cli, "removed %s, which setup had made", file);
    else if (job->undo)
        print_note(cli, "took %s out of %s", NAME_SHOWN(job->name), file);
    else
        print_note(cli, "%s asks the vault for %s now (%s%s%s%s)", job->tool->title,
                   NAME_SHOWN(job->name), file, kept ? "; as it was: " : "", kept ? file : "",
                   kept ? ".before-smtpvault" : "");
    if (!job->undo)
        tell_next(cli, job, kept);
    return finish(cli, job, job->undo ? "undone" : "done", err);
}

static enum sv_status show_and_write(struct cli *cli, struct job *job, struct sv_err *err)
{
    char file[SETUP_SHOWN], shown[SETUP_SHOWN];
    (void)session_show_path(file, sizeof file, job->file.path);
    if (!edit_changes(&job->edit)) {
        print_note(cli, job->undo ? "%s holds nothing of smtpvault for %s" : "%s is set up for %s",
                   file, NAME_SHOWN(job->name));
        return finish(cli, job, job->undo ? "not-set-up" : "already", err);
    }
    if (job->file.linked)
        print_note(cli, "%s is a link to %s: that is what changes",
                   session_show_path(shown, sizeof shown, job->file.named), file);
    enum sv_status s = SV_OK;
    if (!(cli->quiet && job->yes) && !(cli->json && job->yes))
        s = setup_show_diff(cli, &job->file, &job->edit, job->dry, err);
    if (s == SV_OK && job->dry)
        return finish(cli, job, "would-change", err);
    if (s == SV_OK)
        s = ask(cli, job, err);
    return s == SV_OK ? write_it(cli, job, err) : s;
}

/* A fault of the text names no file. */
static enum sv_status in_file(const struct job *job, enum sv_status s, struct sv_err *err)
{
    char file[SETUP_SHOWN];
    if (s != SV_DATA && s != SV_EXISTS)
        return s;
    struct sv_err inner = *err;
    return sv_fail(err, s, "%s: %s", session_show_path(file, sizeof file, job->file.path),
                   inner.text);
}

static enum sv_status undo(struct cli *cli, struct job *job, struct sv_err *err)
{
    SETUP_FOUND_OWNED struct setup_found found = {.names = NULL};
    char file[SETUP_SHOWN];
    size_t len;
    const char *text = setup_file_text(&job->file, &len);
    enum sv_status s = in_file(job, setup_look(text, len, &found, err), err);
    if (s != SV_OK)
        return s;
    if (job->name == NULL && found.count > 1)
        s = setup_pick_block(cli, &job->file, &found, !job->yes, &job->name, err);
    if (s != SV_OK)
        return s;
    if (job->name == NULL && found.count == 0) {
        print_note(cli, "%s holds nothing of smtpvault",
                   session_show_path(file, sizeof file, job->file.path));
        return finish(cli, job, "not-set-up", err);
    }
    job->name = job->name != NULL ? job->name : found.names[0];
    s = setup_change(job->tool, text, len, job->name, NULL, false, &job->block, &job->edit, err);
    return s == SV_OK ? show_and_write(cli, job, err) : s;
}

/* The text as if this login had never been set up. */
static enum sv_status bare_text(const struct job *job, const char *text, size_t len,
                                struct blob *bare, struct sv_err *err)
{
    EDIT_OWNED struct edit edit = {.lines = NULL};
    BLOB_OWNED struct blob none = {0};
    enum sv_status s =
        setup_change(job->tool, text, len, job->name, NULL, false, &none, &edit, err);
    return s == SV_OK ? edit_text(&edit, bare, err) : s;
}

/* What of the block is another way than the format's. */
static enum sv_status adapt(struct job *job, struct blob *body, struct sv_err *err)
{
    const struct setup_tool *t = job->tool;
    const char *socket = job->socket;
    if (socket == NULL && geteuid() != 0)
        socket = t->user_socket;
    if (job->copy == NULL && socket != NULL)
        return setup_block_exchange(body, t->socket, socket, err);
    if (job->copy == NULL)
        return job->fenced ? setup_fence_rewrite(body, err) : SV_OK;
    char key[64], line[PATH_MAX + 64];
    (void)snprintf(key, sizeof key, "%.*s", (int)strcspn(t->copy, "="), t->copy);
    (void)snprintf(line, sizeof line, "%s%s", t->copy, job->copy);
    return setup_block_replace(body, key, line, err);
}

/* p: NULL, with a login of another user's vault. */
static enum sv_status set_up(struct cli *cli, struct job *job, const struct profile *p,
                             struct sv_err *err)
{
    SETUP_FOUND_OWNED struct setup_found found = {.names = NULL};
    BLOB_OWNED struct blob bare = {0}, body = {0};
    size_t len;
    const char *text = setup_file_text(&job->file, &len);
    enum sv_status s = bare_text(job, text, len, &bare, err);
    if (s == SV_OK)
        s = setup_look(text, len, &found, err);
    job->ours = found.count > 0;
    if (s == SV_OK && job->tool->refuses != NULL)
        s = job->tool->refuses((const char *)bare.bytes, bare.len, job->name, err);
    s = in_file(job, s, err);
    if (s != SV_OK)
        return s;
    s = p == NULL ? setup_block_of_user(cli, job->user, job->tool, job->name, &body, err)
                  : setup_block_write(cli, job->tool, p, &bare, &job->alone, &body, err);
    job->fenced = s == SV_OK && setup_fence_holds(job->tool);
    if (s == SV_OK)
        s = adapt(job, &body, err);
    if (s == SV_OK)
        s = setup_change(job->tool, text, len, job->name, &body, job->alone, &job->block,
                         &job->edit, err);
    return s == SV_OK ? show_and_write(cli, job, err) : s;
}

static enum sv_status open_file(struct job *job, const struct args *args, struct sv_err *err)
{
    const char *given = args_value(args, "file");
    SV_AUTOFREE char *drop_in = NULL;
    enum sv_status s = SV_OK;
    if (job->tool->unit)
        s = setup_unit_name(args_value(args, "unit"), job->unit, err);
    if (s == SV_OK && job->tool->unit && given == NULL)
        s = setup_unit_file(job->unit, &drop_in, err);
    return s == SV_OK ? setup_file_open(&job->file, job->tool, given != NULL ? given : drop_in, err)
                      : s;
}

/* The login by its name, or the one that is meant. */
static enum sv_status find(struct cli *cli, struct job *job, struct profile *p, struct sv_err *err)
{
    enum sv_status s = session_ensure(cli, true, false, err);
    if (s != SV_OK)
        return s;
    return job->name != NULL ? vault_find(cli->vault, job->name, p, err)
                             : setup_pick_profile(cli, job->tool, &job->file, !job->yes, p, err);
}

static enum sv_status run(struct cli *cli, const struct args *args, struct sv_err *err)
{
    PROFILE_OWNED struct profile p = {.name = NULL};
    __attribute__((cleanup(job_clear))) struct job job = {
        .undo = args_flag(args, "undo"),
        .dry = args_flag(args, "dry-run"),
        .yes = args_flag(args, "yes"),
        .user = args_value(args, "user"),
        .socket = args_value(args, "socket"),
        .copy = args_value(args, "copy"),
        .name = args_word(args, 1),
    };
    if (args_count(args) == 0)
        return setup_show_tools(cli, err);
    job.tool = setup_tool_find(args_word(args, 0));
    if (job.tool->reminds)
        return setup_remind(cli, args, job.tool, err);
    enum sv_status s = open_file(&job, args, err);
    if (s != SV_OK)
        return s;
    if (job.undo)
        return undo(cli, &job, err);
    if (job.user != NULL)
        return set_up(cli, &job, NULL, err);
    s = find(cli, &job, &p, err);
    if (s != SV_OK)
        return s;
    job.name = p.name;
    return set_up(cli, &job, &p, err);
}

static const struct option_spec options[] = {
    {"dry-run", 'n', NULL, COMPLETES_NOTHING, "show what would be changed, and change nothing",
     false},
    {"yes", 'y', NULL, COMPLETES_NOTHING, "do not ask", false},
    {"undo", 0, NULL, COMPLETES_NOTHING, "take it out again", false},
    {"file", 0, "FILE", COMPLETES_FILE, "the tool's configuration, when it is elsewhere", false},
    {"unit", 0, "NAME", COMPLETES_NOTHING, "systemd: the service that gets the login", false},
    {"socket", 0, "PATH", COMPLETES_FILE,
     "Postfix, systemd: where the agent listens for them, when it is elsewhere", false},
    {"copy", 0, "FILE", COMPLETES_FILE,
     "Postfix: read the login from this file, as export writes it, and ask no agent", false},
    {"by", 0, "WAY", COMPLETES_REMIND, "reminders: how, as remind has it", true},
    {"to", 0, "ADDR", COMPLETES_NOTHING, "reminders: whom a mail goes to", false},
    {"every", 0, "7d", COMPLETES_NOTHING, "reminders: the same thing not again before", false},
    {"user", 0, "USER", COMPLETES_NOTHING, "as root: the login is in this user's vault", false},
    {0},
};
static const char *const examples[] = {
    "smtpvault setup git-send-email work", "smtpvault setup msmtp work --dry-run",
    "smtpvault setup msmtp --undo",        "smtpvault setup systemd work --unit mailer.service",
    "smtpvault setup reminders --by mail", NULL,
};
const struct command cmd_setup = {
    .name = "setup",
    .group = "use",
    .args = "[TOOL [PROFILE]]",
    .summary = "let a tool ask the vault, in its own configuration",
    .flags = CMD_TOKEN,
    .max_args = 2,
    .completes = COMPLETES_TOOL,
    .completes_second = COMPLETES_PROFILE,
    .options = options,
    .examples = examples,
    .help = "Shows the change of the tool's file, asks, and makes it in one step; what was there "
            "stays beside it. No secret is written: the tool asks for it. Without TOOL it lists "
            "the tools.",
    .check = check,
    .run = run,
};
