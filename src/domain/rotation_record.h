/* SPDX-License-Identifier: ISC */
/*
 * rotation_record: how far the change of a profile's secret has come, and how the last ones
 * went. It stands in the profile's card (profile_card.c, tag 35), and so goes where that goes:
 * through a rename, into a new epoch, a backup, to any machine that has the vault. One record
 * has one encoding:
 *
 *   run 16 | stage u8, 1 .. 8 | method u8, 1 .. 4 | flags u8, a sum of ROTATED_* | turn u32
 *   | begun, changed, due u64 | machine 16 | version before, version made u64 | pending since,
 *   verified, promoted, dead, alive, overlap until u64 | rejections u32
 *   | host, who, hook, user name, verified, proof, fault: length u16, text, perhaps empty
 *   | past u8, 0 .. 8, the newest first, for each:
 *     begun, due, promoted, ended u64 | stage, method, flags u8 | version made u64
 *     | host, who, proof: length u16, text
 *
 * Of the pending secret nothing is in it: that has a row of its own (vault_rotate.h).
 */
#ifndef DOMAIN_ROTATION_RECORD_H
#define DOMAIN_ROTATION_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "domain/profile.h"

#define ROTATION_BYTES_MAX 2800 /* encoded, within a card */
#define ROTATION_PAST_MAX 8
#define ROTATION_HOST_MAX 64
#define ROTATION_WHO_MAX 64
#define ROTATION_HOOK_MAX 255
#define ROTATION_USER_MAX 128
#define ROTATION_WORDS_MAX 48
#define ROTATION_FAULT_MAX 200

/* FINISHED, ROLLED_BACK and ABANDONED are the ends; the next rotation begins anew. */
enum rotation_stage {
    STAGE_NONE = 0,     /* there is no record */
    STAGE_PLANNED = 1,  /* begun, nothing is made or entered */
    STAGE_PENDING = 2,  /* the new secret is in the vault; whether the server has it is not known */
    STAGE_SET = 3,      /* the server was given it, as far as anybody told */
    STAGE_VERIFIED = 4, /* a login with it worked, or that was left out (ROTATED_UNPROVED) */
    STAGE_PROMOTED = 5, /* it is the current one */
    STAGE_FINISHED = 6, /* and the old one is dead, or that cannot be told */
    STAGE_ROLLED_BACK = 7, /* promoted, and taken back */
    STAGE_ABANDONED = 8    /* given up before it was promoted */
};

/* How the new secret comes about. */
enum rotation_method { METHOD_HAND = 1, METHOD_GENERATED = 2, METHOD_GIVEN = 3, METHOD_HOOK = 4 };

enum {
    ROTATED_EMERGENCY = 1,    /* the old one is out: it is to die at once */
    ROTATED_UNPROVED = 2,     /* no login with the new one was tried */
    ROTATED_ALIVE = 4,        /* a login with the old one still worked, at `alive` */
    ROTATED_ANY_PASSWORD = 8, /* the server takes any password: logins prove nothing */
    ROTATED_DEAD_UNTOLD = 16  /* that the old one is dead was not tried */
};
#define ROTATED_ALL 31u

/* One that was promoted and is over. */
struct rotation_past {
    int64_t begun, due, promoted, ended;
    enum rotation_stage stage; /* PROMOTED where the next began before this one ended */
    enum rotation_method method;
    unsigned flags;
    uint64_t version_to;
    char host[ROTATION_HOST_MAX + 1], who[ROTATION_WHO_MAX + 1], proof[ROTATION_WORDS_MAX + 1];
};

struct rotation_record {
    uint8_t run[16]; /* random, new with each rotation */
    enum rotation_stage stage;
    enum rotation_method method;
    unsigned flags;
    uint32_t turn;               /* counts the writes of this run */
    int64_t begun, changed, due; /* due: when the secret was to be changed; 0: at no time */
    uint8_t machine[16];         /* that wrote it last: copies_here() */
    uint64_t version_from, version_to;
    int64_t pending_since, verified_at, promoted_at, dead_at, alive_at;
    int64_t overlap_until; /* until when the old one is meant to work; 0: it is not */
    uint32_t rejections;   /* of the new one since it was promoted, as far as anybody told */
    char host[ROTATION_HOST_MAX + 1];      /* that machine's name, for people */
    char who[ROTATION_WHO_MAX + 1];        /* the member that wrote it last */
    char hook[ROTATION_HOOK_MAX + 1];      /* METHOD_HOOK: the rotator and its settings */
    char username[ROTATION_USER_MAX + 1];  /* the pending secret is of another user; or "" */
    char verified[ROTATION_WORDS_MAX + 1]; /* how the new one was proved: "1 login" */
    char proof[ROTATION_WORDS_MAX + 1];    /* how the old one was: "535 5.7.8" */
    char fault[ROTATION_FAULT_MAX + 1];    /* why the last step did not come about; or "" */
    uint8_t past_count;
    struct rotation_past past[ROTATION_PAST_MAX];
};

/* SV_DATA for anything that rotation_encode does not write. */
enum sv_status rotation_decode(struct rotation_record *out, const uint8_t *bytes, size_t len,
                               struct sv_err *err) SV_MUST_USE;
/* Replaces what is in out. */
enum sv_status rotation_encode(struct blob *out, const struct rotation_record *record,
                               struct sv_err *err) SV_MUST_USE;
/* Of a card that was read. False, and all zero: it has none. */
bool rotation_of_card(struct rotation_record *out, const struct profile *p);

/* Words for a fault or a proof, from a server perhaps: printable, cut where they are too long. */
void rotation_say(char *dst, size_t capacity, const char *text);

/* Is there a secret that is not the current one yet? */
bool rotation_is_pending(const struct rotation_record *record);
/* Is there something left to do: begun, and neither finished nor given up? */
bool rotation_is_open(const struct rotation_record *record);
/* Once it is over, as the next one remembers it; nothing where it was never promoted. */
void rotation_remember(struct rotation_record *next, const struct rotation_record *over);

const char *rotation_stage_word(enum rotation_stage stage);    /* planned .. abandoned; none */
const char *rotation_method_word(enum rotation_method method); /* hand generated given hook */

#endif
