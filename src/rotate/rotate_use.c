/* SPDX-License-Identifier: ISC */
#include "rotate/rotate_use.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "domain/profile.h"

void rotate_uses_clear(struct rotate_uses *uses)
{
    sv_free(uses->items);
    uses->items = NULL;
    uses->count = uses->capacity = 0;
}

/* ---- what is a use ---- */

bool rotate_use_is_fetch(const struct audit_event *e)
{
    if (e->result != AUDIT_OK || e->version == 0 || e->version == PROFILE_VERSION_PENDING)
        return false;
    switch (e->op) {
    case AUDIT_GET:
    case AUDIT_SHOW:
    case AUDIT_EXPORT:
    case AUDIT_RENDER:
        return true;
    case AUDIT_EXEC: /* its program's end has an entry too */
        return strstr(e->note, " ended with ") == NULL;
    case AUDIT_HELPER: /* so has what git says of the login */
        return !text_starts_with(e->note, "git store") && !text_starts_with(e->note, "git erase");
    default:
        return false;
    }
}

/* ---- whose ---- */

struct reading {
    struct rotate_uses *uses;
    struct rotate_border border;
};

static const char *program_of(const struct caller *c)
{
    if (c->script[0] != '\0')
        return c->script;
    return c->exe[0] != '\0' ? c->exe : c->parent;
}

static bool is_its(const struct rotate_use *u, const struct audit_event *e)
{
    return u->uid == e->caller.uid && strcmp(u->program, program_of(&e->caller)) == 0 &&
           strcmp(u->unit, e->caller.unit) == 0 && strcmp(u->token, e->token) == 0;
}

static struct rotate_use *use_of(struct rotate_uses *uses, const struct audit_event *e)
{
    for (size_t i = 0; i < uses->count; i++)
        if (is_its(&uses->items[i], e))
            return &uses->items[i];
    if (uses->count == uses->capacity) {
        size_t capacity = uses->capacity != 0 ? 2 * uses->capacity : 16;
        struct rotate_use *grown = sv_resize(uses->items, capacity * sizeof *grown);
        if (grown == NULL)
            return NULL;
        uses->items = grown;
        uses->capacity = capacity;
    }
    struct rotate_use *u = &uses->items[uses->count++];
    *u = (struct rotate_use){.uid = e->caller.uid};
    (void)snprintf(u->program, sizeof u->program, "%s", program_of(&e->caller));
    (void)snprintf(u->unit, sizeof u->unit, "%s", e->caller.unit);
    (void)snprintf(u->token, sizeof u->token, "%s", e->token);
    return u;
}

static enum sv_status heard(void *context, const struct audit_event *e, struct sv_err *err)
{
    struct reading *r = context;
    if (!rotate_use_is_fetch(e) || (e->op == AUDIT_EXPORT && r->border.version != 0))
        return SV_OK;
    struct rotate_use *u = use_of(r->uses, e);
    if (u == NULL)
        return sv_fail_nomem(err);
    if (r->border.version != 0 && e->version >= r->border.version && e->time >= r->border.when) {
        u->new_count++;
        u->last_new = e->time;
    } else {
        u->old_count++;
        u->last_old = e->time;
    }
    return SV_OK;
}

static int64_t last_of(const struct rotate_use *u)
{
    return u->last_new > u->last_old ? u->last_new : u->last_old;
}

static int by_last(const void *a, const void *b)
{
    int64_t x = last_of(a), y = last_of(b);
    return x < y ? 1 : x > y ? -1 : 0;
}

/* A log that this session may not read hides nothing else. */
enum sv_status rotate_uses_read(struct rotate_uses *out, struct cli *cli, const char *name,
                                int64_t since, const struct rotate_border *border,
                                struct sv_err *err)
{
    const struct audit_filter filter = {.profile = name, .since = since};
    struct reading reading = {.uses = out, .border = *border};
    struct sv_err why = {""};
    *out = (struct rotate_uses){.since = since};
    enum sv_status s = vault_audit_read(cli->vault, &filter, heard, &reading, &why);
    out->known = s == SV_OK;
    if (s == SV_DENIED) {
        rotate_uses_clear(out);
        (void)snprintf(out->why, sizeof out->why, "%s", why.text);
        return SV_OK;
    }
    if (s == SV_OK && out->count > 1)
        qsort(out->items, out->count, sizeof *out->items, by_last);
    return s == SV_OK ? SV_OK : sv_fail(err, s, "%s", why.text);
}

bool rotate_use_is_behind(const struct rotate_use *use)
{
    return use->last_old > use->last_new;
}

void rotate_use_json(struct json *j, const struct rotate_use *use, const char *host)
{
    char user[CALLER_USER_MAX];
    json_object(j);
    json_seen(j, "program", use->program);
    json_seen(j, "unit", use->unit);
    json_text(j, "user", caller_user(user, use->uid));
    json_key(j, "uid");
    json_int(j, use->uid);
    json_text(j, "machine", host);
    json_seen(j, "token", use->token);
    json_key(j, "uses");
    json_int(j, (int64_t)(use->old_count + use->new_count));
    json_key(j, "last");
    json_time(j, last_of(use));
    json_object_end(j);
}
