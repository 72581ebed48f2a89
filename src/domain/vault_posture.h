/* SPDX-License-Identifier: ISC */
/* vault_posture: keeps what was learnt of a profile's server (posture.h). */
#ifndef DOMAIN_VAULT_POSTURE_H
#define DOMAIN_VAULT_POSTURE_H

#include "domain/posture.h"
#include "domain/vault.h"

/* The card changes in its place: version and times stay. accepted: the log says that somebody
 * accepts a change, else that it was learnt. A vault that was opened for reading is written to
 * all the same, where that can be: it is no change that anybody asked for. SV_DENIED: this
 * session writes nothing (a token, a reader, a file that is read-only). SV_LOCKED: the profile
 * is for another server meanwhile. */
enum sv_status vault_learn(struct vault *v, const char *name, const struct posture *known,
                           bool accepted, struct sv_err *err) SV_MUST_USE;

#endif
