/* SPDX-License-Identifier: ISC */
/* exec_outcome: what the status of exec's program says about the login. */
#ifndef CLI_EXEC_OUTCOME_H
#define CLI_EXEC_OUTCOME_H

#include "domain/vault.h"

/* program: the last part of its path. */
enum outcome exec_outcome(const char *program, int status);
/* "" or "; the login worked" ..., for the log's note. */
const char *exec_outcome_words(enum outcome outcome);

#endif
