/* SPDX-License-Identifier: ISC */
/* self: where this program and its helpers are. No environment variable has a say. */
#ifndef CLI_SELF_H
#define CLI_SELF_H

#include "base/err.h"

/* How a configuration file should call this program: "smtpvault" when PATH leads
 * here, else the absolute path. Owner frees. */
enum sv_status self_command(char **out, struct sv_err *err) SV_MUST_USE;
/* Its absolute path, whatever PATH says. Owner frees. */
enum sv_status self_program(char **out, struct sv_err *err) SV_MUST_USE;
/* smtpvault-net beside this program (a build tree), else where it was installed.
 * SV_CONFIG when it is in neither place. Owner frees. */
enum sv_status self_helper(char **out, struct sv_err *err) SV_MUST_USE;
/* The same of smtpvault-nss. */
enum sv_status self_nss(char **out, struct sv_err *err) SV_MUST_USE;
/* The folder of the rotators that are shipped, likewise. Owner frees. */
enum sv_status self_rotators(char **out, struct sv_err *err) SV_MUST_USE;

#endif
