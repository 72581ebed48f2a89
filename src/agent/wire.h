/* SPDX-License-Identifier: ISC */
/*
 * wire: what the agent and its clients agree on: the frame, the operations, and where
 * the socket is. Plain C without any library, so that the smallest client can include
 * it. smtpvault-agent(7) is the same in prose.
 *
 * The socket is SOCK_SEQPACKET: one message is one frame. Numbers are little-endian, a
 * text is a u16 length and that many bytes.
 *
 *   request: version u8 | operation u8 | which vault u64 | body
 *   answer:  version u8 | status u8 | more u8 | body
 *
 * which vault: wire_place_hash of its real path, or 0 where SMTPVAULT_AGENT names the
 * socket. An agent that keeps another vault open answers WIRE_OTHER_VAULT, without a
 * body: the usual place belongs to whichever vault was the usual one.
 *
 * status is the number with which a command ends (smtpvault.h); when it is not 0 the
 * body is a message in UTF-8. more is 1 when another frame of the same answer follows.
 * An empty frame with more, where one frame is the answer, says that it takes longer: a
 * person is being asked to confirm, or an access token renewed. The client waits on.
 *
 * A connection carries any number of requests, one after the other.
 */
#ifndef AGENT_WIRE_H
#define AGENT_WIRE_H

#include <stdbool.h>
#include <stdint.h>

#include "smtpvault.h"

#define WIRE_VERSION 1
#define WIRE_FRAME_MAX 65536u
#define WIRE_REQUEST_HEAD 10u
#define WIRE_ANSWER_HEAD 3u
#define WIRE_OTHER_VAULT 1u

/* How long a client waits for an answer before it says 75. Longer than a change waits
 * for another one. */
#define WIRE_PATIENCE_MS 15000

/* The body of a request, then of its answer; "-": nothing. */
enum wire_op {
    WIRE_FETCH = 1,     /* name, field ("": password), version ("": current), token ("": none)
                           -> the value's bytes */
    WIRE_STATUS = 2,    /* - -> proto.h */
    WIRE_LOCK = 3,      /* - -> the end of the connection; the agent is gone then */
    WIRE_FIND = 4,      /* name -> card */
    WIRE_LIST = 5,      /* u8: with last uses -> cards, over several frames */
    WIRE_HISTORY = 6,   /* name -> cards, oldest first */
    WIRE_REVEAL = 7,    /* operation of the log u8, version u64, name, note -> card, secret */
    WIRE_RECORD = 8,    /* event | outcome u8 | claimed u8 | a secret if so: proto.h
                           -> - | if so, u8: it is the same */
    WIRE_ADD = 9,       /* card, secret -> card */
    WIRE_EDIT = 10,     /* operation of the log u8, card, u8 and secret when it is 1 -> card */
    WIRE_RENAME = 11,   /* from, to -> - */
    WIRE_REMOVE = 12,   /* name -> - */
    WIRE_ROLLBACK = 13, /* name, version u64 -> new version u64 */
    WIRE_AUDIT = 14,    /* a filter: proto.h -> events, over several frames */
    WIRE_INFO = 15,     /* - -> proto.h */
    WIRE_MEMBERS = 16,  /* - -> members: proto.h */
    WIRE_TOKEN = 17,    /* a token's text -> -; from here on the connection reaches what that opens,
                           and nothing else; a token in FETCH does the same */
    WIRE_LEARN = 18,    /* name, accepted u8, a posture: proto.h -> - */
    WIRE_COPY = 19,     /* step u8, a copy, the profiles that it holds: proto.h -> - */
    WIRE_POLICY = 20,   /* - -> the vault's policy: proto.h */
    WIRE_POLICY_CHANGE = 21, /* name of a profile or "", a rule: proto.h -> - */
    WIRE_ROTATE = 22, /* step u8, name, uid 16, two rotations, u8 and secret when it is 1: proto.h
                        -> card */
    WIRE_TOKENS = 23  /* - -> when tokens end, over several frames: proto.h */
};

/* Is it one of smtpvault.h? */
static inline bool wire_is_status(uint8_t status)
{
    switch (status) {
#define STATUS_CASE(name, exit, meaning) case exit:
        SMTPVAULT_STATUS_LIST(STATUS_CASE)
#undef STATUS_CASE
        return true;
    default:
        return false;
    }
}

/* ---- where the socket is ----
 * $SMTPVAULT_AGENT, an absolute path, or else in the first of these folders:
 *   $XDG_RUNTIME_DIR/smtpvault
 *   /run/user/UID/smtpvault, when XDG_RUNTIME_DIR is unset and /run/user/UID is ours
 *   $XDG_STATE_HOME/smtpvault/run
 * under WIRE_SOCKET for the vault that needs no --vault, or WIRE_SOCKET_OTHER with
 * wire_place_hash of the vault's real path. */
#define WIRE_SOCKET "agent"
#define WIRE_SOCKET_OTHER "agent-%016llx"

/* FNV-1a, 64 bits. It only keeps names apart: the agent itself knows its vault. */
static inline uint64_t wire_place_hash(const char *path)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (; *path != '\0'; path++)
        hash = (hash ^ (uint8_t)*path) * UINT64_C(0x100000001b3);
    return hash;
}

#endif
