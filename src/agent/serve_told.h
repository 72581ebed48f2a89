/* SPDX-License-Identifier: ISC */
/* serve_told: what clients have the vault keep in a card: what they saw of a login's server
 * (WIRE_LEARN), where they wrote its secret (WIRE_COPY). Each reads its request to the end. */
#ifndef AGENT_SERVE_TOLD_H
#define AGENT_SERVE_TOLD_H

#include "base/buf.h"
#include "base/err.h"
#include "domain/vault.h"

enum sv_status told_posture(struct vault *v, struct buf_reader *r, struct sv_err *err) SV_MUST_USE;
enum sv_status told_copy(struct vault *v, struct buf_reader *r, struct sv_err *err) SV_MUST_USE;

#endif
