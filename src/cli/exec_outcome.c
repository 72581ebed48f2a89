/* SPDX-License-Identifier: ISC */
#include "cli/exec_outcome.h"

#include <string.h>

enum outcome exec_outcome(const char *program, int status)
{
    static const struct {
        const char *program;
        int status;
        enum outcome outcome;
    } known[] = {
#define EXEC_OUTCOME(program, status, outcome) {program, status, outcome},
#include "cli/exec_outcomes.def"
#undef EXEC_OUTCOME
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (status == known[i].status && strcmp(program, known[i].program) == 0)
            return known[i].outcome;
    }
    return OUTCOME_UNKNOWN;
}

const char *exec_outcome_words(enum outcome outcome)
{
    switch (outcome) {
    case OUTCOME_WORKED:
        return ": the login worked";
    case OUTCOME_REJECTED:
        return ": the login was rejected";
    case OUTCOME_UNKNOWN:
        break;
    }
    return "";
}
