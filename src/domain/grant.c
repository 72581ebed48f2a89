/* SPDX-License-Identifier: ISC */
/* grant: the list and its bytes. */
#include "domain/grant.h"

#include <string.h>

#include "base/alloc.h"
#include "base/text.h"

#define KNOWN                                                                                  \
    (GRANT_EXE | GRANT_PIN | GRANT_UNIT | GRANT_USER | GRANT_HOURS | GRANT_MAX | GRANT_UNTIL | \
     GRANT_CONFIRM | GRANT_LEARN)

void grants_clear(struct grants *list)
{
    sv_free(list->items);
    memset(list, 0, sizeof *list);
}

static bool text_fits(const char *text)
{
    size_t len = strnlen(text, CALLER_TEXT_MAX);

    return len > 0 && len < CALLER_TEXT_MAX && text_is_utf8(text, len) &&
           !text_has_control(text, len);
}

/* The same for what a person said and for what was stored. */
static bool is_sound(const struct grant *g)
{
    if (g->has & ~(unsigned)KNOWN || g->number == 0 || g->made < 0)
        return false;
    if (g->has & GRANT_UNTIL && g->until <= 0)
        return false;
    if (g->has & GRANT_LEARN)
        return g->has == (GRANT_LEARN | GRANT_UNTIL);
    if (!(g->has & (GRANT_EXE | GRANT_UNIT | GRANT_USER)))
        return false;
    if (g->has & GRANT_PIN && !(g->has & GRANT_EXE))
        return false;
    if (g->has & GRANT_EXE && (g->exe[0] != '/' || !text_fits(g->exe)))
        return false;
    if (g->has & GRANT_UNIT && !text_fits(g->unit))
        return false;
    if (g->has & GRANT_HOURS && (g->from >= GRANT_DAY_MINUTES || g->to == 0 ||
                                 g->to > GRANT_DAY_MINUTES || g->from == g->to))
        return false;
    return !(g->has & GRANT_MAX) ||
           (g->max > 0 && g->max <= GRANT_USES_MAX &&
            (g->seconds == GRANT_HOUR_SECONDS || g->seconds == GRANT_DAY_SECONDS));
}

/* ---- bytes ---- */

static void put_text(struct buf_writer *w, const char *text)
{
    size_t len = strlen(text);

    buf_put_u16(w, (uint16_t)len);
    buf_put_bytes(w, text, len);
}

static void put_grant(struct buf_writer *w, const struct grant *g)
{
    buf_put_u16(w, g->number);
    buf_put_u64(w, (uint64_t)g->made);
    buf_put_u16(w, (uint16_t)g->has);
    if (g->has & GRANT_EXE)
        put_text(w, g->exe);
    if (g->has & GRANT_PIN)
        buf_put_bytes(w, g->pin, sizeof g->pin);
    if (g->has & GRANT_UNIT)
        put_text(w, g->unit);
    if (g->has & GRANT_USER)
        buf_put_u32(w, g->uid);
    if (g->has & GRANT_HOURS) {
        buf_put_u16(w, g->from);
        buf_put_u16(w, g->to);
    }
    if (g->has & GRANT_MAX) {
        buf_put_u32(w, g->max);
        buf_put_u32(w, g->seconds);
    }
    if (g->has & GRANT_UNTIL)
        buf_put_u64(w, (uint64_t)g->until);
}

enum sv_status grants_encode(struct blob *out, const struct grants *list, struct sv_err *err)
{
    uint8_t bytes[GRANTS_BYTES_MAX];
    struct buf_writer w = buf_writer_over(bytes, sizeof bytes);
    BLOB_OWNED struct blob made = {0};

    buf_put_u16(&w, list->next);
    buf_put_u16(&w, (uint16_t)list->count);
    for (size_t i = 0; i < list->count; i++)
        put_grant(&w, &list->items[i]);
    if (w.full || list->count > GRANTS_MAX)
        return sv_fail(err, SV_USAGE,
                       "the grants of a profile must fit %d rows and %d bytes: remove some "
                       "(\"smtpvault grant list\" shows them)",
                       GRANTS_MAX, GRANTS_BYTES_MAX);
    if (list->count > 0 && !blob_append(&made, bytes, w.len))
        return sv_fail_nomem(err);
    blob_clear(out);
    *out = made;
    made = (struct blob){0};
    return SV_OK;
}

static void get_text(struct buf_reader *r, char text[CALLER_TEXT_MAX])
{
    size_t len = buf_get_u16(r);

    if (len >= CALLER_TEXT_MAX)
        r->bad = true;
    else
        buf_get_bytes(r, text, len);
    r->bad |= !r->bad && strlen(text) != len;
}

static void get_grant(struct buf_reader *r, struct grant *g)
{
    g->number = buf_get_u16(r);
    g->made = (int64_t)buf_get_u64(r);
    g->has = buf_get_u16(r);
    if (g->has & GRANT_EXE)
        get_text(r, g->exe);
    if (g->has & GRANT_PIN)
        buf_get_bytes(r, g->pin, sizeof g->pin);
    if (g->has & GRANT_UNIT)
        get_text(r, g->unit);
    if (g->has & GRANT_USER)
        g->uid = buf_get_u32(r);
    if (g->has & GRANT_HOURS) {
        g->from = buf_get_u16(r);
        g->to = buf_get_u16(r);
    }
    if (g->has & GRANT_MAX) {
        g->max = buf_get_u32(r);
        g->seconds = buf_get_u32(r);
    }
    if (g->has & GRANT_UNTIL)
        g->until = (int64_t)buf_get_u64(r);
    r->bad |= !is_sound(g);
}

enum sv_status grants_decode(struct grants *out, const uint8_t *bytes, size_t len,
                             struct sv_err *err)
{
    struct buf_reader r = buf_reader_over(bytes, len);
    GRANTS_OWNED struct grants list = {0};
    uint16_t last = 0;

    if (len > 0) {
        list.next = buf_get_u16(&r);
        list.count = buf_get_u16(&r);
        r.bad |= list.count == 0 || list.count > GRANTS_MAX || len > GRANTS_BYTES_MAX;
    }
    if (!r.bad && list.count > 0 && !(list.items = sv_alloc_array(list.count, sizeof *list.items)))
        return sv_fail_nomem(err);
    for (size_t i = 0; i < list.count && !r.bad; i++) {
        get_grant(&r, &list.items[i]);
        r.bad |= list.items[i].number <= last;
        last = list.items[i].number;
    }
    if (!buf_reader_done(&r) || (len > 0 && list.next <= last))
        return sv_fail(err, SV_DATA,
                       "the grants of a profile are damaged, or a newer smtpvault wrote them: use "
                       "that one");
    *out = list;
    memset(&list, 0, sizeof list);
    return SV_OK;
}

/* ---- the list ---- */

static bool same_conditions(const struct grant *a, const struct grant *b)
{
    return a->has == b->has && strcmp(a->exe, b->exe) == 0 &&
           memcmp(a->pin, b->pin, sizeof a->pin) == 0 && strcmp(a->unit, b->unit) == 0 &&
           a->uid == b->uid && a->from == b->from && a->to == b->to && a->max == b->max &&
           a->seconds == b->seconds && a->until == b->until;
}

enum sv_status grants_add(struct grants *list, struct grant *g, struct sv_err *err)
{
    struct grant *grown;

    for (size_t i = 0; i < list->count; i++)
        if (same_conditions(&list->items[i], g))
            return sv_fail(err, SV_EXISTS, "grant %u says the same already",
                           (unsigned)list->items[i].number);
    if (list->next == 0)
        list->next = 1;
    if (list->count >= GRANTS_MAX || list->next == UINT16_MAX)
        return sv_fail(err, SV_USAGE,
                       "a profile can have %d grants: remove one first (\"smtpvault grant list\" "
                       "shows them)",
                       GRANTS_MAX);
    grown = sv_resize(list->items, (list->count + 1) * sizeof *grown);
    if (!grown)
        return sv_fail_nomem(err);
    list->items = grown;
    g->number = list->next++;
    grown[list->count++] = *g;
    return SV_OK;
}

bool grants_drop(struct grants *list, uint16_t number)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].number != number)
            continue;
        memmove(&list->items[i], &list->items[i + 1], (list->count - i - 1) * sizeof *list->items);
        list->count--;
        return true;
    }
    return false;
}
