/* SPDX-License-Identifier: ISC */
#include "domain/rotation_steps.h"

#include <stddef.h>
#include <string.h>

#define AT(stage) (1u << (stage))
#define BEFORE_PROMOTION (AT(STAGE_PLANNED) | PENDING)
#define PENDING (AT(STAGE_PENDING) | AT(STAGE_SET) | AT(STAGE_VERIFIED))
#define ENDED (AT(STAGE_FINISHED) | AT(STAGE_ROLLED_BACK) | AT(STAGE_ABANDONED))

/* A note may be about any stage and leave it where it is. A pending secret may turn out not to
 * be the server's (verified, then set again); one that lives on is no reason not to begin the
 * next rotation, which is how it is killed. */
static const struct row {
    enum rotation_step step;
    unsigned from, to;
} table[] = {
    {ROTATE_BEGIN, AT(STAGE_NONE) | AT(STAGE_PROMOTED) | ENDED, AT(STAGE_PLANNED)},
    {ROTATE_NOTE, AT(STAGE_PLANNED), AT(STAGE_PLANNED)},
    {ROTATE_NOTE, PENDING, PENDING},
    {ROTATE_NOTE, AT(STAGE_PROMOTED), AT(STAGE_PROMOTED) | AT(STAGE_FINISHED)},
    {ROTATE_NOTE, AT(STAGE_FINISHED), AT(STAGE_FINISHED)},
    {ROTATE_NOTE, AT(STAGE_ROLLED_BACK), AT(STAGE_ROLLED_BACK)},
    {ROTATE_PENDING, BEFORE_PROMOTION, AT(STAGE_PENDING) | AT(STAGE_SET)},
    {ROTATE_PROMOTE, PENDING, AT(STAGE_PROMOTED)},
    {ROTATE_BACK, AT(STAGE_PROMOTED) | AT(STAGE_FINISHED), AT(STAGE_ROLLED_BACK)},
    {ROTATE_ABANDON, BEFORE_PROMOTION, AT(STAGE_ABANDONED)},
};

bool rotation_may(enum rotation_step step, enum rotation_stage from, enum rotation_stage to)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (table[i].step == step && (table[i].from & AT(from)) && (table[i].to & AT(to)))
            return true;
    return false;
}

const char *rotation_step_word(enum rotation_step step)
{
    static const char *const words[] = {"",         "begin", "note",     "pending",
                                        "promoted", "back",  "abandoned"};

    return (size_t)step < sizeof words / sizeof words[0] ? words[step] : "";
}

enum rotation_step rotation_step_told(const char *note)
{
    for (enum rotation_step step = ROTATE_BEGIN; step <= ROTATE_ABANDON; step++) {
        const char *word = rotation_step_word(step);
        if (strncmp(note, word, strlen(word)) == 0 && note[strlen(word)] == ':')
            return step;
    }
    return (enum rotation_step)0;
}
