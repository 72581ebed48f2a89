/* SPDX-License-Identifier: ISC */
/*
 * setup_unit: a service of systemd gets a login by a drop-in of its own, so that the file is
 * not the tool's but the service's: /etc/systemd/system/UNIT.d/smtpvault.conf for root, and
 * below ~/.config/systemd/user for anybody else, whose own manager reads it there.
 */
#ifndef ADOPT_SETUP_UNIT_H
#define ADOPT_SETUP_UNIT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define SETUP_UNIT_MAX 256

/* "mailer" and "mailer.service" are mailer.service. SV_USAGE: no name of a service. */
enum sv_status setup_unit_name(const char *word, char unit[SETUP_UNIT_MAX],
                               struct sv_err *err) SV_MUST_USE;
/* Its drop-in. Owner frees. */
enum sv_status setup_unit_file(const char *unit, char **path, struct sv_err *err) SV_MUST_USE;
/* All drop-ins that there are, by their paths. SV_OK with none where there is no such folder. */
struct setup_units {
    char **paths;
    size_t count;
};
#define SETUP_UNITS_OWNED __attribute__((cleanup(setup_units_clear)))
void setup_units_clear(struct setup_units *units);
enum sv_status setup_units_find(struct setup_units *units, struct sv_err *err) SV_MUST_USE;
/* Behind its removal: the folder goes too, where nothing else is in it. */
void setup_unit_leave(const char *path);
/* Whether a folder of units has the unit, or its template. */
bool setup_unit_is_there(const char *unit);

#endif
