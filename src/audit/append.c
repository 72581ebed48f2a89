/* SPDX-License-Identifier: ISC */
/* append: entries and their numbers going in. The order is in audit/log.h. */
#include <stdio.h>

#include "audit/pool.h"
#include "base/file.h"

static bool keeps_fit(const struct audit_item *item)
{
    for (size_t i = 0; i < item->keep_count; i++)
        if (item->keeps[i].row == AUDIT_HEAD_KEY)
            return false;
    return true;
}

/* May all numbers of the item be added to? */
static enum sv_status within_bounds(struct audit *a, const struct audit_item *item, bool *within,
                                    struct sv_err *err)
{
    uint64_t sum;
    enum sv_status st = SV_OK;

    *within = true;
    for (size_t i = 0; i < item->keep_count && *within && st == SV_OK; i++)
        if (item->keeps[i].add)
            st = audit_keep_sum(a, &item->keeps[i], &sum, within, err);
    return st;
}

static void deny(struct audit_event *event)
{
    event->result = AUDIT_DENIED;
    if (event->note[0] == '\0')
        (void)snprintf(event->note, sizeof event->note, "no uses left");
}

static enum sv_status put_item(struct audit *a, struct audit_item *item, struct sv_err *err)
{
    struct audit_event *event = item->event;
    bool within;
    enum sv_status st = within_bounds(a, item, &within, err);

    if (st != SV_OK)
        return st;
    if (!within)
        deny(event);
    audit_log_stamp(a, event);
    if ((st = audit_log_put(a, event, err)) != SV_OK)
        return st;
    for (size_t i = 0; within && i < item->keep_count && st == SV_OK; i++)
        st = audit_keep_put(a, &item->keeps[i], event->time, err);
    return st;
}

static enum sv_status put_items(struct audit *a, struct audit_item *items, size_t count,
                                struct sv_err *err)
{
    enum sv_status st = SV_OK;

    for (size_t i = 0; i < count && st == SV_OK; i++)
        st = put_item(a, &items[i], err);
    return st;
}

static enum sv_status append_locked(struct audit *a, struct audit_item *items, size_t count,
                                    struct sv_err *err)
{
    enum sv_status st = audit_log_same_file(a, err);

    if (st != SV_OK || (st = audit_log_ready(a, a->new_pk, err)) != SV_OK)
        return st;
    a->new_pk = false;
    if ((count > 1 && (st = db_sync_name(a->db, err)) != SV_OK) ||
        (st = put_items(a, items, count, err)) != SV_OK ||
        (st = audit_log_commit(a, err)) != SV_OK) {
        db_rollback(a->db);
        return st;
    }
    /* The entries are durable already; a write-ahead log that cannot be moved now
     * is moved by a later append. */
    a->appends += a->appends < AUDIT_STAYS;
    bool stays = a->appends == AUDIT_STAYS;
    st = db_checkpoint(a->db, stays ? AUDIT_WAL_LONG : AUDIT_WAL_SHORT, stays, NULL);
    return SV_OK;
}

enum sv_status audit_append_many(struct audit *a, struct audit_item *items, size_t count,
                                 struct audit_mark *mark, struct sv_err *err)
{
    FD_OWNED int lock = -1;

    for (size_t i = 0; i < count; i++)
        if (!keeps_fit(&items[i]))
            return sv_fail(err, SV_INTERNAL, "a number in the log's row 0");
    if (a->inspecting)
        return sv_fail(err, SV_INTERNAL, "an entry for a log that is only looked at");
    audit_log_know_caller(a);
    audit_pool_fill(a, 1); /* nobody waits for that then */
    enum sv_status st = audit_log_lock(a, &lock, err);
    if (st == SV_OK)
        st = append_locked(a, items, count, err);
    audit_seal_wipe(a->seal);
    audit_pool_spend(a);
    if (!a->prepares)
        audit_pool_drop(a);
    if (st != SV_OK)
        return audit_log_refuse(a->dir, st, err);
    if (mark != NULL)
        audit_mark_now(a, mark);
    return SV_OK;
}

enum sv_status audit_append(struct audit *a, struct audit_event *event,
                            const struct audit_keep *keep, struct audit_mark *mark,
                            struct sv_err *err)
{
    struct audit_item item = {.event = event, .keeps = keep, .keep_count = keep != NULL ? 1 : 0};

    return audit_append_many(a, &item, 1, mark, err);
}
