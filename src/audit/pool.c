/* SPDX-License-Identifier: ISC */
#include "audit/pool.h"

#include <string.h>
#include <unistd.h>

#include "base/defence.h"

#define POOL_FIRST 8

static size_t capacity(const struct audit *a)
{
    return a->pool == NULL ? 0 : secret_capacity(a->pool) / sizeof(struct pkseal_pair);
}

void audit_pool_drop(struct audit *a)
{
    secret_free(a->pool);
    a->pool = NULL;
}

/* What is there is for this process and this key, or is dropped. */
static void check(struct audit *a, const uint8_t pk[KEY_LEN])
{
    if (a->pool != NULL && (a->pool_owner != getpid() || memcmp(a->pool_pk, pk, KEY_LEN) != 0))
        audit_pool_drop(a);
}

size_t audit_pool_count(const struct audit *a)
{
    return a->pool == NULL ? 0 : secret_len(a->pool) / sizeof(struct pkseal_pair);
}

/* Room for `count` pairs; those that are there move along. */
static bool make_room(struct audit *a, size_t count)
{
    struct secret *wider = NULL;
    size_t pairs = POOL_FIRST;

    if (capacity(a) >= count)
        return true;
    while (pairs < count)
        pairs *= 2;
    if (secret_new(&wider, pairs * sizeof(struct pkseal_pair), NULL) != SV_OK)
        return false;
    if (a->pool != NULL &&
        secret_append(wider, secret_peek(a->pool), secret_len(a->pool), NULL) != SV_OK) {
        secret_free(wider);
        return false;
    }
    secret_free(a->pool);
    a->pool = wider;
    a->pool_owner = getpid();
    memcpy(a->pool_pk, a->own_pk, sizeof a->pool_pk);
    return true;
}

void audit_pool_fill(struct audit *a, size_t count)
{
    size_t wish = count < AUDIT_POOL_MAX ? count : AUDIT_POOL_MAX;

    check(a, a->own_pk);
    if (wish <= audit_pool_count(a) || !make_room(a, wish))
        return;
    for (size_t n = audit_pool_count(a); n < wish; n++) {
        size_t at = n * sizeof(struct pkseal_pair);
        secret_set_len(a->pool, at + sizeof(struct pkseal_pair));
        if (pkseal_prepare((struct pkseal_pair *)(void *)(secret_poke(a->pool) + at), a->own_pk,
                           NULL) != SV_OK) {
            secret_set_len(a->pool, at);
            return;
        }
    }
}

enum sv_status audit_pool_box(struct audit *a, uint8_t *out, const uint8_t pk[KEY_LEN],
                              const struct seal_context *ctx, const void *plain, size_t len,
                              struct sv_err *err)
{
    check(a, pk);
    size_t count = audit_pool_count(a);
    if (count == 0)
        return pkseal_box(out, pk, NULL, ctx, SEAL_PADDED, plain, len, err);
    const struct pkseal_pair *pairs = (const void *)secret_peek(a->pool);
    return pkseal_box_prepared(out, &pairs[count - 1], pk, NULL, ctx, SEAL_PADDED, plain, len, err);
}

void audit_pool_spend(struct audit *a)
{
    size_t count = audit_pool_count(a);

    if (DEFENDED(PAIR_ONCE) && count > 0)
        secret_set_len(a->pool, (count - 1) * sizeof(struct pkseal_pair));
}
