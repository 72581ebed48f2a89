/* SPDX-License-Identifier: ISC */
/* client: one connection to the agent: a request, then its answer, frame by frame. */
#ifndef AGENT_CLIENT_H
#define AGENT_CLIENT_H

#include "agent/place.h"
#include "agent/proto.h"

struct agent_client;

/* SV_MISSING (err empty): nobody listens there. SV_DENIED: somebody does who may not be asked. */
enum sv_status agent_connect(struct agent_client **out, const struct agent_place *place,
                             struct sv_err *err) SV_MUST_USE;
void agent_client_close(struct agent_client *c);
void agent_client_close_cleanup(struct agent_client **slot);
#define CLIENT_OWNED __attribute__((cleanup(agent_client_close_cleanup)))

/* Begins a request in the client's own frame. */
struct buf_writer agent_begin(struct agent_client *c, enum wire_op op);
/* Sends it and reads the first frame of the answer: the reader stands at its body, valid until
 * the next call. more: agent_next reads the next one. SV_UNREACHABLE: the agent went away;
 * SV_LOCKED: it did not answer in time. */
/* SV_FINDINGS (err empty): that agent keeps another vault open. */
enum sv_status agent_ask(struct agent_client *c, const struct buf_writer *w, struct buf_reader *r,
                         bool *more, struct sv_err *err) SV_MUST_USE;
enum sv_status agent_next(struct agent_client *c, struct buf_reader *r, bool *more,
                          struct sv_err *err) SV_MUST_USE;

/* ---- two requests that are whole ---- */
enum sv_status agent_ask_status(struct agent_client *c, struct agent_status *s,
                                struct sv_err *err) SV_MUST_USE;
/* Shows a token: from here on the connection reaches what that opens. */
enum sv_status agent_ask_token(struct agent_client *c, const struct secret *text,
                               struct sv_err *err) SV_MUST_USE;
/* On SV_OK the agent has wiped its keys and taken its socket away; one that does not answer
 * is ended by force (forced), and its keys are gone with it. */
enum sv_status agent_ask_lock(struct agent_client *c, bool *forced, struct sv_err *err) SV_MUST_USE;

#endif
