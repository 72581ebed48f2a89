/* SPDX-License-Identifier: ISC */
/* audit_filter: which entries of the log a command line asks for. */
#ifndef CMD_AUDIT_FILTER_H
#define CMD_AUDIT_FILTER_H

#include "audit/audit.h"
#include "base/err.h"
#include "cli/args.h"
#include "domain/vault_members.h"

/* --last --profile --op --result --via --exe --since --until. SV_USAGE says what is
 * allowed. The texts are borrowed from args. */
enum sv_status audit_filter_parse(struct audit_filter *f, const struct args *args,
                                  struct sv_err *err) SV_MUST_USE;
/* --member, which needs the list of them (an auditor's is empty: a number then). */
enum sv_status audit_filter_member(struct audit_filter *f, const struct args *args,
                                   const struct member_list *members,
                                   struct sv_err *err) SV_MUST_USE;

#endif
