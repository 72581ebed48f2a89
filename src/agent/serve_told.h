/* SPDX-License-Identifier: ISC */
/*
 * serve_told: what clients have the vault do or keep, answered by nothing but that it is done:
 * what they saw of a login's server (WIRE_LEARN), where they wrote its secret (WIRE_COPY), the
 * rules of the policy (WIRE_POLICY_CHANGE), names; and how far the change of a secret has come
 * (WIRE_ROTATE). Each reads its request to the end.
 */
#ifndef AGENT_SERVE_TOLD_H
#define AGENT_SERVE_TOLD_H

#include "base/buf.h"
#include "base/err.h"
#include "domain/vault.h"

typedef enum sv_status serve_told(struct vault *v, struct buf_reader *r, struct sv_err *err);

enum sv_status told_rename(struct vault *v, struct buf_reader *r, struct sv_err *err) SV_MUST_USE;
enum sv_status told_remove(struct vault *v, struct buf_reader *r, struct sv_err *err) SV_MUST_USE;
enum sv_status told_posture(struct vault *v, struct buf_reader *r, struct sv_err *err) SV_MUST_USE;
enum sv_status told_copy(struct vault *v, struct buf_reader *r, struct sv_err *err) SV_MUST_USE;
/* *card: the profile as it stands then. */
enum sv_status told_rotation(struct vault *v, struct buf_reader *r, struct profile *card,
                             struct sv_err *err) SV_MUST_USE;

enum sv_status told_policy(struct vault *v, struct buf_reader *r, struct sv_err *err) SV_MUST_USE;

#endif
