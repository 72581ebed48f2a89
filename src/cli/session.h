/* SPDX-License-Identifier: ISC */
/* session: the sole place that decides where the vault is and how it is opened. */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include "base/err.h"
#include "base/secret.h"
#include "cli/cli.h"

/* In bytes; far beyond what anybody types. */
#define PASSPHRASE_MAX 4096
#define KEYFILE_MAX (1024 * 1024)

/* Both absolute, both owned by the caller (sv_free). */
enum sv_status session_place(const struct cli *cli, char **path, char **state_root,
                             struct sv_err *err) SV_MUST_USE;
/* `given` as an absolute path; the owner frees it with sv_free. */
enum sv_status session_absolute(const char *given, char **out, struct sv_err *err) SV_MUST_USE;
/* True when the vault is where it is without --vault. */
bool session_is_default(const char *path);

/* The path as people write it, with ~ for their home. Returns dst. */
char *session_show_path(char *dst, size_t capacity, const char *path);

/* Opens and unlocks, as far as that is not done yet: what the dispatcher does by a
 * command's flags, for commands whose first word decides. Where an agent holds the vault
 * open, it is asked. */
enum sv_status session_ensure(struct cli *cli, bool unlocked, bool writable,
                              struct sv_err *err) SV_MUST_USE;
/* The same with this process's own keys, agent or not: for what an agent does for nobody, and
 * the passphrase is asked for each time. */
enum sv_status session_ensure_own(struct cli *cli, bool unlocked, bool writable,
                                  struct sv_err *err) SV_MUST_USE;
enum sv_status session_open(struct cli *cli, bool read_only, struct sv_err *err) SV_MUST_USE;
/* As session_ensure(cli, true, false), but with the log as it is, so that what is wrong
 * with it can be told. */
enum sv_status session_ensure_for_log(struct cli *cli, struct sv_err *err) SV_MUST_USE;
/* "Passphrase for ~/vault.db: ", of the vault that is open. */
enum sv_status session_question(struct cli *cli, const char *what, char *dst, size_t capacity,
                                struct sv_err *err) SV_MUST_USE;
/* SV_LOCKED: what would be needed cannot be asked for here; says how to unlock. */
enum sv_status session_unlock(struct cli *cli, struct sv_err *err) SV_MUST_USE;
/* Unlocks only when nothing has to be asked; *unlocked tells. A wrong key file or
 * passphrase is still SV_DENIED. */
enum sv_status session_unlock_unasked(struct cli *cli, bool *unlocked,
                                      struct sv_err *err) SV_MUST_USE;

/* Unlocks where somebody can be asked, or nothing has to be: for what goes without keys
 * as well. *unlocked tells. */
enum sv_status session_unlock_if_possible(struct cli *cli, bool *unlocked,
                                          struct sv_err *err) SV_MUST_USE;

/* Warns of a new passphrase that a thief of the file would guess. */
void session_warn_short(const struct cli *cli, const struct secret *passphrase);

/* Makes a key file of ours, mode 0600; SV_EXISTS when anything is there. */
enum sv_status session_make_keyfile(const char *path, struct sv_err *err) SV_MUST_USE;
/* The hash of a key file. alone: refuse a file that may not open a vault by
 * itself (SV_DATA). */
enum sv_status session_keyfile(const char *path, bool alone, struct secret **hash,
                               struct sv_err *err) SV_MUST_USE;

#endif
