/* SPDX-License-Identifier: ISC */
/*
 * offboarding: the log names profiles, the rows have uids. A fetch follows its profile
 * through renames, and ends with its removal, so that a new profile of the same name is
 * not taken for the old one. A pending secret has no number of its own: whoever got it knows the
 * version that it became, and nothing of the next pending one.
 */
#include "domain/offboarding.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "domain/rotation_steps.h"

struct leaving_read {
    char name[PROFILE_NAME_MAX + 1];
    uint64_t version;
    int64_t when;
    bool end; /* tells how a use ended, which has an entry of its own */
};

struct leaving_detail {
    uint8_t uid[16];
    struct offboarding_item item;
};

static void item_clear(struct offboarding_item *i)
{
    sv_free(i->name);
    sv_free(i->username);
    sv_free(i->host);
}

void offboarding_clear(struct offboarding *o)
{
    for (size_t i = 0; i < o->count; i++)
        item_clear(&o->items[i]);
    sv_free(o->items);
    memset(o, 0, sizeof *o);
}

static struct leaving_read *reads_of(const struct leaving *l, size_t *count)
{
    *count = l->reads.len / sizeof(struct leaving_read);
    return (struct leaving_read *)(void *)l->reads.bytes;
}

static struct leaving_detail *details_of(const struct leaving *l, size_t *count)
{
    *count = l->details.len / sizeof(struct leaving_detail);
    return (struct leaving_detail *)(void *)l->details.bytes;
}

void leaving_clear(struct leaving *l)
{
    size_t count;
    struct leaving_detail *details = details_of(l, &count);

    for (size_t i = 0; i < count; i++)
        item_clear(&details[i].item);
    blob_clear(&l->details);
    blob_clear(&l->reads);
}

/* ---- the log ---- */

static bool releases(enum audit_op op)
{
    switch (op) {
    case AUDIT_GET:
    case AUDIT_SHOW:
    case AUDIT_EXEC:
    case AUDIT_EXPORT:
    case AUDIT_TEST:
    case AUDIT_HELPER:
    case AUDIT_RENDER:
    case AUDIT_ROTATE:
        return true;
    default:
        return false;
    }
}

/* A program's name stands in its note, and may be made to look so: an end alone is a fetch. */
static bool is_end(const struct audit_event *event)
{
    switch (event->op) {
    case AUDIT_EXEC:
        return strstr(event->note, " ended with ") != NULL;
    case AUDIT_TEST:
        return strncmp(event->note, "ok", 2) == 0;
    case AUDIT_HELPER:
        return strcmp(event->note, "git store") == 0;
    case AUDIT_ROTATE: /* what a rotator, or a command behind it, answered */
        return event->begun == 0 && strstr(event->note, ": ") != NULL;
    default:
        return false;
    }
}

/* The profile `from` is called `to` from here on; to NULL: it is no more. */
static void reads_follow(struct leaving *l, const char *from, const char *to)
{
    size_t count, kept = 0;
    struct leaving_read *reads = reads_of(l, &count);

    for (size_t i = 0; i < count; i++) {
        bool it = strcmp(reads[i].name, from) == 0;
        if (it && !to)
            continue;
        if (it)
            memcpy(reads[i].name, to, strlen(to) + 1);
        reads[kept++] = reads[i];
    }
    l->reads.len = kept * sizeof *reads;
}

/* The pending secret of `name` is that version from here on; 0: it is no more. */
static void reads_settle(struct leaving *l, const char *name, uint64_t version)
{
    size_t count, kept = 0;
    struct leaving_read *reads = reads_of(l, &count);

    for (size_t i = 0; i < count; i++) {
        bool it = reads[i].version == PROFILE_VERSION_PENDING && strcmp(reads[i].name, name) == 0;
        if (it && version == 0)
            continue;
        if (it)
            reads[i].version = version;
        reads[kept++] = reads[i];
    }
    l->reads.len = kept * sizeof *reads;
}

/* A step of a rotation gives nothing out, but whoever entered the new secret knows it. Returns
 * the version that they have of it; 0: none. A long entry may have lost its note. */
static uint64_t step_heard(struct leaving *l, const struct audit_event *event)
{
    enum rotation_step step = rotation_step_told(event->note);

    if (step == 0)
        return event->version;
    if (step == ROTATE_PENDING || step == ROTATE_PROMOTE || step == ROTATE_ABANDON)
        reads_settle(l, event->profile, step == ROTATE_PROMOTE ? event->version : 0);
    return step == ROTATE_PENDING ? PROFILE_VERSION_PENDING : 0;
}

static bool theirs(const struct leaving *l, const struct audit_event *event)
{
    return l->token ? strcmp(event->token, l->token) == 0
                    : !event->token[0] && event->member == l->member;
}

enum sv_status leaving_heard(void *context, const struct audit_event *event, struct sv_err *err)
{
    struct leaving *l = context;
    struct leaving_read read = {
        .version = event->version, .when = event->time, .end = is_end(event)};

    if (event->result != AUDIT_OK)
        return SV_OK;
    if (event->op == AUDIT_RENAME && strlen(event->note) <= PROFILE_NAME_MAX)
        reads_follow(l, event->profile, event->note);
    if (event->op == AUDIT_REMOVE)
        reads_follow(l, event->profile, NULL);
    if (event->op == AUDIT_ROTATE && event->begun != 0)
        read.version = step_heard(l, event);
    if (!theirs(l, event) || !releases(event->op) || read.version == 0)
        return SV_OK;
    memcpy(read.name, event->profile, sizeof read.name);
    return blob_append(&l->reads, &read, sizeof read) ? SV_OK : sv_fail_nomem(err);
}

/* ---- the rows ---- */

static bool text_kept(char **out, const char *text)
{
    return !text || (*out = sv_strdup(text));
}

enum sv_status leaving_seen(void *context, const struct profile *p, bool current,
                            struct sv_err *err)
{
    struct leaving *l = context;
    struct leaving_detail d = {.item = {.version = p->version,
                                        .current = current,
                                        .secret_set = p->rotated ? p->rotated : p->created,
                                        .last_used = current ? p->last_used : 0}};

    memcpy(d.uid, p->uid, sizeof d.uid);
    if (text_kept(&d.item.name, p->name) && text_kept(&d.item.username, p->username) &&
        text_kept(&d.item.host, p->host) && blob_append(&l->details, &d, sizeof d))
        return SV_OK;
    item_clear(&d.item);
    return sv_fail_nomem(err);
}

/* ---- both together ---- */

static int by_uid(const void *a, const void *b)
{
    const struct leaving_detail *x = a, *y = b;
    int order = memcmp(x->uid, y->uid, sizeof x->uid);

    if (order)
        return order;
    return x->item.version < y->item.version ? 1 : x->item.version > y->item.version ? -1 : 0;
}

static int by_name(const void *a, const void *b)
{
    const struct leaving_read *x = a, *y = b;
    int order = strcmp(x->name, y->name);

    if (order)
        return order;
    if (x->version != y->version)
        return x->version < y->version ? -1 : 1;
    return x->end - y->end; /* behind what it ends */
}

/* The first read of this name, or where it would stand. */
static size_t reads_find(const struct leaving_read *reads, size_t count, const char *name)
{
    size_t low = 0, high = count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(reads[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void credit(struct offboarding_item *i, const struct leaving_read *read)
{
    i->reads += !read->end || i->reads == 0;
    if (read->when > i->read)
        i->read = read->when;
}

/* family: the versions of one profile, a pending one first and then the present one. A fetch of
 * an older version whose secret is still the present one counts for both; of a pending one whose
 * end is not in the log, for the present one. */
static void family_credit(struct leaving_detail *family, size_t size,
                          const struct leaving_read *reads, size_t count)
{
    bool pending = size > 1 && family[0].item.version == PROFILE_VERSION_PENDING;
    size_t present = pending ? 1 : 0;
    struct offboarding_item *now = &family[present].item;

    for (size_t at = reads_find(reads, count, now->name);
         at < count && strcmp(reads[at].name, now->name) == 0; at++) {
        if (!pending && reads[at].version == PROFILE_VERSION_PENDING)
            credit(now, &reads[at]);
        for (size_t i = 0; i < size; i++) {
            struct offboarding_item *item = &family[i].item;
            if (item->version != reads[at].version)
                continue;
            credit(item, &reads[at]);
            if (i > present && item->secret_set == now->secret_set)
                credit(now, &reads[at]);
        }
    }
}

static int later_first(int64_t a, int64_t b)
{
    return a > b ? -1 : a < b;
}

static int by_risk(const void *a, const void *b)
{
    const struct offboarding_item *x = a, *y = b;
    int order;

    if (x->current != y->current)
        return x->current ? -1 : 1;
    if ((order = later_first(x->read, y->read)) ||
        (order = later_first(x->last_used, y->last_used)))
        return order;
    if ((order = strcmp(x->name, y->name)))
        return order;
    return x->version < y->version ? 1 : x->version > y->version ? -1 : 0;
}

enum sv_status leaving_report(struct leaving *l, struct offboarding *out, struct sv_err *err)
{
    size_t read_count, count, next;
    struct leaving_read *reads = reads_of(l, &read_count);
    struct leaving_detail *details = details_of(l, &count);

    out->items = sv_alloc_array(count + 1, sizeof *out->items);
    if (!out->items)
        return sv_fail_nomem(err);
    if (read_count)
        qsort(reads, read_count, sizeof *reads, by_name);
    if (count)
        qsort(details, count, sizeof *details, by_uid);
    for (size_t at = 0; at < count; at = next) {
        for (next = at + 1; next < count && memcmp(details[at].uid, details[next].uid, 16) == 0;)
            next++;
        family_credit(details + at, next - at, reads, read_count);
    }
    for (size_t i = 0; i < count; i++) {
        out->items[out->count++] = details[i].item;
        out->marked += details[i].item.current;
    }
    l->details.len = 0;
    if (out->count)
        qsort(out->items, out->count, sizeof *out->items, by_risk);
    return SV_OK;
}
