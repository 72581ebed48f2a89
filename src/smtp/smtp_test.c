/* SPDX-License-Identifier: ISC */
/* One login test: what the target leaves open, the conversation with the helper, and what
 * is said when it gives no verdict. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/env.h"
#include "smtp/helper.h"
#include "smtp/smtp_wire.h"

#define CONNECT_MS 8000
#define TOTAL_MS 15000
#define TOTAL_MS_MAX 600000
#define GRACE_MS 2000 /* for starting, and for an answer at the last moment */
#define QUIT_MS 1000  /* for a polite end of the session */

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

/* What the helper said, as a result; SV_OK also when it did not end in its time. */
static enum sv_status take(struct helper *run, int64_t deadline, int64_t begun,
                           enum wire_kind *kind, struct smtp_result *result, struct sv_err *err)
{
    uint8_t frame[WIRE_RESULT_MAX];
    size_t len = 0;
    enum helper_reading reading =
        helper_read_either(run, WIRE_RESULT, *kind, deadline, frame, &len);
    if (reading == HELPER_WHOLE) {
        *kind = wire_frame_kind(frame);
        return wire_get_result(*kind, frame, len, result, err);
    }
    int ended = helper_end(run, reading == HELPER_LATE ? 0 : QUIT_MS);
    if (reading != HELPER_LATE)
        return helper_fail(run, reading, ended, err);
    *kind = WIRE_RESULT;
    say_late(result, env_monotonic_ms() - begun);
    return SV_OK;
}

/* The gate may wait for a person: its time is not the server's. */
static enum sv_status hand_over(struct helper *run, const struct smtp_gate *gate,
                                const struct smtp_offer *offer, struct sv_err *err)
{
    SECRET_OWNED struct secret *secret = NULL, *frame = NULL;
    enum sv_status status = gate->open(gate->context, offer, &secret, err);
    if (status == SV_OK)
        status = wire_put_secret(&frame, secret, err);
    if (status == SV_OK)
        helper_send(run, frame, true);
    else
        shutdown(run->fd, SHUT_WR); /* it says goodbye then */
    return status;
}

static enum sv_status converse(struct helper *run, const struct smtp_target *t,
                               const struct smtp_gate *gate, struct smtp_result *result,
                               struct sv_err *err)
{
    int64_t begun = env_monotonic_ms(), deadline = begun + t->total_ms + GRACE_MS;
    enum wire_kind kind = WIRE_OFFER;
    struct smtp_result offered;
    enum sv_status status = take(run, deadline, begun, &kind, &offered, err);
    if (status != SV_OK)
        return status;
    if (kind == WIRE_RESULT) {
        *result = offered;
        return SV_OK;
    }
    int64_t asked = env_monotonic_ms();
    status = hand_over(run, gate, &offered.offer, err);
    if (status != SV_OK) {
        *result = offered;
        return status;
    }
    kind = WIRE_RESULT;
    deadline += env_monotonic_ms() - asked;
    return take(run, deadline, begun, &kind, result, err);
}

enum sv_status smtp_test(const char *helper, const struct smtp_target *target,
                         const struct smtp_gate *gate, struct smtp_result *result,
                         struct sv_err *err)
{
    struct smtp_target t = *target;
    SECRET_OWNED struct secret *request = NULL;
    enum sv_status status = complete_target(&t, err);
    if (status == SV_OK)
        status = wire_put_login(&request, &t, err);
    HELPER_OWNED struct helper run = HELPER_NONE;
    if (status == SV_OK)
        status = helper_start(&run, helper, err);
    if (status != SV_OK)
        return status;
    helper_send(&run, request, false);
    status = converse(&run, &t, gate, result, err);
    if (run.pid > 0)
        (void)helper_end(&run, QUIT_MS);
    return status;
}
