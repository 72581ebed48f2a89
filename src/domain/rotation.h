/* SPDX-License-Identifier: ISC */
/* rotation: when a secret is due to change. Pure arithmetic over profile times. */
#ifndef DOMAIN_ROTATION_H
#define DOMAIN_ROTATION_H

#include <stdbool.h>
#include <stdint.h>

#include "domain/profile.h"

#define ROTATION_SOON_DAYS 14

enum rotation_state { ROTATION_NONE, ROTATION_OK, ROTATION_SOON, ROTATION_OVERDUE };
const char *rotation_word(enum rotation_state state); /* none ok soon overdue */
/* When it is due: at the end of its period or when the policy says (policy_apply), and at
 * once since it is exposed (struct profile); 0 when there is neither. */
int64_t rotation_due(const struct profile *p);
/* Its period in days, 0: none. */
uint32_t rotation_every(const struct profile *p);
/* soon: due within `window` seconds of now, or due and within its days of grace; overdue: those
 * are over, and always while it is exposed. */
enum rotation_state rotation_of(const struct profile *p, int64_t now, int64_t window);
/* By the days of lead that the policy gives it, ROTATION_SOON_DAYS where it was not asked. */
int64_t rotation_lead(const struct profile *p);
enum rotation_state rotation_now(const struct profile *p, int64_t now);
/* Was the secret turned away by the server, and has not worked since? What an older secret
 * met does not count, nor one that git retired and asks for anew. */
bool rotation_is_rejected(const struct profile *p);

#endif
