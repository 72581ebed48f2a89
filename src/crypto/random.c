/* SPDX-License-Identifier: ISC */
/* random: see the header. */
#include "crypto/random.h"

#include <sodium.h>

void random_bytes(void *out, size_t len)
{
    randombytes_buf(out, len);
}

uint32_t random_uniform(uint32_t bound)
{
    return randombytes_uniform(bound);
}
