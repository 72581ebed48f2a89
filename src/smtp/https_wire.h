/* SPDX-License-Identifier: ISC */
/* https_wire: the frames (wire_frame.h) of one request over HTTPS, and of its answer. */
#ifndef SMTP_HTTPS_WIRE_H
#define SMTP_HTTPS_WIRE_H

#include "smtp/https.h"
#include "smtp/wire_frame.h"

#define HTTPS_TOTAL_MS_MAX 120000
#define HTTPS_WORDS_MAX 384

/* A request on the helper's side. Its body, which holds secrets, follows in a frame of its own
 * when the connection stands and the prison is closed; here are only its size and type. */
struct https_order {
    struct https_request request; /* without body and content_type */
    bool posts;
    uint32_t body_len;
    char content_type[128];
};

/* What the helper says: an answer, or why there is none. */
struct https_said {
    enum sv_status outcome;      /* SV_OK, SV_UNREACHABLE, SV_DATA, SV_USAGE, SV_MISSING */
    char words[HTTPS_WORDS_MAX]; /* "" with SV_OK */
    struct https_answer answer;  /* with SV_OK */
};

/* Encoding: SV_USAGE for what cannot be asked. Decoding: SV_DATA for anything but exactly
 * one frame. Numbers that are 0 have become what they stand for. */
enum sv_status https_put_request(struct secret **frame, const struct https_request *request,
                                 struct sv_err *err) SV_MUST_USE;
enum sv_status https_get_request(const uint8_t *frame, size_t len, struct https_order *order,
                                 struct sv_err *err) SV_MUST_USE;
/* "The connection stands", and the body for it. */
enum sv_status https_put_ready(struct secret **frame, struct sv_err *err) SV_MUST_USE;
enum sv_status https_put_body(struct secret **frame, const struct secret *body,
                              struct sv_err *err) SV_MUST_USE;
/* SV_DATA unless it has as many bytes as the order says. */
enum sv_status https_get_body(const uint8_t *frame, size_t len, const struct https_order *order,
                              struct secret **body, struct sv_err *err) SV_MUST_USE;
enum sv_status https_put_answer(struct secret **frame, const struct https_said *said,
                                struct sv_err *err) SV_MUST_USE;
enum sv_status https_get_answer(const uint8_t *frame, size_t len, struct https_said *said,
                                struct sv_err *err) SV_MUST_USE;

#endif
