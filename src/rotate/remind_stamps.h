/* SPDX-License-Identifier: ISC */
/*
 * remind_stamps: what was told when, by which way, so that it is not told again too soon. One file
 * of this machine for each vault:
 *
 *     smtpvault-remind 1 TIME-OF-THE-LAST-RUN
 *     CHANNEL ID URGENCY TIME
 */
#ifndef ROTATE_REMIND_STAMPS_H
#define ROTATE_REMIND_STAMPS_H

#include <stdint.h>

#include "cli/cli.h"
#include "domain/due.h"

struct stamp {
    uint64_t channel;
    uint8_t id[16];
    unsigned urgency;
    int64_t when;
    bool seen; /* in this run */
};

struct stamps {
    struct stamp *items;
    size_t count, capacity;
    int64_t last; /* 0: there was no run */
    int lock;     /* held from the reading on */
    char *path;
};
#define STAMPS_NONE \
    {               \
        .lock = -1  \
    }
void stamps_clear(struct stamps *s);
#define STAMPS_OWNED __attribute__((cleanup(stamps_clear)))

/* SV_LOCKED: another run holds them. What cannot be understood is a warning, and forgotten. */
enum sv_status stamps_read(struct stamps *s, const struct cli *cli, struct sv_err *err) SV_MUST_USE;
/* What was never told by this way, was less urgent then, or was told `every` seconds ago, or at a
 * time that is yet to come. */
bool stamps_is_news(struct stamps *s, uint64_t channel, const uint8_t id[16], unsigned urgency,
                    int64_t now, int64_t every);
enum sv_status stamps_set(struct stamps *s, uint64_t channel, const uint8_t id[16],
                          unsigned urgency, int64_t now, struct sv_err *err) SV_MUST_USE;
/* Those of this way that were not asked for since the reading. */
void stamps_forget(struct stamps *s, uint64_t channel);
enum sv_status stamps_write(const struct stamps *s, struct sv_err *err) SV_MUST_USE;

#endif
