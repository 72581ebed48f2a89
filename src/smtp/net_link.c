/* SPDX-License-Identifier: ISC */
#include "smtp/net_link.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

static bool read_all(uint8_t *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = read(WIRE_LINK, bytes, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        bytes += n;
        len -= (size_t)n;
    }
    return true;
}

enum sv_status net_link_read(struct secret **frame, struct sv_err *err)
{
    uint8_t head[WIRE_HEAD];
    if (!read_all(head, sizeof(head)))
        return sv_fail(
            err, SV_USAGE,
            "smtpvault-net is run by \"smtpvault test\", with a request on descriptor 3");
    size_t len = wire_frame_len(head, wire_frame_kind(head));
    if (len == 0)
        return sv_fail(err, SV_DATA, "smtpvault-net was given no request that it knows");
    SECRET_OWNED struct secret *whole = NULL;
    enum sv_status status = secret_new(&whole, len, err);
    if (status != SV_OK)
        return status;
    secret_set_len(whole, len);
    memcpy(secret_poke(whole), head, sizeof(head));
    if (!read_all(secret_poke(whole) + sizeof(head), len - sizeof(head)))
        return sv_fail(err, SV_DATA, "the request to smtpvault-net ended too early");
    *frame = whole;
    whole = NULL;
    return SV_OK;
}

enum sv_status net_link_write(const uint8_t *frame, size_t len, struct sv_err *err)
{
    if (file_write_all(WIRE_LINK, frame, len) != 0)
        return sv_fail_errno(err, SV_IO, errno, "smtpvault-net cannot give its answer");
    return SV_OK;
}
