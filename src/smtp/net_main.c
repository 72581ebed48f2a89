/* SPDX-License-Identifier: ISC */
/*
 * smtpvault-net: the only program of smtpvault that touches the network. It
 * takes one request on descriptor 3, tries one login, answers with one result
 * and ends. It has no arguments, opens no vault and knows no key.
 */
#include <errno.h>
#include <locale.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "smtp/net_confine.h"
#include "smtp/net_probe.h"
#include "smtp/prison.h"
#include "smtp/smtp_wire.h"

#define LINK 3

static bool read_all(int fd, uint8_t *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = read(fd, bytes, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        bytes += n;
        len -= (size_t)n;
    }
    return true;
}

static enum sv_status read_request(struct smtp_target *target, struct secret **secret,
                                   struct sv_err *err)
{
    uint8_t head[WIRE_HEAD];
    if (!read_all(LINK, head, sizeof(head)))
        return sv_fail(
            err, SV_USAGE,
            "smtpvault-net is run by \"smtpvault test\", with a request on descriptor 3");
    size_t len = wire_frame_len(head, WIRE_REQUEST);
    if (len == 0)
        return sv_fail(err, SV_DATA, "smtpvault-net was given no request that it knows");
    SECRET_OWNED struct secret *frame = NULL;
    enum sv_status status = secret_new(&frame, len, err);
    if (status != SV_OK)
        return status;
    memcpy(secret_poke(frame), head, sizeof(head));
    if (!read_all(LINK, secret_poke(frame) + sizeof(head), len - sizeof(head)))
        return sv_fail(err, SV_DATA, "the request to smtpvault-net ended too early");
    return wire_get_request(secret_poke(frame), len, target, secret, err);
}

static enum sv_status answer(const struct smtp_result *result, struct sv_err *err)
{
    uint8_t frame[WIRE_RESULT_MAX];
    size_t len = 0;
    enum sv_status status = wire_put_result(frame, &len, result, err);
    if (status != SV_OK)
        return status;
    if (file_write_all(LINK, frame, len) != 0)
        return sv_fail_errno(err, SV_IO, errno, "smtpvault-net cannot give its answer");
    return SV_OK;
}

static enum sv_status serve(struct sv_err *err)
{
    struct smtp_target target;
    SECRET_OWNED struct secret *secret = NULL;
    enum sv_status status = net_confine(err);
    if (status == SV_OK)
        status = read_request(&target, &secret, err);
    if (status != SV_OK)
        return status;
    net_confine_time(target.total_ms);
    const struct prison_needs needs = {
        .ca_file = target.ca_file, .ports = &target.port, .port_count = 1};
    status = prison_enter(&needs, err);
    if (status != SV_OK)
        return status;
    (void)setlocale(LC_CTYPE, "C.UTF-8"); /* libcurl's IDNA reads the host by it */
    struct net_probe *probe = net_probe_new(&target, secret);
    if (probe == NULL)
        return sv_fail_nomem(err);
    struct smtp_result result;
    net_probe_run(probe, &result);
    /* Before QUIT, which may wait for a server that has stopped talking. */
    status = answer(&result, err);
    net_probe_free(probe);
    return status;
}

int main(void)
{
    struct sv_err err = {0};
    enum sv_status status = serve(&err);
    if (status != SV_OK) {
        (void)file_write_all(STDERR_FILENO, err.text, strlen(err.text));
        (void)file_write_all(STDERR_FILENO, "\n", 1);
    }
    return (int)status;
}
