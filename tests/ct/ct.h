/* SPDX-License-Identifier: ISC */
/*
 * ct: constant time, proved with valgrind. memcheck complains when a branch or an address
 * depends on bytes that were never written; here secrets are declared to be such bytes. So what
 * it reports is a branch or an index that depends on a secret.
 *
 * What is public by design is declared in one place: ct_public.c.
 */
#ifndef TESTS_CT_H
#define TESTS_CT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <valgrind/memcheck.h>

#include "base/secret.h"

/* From here on nothing may depend on these bytes. */
static inline void ct_hide(const void *bytes, size_t len)
{
    (void)VALGRIND_MAKE_MEM_UNDEFINED(bytes, len);
}

/* From here on they are public. */
static inline void ct_show(const void *bytes, size_t len)
{
    (void)VALGRIND_MAKE_MEM_DEFINED(bytes, len);
}

/* A new secret that is hidden already. */
static inline struct secret *ct_secret(const void *bytes, size_t len)
{
    struct secret *s = NULL;

    if (secret_copy(&s, bytes, len, NULL) != SV_OK)
        abort();
    ct_hide(secret_peek(s), len);
    return s;
}

#endif
