/* SPDX-License-Identifier: ISC */
#include "rotate/rotator_call.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "cli/print.h"
#include "domain/login.h"
#include "rotate/rotator_line.h"

struct call {
    struct rotation_job *job;
    struct rotator_line line;
    char *program;
    char note[AUDIT_NOTE_MAX + 1]; /* "dovecot-passwd-file set" */
    struct profile to, from, own;
    struct secret *to_secret, *from_secret, *own_secret;
};

static void call_clear(struct call *c)
{
    rotator_line_clear(&c->line);
    sv_free(c->program);
    profile_clear(&c->to);
    profile_clear(&c->from);
    profile_clear(&c->own);
    secret_free(c->to_secret);
    secret_free(c->from_secret);
    secret_free(c->own_secret);
}
#define CALL_OWNED __attribute__((cleanup(call_clear)))

static const char *title(const struct call *c)
{
    return rotator_line_title(&c->line);
}

/* What AWS knows is the IAM secret, not what a login gets of it. */
static enum sv_status keeps_iam_secret(struct call *c, const char *name, bool *kept,
                                       struct sv_err *err)
{
    PROFILE_OWNED struct profile card = {.name = NULL};
    if (strcmp(name, c->job->p.name) == 0) {
        *kept = c->job->p.kind == KIND_IAM_SECRET;
        return SV_OK;
    }
    enum sv_status s = vault_find(c->job->cli->vault, name, &card, err);
    *kept = s == SV_OK && card.kind == KIND_IAM_SECRET;
    return s;
}

#define GIVEN_MAX 3 /* the new one, the old one, the rotator's own */

static void take(struct reveal_one *one, struct profile *p, struct secret **secret)
{
    *p = one->profile;
    *secret = one->secret;
    if (one->status == SV_OK)
        login_hide_user(p, *secret);
}

/* All releases are in the log before the rotator has any of them. */
static enum sv_status reveal(struct call *c, struct rotator_pair pair, struct sv_err *err)
{
    struct profile *const cards[GIVEN_MAX] = {&c->to, &c->from, &c->own};
    struct secret **const secrets[GIVEN_MAX] = {&c->to_secret, &c->from_secret, &c->own_secret};
    const char *const names[GIVEN_MAX] = {pair.to != ROTATOR_NO_SECRET ? c->job->p.name : NULL,
                                          pair.from != ROTATOR_NO_SECRET ? c->job->p.name : NULL,
                                          c->line.with};
    const uint64_t versions[GIVEN_MAX] = {pair.to, pair.from, 0};
    struct reveal_one ones[GIVEN_MAX] = {{.name = NULL}};
    size_t count = 0, at = 0;
    enum sv_status s = SV_OK;
    for (size_t i = 0; s == SV_OK && i < GIVEN_MAX; i++) {
        if (names[i] == NULL)
            continue;
        ones[count].name = names[i];
        ones[count].why =
            (struct reveal){.op = AUDIT_ROTATE, .note = c->note, .version = versions[i]};
        s = keeps_iam_secret(c, names[i], &ones[count++].why.kept, err);
    }
    if (s != SV_OK)
        return s;
    rotation_job_reveal(c->job, ones, count);
    for (size_t i = 0; i < GIVEN_MAX; i++) {
        if (names[i] == NULL)
            continue;
        const struct reveal_one *one = &ones[at];
        take(&ones[at++], cards[i], secrets[i]);
        if (s == SV_OK && one->status != SV_OK)
            s = sv_fail(err, one->status, "%s", one->err.text);
    }
    return s;
}

static enum sv_status prepare(struct call *c, enum rotator_step step, struct rotator_pair pair,
                              struct sv_err *err)
{
    enum sv_status s = rotator_line_parse(&c->line, c->job->hook, err);
    if (s == SV_OK)
        s = rotator_line_find(&c->line, &c->program, err);
    if (s != SV_OK)
        return s;
    snprintf(c->note, sizeof c->note, "%.64s %s", title(c), rotator_step_word(step));
    return reveal(c, pair, err);
}

static void record(struct call *c, const struct rotator_answer *answer)
{
    struct audit_event event = {.op = AUDIT_ROTATE, .version = c->job->p.version};
    bool good = answer->result == ROTATOR_OK || answer->result == ROTATOR_UNSUPPORTED;
    event.result = good ? AUDIT_OK : AUDIT_FAILED;
    snprintf(event.profile, sizeof event.profile, "%s", c->job->p.name);
    snprintf(event.note, sizeof event.note, "%.80s: %s", c->note,
             rotator_result_word(answer->result));
    rotation_job_tell(c->job, &event);
}

/* What it wrote for people; a step that went well says it only where somebody wants to hear. */
static void show(const struct call *c, const struct rotator_answer *answer)
{
    const char *said = (const char *)answer->said.bytes;
    bool good = answer->result == ROTATOR_OK || answer->result == ROTATOR_UNSUPPORTED;
    for (size_t at = 0; at < answer->said.len;) {
        const char *end = memchr(said + at, '\n', answer->said.len - at);
        size_t len = end != NULL ? (size_t)(end - said) - at : answer->said.len - at;
        if (good)
            print_note(c->job->cli, "%s: %.*s", title(c), (int)len, said + at);
        else
            print_warning(c->job->cli, "%s: %.*s", title(c), (int)len, said + at);
        at += len + 1;
    }
}

enum sv_status rotator_call(struct rotation_job *job, enum rotator_step step,
                            struct rotator_pair pair, struct rotator_answer *answer,
                            struct sv_err *why, struct sv_err *err)
{
    CALL_OWNED struct call c = {.job = job};
    char doing[AUDIT_NOTE_MAX + 8];
    enum sv_status s = prepare(&c, step, pair, err);
    if (s != SV_OK)
        return s;
    const struct rotator_ask ask = {
        .step = step,
        .profile = &job->p,
        .old_user = c.from.username,
        .new_user = pair.to == ROTATOR_NO_SECRET ? c.from.username : c.to.username,
        .own = c.own_secret != NULL ? &c.own : NULL,
        .params = c.line.params,
        .param_count = c.line.param_count,
        .emergency = (job->r.flags & ROTATED_EMERGENCY) != 0,
        .new_secret = c.to_secret,
        .old_secret = c.from_secret,
        .own_secret = c.own_secret,
    };
    snprintf(doing, sizeof doing, "%s ...", c.note);
    print_progress(job->cli, doing);
    s = rotator_do(c.program, &ask, c.line.limit_ms, answer, err);
    print_progress(job->cli, NULL);
    if (s != SV_OK)
        return s;
    show(&c, answer);
    record(&c, answer);
    (void)!sv_fail(why, SV_FINDINGS, "%s: %s%s%s", c.note, rotator_result_word(answer->result),
                   answer->message[0] != '\0' ? ": " : "", answer->message);
    return SV_OK;
}
