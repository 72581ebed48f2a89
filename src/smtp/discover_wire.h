/* SPDX-License-Identifier: ISC */
/* discover_wire: the frames of discover.h, as wire_frame.h has them. */
#ifndef SMTP_DISCOVER_WIRE_H
#define SMTP_DISCOVER_WIRE_H

#include "smtp/discover.h"
#include "smtp/wire_frame.h"

/* document NULL: ask the name service. */
enum sv_status discover_put_request(struct secret **frame, const char *domain,
                                    const struct secret *document, struct sv_err *err) SV_MUST_USE;
/* *document is borrowed from the frame; NULL: there is none. */
enum sv_status discover_get_request(const uint8_t *frame, size_t len, char domain[256],
                                    const uint8_t **document, size_t *document_len,
                                    struct sv_err *err) SV_MUST_USE;

/* Every host is one that may be connected to, every text printable; SV_DATA
 * otherwise, both ways. */
enum sv_status discover_put_answer(uint8_t frame[WIRE_DISCOVERED_MAX], size_t *len,
                                   const struct discovered *found, struct sv_err *err) SV_MUST_USE;
enum sv_status discover_get_answer(const uint8_t *frame, size_t len, struct discovered *found,
                                   struct sv_err *err) SV_MUST_USE;

#endif
