/* SPDX-License-Identifier: ISC */
/*
 * sink: output that is gathered in guarded memory and released whole or never.
 * A command writes to its sink; the dispatcher releases it only when the
 * command succeeded. So stdout holds the whole answer or nothing.
 */
#ifndef BASE_SINK_H
#define BASE_SINK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/secret.h"

struct sink;

/* guarded: the bytes live in secret memory (for answers that hold a secret);
 * otherwise in ordinary memory. NULL when there is no memory. */
struct sink *sink_new(bool guarded);
void sink_free(struct sink *sink);
void sink_free_cleanup(struct sink **slot);
#define SINK_OWNED __attribute__((cleanup(sink_free_cleanup)))

/* Writing never fails visibly: the first fault is kept and reported by
 * sink_status, sink_release and sink_take. */
void sink_put(struct sink *sink, const void *bytes, size_t len);
void sink_puts(struct sink *sink, const char *text);
void sink_printf(struct sink *sink, const char *fmt, ...) SV_PRINTF(2, 3); /* never a secret */
/* Into a guarded sink only: elsewhere it is a fault (SV_INTERNAL). */
void sink_put_secret(struct sink *sink, const struct secret *secret);
/* Makes the answer fail, for a writer that finds what cannot be written. */
void sink_fail(struct sink *sink, enum sv_status status, const char *fmt, ...) SV_PRINTF(3, 4);

size_t sink_len(const struct sink *sink);
enum sv_status sink_status(const struct sink *sink, struct sv_err *err) SV_MUST_USE;

/* Writes everything to fd, handling short writes and EINTR; EPIPE and every
 * other fault is SV_IO naming `what` ("standard output"). A sink with a fault
 * writes nothing. The sink is empty afterwards, whatever came. */
enum sv_status sink_release(struct sink *sink, int fd, const char *what,
                            struct sv_err *err) SV_MUST_USE;

/* Copies everything into a new secret; the sink stays as it is. */
enum sv_status sink_to_secret(const struct sink *sink, struct secret **out,
                              struct sv_err *err) SV_MUST_USE;

#endif
