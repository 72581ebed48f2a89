/* SPDX-License-Identifier: ISC */
/*
 * doctor: what the checks of the doctor command have in common. A finding needs a
 * hand; a hint is good to know, with advice as well, but no reason for status 1.
 */
#ifndef CLI_DOCTOR_H
#define CLI_DOCTOR_H

#include "cli/cli.h"
#include "format/json.h"

struct doctor {
    struct cli *cli;
    struct json json;
    size_t findings;
};

/* `check` names what was looked at, one word for programs: "state-dir". advice: what
 * to do, a command where one does it. */
void doctor_ok(struct doctor *d, const char *check, const char *fmt, ...) SV_PRINTF(3, 4);
void doctor_hint(struct doctor *d, const char *check, const char *advice, const char *fmt, ...)
    SV_PRINTF(4, 5);
void doctor_finding(struct doctor *d, const char *check, const char *advice, const char *fmt, ...)
    SV_PRINTF(4, 5);

/* The vault and this machine's part of it; asks for nothing. */
void doctor_vault(struct doctor *d);
/* The profiles of a vault that is open. */
void doctor_profiles(struct doctor *d);
/* Rows of providers of the user's own. */
void doctor_providers(struct doctor *d);
/* Memory, swap, the network helper, certificates, the fence around msmtp. */
void doctor_machine(struct doctor *d);

#endif
