/* SPDX-License-Identifier: ISC */
/*
 * rotate_use: who fetched a profile's secret, as this machine's log tells it: programs, by their
 * units and users. A login test is nobody's use, and what a program said of a login later is no
 * further one.
 */
#ifndef ROTATE_ROTATE_USE_H
#define ROTATE_ROTATE_USE_H

#include "audit/audit.h"
#include "cli/cli.h"
#include "format/json.h"

struct rotate_use {
    char program[CALLER_TEXT_MAX]; /* its file, or the script that an interpreter runs */
    char unit[CALLER_TEXT_MAX];    /* "": none */
    char token[AUDIT_TOKEN_MAX + 1];
    uint32_t uid;
    uint64_t old_count, new_count; /* fetches of what was before the change, and of what came */
    int64_t last_old, last_new;
};
struct rotate_uses {
    struct rotate_use *items; /* the last that fetched first */
    size_t count, capacity;
    bool known; /* the log could be read; else there are none */
    int64_t since;
    char why[400]; /* it could not */
};
void rotate_uses_clear(struct rotate_uses *uses);
#define USES_OWNED __attribute__((cleanup(rotate_uses_clear)))

/* What counts as new: a fetch since `when` of that version or a later one. {0, 0}: nothing is
 * told apart, and all counts as old. Where it is, exports are left out: of their files it is known
 * what they hold (copies.h). */
struct rotate_border {
    int64_t when;
    uint64_t version;
};
enum sv_status rotate_uses_read(struct rotate_uses *out, struct cli *cli, const char *name,
                                int64_t since, const struct rotate_border *border,
                                struct sv_err *err) SV_MUST_USE;
/* Somebody was given the secret of a version: not by a login test, nor a second entry of it. */
bool rotate_use_is_fetch(const struct audit_event *e);
/* It used the old one, and its last fetch was of that. */
bool rotate_use_is_behind(const struct rotate_use *use);
/* An object: program, unit, user, uid, machine, token, uses, last. */
void rotate_use_json(struct json *j, const struct rotate_use *use, const char *host);

#endif
