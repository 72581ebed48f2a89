/* SPDX-License-Identifier: ISC */
/*
 * ask: a question to a person, wherever they are: on the terminal; by the program of
 * SMTPVAULT_ASKPASS, as with ssh(1); by pinentry, where that is configured. Without any of
 * them SV_LOCKED at once, and never a wait that nobody can end.
 *
 * | SMTPVAULT_ASKPASS_REQUIRE | the program of SMTPVAULT_ASKPASS is used |
 * | ------------------------- | ---------------------------------------- |
 * | unset                     | where there is no terminal               |
 * | prefer                    | where there is a display, or no terminal |
 * | force                     | always                                   |
 * | never                     | never                                    |
 *
 * It gets the question as its argument and prints the answer's first line; a status other
 * than 0 is a refusal. A question of yes or no has SSH_ASKPASS_PROMPT and
 * SMTPVAULT_ASKPASS_PROMPT set to "confirm": yes is status 0 and nothing, "y" or "yes"
 * printed. Who has not answered after SMTPVAULT_ASK_SECONDS (300) is not there.
 */
#ifndef CLI_ASK_H
#define CLI_ASK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"
#include "cli/cli.h"

struct source_ask; /* cli/source.h */

#define ASK_SECONDS_DEFAULT 300
#define ASK_SECONDS_MAX 86400

/* How often a person is asked when the answer was wrong: a typing mistake is common. */
#define ASK_TRIES 3

enum ask_way { ASK_NOBODY, ASK_TERMINAL, ASK_PROGRAM, ASK_PINENTRY };

/* Who would be asked for a secret that comes from this SOURCE (NULL: tty); ASK_NOBODY for
 * a source that asks nobody as well. */
enum ask_way ask_way(const struct cli *cli, const char *source);
/* Can a question of yes or no be asked? */
bool ask_yes_possible(const struct cli *cli);
/* Why nobody can be asked: "no asking (--no-input)" or "no terminal to ask on". */
const char *ask_nobody(const struct cli *cli);
/* What helps then, to stand behind a colon or semicolon. */
#define ASK_HELP "set SMTPVAULT_ASKPASS to a program that asks"

/* ask->confirm: twice, and both again when they differ, until ASK_TRIES pairs did: SV_DATA.
 * SV_DATA as well: the input was ended, or pinentry cancelled. SV_LOCKED: nobody is there. */
enum sv_status ask_secret(struct cli *cli, enum ask_way way, const struct source_ask *ask,
                          struct secret **out, struct sv_err *err) SV_MUST_USE;
/* question: one sentence, "Remove work for good?". A question that was cancelled is
 * answered with no. */
enum sv_status ask_yes(struct cli *cli, const char *question, bool *yes,
                       struct sv_err *err) SV_MUST_USE;

/* How long to wait, in milliseconds. SV_USAGE: SMTPVAULT_ASK_SECONDS is no number. */
enum sv_status ask_patience(int64_t *ms, struct sv_err *err) SV_MUST_USE;

/* ---- askpass.c ---- */
/* The program, or NULL. */
const char *askpass_program(void);
enum sv_status askpass_secret(const struct source_ask *ask, struct secret **out,
                              struct sv_err *err) SV_MUST_USE;
enum sv_status askpass_yes(const char *question, bool *yes, struct sv_err *err) SV_MUST_USE;

/* ---- pinentry.c: GnuPG's dialog ---- */
/* *repeated: pinentry made sure itself that both were the same. */
enum sv_status pinentry_secret(const struct source_ask *ask, struct secret **out, bool *repeated,
                               struct sv_err *err) SV_MUST_USE;
enum sv_status pinentry_yes(const char *question, bool *yes, struct sv_err *err) SV_MUST_USE;

#endif
