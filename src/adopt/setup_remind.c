/* SPDX-License-Identifier: ISC */
#include "adopt/setup_remind.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "adopt/setup_file.h"
#include "adopt/setup_show.h"
#include "adopt/setup_unit.h"
#include "base/alloc.h"
#include "base/env.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/ask.h"
#include "cli/child.h"
#include "cli/print.h"
#include "cli/session.h"
#include "setup/change.h"

#define NAME "reminders" /* of the block */
#define CRONTAB_MAX (1024 * 1024)

struct job {
    const struct setup_tool *tool;
    bool undo, dry, yes;
    bool cron;
    struct setup_file file; /* of cron: its bytes, and a word in place of a path */
    struct blob block;
    struct edit edit;
};

static void job_clear(struct job *job)
{
    edit_clear(&job->edit);
    blob_clear(&job->block);
    setup_file_clear(&job->file);
}

/* ---- where ---- */

/* This user has a systemd of its own, and it runs. */
static bool has_manager(void)
{
    char path[PATH_MAX];
    const char *runtime = env_get("XDG_RUNTIME_DIR");
    if (runtime != NULL)
        (void)snprintf(path, sizeof path, "%s/systemd/private", runtime);
    else
        (void)snprintf(path, sizeof path, "/run/user/%u/systemd/private", (unsigned)geteuid());
    struct stat st;
    return geteuid() != 0 && stat(path, &st) == 0 && S_ISSOCK(st.st_mode);
}

static bool holds_block(const struct job *job)
{
    SETUP_FOUND_OWNED struct setup_found found = {.names = NULL};
    size_t len;
    const char *text = setup_file_text(&job->file, &len);
    return setup_look(text, len, &found, NULL) == SV_OK && found.count > 0;
}

/* What is not there is told in one way only: anything else must not be taken for no crontab, or
 * the one that there is would be lost. */
static enum sv_status read_crontab(struct job *job, struct sv_err *err)
{
    static const char *const argv[] = {"sh", "-c", "LC_ALL=C exec crontab -l 2>&1", NULL};
    static const char none[] = "no crontab for ";
    CHILD_OWNED struct child c = CHILD_NONE;
    SECRET_OWNED struct secret *text = NULL;
    char shown[200];
    setup_file_clear(&job->file);
    job->file.path = sv_strdup("crontab");
    enum sv_status s =
        job->file.path != NULL ? child_start(&c, argv, false, err) : sv_fail_nomem(err);
    if (s == SV_OK)
        s = file_drain_secret(c.from, CRONTAB_MAX, "the crontab", &text, err);
    if (s != SV_OK)
        return s;
    int status = child_wait(&c);
    size_t len = secret_len(text);
    const char *said = (const char *)secret_peek(text);
    if (status == 127)
        return sv_fail(err, SV_CONFIG,
                       "there is neither a systemd of this user nor crontab (Debian: apt install "
                       "cron): let what you have start \"smtpvault --no-input remind\" once a day");
    if (status != 0 && len >= strlen(none) && memcmp(said, none, strlen(none)) == 0)
        return SV_OK;
    if (status != 0)
        return sv_fail(err, SV_CONFIG, "crontab -l ended with %d: %s", status,
                       text_printable(shown, sizeof shown, said, len));
    job->file.bytes = text;
    job->file.exists = true;
    text = NULL;
    return SV_OK;
}

static enum sv_status open_place(struct job *job, struct sv_err *err)
{
    enum sv_status s = setup_file_open(&job->file, job->tool, NULL, err);
    if (s != SV_OK)
        return s;
    job->cron = job->undo ? !holds_block(job) : !has_manager();
    if (job->cron)
        return read_crontab(job, err);
    if (job->undo || setup_unit_is_there(SETUP_REMIND_TIMER))
        return SV_OK;
    return sv_fail(err, SV_CONFIG,
                   "systemd has no unit " SETUP_REMIND_TIMER
                   ": \"make install\" puts it where systemd looks");
}

/* ---- the change ---- */

static enum sv_status write_crontab(const struct blob *text, struct sv_err *err)
{
    static const char *const set[] = {"crontab", "-", NULL}, *const none[] = {"crontab", "-r",
                                                                              NULL};
    CHILD_OWNED struct child c = CHILD_NONE;
    enum sv_status s = child_start(&c, text->len > 0 ? set : none, text->len > 0, err);
    if (s != SV_OK)
        return s;
    bool written = text->len == 0 || file_write_all(c.to, text->bytes, text->len) == 0;
    int status = child_wait(&c);
    if (!written || status != 0)
        return sv_fail(err, SV_IO, "crontab did not take the change (its status is %d)", status);
    return SV_OK;
}

static enum sv_status systemctl(const char *verb, const char *flag, const char *unit,
                                struct sv_err *err)
{
    CHILD_OWNED struct child c = CHILD_NONE;
    const char *argv[] = {"systemctl", "--user", "--quiet", verb, flag, unit, NULL};
    enum sv_status s = child_start(&c, argv, false, err);
    int status = s == SV_OK ? child_wait(&c) : 0;
    if (status != 0)
        return sv_fail(err, SV_CONFIG, "\"systemctl --user %s\" ended with %d, as it says above",
                       verb, status);
    return s;
}

static enum sv_status follow(const struct job *job, struct sv_err *err)
{
    if (job->cron)
        return SV_OK;
    enum sv_status s = systemctl("daemon-reload", NULL, NULL, err);
    return s == SV_OK
               ? systemctl(job->undo ? "disable" : "enable", "--now", SETUP_REMIND_TIMER, err)
               : s;
}

static enum sv_status write_it(struct job *job, struct sv_err *err)
{
    BLOB_OWNED struct blob text = {0};
    bool kept = false, removed = false;
    enum sv_status s = edit_text(&job->edit, &text, err);
    if (s == SV_OK && job->cron)
        return write_crontab(&text, err);
    if (s == SV_OK)
        s = job->undo ? setup_file_restore(&job->file, &text, &removed, err)
                      : setup_file_write(&job->file, &text, true, &kept, err);
    if (removed)
        setup_unit_leave(job->file.path);
    return s;
}

static enum sv_status finish(struct cli *cli, const struct job *job, const char *state,
                             struct sv_err *err)
{
    const struct setup_outcome o = {.state = state, .tool = job->tool, .file = &job->file};
    return cli->json ? setup_show_json(cli, &o, err) : SV_OK;
}

static void tell(const struct cli *cli, const struct job *job)
{
    char shown[SETUP_SHOWN];
    (void)session_show_path(shown, sizeof shown, job->file.path);
    if (job->undo)
        print_note(cli, "no reminder comes by itself any more: it is out of %s", shown);
    else
        print_note(cli,
                   "once a day %s starts \"smtpvault remind\" (%s). It asks the agent; while the "
                   "vault is locked it knows the dates of \"smtpvault policy set --public yes\"",
                   job->cron ? "cron" : "the timer " SETUP_REMIND_TIMER, shown);
}

/* SV_FINDINGS: the answer was no. */
static enum sv_status ask(struct cli *cli, const struct job *job, struct sv_err *err)
{
    bool yes = false;
    if (job->yes)
        return SV_OK;
    enum sv_status s =
        ask_yes(cli, job->cron ? "Change the crontab so?" : "Write this file?", &yes, err);
    if (s != SV_OK || yes)
        return s;
    print_note(cli, "nothing was changed");
    return SV_FINDINGS;
}

static enum sv_status show_and_write(struct cli *cli, struct job *job, struct sv_err *err)
{
    enum sv_status s = SV_OK;
    bool changes = edit_changes(&job->edit);
    if (!changes && (job->undo || job->dry)) {
        print_note(cli, job->undo ? "no reminder was set up" : "reminders are set up so");
        return finish(cli, job, job->undo ? "not-set-up" : "already", err);
    }
    if (changes && !(job->yes && (cli->quiet || cli->json)))
        s = setup_show_diff(cli, &job->file, &job->edit, job->dry, err);
    if (s == SV_OK && job->dry)
        return finish(cli, job, "would-change", err);
    if (s == SV_OK && changes)
        s = ask(cli, job, err);
    if (s == SV_OK && changes)
        s = write_it(job, err);
    /* A timer that was stopped by hand comes back. */
    if (s == SV_OK)
        s = follow(job, err);
    if (s != SV_OK)
        return s;
    tell(cli, job);
    return finish(cli, job, job->undo ? "undone" : changes ? "done" : "already", err);
}

enum sv_status setup_remind(struct cli *cli, const struct args *args, const struct setup_tool *tool,
                            struct sv_err *err)
{
    __attribute__((cleanup(job_clear))) struct job job = {
        .tool = tool,
        .undo = args_flag(args, "undo"),
        .dry = args_flag(args, "dry-run"),
        .yes = args_flag(args, "yes"),
    };
    BLOB_OWNED struct blob body = {0};
    size_t len;
    enum sv_status s = open_place(&job, err);
    if (s == SV_OK && !job.undo)
        s = job.cron ? setup_remind_line(cli, args, &body, err)
                     : setup_remind_unit(cli, args, &body, err);
    if (s != SV_OK)
        return s;
    const char *text = setup_file_text(&job.file, &len);
    s = setup_change(tool, text, len, NAME, job.undo ? NULL : &body, false, &job.block, &job.edit,
                     err);
    return s == SV_OK ? show_and_write(cli, &job, err) : s;
}
