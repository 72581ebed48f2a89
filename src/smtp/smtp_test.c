/* SPDX-License-Identifier: ISC */
/* One login test: what the target leaves open, the conversation with the helper, and what
 * is said when it gives no verdict. */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/turns.h"
#include "smtp/helper.h"
#include "smtp/smtp_wire.h"

#define CONNECT_MS 8000
#define TOTAL_MS 15000
#define TOTAL_MS_MAX 600000
#define GRACE_MS 2000 /* for starting, and for an answer at the last moment */
#define QUIT_MS 1000  /* for a polite end of the session */

/* Before there is an offer the helper ends by its own clock, unless a library hangs. */
static void say_late(struct smtp_result *result, int64_t ms)
{
    *result = (struct smtp_result){.verdict = SMTP_TIMEOUT,
                                   .who = SMTP_BY_YOU,
                                   .phase = PHASE_RESOLVE,
                                   .offer.days_left = INT32_MIN,
                                   .ms_resolve = -1,
                                   .ms_connect = -1,
                                   .ms_tls = -1,
                                   .ms_greeting = -1,
                                   .ms_auth = -1,
                                   .ms_sender = -1,
                                   .ms_send = -1,
                                   .ms_total = (int32_t)ms};
    snprintf(result->cause, sizeof(result->cause),
             "The test did not end in its time; name lookup may hang.");
    snprintf(result->advice, sizeof(result->advice),
             "Check this machine's name servers (/etc/resolv.conf), then try again.");
}

/* After the offer: what was seen up to there stays. */
static void say_hung(struct smtp_result *result, int64_t ms)
{
    result->verdict = SMTP_TIMEOUT;
    result->who = SMTP_BY_NOBODY;
    result->ms_total = (int32_t)ms;
    snprintf(result->cause, sizeof(result->cause),
             "The server took the login and did not answer it in time.");
    snprintf(result->advice, sizeof(result->advice),
             "Try again in a few minutes, with --timeout 60.");
}

/* ---- the test ---- */

static enum sv_status complete_target(struct smtp_target *t, struct sv_err *err)
{
    if (t->connect_ms == 0)
        t->connect_ms = CONNECT_MS;
    if (t->total_ms == 0)
        t->total_ms = TOTAL_MS;
    if (t->total_ms > TOTAL_MS_MAX)
        t->total_ms = TOTAL_MS_MAX;
    if (t->connect_ms > t->total_ms)
        t->connect_ms = t->total_ms;
    /* A mechanism that was chosen tells what the secret is: a token or a password. */
    if (t->login_options[0] != '\0')
        t->bearer = strstr(t->login_options, "OAUTH") != NULL;
    return helper_ca_path(t->ca_file, sizeof(t->ca_file), err);
}

/* ---- the run ---- */

enum stage { STAGE_OFFER, STAGE_RESULT, STAGE_BYE, STAGE_OVER };

struct smtp_run {
    struct helper helper;
    struct smtp_gate gate;
    enum stage stage;
    int64_t begun, deadline;
    enum sv_status status;
    bool stopped; /* by the gate */
    struct sv_err err;
    struct smtp_result result;
};

enum sv_status smtp_run_begin(struct smtp_run **out, const char *helper,
                              const struct smtp_target *target, const struct smtp_gate *gate,
                              struct sv_err *err)
{
    struct smtp_target t = *target;
    SECRET_OWNED struct secret *request = NULL;
    SV_AUTOFREE struct smtp_run *run = sv_alloc(sizeof(*run));
    if (run == NULL)
        return sv_fail_nomem(err);
    run->helper = (struct helper)HELPER_NONE;
    run->gate = *gate;
    enum sv_status status = complete_target(&t, err);
    if (status == SV_OK)
        status = wire_put_login(&request, &t, err);
    if (status == SV_OK)
        status = helper_start(&run->helper, helper, err);
    if (status != SV_OK)
        return status;
    helper_send(&run->helper, request, false);
    run->begun = env_monotonic_ms();
    run->deadline = run->begun + t.total_ms + GRACE_MS;
    *out = run;
    run = NULL;
    return SV_OK;
}

void smtp_run_free(struct smtp_run *run)
{
    if (run == NULL)
        return;
    helper_clear(&run->helper);
    sv_free(run);
}

void smtp_run_free_cleanup(struct smtp_run **run)
{
    smtp_run_free(*run);
    *run = NULL;
}

static void over(struct smtp_run *run, enum sv_status status)
{
    run->status = status;
    run->stage = run->helper.pid > 0 ? STAGE_BYE : STAGE_OVER;
    run->deadline = env_monotonic_ms() + QUIT_MS;
}

/* What the helper said, as a result; SV_OK also when it did not end in its time. */
static enum sv_status take(struct smtp_run *run, enum wire_kind *kind)
{
    uint8_t frame[WIRE_RESULT_MAX];
    size_t len = 0;
    enum helper_reading reading =
        helper_read_either(&run->helper, WIRE_RESULT, *kind, run->deadline, frame, &len);
    if (reading == HELPER_WHOLE) {
        *kind = wire_frame_kind(frame);
        return wire_get_result(*kind, frame, len, &run->result, &run->err);
    }
    int ended = helper_end(&run->helper, reading == HELPER_LATE ? 0 : QUIT_MS);
    if (reading != HELPER_LATE)
        return helper_fail(&run->helper, reading, ended, &run->err);
    *kind = WIRE_RESULT;
    int64_t ms = env_monotonic_ms() - run->begun;
    if (run->stage == STAGE_RESULT)
        say_hung(&run->result, ms);
    else
        say_late(&run->result, ms);
    return SV_OK;
}

/* The gate may wait for a person: its time is not the server's. */
static enum sv_status hand_over(struct smtp_run *run)
{
    SECRET_OWNED struct secret *secret = NULL, *frame = NULL;
    int64_t asked = env_monotonic_ms();
    enum sv_status status =
        run->gate.open(run->gate.context, &run->result.offer, &secret, &run->err);
    if (status == SV_OK)
        status = wire_put_secret(&frame, secret, &run->err);
    if (status == SV_OK)
        helper_send(&run->helper, frame, true);
    else
        shutdown(run->helper.fd, SHUT_WR); /* it says goodbye then */
    run->deadline += env_monotonic_ms() - asked;
    return status;
}

static void go_on(struct smtp_run *run)
{
    enum wire_kind kind = run->stage == STAGE_OFFER ? WIRE_OFFER : WIRE_RESULT;
    enum sv_status status = take(run, &kind);
    if (status == SV_OK && kind == WIRE_OFFER) {
        run->stage = STAGE_RESULT;
        status = hand_over(run);
        if (status == SV_OK)
            return;
        run->stopped = true;
    }
    over(run, status);
}

bool smtp_run_step(struct smtp_run *run)
{
    struct pollfd p = {.fd = run->helper.fd, .events = POLLIN};
    if (run->stage == STAGE_OVER)
        return true;
    bool heard = poll(&p, 1, 0) > 0;
    if (!heard && env_monotonic_ms() < run->deadline)
        return false;
    if (run->stage == STAGE_BYE) {
        (void)helper_end(&run->helper, 0);
        run->stage = STAGE_OVER;
    } else
        go_on(run);
    return run->stage == STAGE_OVER;
}

enum sv_status smtp_run_result(const struct smtp_run *run, struct smtp_result *result,
                               struct sv_err *err)
{
    if (run->status == SV_OK || run->stopped)
        *result = run->result;
    return run->status == SV_OK ? SV_OK : sv_fail(err, run->status, "%s", run->err.text);
}

void smtp_run_wait(struct smtp_run *const *runs, size_t count)
{
    struct pollfd fds[SMTP_RUNS_MAX];
    int64_t now = env_monotonic_ms(), first = INT64_MAX;
    nfds_t n = 0;
    for (size_t i = 0; i < count && n < SMTP_RUNS_MAX; i++) {
        if (runs[i] == NULL)
            continue;
        if (runs[i]->stage == STAGE_OVER)
            return;
        fds[n++] = (struct pollfd){.fd = runs[i]->helper.fd, .events = POLLIN};
        first = runs[i]->deadline < first ? runs[i]->deadline : first;
    }
    turns_leave();
    if (n > 0)
        (void)poll(fds, n, first > now ? (int)(first - now) : 0);
    turns_enter();
}

enum sv_status smtp_test(const char *helper, const struct smtp_target *target,
                         const struct smtp_gate *gate, struct smtp_result *result,
                         struct sv_err *err)
{
    SMTP_RUN_OWNED struct smtp_run *run = NULL;
    enum sv_status status = smtp_run_begin(&run, helper, target, gate, err);
    if (status != SV_OK)
        return status;
    while (!smtp_run_step(run))
        smtp_run_wait(&run, 1);
    return smtp_run_result(run, result, err);
}
