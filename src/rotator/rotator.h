/* SPDX-License-Identifier: ISC */
/*
 * rotator: a program of others that changes a secret at its server, and what is said to it and
 * heard from it: smtpvault-rotators(7) is the protocol. It is started once a step, with the
 * step's word as its argument, and is believed in nothing that a login can prove.
 */
#ifndef ROTATOR_ROTATOR_H
#define ROTATOR_ROTATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/secret.h"
#include "domain/profile.h"
#include "domain/rotation_record.h"
#include "rotator/mask.h"

enum rotator_step { ROTATOR_CREATE, ROTATOR_SET, ROTATOR_TEST, ROTATOR_FINISH };
const char *rotator_step_word(enum rotator_step step); /* "create" "set" "test" "finish" */

/* Where it finds what; the numbers are part of the protocol. */
enum { ROTATOR_FD_NEW = 3, ROTATOR_FD_MADE = 4, ROTATOR_FD_OLD = 5, ROTATOR_FD_OWN = 6 };

/* UNSURE: it gave no answer that counts; whether it did its work is not known. */
enum rotator_result {
    ROTATOR_OK,
    ROTATOR_REFUSED,
    ROTATOR_RETRY,
    ROTATOR_UNSUPPORTED,
    ROTATOR_UNSURE
};
const char *rotator_result_word(enum rotator_result result);

/* ---- what is asked ---- */

#define ROTATOR_PARAMS_MAX 32
#define ROTATOR_PARAM_MAX 1024
/* KEY=VALUE: a key of letters, digits and '-', lower case; a value without control characters.
 * SV_USAGE. */
enum sv_status rotator_check_param(const char *param, struct sv_err *err) SV_MUST_USE;

/* All borrowed; NULL where there is none. */
struct rotator_ask {
    enum rotator_step step;
    const struct profile *profile;
    const char *old_user, *new_user; /* whose the secrets are; not where one is the secret */
    const struct profile *own;       /* whose secret own_secret is */
    const char *const *params;       /* KEY=VALUE each */
    size_t param_count;
    bool emergency; /* the old secret is out, and gets no time */
    const struct secret *new_secret, *old_secret, *own_secret;
};

/* Its standard input: one object and a line feed. Owner: secret_free. (request.c) */
enum sv_status rotator_request(const struct rotator_ask *ask, struct secret **out,
                               struct sv_err *err) SV_MUST_USE;
/* Its environment, NULL-terminated: a few variables of ours, and SMTPVAULT_*. */
struct rotator_env {
    char **list;
    size_t count, capacity;
};
void rotator_env_clear(struct rotator_env *env);
#define ROTATOR_ENV_OWNED __attribute__((cleanup(rotator_env_clear)))
enum sv_status rotator_env_make(struct rotator_env *env, const struct rotator_ask *ask,
                                struct sv_err *err) SV_MUST_USE;

/* ---- what is answered ---- */

#define ROTATOR_ANSWER_MAX 16384 /* bytes of its standard output */
#define ROTATOR_SAID_MAX 16384   /* bytes of its standard error; more is dropped */

struct rotator_answer {
    enum rotator_result result;
    char message[ROTATION_FAULT_MAX + 1]; /* its reason, or ours where it is UNSURE; or "" */
    char user[ROTATION_USER_MAX + 1];     /* of create: whose the new secret is; "": the same's */
    struct secret *made;                  /* of create: what it made; or NULL */
    struct blob said;                     /* its standard error, printable lines; no secret */
};
void rotator_answer_clear(struct rotator_answer *answer);
#define ROTATOR_ANSWER_OWNED __attribute__((cleanup(rotator_answer_clear)))

/* Reads one object of its output into result, message and user, the message without what the
 * mask hides. SV_DATA says what is wrong with it, and repeats nothing of it. (answer.c) */
enum sv_status rotator_answer_read(struct rotator_answer *answer, const void *bytes, size_t len,
                                   const struct mask *mask, struct sv_err *err) SV_MUST_USE;
/* Bytes that it wrote for people, as printable lines, without what the mask hides; appended. */
enum sv_status rotator_answer_say(struct blob *out, const void *bytes, size_t len,
                                  const struct mask *mask, struct sv_err *err) SV_MUST_USE;

#endif
