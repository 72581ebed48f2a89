/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "import/account.h"

#define NAMES_MAX (4 * FOUND_MAX)
#define NAME_MAX_LEN 400 /* s-nail's password-USER@HOST is the longest */

void variables_clear(struct variables *v)
{
    lookup_clear(&v->by_name);
    sv_free(v->items);
    *v = (struct variables){.count = 0};
}

static bool make_key(char key[NAME_MAX_LEN], unsigned part, struct span name)
{
    int n = snprintf(key, NAME_MAX_LEN, "%u ", part);
    if (n < 0 || name.len == 0 || name.len >= NAME_MAX_LEN - (size_t)n)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.at[i];
        key[(size_t)n + i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    key[(size_t)n + name.len] = '\0';
    return true;
}

static enum sv_status append(struct variables *v, struct sv_err *err)
{
    if (v->count >= NAMES_MAX)
        return sv_fail(err, SV_DATA, "more than %d names are set: take it in parts", NAMES_MAX);
    if (v->count == v->capacity) {
        size_t capacity = v->capacity ? 2 * v->capacity : 16;
        struct told *grown = sv_resize(v->items, capacity * sizeof *grown);
        if (!grown)
            return sv_fail_nomem(err);
        v->items = grown;
        v->capacity = capacity;
    }
    v->count++;
    return SV_OK;
}

enum sv_status variables_set(struct variables *v, unsigned part, struct span name,
                             const struct told *value, struct sv_err *err)
{
    char key[NAME_MAX_LEN];
    size_t cursor = 0, at = v->count;
    enum sv_status s;
    if (!make_key(key, part, name))
        return SV_OK;
    if (!lookup_next(&v->by_name, key, &cursor, &at) &&
        ((s = append(v, err)) || (s = lookup_put(&v->by_name, key, at = v->count - 1, err))))
        return s;
    v->items[at] = *value;
    return SV_OK;
}

const struct told *variables_get(const struct variables *v, unsigned part, struct span name)
{
    char key[NAME_MAX_LEN];
    size_t cursor = 0, at;
    bool known = make_key(key, part, name) && lookup_next(&v->by_name, key, &cursor, &at);
    return known && v->items[at].text.at ? &v->items[at] : NULL;
}

static bool gather(const struct variables *v, unsigned part, const struct account_row *rows,
                   size_t count, struct account *out)
{
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        struct span name = {(char *)rows[i].key, strlen(rows[i].key)};
        const struct told *value = variables_get(v, part, name);
        any = any || value;
        if (value && !account_has(out, rows[i].what))
            account_put(out, rows[i].what, value);
    }
    return any;
}

bool variables_gather(const struct variables *v, unsigned part, bool inherits,
                      const struct account_row *rows, size_t count, struct account *out)
{
    bool own = gather(v, part, rows, count, out);
    if (inherits && part != 0)
        (void)gather(v, 0, rows, count, out);
    return own;
}
