/* SPDX-License-Identifier: ISC */
/* serve_many: answers that take several frames: cards, entries of the log, members, tokens. */
#ifndef AGENT_SERVE_MANY_H
#define AGENT_SERVE_MANY_H

#include "agent/peer.h"

enum sv_status serve_list(struct agent *a, struct peer *p, struct buf_reader *r,
                          struct sv_err *err) SV_MUST_USE;
enum sv_status serve_history(struct agent *a, struct peer *p, struct buf_reader *r,
                             struct sv_err *err) SV_MUST_USE;
enum sv_status serve_audit(struct agent *a, struct peer *p, struct buf_reader *r,
                           struct sv_err *err) SV_MUST_USE;
enum sv_status serve_members(struct agent *a, struct peer *p, struct buf_reader *r,
                             struct sv_err *err) SV_MUST_USE;
enum sv_status serve_tokens(struct agent *a, struct peer *p, struct buf_reader *r,
                            struct sv_err *err) SV_MUST_USE;

#endif
