/* SPDX-License-Identifier: ISC */
/* One login test: what the target leaves open, the conversation with the helper, and what
 * is said when it gives no verdict. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/env.h"
#include "smtp/helper.h"

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
    if (t->ca_file[0] == '\0')
        return SV_OK;
    char path[PATH_MAX]; /* the helper stands in another folder */
    if (realpath(t->ca_file, path) == NULL || access(path, R_OK) != 0)
        return sv_fail_errno(err, SV_MISSING, errno, "the CA file %s cannot be read", t->ca_file);
    snprintf(t->ca_file, sizeof(t->ca_file), "%s", path);
    return SV_OK;
}

enum sv_status smtp_test(const char *helper, const struct smtp_target *target,
                         const struct smtp_gate *gate, struct smtp_result *result,
                         struct sv_err *err)
{
    struct smtp_target t = *target;
    SECRET_OWNED struct secret *request = NULL, *secret = NULL;
    struct smtp_offer offer = {.tls = t.tls, .days_left = INT32_MIN};
    enum sv_status status = complete_target(&t, err);
    if (status == SV_OK)
        status = gate->open(gate->context, &offer, &secret, err);
    if (status == SV_OK)
        status = wire_put_request(&request, &t, secret, err);
    if (status != SV_OK)
        return status;

    HELPER_OWNED struct helper run = HELPER_NONE;
    status = helper_start(&run, helper, err);
    if (status != SV_OK)
        return status;
    int64_t begun = env_monotonic_ms();
    uint8_t frame[WIRE_RESULT_MAX];
    size_t len = 0;
    helper_send(&run, request, true);
    enum helper_reading reading =
        helper_read(&run, WIRE_RESULT, begun + t.total_ms + GRACE_MS, frame, &len);
    int ended = helper_end(&run, reading == HELPER_LATE ? 0 : QUIT_MS);
    if (reading == HELPER_WHOLE)
        return wire_get_result(frame, len, result, err);
    if (reading != HELPER_LATE)
        return helper_fail(&run, reading, ended, err);
    say_late(result, env_monotonic_ms() - begun);
    return SV_OK;
}
