/* SPDX-License-Identifier: ISC */
/* exec_env: the environment of exec's program: ours, and the login's settings. */
#ifndef EXPORT_EXEC_ENV_H
#define EXPORT_EXEC_ENV_H

#include "base/err.h"
#include "base/secret.h"
#include "domain/profile.h"
#include "export/env_file.h"

struct exec_env {
    char **list; /* NULL-terminated, for exec; the strings are borrowed or below */
    char *host, *port, *username;
    struct secret *password; /* "SMTP_PASSWORD=..." and its NUL */
};

/* p NULL: no login's settings. password NULL: SMTP_PASSWORD is not set. file: variables of the
 * user's own, which count before all others. Inherited variables of these names are
 * left out, so that the program never sees another login's. */
enum sv_status exec_env_make(struct exec_env *env, const struct profile *p,
                             const struct secret *password, const struct env_file *file,
                             struct sv_err *err) SV_MUST_USE;
void exec_env_clear(struct exec_env *env);
#define EXEC_ENV_OWNED __attribute__((cleanup(exec_env_clear)))

#endif
