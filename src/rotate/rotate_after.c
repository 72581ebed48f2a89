/* SPDX-License-Identifier: ISC */
#include "rotate/rotate_after.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/agreed.h"
#include "cli/child.h"
#include "cli/names.h"
#include "cli/print.h"
#include "cli/words.h"
#include "domain/vault_policy.h"
#include "rotator/run.h"

#define MARK "after it, " /* how their notes begin */
#define ENDED "ended with "
#define LINE_SHOWN (2 * POLICY_LINE_MAX)
#define HOW_MAX 160

/* ---- what was run ---- */

/* The command behind "ended with 0: "; of a note that was cut, what is left of it. */
static const char *command_of(const char *note)
{
    const char *colon = strstr(note, ": ");
    return colon != NULL ? colon + 2 : "";
}

static bool same_command(const char *note, const char *line)
{
    const char *command = command_of(note);
    size_t len = strlen(command);
    if (strcmp(command, line) == 0)
        return true;
    return len > 3 && strcmp(command + len - 3, "...") == 0 && strncmp(command, line, len - 3) == 0;
}

static enum sv_status heard(void *context, const struct audit_event *e, struct sv_err *err)
{
    struct rotate_after_list *list = context;
    struct rotate_after *at = NULL;
    (void)err;
    if (!text_starts_with(e->note, MARK))
        return SV_OK;
    const char *note = e->note + strlen(MARK);
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(command_of(list->items[i].note), command_of(note)) == 0)
            at = &list->items[i];
    if (at == NULL && list->count == POLICY_AFTER_MAX) /* of another policy: the oldest goes */
        memmove(list->items, list->items + 1, --list->count * sizeof *list->items);
    if (at == NULL)
        at = &list->items[list->count++];
    at->when = e->time;
    at->failed = e->result != AUDIT_OK;
    (void)snprintf(at->note, sizeof at->note, "%s", note);
    return SV_OK;
}

enum sv_status rotate_after_read(struct rotate_after_list *out, struct cli *cli, const char *name,
                                 int64_t since, struct sv_err *err)
{
    const struct audit_filter filter = {.profile = name, .op = AUDIT_ROTATE, .since = since};
    out->count = 0;
    return vault_audit_read(cli->vault, &filter, heard, out, err);
}

/* ---- running one ---- */

static void record(struct rotation_job *job, const char *line, const char *how, bool well)
{
    struct sv_err err = {""};
    struct audit_event event = {
        .op = AUDIT_ROTATE, .result = well ? AUDIT_OK : AUDIT_FAILED, .version = job->p.version};
    char shown[LINE_SHOWN], note[LINE_SHOWN + HOW_MAX + 16];
    text_printable(shown, sizeof shown, line, strlen(line));
    (void)snprintf(event.profile, sizeof event.profile, "%s", job->p.name);
    (void)snprintf(note, sizeof note, "%s%s: %s", MARK, how, shown);
    rotation_say(event.note, sizeof event.note, note);
    if (vault_record(job->cli->vault, &event, &err) != SV_OK)
        print_warning(job->cli, "how \"%s\" ended is not on record: %s", shown, err.text);
}

/* What it printed may be anything: nothing of it reaches the terminal as more than text. */
static void show(const struct cli *cli, const char *program, const struct blob *said)
{
    const char *at = (const char *)said->bytes;
    for (size_t left = said->len; left > 0;) {
        const char *end = memchr(at, '\n', left);
        size_t len = end != NULL ? (size_t)(end - at) : left;
        print_note(cli, "%s: %.*s", program, (int)len, at);
        len += end != NULL;
        at += len;
        left -= len;
    }
}

/* how: "ended with 1". True: it ended with 0. */
static bool run(struct rotation_job *job, const char *line, char how[HOW_MAX])
{
    WORDS_OWNED struct words words = {0};
    ROTATOR_END_OWNED struct rotator_end end = {.late = false};
    struct sv_err err = {""};
    enum sv_status agreed = agreed_ask(job->cli, line, job->p.name, &err);
    if (agreed != SV_OK) {
        if (agreed == SV_DENIED)
            (void)snprintf(how, HOW_MAX, "was not run, nobody here agreed to it");
        else
            (void)snprintf(how, HOW_MAX, "was not run (%.120s)", err.text);
        return false;
    }
    if (words_split(&words, line, &err) != SV_OK || words.count == 0) {
        (void)snprintf(how, HOW_MAX, "cannot be run");
        return false;
    }
    int failed = rotator_command(words.items, environ, AFTER_LIMIT_MS, &end);
    show(job->cli, words.items[0], &end.said);
    if (failed != 0) {
        (void)snprintf(how, HOW_MAX, "cannot be run (%s)", strerror(failed));
        return false;
    }
    int status = child_status(end.status);
    if (end.late)
        (void)snprintf(how, HOW_MAX, "took longer than %d s", AFTER_LIMIT_MS / 1000);
    else
        (void)snprintf(how, HOW_MAX, ENDED "%d", status);
    return !end.late && status == 0;
}

static void run_one(struct rotation_job *job, const char *line)
{
    struct sv_err told = {""};
    char how[HOW_MAX], shown[LINE_SHOWN], fault[LINE_SHOWN + HOW_MAX + 64];
    text_printable(shown, sizeof shown, line, strlen(line));
    print_progress(job->cli, "running what the policy wants after it ...");
    bool well = run(job, line, how);
    print_progress(job->cli, NULL);
    record(job, line, how, well);
    if (well)
        return;
    (void)snprintf(fault, sizeof fault, "after the change \"%s\" %s: run it by hand", shown, how);
    /* It is no warning: the status is another, and the record may not take it. */
    (void)!sv_fail(&told, SV_FINDINGS, "%s: %s", NAME_SHOWN(job->p.name), fault);
    print_error(SV_FINDINGS, &told);
    rotation_say(job->after_fault, sizeof job->after_fault, fault);
    job->findings = true;
}

static bool was_run(const struct rotate_after_list *list, const char *line)
{
    for (size_t i = 0; i < list->count; i++)
        if (!list->items[i].failed && same_command(list->items[i].note, line))
            return true;
    return false;
}

/* A log that cannot be read tells of no run: once more does no harm. */
enum sv_status rotate_after_run(struct rotation_job *job, int64_t since, struct sv_err *err)
{
    POLICY_OWNED struct policy policy = {0};
    struct rotate_after_list done = {.count = 0};
    struct sv_err aside = {""};
    enum sv_status s = vault_policy(job->cli->vault, &policy, &aside);
    if (s != SV_OK)
        return s == SV_DENIED || s == SV_MISSING ? SV_OK : sv_fail(err, s, "%s", aside.text);
    struct policy_terms terms = policy_of(&policy, &job->p);
    if (terms.after == NULL || terms.after->after_count == 0)
        return SV_OK;
    if (rotate_after_read(&done, job->cli, job->p.name, since, &aside) != SV_OK)
        done.count = 0;
    for (size_t i = 0; i < terms.after->after_count; i++)
        if (!was_run(&done, terms.after->after[i]))
            run_one(job, terms.after->after[i]);
    return SV_OK;
}
