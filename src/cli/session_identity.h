/* SPDX-License-Identifier: ISC */
/* session_identity: identity files, and opening a vault with one. */
#ifndef CLI_SESSION_IDENTITY_H
#define CLI_SESSION_IDENTITY_H

#include "base/buf.h"
#include "cli/cli.h"
#include "crypto/identity.h"

/* The file as it is, and its public part; warns when others may read it. */
enum sv_status session_identity_read(const struct cli *cli, const char *path, struct blob *content,
                                     struct identity_public *identity,
                                     struct sv_err *err) SV_MUST_USE;
/* Its secret key, with the passphrase of --passphrase-from or of a prompt. may_ask false:
 * SV_LOCKED where a prompt would be needed. */
enum sv_status session_identity_open(struct cli *cli, const char *path, const struct blob *content,
                                     bool may_ask, struct secret **key,
                                     struct sv_err *err) SV_MUST_USE;
/* Unlocks the vault with cli->identity. */
enum sv_status session_unlock_identity(struct cli *cli, const struct vault_ways *ways, bool may_ask,
                                       struct sv_err *err) SV_MUST_USE;

#endif
