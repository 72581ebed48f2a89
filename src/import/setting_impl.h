/* SPDX-License-Identifier: ISC */
/* What setting.c gathers and setting_login.c makes a login of. */
#ifndef IMPORT_SETTING_IMPL_H
#define IMPORT_SETTING_IMPL_H

#include "import/setting.h"

enum part {
    PART_HOST,
    PART_PORT,
    PART_USER,
    PART_SECRET,
    PART_URL,
    PART_FROM,
    PART_DOMAIN, /* of FROM, where that is the local part */
    PART_AUTH,
    PART_CA,
    PART_WORD,     /* "starttls", "ssl", "tls", true */
    PART_SCHEME,   /* "smtps", and "smtp" for both others */
    PART_PROTOCOL, /* the same, where "smtp" is the one without TLS */
    PART_IMPLICIT, /* yes or no */
    PART_STARTTLS, /* yes or no */
    PART_CLEAR,    /* yes or no */
    PARTS
};

#define SETTING_SHOWN 64

struct setting {
    struct literal value; /* begin NULL: it was not set */
    unsigned line;
    char name[SETTING_SHOWN]; /* printable */
};

#define SETTING_PREFIX_MAX 80

struct setting_set {
    char prefix[SETTING_PREFIX_MAX];
    struct setting parts[PARTS];
    bool repeated; /* the secret stands there twice */
    char *fault;
};

/* SV_OK, and nothing in the list, where there is no login in it. */
enum sv_status setting_login(const struct settings *s, const struct setting_set *set,
                             struct sv_err *err) SV_MUST_USE;

#endif
