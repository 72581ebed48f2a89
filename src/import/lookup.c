/* SPDX-License-Identifier: ISC */
#include "import/lookup.h"

#include <string.h>
#include <sys/random.h>

#include "base/alloc.h"

/* Open addressing, at most half full; equal words lie one behind the other on their way. */
struct lookup_slot {
    char *word; /* NULL: free */
    size_t value;
};

static size_t place(const struct lookup *l, const char *word)
{
    uint64_t h = l->seed;
    for (; *word; word++)
        h = (h ^ (uint8_t)*word) * 0x9E3779B97F4A7C15U;
    return (size_t)(h ^ h >> 32) & (l->capacity - 1);
}

static void put(struct lookup *l, struct lookup_slot slot)
{
    size_t at = place(l, slot.word);
    while (l->slots[at].word)
        at = (at + 1) & (l->capacity - 1);
    l->slots[at] = slot;
}

/* From the front of each run on, so that equal words keep their order. */
static enum sv_status grow(struct lookup *l, struct sv_err *err)
{
    struct lookup before = *l;
    struct lookup next = {.capacity = before.capacity ? 2 * before.capacity : 64,
                          .count = before.count,
                          .seed = before.seed};
    if (!before.capacity && getrandom(&next.seed, sizeof next.seed, 0) != (ssize_t)sizeof next.seed)
        return sv_fail(err, SV_INTERNAL, "cannot get random bytes from the kernel");
    next.slots = sv_alloc_array(next.capacity, sizeof *next.slots);
    if (!next.slots)
        return sv_fail_nomem(err);
    size_t first = 0;
    while (first < before.capacity && before.slots[first].word)
        first++;
    for (size_t i = 0; i < before.capacity; i++) {
        struct lookup_slot slot = before.slots[(first + i) & (before.capacity - 1)];
        if (slot.word)
            put(&next, slot);
    }
    sv_free(before.slots);
    *l = next;
    return SV_OK;
}

enum sv_status lookup_put(struct lookup *l, const char *word, size_t value, struct sv_err *err)
{
    enum sv_status s;
    if (2 * (l->count + 1) > l->capacity && (s = grow(l, err)))
        return s;
    char *copy = sv_strdup(word);
    if (!copy)
        return sv_fail_nomem(err);
    put(l, (struct lookup_slot){copy, value});
    l->count++;
    return SV_OK;
}

bool lookup_next(const struct lookup *l, const char *word, size_t *cursor, size_t *value)
{
    if (l->capacity == 0)
        return false;
    size_t from = place(l, word);
    for (size_t i = *cursor; i < l->capacity; i++) {
        const struct lookup_slot *slot = &l->slots[(from + i) & (l->capacity - 1)];
        if (!slot->word)
            return false;
        if (strcmp(slot->word, word) != 0)
            continue;
        *cursor = i + 1;
        *value = slot->value;
        return true;
    }
    return false;
}

bool lookup_has(const struct lookup *l, const char *word)
{
    size_t cursor = 0, value;
    return lookup_next(l, word, &cursor, &value);
}

void lookup_clear(struct lookup *l)
{
    for (size_t i = 0; i < l->capacity; i++)
        sv_free(l->slots[i].word);
    sv_free(l->slots);
    *l = (struct lookup){0};
}
