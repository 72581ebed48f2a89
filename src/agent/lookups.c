/* SPDX-License-Identifier: ISC */
#include "agent/lookups.h"

#include <string.h>

#include "base/alloc.h"

/* Beyond this many keys the oldest is looked up anew. */
#define LOOKUPS_MAX 128

struct lookups {
    uint64_t seq; /* what the vault was then */
    size_t count, next;
    struct socketmap_choice items[LOOKUPS_MAX];
};

void lookups_free(struct lookups *l)
{
    sv_free(l);
}

static bool is_same(const struct socketmap_request *a, const struct socketmap_request *b)
{
    return a->port == b->port && a->by_sender == b->by_sender && strcmp(a->host, b->host) == 0 &&
           strcmp(a->profile, b->profile) == 0;
}

static const struct socketmap_choice *find(const struct lookups *l,
                                           const struct socketmap_request *request)
{
    for (size_t i = 0; i < l->count; i++)
        if (is_same(&l->items[i].request, request))
            return &l->items[i];
    return NULL;
}

static enum sv_status consider(void *context, const struct profile *card, struct sv_err *err)
{
    (void)err;
    socketmap_consider(context, card);
    return SV_OK;
}

static enum sv_status look(struct lookups *l, struct vault *v, struct socketmap_choice *choice,
                           struct sv_err *err)
{
    uint64_t seq;
    enum sv_status s = vault_each(v, consider, choice, &seq, err);

    if (s != SV_OK)
        return s;
    if (seq != l->seq)
        l->count = l->next = 0;
    l->seq = seq;
    l->items[l->next] = *choice;
    l->next = (l->next + 1) % LOOKUPS_MAX;
    if (l->count < LOOKUPS_MAX)
        l->count++;
    return SV_OK;
}

enum sv_status lookups_find(struct lookups **l, struct vault *v,
                            const struct socketmap_request *request, struct socketmap_choice *out,
                            struct sv_err *err)
{
    struct socketmap_choice choice = {.request = *request};
    uint64_t seq;

    if (*l == NULL && (*l = sv_alloc(sizeof **l)) == NULL)
        return sv_fail_nomem(err);
    enum sv_status s = vault_seq(v, &seq, err);
    if (s != SV_OK)
        return s;
    const struct socketmap_choice *known = seq == (*l)->seq ? find(*l, request) : NULL;
    if (known != NULL)
        choice = *known;
    else if ((s = look(*l, v, &choice, err)) != SV_OK)
        return s;
    *out = choice;
    return socketmap_chosen(&choice, err);
}
