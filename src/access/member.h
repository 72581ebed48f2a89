/* SPDX-License-Identifier: ISC */
/* member: what the files of the command "member" share; one verb a file. */
#ifndef ACCESS_MEMBER_H
#define ACCESS_MEMBER_H

#include "cli/cli.h"
#include "cli/verbs.h"
#include "crypto/share.h"
#include "domain/vault_members.h"

#define MEMBER_SHOWN_MAX (2 * MEMBER_LABEL_MAX)
/* A label for a message. */
#define MEMBER_SHOWN(label) \
    text_printable((char[MEMBER_SHOWN_MAX]){0}, MEMBER_SHOWN_MAX, (label), strlen(label))

/* "passphrase" "keyfile" "passphrase+keyfile" "identity" "recovery" */
const char *member_way(enum slot_type type);

/* The administrator shows who they are, also where a shell has the vault open. */
enum sv_status member_session(struct cli *cli, struct sv_err *err) SV_MUST_USE;

verb_step member_add_check, member_add;
verb_step member_list;
verb_step member_remove_check, member_remove;
verb_step member_identity_check, member_identity;

/* ---- shares ---- */

/* "3/5"; SV_USAGE otherwise. */
enum sv_status shares_parse(const char *text, unsigned *needed, unsigned *count,
                            struct sv_err *err) SV_MUST_USE;
/* SV_LOCKED unless they can be shown on a terminal one by one, or print is asked for. */
enum sv_status shares_check_way_out(const struct cli *cli, bool print,
                                    struct sv_err *err) SV_MUST_USE;
/* One by one on the terminal, each taken off the screen again; or all to cli->out. */
enum sv_status shares_show(struct cli *cli, const struct share *shares, bool print,
                           struct sv_err *err) SV_MUST_USE;
/* Asks for as many shares as are needed, or takes them from the sources of --share-from,
 * and joins them. */
enum sv_status shares_collect(struct cli *cli, const struct args *args, struct secret **whole,
                              struct sv_err *err) SV_MUST_USE;

#endif
