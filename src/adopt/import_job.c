/* SPDX-License-Identifier: ISC */
#include "adopt/import_job.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "adopt/import_folder.h"
#include "adopt/import_profile.h"
#include "adopt/import_show.h"
#include "cli/ask.h"
#include "cli/names.h"
#include "cli/print.h"
#include "cli/session.h"
#include "cli/work.h"

#define QUESTION 512

void import_job_clear(struct import_job *job)
{
    import_after_clear(&job->after);
    plan_clear(&job->plan);
    found_list_clear(&job->found);
    import_file_clear(&job->file);
    job->stored = 0;
}

struct running {
    struct cli *cli;
    const struct import_how *how;
    struct import_job *job;
    struct json json;
    bool offers; /* what becomes of the file is asked at the end, and nobody wished for it */
    struct sv_err *err;
};

static size_t to_store(const struct import_job *job)
{
    return job->plan.states[PLAN_NEW] + job->plan.states[PLAN_REPLACE];
}

/* ---- before ---- */

/* Where a person sits, who was not asked for it by an option: what fits the file. */
static enum after_what fitting(const struct running *r)
{
    const struct import_file *file = &r->job->file;
    if (r->how->yes || r->how->dry_run || r->how->among || r->cli->json || r->cli->quiet ||
        file->path == NULL || ask_way(r->cli, NULL) != ASK_TERMINAL)
        return AFTER_NOTHING;
    return file->source->hook != NULL ? AFTER_ADOPT
           : file->source->exported   ? AFTER_SHRED
                                      : AFTER_NOTHING;
}

/* An offer that cannot be kept is not made. */
static enum sv_status forget_offer(struct running *r, enum sv_status s)
{
    if (s == SV_OK || !r->offers)
        return s;
    import_after_clear(&r->job->after);
    r->offers = false;
    return SV_OK;
}

static enum sv_status open_after(struct running *r)
{
    enum after_what what = r->how->then;
    r->offers = what == AFTER_NOTHING;
    if (r->offers)
        what = fitting(r);
    return forget_offer(r, import_after_open(&r->job->after, what, &r->job->file, r->err));
}

static enum sv_status read_file(struct running *r)
{
    struct import_job *job = r->job;
    if (job->file.source->shape == IMPORT_PROFILE)
        return import_profile_read(r->cli, &job->file, r->how->password_from, &job->found, r->err);
    if (job->file.folder)
        return import_folder_read(r->cli, &job->file, r->how->wishes.all, &job->found, r->err);
    return import_take(job->file.source, job->file.what, &job->file.bytes, &job->found, r->err);
}

/* What would not be in the vault is lost, or stays in clear. */
static enum sv_status check_left(struct running *r)
{
    const struct import_after *a = &r->job->after;
    char names[IMPORT_AFTER_NAMES_MAX];
    if (a->left_count == 0 || a->what == AFTER_NOTHING)
        return SV_OK;
    (void)import_after_left(names, a);
    if (a->what == AFTER_ADOPT) {
        if (r->offers)
            return forget_offer(r, SV_FINDINGS);
        print_warning(r->cli, "%s keeps the secret%s of %s", a->shown,
                      a->left_count == 1 ? "" : "s", names);
        return SV_OK;
    }
    if (r->offers || r->how->force)
        return SV_OK;
    return sv_fail(r->err, SV_DATA,
                   "%s has the secret%s of %s, which would not be in the vault, so nothing was "
                   "done: --all takes what is not for mail, and --force removes the file all the "
                   "same",
                   a->shown, a->left_count == 1 ? "" : "s", names);
}

static enum sv_status make_plan(struct running *r)
{
    struct import_job *job = r->job;
    enum sv_status s = plan_make(&job->plan, r->cli->vault, &job->found, &r->how->wishes, r->err);
    if (s == SV_OK)
        s = forget_offer(r, import_after_plan(r->cli, &job->after, &job->plan, r->err));
    return s;
}

/* ---- what is seen of it ---- */

/* On stderr, before the question and where stdout may be a file. */
static enum sv_status show_before(struct running *r)
{
    SINK_OWNED struct sink *out = sink_new(false);
    if (out == NULL)
        return sv_fail_nomem(r->err);
    enum sv_status s = import_show_table(r->cli, out, &r->job->plan, r->how->yes, r->err);
    return s == SV_OK ? sink_release(out, STDERR_FILENO, "standard error", r->err) : s;
}

static bool is_own_json(const struct running *r)
{
    return r->cli->json && !r->how->among;
}

static enum sv_status show(struct running *r)
{
    const struct import_job *job = r->job;
    char counts[IMPORT_COUNTS_MAX];
    bool dry = r->how->dry_run;
    enum sv_status s = SV_OK;
    if (is_own_json(r)) {
        json_begin(&r->json, r->cli->out);
        import_show_json(&r->json, job->file.source, &job->plan, dry);
    } else if (dry) {
        s = import_show_table(r->cli, r->cli->out, &job->plan, false, r->err);
    } else if (!r->cli->quiet || !r->how->yes) {
        s = show_before(r);
    }
    if (s != SV_OK)
        return s;
    print_note(r->cli, "%s: %s", job->file.what, import_show_counts(counts, &job->plan));
    if ((s = check_left(r)) != SV_OK || r->offers || (r->cli->quiet && r->how->yes && !dry))
        return s;
    return import_after_show(r->cli, &job->after, dry, r->err);
}

static enum sv_status end_json(struct running *r)
{
    if (!is_own_json(r))
        return SV_OK;
    json_key(&r->json, "file");
    import_after_json(&r->json, &r->job->after);
    json_object_end(&r->json);
    sink_puts(r->cli->out, "\n");
    return json_end(&r->json, r->err);
}

/* ---- doing it ---- */

static void put_question(char dst[QUESTION], const struct import_after *a, bool wished,
                         size_t count)
{
    const char *these = count == 1 ? "this login" : "these logins";
    const char *verb = a->what == AFTER_ADOPT ? "change" : "overwrite and remove";
    bool work = wished && import_after_has_work(a);
    if (work && count > 0)
        (void)snprintf(dst, QUESTION, "Store %s and %s %s?", these, verb, a->shown);
    else if (work)
        (void)snprintf(dst, QUESTION, "%s %s?",
                       a->what == AFTER_ADOPT ? "Change" : "Overwrite and remove", a->shown);
    else
        (void)snprintf(dst, QUESTION, "Store %s?", these);
}

/* SV_FINDINGS: the answer was no. */
static enum sv_status ask(struct running *r, size_t count)
{
    char question[QUESTION];
    bool yes = false;
    if (r->how->yes)
        return SV_OK;
    put_question(question, &r->job->after, !r->offers, count);
    enum sv_status s = ask_yes(r->cli, question, &yes, r->err);
    if (s != SV_OK || yes)
        return s;
    print_note(r->cli, count > 0 ? "nothing was stored" : "nothing was changed");
    return SV_FINDINGS;
}

static enum sv_status carry_out(struct running *r, size_t count)
{
    struct work work;
    if (count == 0)
        return SV_OK;
    work_begin(&work, r->cli, "storing the logins");
    enum sv_status s =
        work_end(&work, plan_carry_out(&r->job->plan, r->cli->vault, &work.progress, r->err));
    if (s != SV_OK)
        return s;
    r->cli->changed = true;
    r->job->stored = count;
    print_note(r->cli, "stored %zu login%s", count, count == 1 ? "" : "s");
    return SV_OK;
}

/* The file is as it was, and says so to whoever was not asked; asked: a question follows. */
static void tell_rest(const struct running *r, size_t count, bool asked)
{
    const struct import_file *file = &r->job->file;
    if (count == 0 || file->path == NULL || file->folder)
        return;
    if (asked)
        print_note(r->cli, "%s still holds the secrets in clear", file->what);
    else if (file->source->hook != NULL || file->source->exported)
        print_note(r->cli, "%s still holds the secrets in clear: \"smtpvault import %s%s%s %s\" %s",
                   file->what, file->source->hook != NULL ? "--adopt" : "--shred",
                   r->how->from != NULL ? " --from " : "", r->how->from != NULL ? r->how->from : "",
                   NAME_TYPED(file->what),
                   file->source->hook != NULL ? "lets it ask the vault" : "removes it");
    else
        print_note(r->cli,
                   "%s still holds the secrets in clear, and cannot ask the vault: \"smtpvault "
                   "render\" writes such a file from a template that holds none",
                   file->what);
}

/* What was stored stays so, whatever became of the file. */
static enum sv_status do_after(struct running *r)
{
    enum sv_status s = import_after_do(r->cli, &r->job->after, r->err);
    struct sv_err why = *r->err;
    if (s == SV_OK || r->job->after.done)
        return s;
    r->cli->changed = false;
    return r->job->stored > 0 ? sv_fail(r->err, s, "the logins are stored, but %.800s", why.text)
                              : s;
}

/* No is no failure here: the logins are stored. */
static enum sv_status offer(struct running *r)
{
    const struct import_after *a = &r->job->after;
    char question[QUESTION], names[IMPORT_AFTER_NAMES_MAX];
    bool yes = false;
    enum sv_status s = import_after_show(r->cli, a, false, r->err);
    if (s == SV_OK && a->left_count > 0)
        print_warning(r->cli, "%s also has the secret%s of %s, not taken over", a->shown,
                      a->left_count == 1 ? "" : "s", import_after_left(names, a));
    put_question(question, a, true, 0);
    if (s == SV_OK)
        s = ask_yes(r->cli, question, &yes, r->err);
    if (s != SV_OK || !yes)
        return s;
    return do_after(r);
}

static enum sv_status finish(struct running *r, size_t count)
{
    bool work = import_after_has_work(&r->job->after);
    if (work && !r->offers)
        return do_after(r);
    tell_rest(r, count, work);
    return work ? offer(r) : SV_OK;
}

static enum sv_status go(struct running *r)
{
    struct import_job *job = r->job;
    size_t count = to_store(job);
    enum sv_status s = show(r);
    if (s != SV_OK)
        return s;
    bool wished = !r->offers && import_after_has_work(&job->after);
    if (!wished && job->after.what == AFTER_ADOPT && !r->offers && job->after.left_count == 0)
        print_note(r->cli, "%s holds no secret that the vault could be asked for instead",
                   job->file.what);
    if (!r->how->dry_run && (count > 0 || wished))
        s = ask(r, count);
    if (s == SV_OK && !r->how->dry_run && (s = carry_out(r, count)) == SV_OK)
        s = finish(r, count);
    if (s != SV_OK && s != SV_FINDINGS)
        return s;
    enum sv_status ended = end_json(r);
    return ended != SV_OK ? ended : s;
}

enum sv_status import_job_run(struct cli *cli, const char *word, const struct import_how *how,
                              struct import_job *job, struct sv_err *err)
{
    struct running r = {.cli = cli, .how = how, .job = job, .err = err};
    enum sv_status s = import_file_open(cli, word, how->from, &job->file, err);
    if (s == SV_OK)
        s = open_after(&r);
    if (s == SV_OK)
        s = read_file(&r);
    /* The agent adds one at a time; what is all or nothing needs the keys here. */
    if (s == SV_OK)
        s = session_ensure_own(cli, true, true, err);
    if (s == SV_OK)
        s = make_plan(&r);
    return s == SV_OK ? go(&r) : s;
}
