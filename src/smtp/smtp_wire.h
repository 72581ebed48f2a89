/* SPDX-License-Identifier: ISC */
/*
 * wire: the login test's frames (wire_frame.h). smtpvault says LOGIN; smtpvault-net either
 * ends it by RESULT, or shows an OFFER, is given the SECRET or the end of the link, and
 * says RESULT then.
 */
#ifndef SMTP_SMTP_WIRE_H
#define SMTP_SMTP_WIRE_H

#include <stddef.h>
#include <stdint.h>

#include "smtp/target.h"
#include "smtp/wire_frame.h"

#define WIRE_SECRET_LEN 8192 /* a longer one does not fit the AUTH line of RFC 4954 section 4 */

/* Encoding: SV_USAGE for a target that no server can have, or a secret that fits no login.
 * Decoding: SV_DATA for anything but exactly one frame. */
enum sv_status wire_put_login(struct secret **frame, const struct smtp_target *target,
                              struct sv_err *err) SV_MUST_USE;
enum sv_status wire_get_login(const uint8_t *frame, size_t len, struct smtp_target *target,
                              struct sv_err *err) SV_MUST_USE;
enum sv_status wire_put_secret(struct secret **frame, const struct secret *secret,
                               struct sv_err *err) SV_MUST_USE;
enum sv_status wire_get_secret(const uint8_t *frame, size_t len, struct secret **secret,
                               struct sv_err *err) SV_MUST_USE;

/* WIRE_RESULT, or WIRE_OFFER: the result as it is when the gate stays closed. Every text of
 * a result is printable UTF-8; SV_DATA otherwise, both ways. */
enum sv_status wire_put_result(enum wire_kind kind, uint8_t frame[WIRE_RESULT_MAX], size_t *len,
                               const struct smtp_result *result, struct sv_err *err) SV_MUST_USE;
enum sv_status wire_get_result(enum wire_kind kind, const uint8_t *frame, size_t len,
                               struct smtp_result *result, struct sv_err *err) SV_MUST_USE;

#endif
