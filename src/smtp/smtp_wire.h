/* SPDX-License-Identifier: ISC */
/*
 * wire: the login test's frames (wire_frame.h): one request to smtpvault-net, one result
 * back.
 */
#ifndef SMTP_SMTP_WIRE_H
#define SMTP_SMTP_WIRE_H

#include <stddef.h>
#include <stdint.h>

#include "smtp/target.h"
#include "smtp/wire_frame.h"

#define WIRE_SECRET_MAX 8192 /* a longer one does not fit the AUTH line of RFC 4954 section 4 */

/* A request is a secret, for it holds one. Encoding: SV_USAGE for a target that
 * no server can have. Decoding: SV_DATA for anything but exactly one frame. */
enum sv_status wire_put_request(struct secret **frame, const struct smtp_target *target,
                                const struct secret *secret, struct sv_err *err) SV_MUST_USE;
enum sv_status wire_get_request(const uint8_t *frame, size_t len, struct smtp_target *target,
                                struct secret **secret, struct sv_err *err) SV_MUST_USE;

/* Every text of a result is printable UTF-8; SV_DATA otherwise, both ways. */
enum sv_status wire_put_result(uint8_t frame[WIRE_RESULT_MAX], size_t *len,
                               const struct smtp_result *result, struct sv_err *err) SV_MUST_USE;
enum sv_status wire_get_result(const uint8_t *frame, size_t len, struct smtp_result *result,
                               struct sv_err *err) SV_MUST_USE;

#endif
