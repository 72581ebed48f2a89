/* SPDX-License-Identifier: ISC */
/*
 * due: one list of what has to be done about the secrets of a vault, and by when, of all clocks
 * that run for them. Pure: the time, the cards and the policy are handed in.
 */
#ifndef DOMAIN_DUE_H
#define DOMAIN_DUE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "domain/policy.h"
#include "domain/profile.h"

enum due_clock {
    DUE_PERIOD,      /* the policy's days are over */
    DUE_DATE,        /* one of the policy's dates */
    DUE_PROVIDER,    /* its provider stops to take such a login */
    DUE_EXPOSED,     /* somebody who left may know the secret */
    DUE_REJECTED,    /* its server turned it away */
    DUE_UNPROVED,    /* it is new, and nobody saw it work */
    DUE_CERTIFICATE, /* that of a server with authorities of its own ends */
    DUE_OAUTH,       /* its refresh token ends, as was told, or for want of use */
    DUE_CLIENT,      /* the client secret ends with which it logs in by OAuth2 */
    DUE_ROTATION,    /* a rotation was begun and stands still */
    DUE_ALIVE,       /* the secret before still works */
    DUE_COPY,        /* files hold another secret than the vault */
    DUE_GRANT,       /* a grant ends */
    DUE_TOKEN,       /* a token ends */
    DUE_CLOCKS
};
const char *due_clock_word(enum due_clock clock); /* "period", "date", "provider" ... */

/* later: beyond the days of lead; now: its time has come; late: and its days of grace are over,
 * or somebody is without mail. */
enum due_urgency { DUE_LATER, DUE_SOON, DUE_NOW, DUE_LATE };
const char *due_urgency_word(enum due_urgency urgency); /* later soon due overdue */

#define DUE_WHY_MAX 512
#define DUE_DO_MAX 640
struct due_item {
    enum due_clock clock;
    enum due_urgency urgency;
    int64_t when;            /* the time at which, or since which */
    const struct profile *p; /* borrowed; NULL: of a token */
    char token[65];          /* its label */
    uint8_t id[16];          /* the same in every list as long as it concerns the same thing */
    char why[DUE_WHY_MAX];   /* a sentence without its full stop */
    char act[DUE_DO_MAX];    /* a command that does something about it */
};
/* soon, due, overdue, exposed, ending, ended, rejected, unproved, stuck, alive, old. */
const char *due_state(const struct due_item *item);

struct due_list {
    struct due_item *items;
    size_t count, capacity;
};
void due_list_clear(struct due_list *list);
#define DUE_LIST_OWNED __attribute__((cleanup(due_list_clear)))

struct due_wish {
    int64_t now;
    int64_t lead;    /* seconds; below 0: as the policy says for each */
    int64_t horizon; /* later ones as well, up to so many seconds ahead; 0: none */
};

/* Appends what there is of p, whose terms are set here. */
enum sv_status due_of_profile(struct due_list *list, const struct due_wish *wish,
                              const struct policy *policy, struct profile *p,
                              struct sv_err *err) SV_MUST_USE;
/* Of a token that ends at `until`, 0: never. */
enum sv_status due_of_token(struct due_list *list, const struct due_wish *wish, const char *label,
                            uint32_t number, int64_t until, struct sv_err *err) SV_MUST_USE;
/* The id of an item of p. */
void due_id(uint8_t id[16], const struct profile *p, enum due_clock clock);
/* Of a date alone, with nothing else known of p but its name (due_dates.h). */
struct due_date;
enum sv_status due_of_date(struct due_list *list, const struct due_wish *wish,
                           const struct due_date *date, const struct profile *p,
                           struct sv_err *err) SV_MUST_USE;
/* The most urgent first, then the earliest, then by name. */
void due_sort(struct due_list *list);
/* How many are of this urgency or more. */
size_t due_count(const struct due_list *list, enum due_urgency least);

#endif
