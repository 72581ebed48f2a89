/* SPDX-License-Identifier: ISC */
/*
 * deadline: the day on which a provider stops to take what a profile logs in with.
 * The days stand in the provider's row; a profile of another kind, or one that
 * logs in with tokens already, has none.
 */
#ifndef DOMAIN_DEADLINE_H
#define DOMAIN_DEADLINE_H

#include <stdbool.h>
#include <stdint.h>

#include "domain/profile.h"
#include "domain/provider.h"

#define DEADLINE_SOON_DAYS 90 /* warned of so long before */

enum deadline_state { DEADLINE_NONE, DEADLINE_LATER, DEADLINE_SOON, DEADLINE_PAST };

struct deadline {
    enum deadline_state state;
    int64_t when; /* the beginning of that day, local time */
    const struct provider *provider;
    const struct provider_deadline *day;
};

/* The next one that concerns the profile or, when none is to come, the last. Soon
 * is within `window` seconds of now. */
struct deadline deadline_of(const struct profile *p, int64_t now, int64_t window);

/* Soon or past, and the login has not worked since: some providers make exceptions. */
bool deadline_is_due(const struct deadline *d, const struct profile *p);

/* How a person is told, behind the name of the profile: "from 2026-12-31 (in 32
 * days) such a login may be refused: WHAT", and with "; ADVICE". Both return dst. */
#define DEADLINE_SHOWN_MAX 512
char *deadline_when(char dst[DEADLINE_SHOWN_MAX], const struct deadline *d, int64_t now);
char *deadline_say(char dst[DEADLINE_SHOWN_MAX], const struct deadline *d, int64_t now);

/* How many days ago the row of the profile's provider was last held against its
 * sources; -1: unknown, or the provider is. */
int64_t deadline_row_age(const struct provider *p, int64_t now);

#endif
