/* SPDX-License-Identifier: ISC */
/*
 * literal_env: the value of a variable in a .env file, behind its "=". Programs that read such
 * files differ in quotes, escapes, comments and $; ENV_ALL reads what they agree on, and says
 * where they do not.
 */
#ifndef IMPORT_LITERAL_ENV_H
#define IMPORT_LITERAL_ENV_H

#include "import/setting.h"

enum env_dialect {
    ENV_ALL,
    ENV_DOCKER,  /* docker run --env-file: all up to the end of the line */
    ENV_NPM,     /* npm's dotenv, node --env-file */
    ENV_PYTHON,  /* python-dotenv */
    ENV_SYSTEMD, /* EnvironmentFile= (systemd.exec(5)) */
    ENV_LARAVEL, /* phpdotenv, then env() */
    ENV_SHELL,   /* POSIX shell, XCU 2.2 */
    ENV_DIALECTS
};

/* A value may go over several lines; v->end is at a line's end, or behind the value. The bytes
 * between v->begin and v->end are changed in place. Linear in what it takes. */
void literal_env(struct literal *v, char *at, char *end, enum env_dialect dialect);

#endif
