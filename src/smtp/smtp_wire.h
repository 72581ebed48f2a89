/* SPDX-License-Identifier: ISC */
/*
 * wire: what goes over the socketpair between smtpvault and smtpvault-net: one
 * request there, one result back. A frame is
 *
 *     magic "SVN1" | kind u8 | u32 length of the body | body
 *
 * and a body is the struct's members in order: numbers little-endian, texts as
 * u32 length and bytes without NUL. There is one encoding of each struct:
 * what decodes encodes to the same bytes again. Neither side trusts the other:
 * the helper has talked to a foreign server, so its answer is foreign bytes.
 */
#ifndef SMTP_SMTP_WIRE_H
#define SMTP_SMTP_WIRE_H

#include <stddef.h>
#include <stdint.h>

#include "smtp/target.h"

enum wire_kind { WIRE_REQUEST = 1, WIRE_RESULT = 2 };

#define WIRE_HEAD 9            /* bytes before the body */
#define WIRE_SECRET_MAX 8192   /* a longer one does not fit the AUTH line of RFC 4954 section 4 */
#define WIRE_REQUEST_MAX 16384 /* whole frames */
#define WIRE_RESULT_MAX 8192

/* The length of the whole frame that begins with these bytes; 0 when they do not
 * begin a frame of this kind, or one that is longer than its limit. */
size_t wire_frame_len(const uint8_t head[WIRE_HEAD], enum wire_kind kind);

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
