/* SPDX-License-Identifier: ISC */
#include "smtp/net_login.h"

#include "smtp/net_confine.h"
#include "smtp/net_link.h"
#include "smtp/net_probe.h"
#include "smtp/prison.h"
#include "smtp/smtp_wire.h"

static enum sv_status say(enum wire_kind kind, const struct smtp_result *result, struct sv_err *err)
{
    uint8_t frame[WIRE_RESULT_MAX];
    size_t len = 0;
    enum sv_status status = wire_put_result(kind, frame, &len, result, err);
    return status == SV_OK ? net_link_write(frame, len, err) : status;
}

static enum sv_status ask_secret(const struct smtp_target *target, struct secret **secret,
                                 struct sv_err *err)
{
    struct smtp_result result = {.verdict = SMTP_DOWNGRADED, .phase = PHASE_AUTH};
    SECRET_OWNED struct secret *frame = NULL;
    result.offer.tls = target->tls;
    enum sv_status status = say(WIRE_OFFER, &result, err);
    if (status == SV_OK)
        status = net_link_read(&frame, err);
    return status == SV_OK ? wire_get_secret(secret_peek(frame), secret_len(frame), secret, err)
                           : status;
}

enum sv_status net_login_serve(const struct secret *request, struct sv_err *err)
{
    struct smtp_target target;
    struct smtp_result result;
    SECRET_OWNED struct secret *secret = NULL;
    enum sv_status status = wire_get_login(secret_peek(request), secret_len(request), &target, err);
    if (status != SV_OK)
        return status;
    const struct prison_needs needs = {
        .ca_file = target.ca_file, .ports = &target.port, .port_count = 1};
    net_confine_time(target.total_ms);
    status = prison_enter(&needs, err);
    if (status == SV_OK)
        status = ask_secret(&target, &secret, err);
    if (status != SV_OK)
        return status;
    struct net_probe *probe = net_probe_new(&target, secret);
    if (probe == NULL)
        return sv_fail_nomem(err);
    net_probe_run(probe, &result);
    /* Before QUIT, which may wait for a server that has stopped talking. */
    status = say(WIRE_RESULT, &result, err);
    net_probe_free(probe);
    return status;
}
