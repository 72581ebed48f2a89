/* SPDX-License-Identifier: ISC */
/*
 * test_probe: which ports of a profile's server answer from here, without logging in and
 * without the secret (smtp/ports.h): the profile's own, those of its provider, the usual
 * ones, and two or three that are no mail ports, to tell a blocked port from a dead host.
 */
#ifndef LOGIN_TEST_PROBE_H
#define LOGIN_TEST_PROBE_H

#include <stdbool.h>

#include "base/sink.h"
#include "cli/cli.h"
#include "domain/profile.h"
#include "smtp/ports.h"

struct probe_report {
    struct ports_request asked;
    struct ports_answer seen;
    struct ports_finding finding;
};

/* Of a profile only name, host, port, TLS, provider and CA file are read: it need not be stored
 * yet. ca_file: in place of the profile's, or NULL; ms: for an address to answer, 0: 4 s. */
enum sv_status test_probe_look(const char *helper, const struct profile *p, const char *ca_file,
                               uint32_t ms, struct probe_report *report,
                               struct sv_err *err) SV_MUST_USE;
enum sv_status test_probe_people(struct sink *out, const struct cli *cli, const struct profile *p,
                                 const struct probe_report *report, struct sv_err *err) SV_MUST_USE;
/* One object and a line feed. */
enum sv_status test_probe_json(struct sink *out, const struct profile *p,
                               const struct probe_report *report, struct sv_err *err) SV_MUST_USE;

/* The login of p failed on the way to the server, and a look may find another way. */
bool test_probe_helps(enum smtp_verdict verdict, const struct profile *p);
/* Asks on the terminal whether to look; the end of input is no. */
bool test_probe_wanted(struct cli *cli);

#endif
