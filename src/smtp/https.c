/* SPDX-License-Identifier: ISC */
#include "smtp/https.h"

#include "base/env.h"
#include "smtp/helper.h"
#include "smtp/https_wire.h"

#define GRACE_MS 2000 /* for starting, and for an answer at the last moment */

static enum sv_status take_answer(const struct secret *frame, struct https_answer *answer,
                                  struct sv_err *err)
{
    struct https_said said;
    enum sv_status status = https_get_answer(secret_peek(frame), secret_len(frame), &said, err);
    if (status != SV_OK)
        return status;
    if (said.outcome != SV_OK)
        return sv_fail(err, said.outcome, "%s", said.words);
    *answer = said.answer;
    return SV_OK;
}

/* The body goes when the helper says that the connection stands, and not before. */
static enum sv_status hand_over(struct helper *run, const struct https_request *r,
                                const struct secret *asked, int64_t deadline, struct secret *frame,
                                enum helper_reading *reading, struct sv_err *err)
{
    SECRET_OWNED struct secret *body = NULL;
    size_t len = 0;
    helper_send(run, asked, r->body == NULL);
    *reading = helper_read_either(run, WIRE_HTTPS_ANSWER,
                                  r->body == NULL ? WIRE_HTTPS_ANSWER : WIRE_HTTPS_READY, deadline,
                                  secret_poke(frame), &len);
    if (*reading == HELPER_WHOLE && wire_frame_kind(secret_peek(frame)) == WIRE_HTTPS_READY) {
        enum sv_status status = https_put_body(&body, r->body, err);
        if (status != SV_OK)
            return status;
        helper_send(run, body, true);
        *reading = helper_read(run, WIRE_HTTPS_ANSWER, deadline, secret_poke(frame), &len);
    }
    secret_set_len(frame, len);
    return SV_OK;
}

enum sv_status https_ask(const char *helper, const struct https_request *request,
                         struct https_answer *answer, struct sv_err *err)
{
    struct https_request r = *request;
    SECRET_OWNED struct secret *asked = NULL, *frame = NULL;
    HELPER_OWNED struct helper run = HELPER_NONE;
    enum helper_reading reading = HELPER_ENDED;
    r.total_ms = r.total_ms == 0 ? HTTPS_TOTAL_MS : r.total_ms;
    enum sv_status status = helper_ca_path(r.ca_file, sizeof(r.ca_file), err);
    if (status == SV_OK)
        status = https_put_request(&asked, &r, err);
    if (status == SV_OK)
        status = secret_new(&frame, WIRE_HTTPS_ANSWER_MAX, err);
    if (status == SV_OK)
        status = helper_start(&run, helper, err);
    if (status == SV_OK)
        status = hand_over(&run, &r, asked, env_monotonic_ms() + r.total_ms + GRACE_MS, frame,
                           &reading, err);
    if (status != SV_OK)
        return status;

    struct https_place place;
    int ended = helper_end(&run, reading == HELPER_LATE ? 0 : GRACE_MS);
    if (reading == HELPER_LATE && https_url_split(r.url, &place))
        return sv_fail(err, SV_UNREACHABLE,
                       "%s did not answer in %u ms; name lookup may hang: check this machine's "
                       "name servers (/etc/resolv.conf), then try again",
                       place.host, (unsigned)r.total_ms);
    if (reading != HELPER_WHOLE)
        return helper_fail(&run, reading, ended, err);
    return take_answer(frame, answer, err);
}
