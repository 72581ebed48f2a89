/* SPDX-License-Identifier: ISC */
/*
 * qr: a QR code (ISO/IEC 18004) as lines of half blocks, by libqrencode where it is installed:
 * it is loaded when it is wanted, and nothing else of smtpvault needs it.
 *
 * The library works in ordinary memory that it does not wipe. What can be reached of it is
 * wiped here; the rest is gone with the process, which dumps no core.
 */
#ifndef ACCESS_QR_H
#define ACCESS_QR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/secret.h"
#include "base/sink.h"

#define QR_QUIET 4 /* empty modules around */

struct qr {
    size_t width;           /* in modules, the quiet zone included */
    struct secret *modules; /* width * width bytes, 1: dark */
};
void qr_clear(struct qr *qr);
#define QR_OWNED __attribute__((cleanup(qr_clear)))

/* `text` in capital letters. False when there is no library, no memory or no room. */
bool qr_make(struct qr *out, const struct secret *text);
/* Lines of half blocks that it takes. */
size_t qr_lines(const struct qr *qr);
/* A line, black on white whatever the terminal's colours are, without a line feed. */
void qr_put_line(struct sink *out, const struct qr *qr, size_t line);

#endif
