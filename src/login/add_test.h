/* SPDX-License-Identifier: ISC */
/*
 * add_test: a login that was stored is tried at once, as the command `test` does it, with the
 * report on stderr.
 */
#ifndef LOGIN_ADD_TEST_H
#define LOGIN_ADD_TEST_H

#include <stdbool.h>

#include "base/err.h"
#include "cli/args.h"
#include "cli/cli.h"

/* offer: asks first, as a person is there; then a secret that was refused can be typed again,
 * and a server that answers elsewhere be taken instead. SV_FINDINGS: the login does not
 * work. */
enum sv_status add_test(struct cli *cli, const struct args *args, const char *name, bool offer,
                        struct sv_err *err) SV_MUST_USE;

#endif
