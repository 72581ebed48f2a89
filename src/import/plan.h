/* SPDX-License-Identifier: ISC */
/*
 * plan: what an import would do with each login that was found, decided before anything is
 * changed, and then done in one transaction. A second import of the same source finds
 * everything to be the same.
 */
#ifndef IMPORT_PLAN_H
#define IMPORT_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/progress.h"
#include "domain/vault.h"
#include "import/found.h"
#include "import/lookup.h"

enum plan_state {
    PLAN_NEW,
    PLAN_REPLACE,    /* a new version of what has its name */
    PLAN_SAME,       /* the vault has it, under this name or another */
    PLAN_CONFLICT,   /* the vault has another login under its name, which stays */
    PLAN_TWICE,      /* the source has it twice under one name */
    PLAN_NOT_MAIL,   /* nothing says that it sends mail */
    PLAN_INCOMPLETE, /* the server is not known */
    PLAN_NO_SECRET,
    PLAN_FAULTY /* found->fault */
};
#define PLAN_STATES 9

struct plan_row {
    struct found *found; /* borrowed; its card has the name under which it is stored */
    enum plan_state state;
    const struct profile *there; /* the vault's: of SAME, CONFLICT and REPLACE */
    const struct plan_row *twin; /* of TWICE: the one that is the same */
    char *was;                   /* its name before it was made another; NULL */
    char *note;                  /* what a person should know, a sentence without its end; NULL */
};
struct plan {
    struct plan_row *rows; /* in the source's order */
    size_t count;
    size_t states[PLAN_STATES]; /* how many of each */
    struct profile_list there;  /* what the vault has */
};
void plan_clear(struct plan *plan);
#define PLAN_OWNED __attribute__((cleanup(plan_clear)))

struct plan_wishes {
    bool all;                /* what does not look like mail, too */
    bool insecure;           /* what sends its secret in clear, too */
    bool replace;            /* a conflict becomes a new version */
    bool rename;             /* ... a profile under another name */
    const char *const *tags; /* for all of them; tag_count */
    size_t tag_count;
};

const char *plan_state_word(enum plan_state state); /* "new", "not-mail" */
/* It is stored. */
static inline bool plan_takes(const struct plan_row *row)
{
    return row->state == PLAN_NEW || row->state == PLAN_REPLACE;
}

/* Under which name the vault has this login with this secret, or will have it when the plan is
 * carried out; NULL: it has not. Good until then. */
const char *plan_name_there(const struct plan_row *row);

/* Secrets are compared where the vault has a login of the same name, or of the same user at
 * the same server. */
enum sv_status plan_make(struct plan *out, struct vault *v, struct found_list *found,
                         const struct plan_wishes *wishes, struct sv_err *err) SV_MUST_USE;
/* Takes the cards and secrets out of what was found. */
enum sv_status plan_carry_out(struct plan *plan, struct vault *v, const struct progress *watch,
                              struct sv_err *err) SV_MUST_USE;

#endif
