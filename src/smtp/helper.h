/* SPDX-License-Identifier: ISC */
/*
 * helper: one run of smtpvault-net, seen from the side that keeps the vault. The child is
 * handed its frames over a socketpair and nothing else: no argument, no environment of
 * ours, no descriptor. It dies with us, and none is left behind.
 */
#ifndef SMTP_HELPER_H
#define SMTP_HELPER_H

#include <stdbool.h>
#include <sys/types.h>

#include "smtp/smtp_wire.h"

/* The helper stands in another folder: replaces the path of a file of authorities, which may
 * be "", by its absolute one. SV_MISSING when it cannot be read. */
enum sv_status helper_ca_path(char *path, size_t capacity, struct sv_err *err) SV_MUST_USE;

struct helper {
    const char *path; /* of smtpvault-net; the caller's */
    pid_t pid;        /* -1: none runs */
    int fd;
};

#define HELPER_NONE         \
    {                       \
        .pid = -1, .fd = -1 \
    }
/* SV_CONFIG when the program cannot be run. */
enum sv_status helper_start(struct helper *h, const char *path, struct sv_err *err) SV_MUST_USE;
/* A helper that has died already is found out by its silence. After the last frame it reads
 * the end. */
void helper_send(const struct helper *h, const struct secret *frame, bool last);

enum helper_reading { HELPER_WHOLE, HELPER_ENDED, HELPER_LATE, HELPER_GARBAGE };
/* One frame of this kind, until `deadline` of env_monotonic_ms; frame holds the kind's limit. */
enum helper_reading helper_read(const struct helper *h, enum wire_kind kind, int64_t deadline,
                                uint8_t *frame, size_t *len);
/* The same of either kind: wire_frame_kind() tells which. */
enum helper_reading helper_read_either(const struct helper *h, enum wire_kind a, enum wire_kind b,
                                       int64_t deadline, uint8_t *frame, size_t *len);

/* Gives it `patience` ms to end by itself, then ends it; its status as of waitpid(2). */
int helper_end(struct helper *h, int64_t patience);
/* What to say of a helper that gave no whole frame: SV_CONFIG or SV_INTERNAL. */
enum sv_status helper_fail(const struct helper *h, enum helper_reading reading, int status,
                           struct sv_err *err);

void helper_clear(struct helper *h); /* ends at once one that runs still */
#define HELPER_OWNED __attribute__((cleanup(helper_clear)))

#endif
