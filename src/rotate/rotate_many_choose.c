/* SPDX-License-Identifier: ISC */
/* Which profiles rotate --due, --tag, --provider, NAME... mean, and by which way each goes. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/text.h"
#include "cli/names.h"
#include "domain/provider.h"
#include "domain/vault_due.h"
#include "domain/vault_near.h"
#include "rotate/rotate_hook.h"
#include "rotate/rotate_many.h"

/* ---- which ---- */

static bool is_of_provider(const struct profile *p, const char *word)
{
    const struct provider *known = provider_find(word);
    return p->provider != NULL && text_equal_nocase(p->provider, known != NULL ? known->id : word);
}

static bool is_named(const struct args *args, const char *name)
{
    for (size_t i = 0; i < args_count(args); i++)
        if (strcmp(args_word(args, i), name) == 0)
            return true;
    return args_count(args) == 0;
}

static bool is_chosen(const struct many *m, const struct profile *p)
{
    const char *provider = args_value(m->args, "provider");
    struct rotation_record r;
    if (m->resume)
        return rotation_of_card(&r, p) && rotation_is_open(&r) && is_named(m->args, p->name);
    for (size_t i = 0; args_nth(m->args, "tag", i) != NULL; i++)
        if (!profile_has_tag(p, args_nth(m->args, "tag", i)))
            return false;
    return (provider == NULL || is_of_provider(p, provider)) && is_named(m->args, p->name);
}

/* Clocks that a new secret stops. */
static bool is_for_rotation(const struct due_item *item)
{
    return item->p != NULL && item->urgency >= DUE_SOON &&
           (item->clock == DUE_PERIOD || item->clock == DUE_DATE || item->clock == DUE_EXPOSED ||
            item->clock == DUE_ROTATION);
}

static bool is_due(const struct due_list *due, const struct profile *p)
{
    for (size_t i = 0; i < due->count; i++)
        if (is_for_rotation(&due->items[i]) && strcmp(due->items[i].p->name, p->name) == 0)
            return true;
    return false;
}

static enum sv_status all_named_exist(const struct many *m, const struct profile_list *list,
                                      struct sv_err *err)
{
    for (size_t i = 0; i < args_count(m->args); i++) {
        bool found = false;
        for (size_t k = 0; k < list->count && !found; k++)
            found = strcmp(list->items[k].name, args_word(m->args, i)) == 0;
        if (!found)
            return sv_fail(err, SV_MISSING, NEAR_NONE "%s\": nothing was begun",
                           NAME_SHOWN(args_word(m->args, i)));
    }
    return SV_OK;
}

/* ---- by which way ---- */

/* One that was begun stands where it stood. */
static void cannot(struct many_item *it, const struct sv_err *why)
{
    it->outcome = it->open ? MANY_LEFT : MANY_NOT_BEGUN;
    rotation_say(it->why, sizeof it->why, why->text);
}

static bool has_hand(const struct many *m, const struct many_item *it)
{
    return it->method == METHOD_HAND || it->method == METHOD_GIVEN ||
           (it->method == METHOD_GENERATED && it->p->kind == KIND_IAM_SECRET && !m->resume);
}

static void choose_way(struct many *m, struct many_item *it)
{
    /* Borrows the card: it is not cleared. */
    struct rotation_job job = {.cli = &m->quiet, .args = m->args, .p = *it->p, .lock_fd = -1};
    struct sv_err why = {""};
    bool by_hook = false;
    (void)rotation_of_card(&job.r, it->p);
    job.no_verify = m->no_verify;
    it->stage = job.r.stage;
    it->open = rotation_is_open(&job.r) && (m->resume || job.r.stage != STAGE_PROMOTED);
    job.resumed = it->open;
    it->method = it->open                         ? job.r.method
                 : args_flag(m->args, "generate") ? METHOD_GENERATED
                                                  : METHOD_HAND;
    enum sv_status s = rotation_job_can(&job, &why);
    if (s == SV_OK)
        s = rotate_hook_choose(&job, &by_hook, &why);
    if (s != SV_OK) {
        cannot(it, &why);
        return;
    }
    if (by_hook) {
        it->method = METHOD_HOOK;
        memcpy(it->hook, job.hook, sizeof it->hook);
    }
    if (has_hand(m, it) && (!it->open || it->stage == STAGE_PLANNED)) {
        it->outcome = MANY_BY_HAND;
        if (it->open) /* why it was left the last time */
            memcpy(it->why, job.r.fault, sizeof it->why);
    }
}

/* ---- where: how many at once is a limit of each ---- */

static const char *place_of(const struct profile *p)
{
    const struct provider *provider = provider_of_profile(p);
    return provider != NULL ? provider->id : p->host != NULL ? p->host : "";
}

static void group(struct many *m, size_t at)
{
    const char *place = place_of(m->items[at].p);
    m->items[at].group = at;
    for (size_t i = 0; i < at; i++) {
        if (m->items[i].group == i && text_equal_nocase(place_of(m->items[i].p), place)) {
            m->items[at].group = i;
            return;
        }
    }
}

/* ---- all together ---- */

static enum sv_status fill(struct many *m, const struct profile_list *list,
                           const struct due_list *due, struct sv_err *err)
{
    bool by_due = !m->resume && args_flag(m->args, "due");
    m->items = list->count > 0 ? sv_alloc_array(list->count, sizeof *m->items) : NULL;
    if (list->count > 0 && m->items == NULL)
        return sv_fail_nomem(err);
    for (size_t i = 0; i < list->count; i++) {
        const struct profile *p = &list->items[i];
        if (!is_chosen(m, p) || (by_due && !is_due(due, p)))
            continue;
        struct many_item *it = &m->items[m->count];
        it->p = p;
        group(m, m->count++);
        choose_way(m, it);
        m->waiting += it->outcome == MANY_WAITS;
    }
    return SV_OK;
}

enum sv_status many_choose(struct many *m, const struct profile_list *list, struct sv_err *err)
{
    PROFILE_LIST_OWNED struct profile_list timed = {0};
    DUE_LIST_OWNED struct due_list due = {0};
    const struct due_wish wish = {.now = env_now(), .lead = -1};
    enum sv_status s = all_named_exist(m, list, err);
    if (s == SV_OK && !m->resume && args_flag(m->args, "due"))
        s = vault_due(m->cli->vault, &wish, &timed, &due, err);
    return s == SV_OK ? fill(m, list, &due, err) : s;
}
