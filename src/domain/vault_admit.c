/* SPDX-License-Identifier: ISC */
/* Grants, enforced: the one place between a row that was found and its secret. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/defence.h"
#include "base/file.h"
#include "base/text.h"
#include "domain/vault_grant.h"
#include "domain/vault_impl.h"

#define COUNT_LOCK_MS 10000

void vault_owner_is_here(struct vault *v, bool here)
{
    v->owner_here = here;
}

void vault_confirm_by(struct vault *v, const struct vault_confirm *how)
{
    v->confirm = *how;
}

/* Behind what the note says already, as far as there is room. */
static void note_add(struct audit_event *event, const char *text)
{
    size_t len = strlen(event->note), room = sizeof event->note - len;

    if (strlen(text) + 3 <= room)
        (void)snprintf(event->note + len, room, "%s%s", len ? "; " : "", text);
}

/* A refusal's rule is worth more than what the caller would have done with the secret. */
static void note_refusal(struct audit_event *event, const char *text)
{
    event->note[0] = '\0';
    note_add(event, text);
}

/* Asks, or says what is known of the answer already. */
static enum sv_status answer(struct vault *v, const struct reveal *why, const char *question,
                             bool *yes, struct sv_err *err)
{
    switch (why->confirm) {
    case CONFIRM_YES:
        *yes = true;
        return SV_OK;
    case CONFIRM_NO:
        *yes = false;
        return why->nobody ? sv_fail(err, SV_LOCKED, "%s", why->nobody) : SV_OK;
    case CONFIRM_LATER:
        *why->question = sv_strdup(question);
        return *why->question ? SV_FINDINGS : sv_fail_nomem(err);
    case CONFIRM_ASK:
        break;
    }
    if (!v->confirm.ask)
        return SV_LOCKED;
    return v->confirm.ask(v->confirm.context, question, yes, err);
}

static enum sv_status confirm(struct vault *v, const struct reveal *why, const char *name,
                              const struct caller *caller, struct audit_event *event,
                              struct sv_err *err)
{
    char question[GRANT_SHOWN_MAX + 4 * PROFILE_NAME_MAX + 64], who[CALLER_SUMMARY_MAX];
    char shown[4 * PROFILE_NAME_MAX + 1];
    struct sv_err fault = {""};
    bool yes = false;

    text_printable(shown, sizeof shown, name, strlen(name));
    caller_summary(who, sizeof who, caller);
    (void)snprintf(question, sizeof question, "Give the secret of \"%s\" to %s (process %u)?",
                   shown, who, (unsigned)caller->pid);
    enum sv_status st = answer(v, why, question, &yes, &fault);
    if (st == SV_FINDINGS)
        return st;
    if (st) {
        note_refusal(event, "nobody could be asked to confirm");
        return sv_fail(err, SV_DENIED,
                       "\"%s\" is given to %s only when somebody confirms it, and %s", shown, who,
                       fault.text[0] ? fault.text
                                     : "there is nobody to ask: set SMTPVAULT_ASKPASS, or let it "
                                       "be asked for on a terminal");
    }
    if (!yes && DEFENDED(GRANT_CONFIRM)) {
        note_refusal(event, "not confirmed");
        return sv_fail(err, SV_DENIED, "\"%s\" was not given to %s: it was not confirmed", shown,
                       who);
    }
    note_add(event, "confirmed");
    return SV_OK;
}

/* ---- counting ---- */

/* The log keeps the times of a grant's last uses in a ring of g->max numbers, and how many there
 * were: all of them under keys that come of the profile's, so that whoever may use it can count,
 * a token's holder too. A new key of the profile begins anew. */
#define USES_PLACE 0 /* 1 and up: the ring */

static struct audit_keep use_place(uint8_t key[KEY_LEN], const struct secret *wrap,
                                   const struct grant *g, uint64_t place)
{
    uint8_t what[24];

    le64_put(what, g->number);
    le64_put(what + 8, (uint64_t)g->made);
    le64_put(what + 16, place);
    return audit_keep_of(key, object_wrap_peek(wrap)->dek, "grant-used-at", "grant-used", what,
                         sizeof what);
}

static uint64_t use_read(struct vault *v, const struct secret *wrap, const struct grant *g,
                         uint64_t place)
{
    uint8_t key[KEY_LEN];
    struct audit_keep which = use_place(key, wrap, g, place);
    uint64_t value = audit_kept(v->audit, &which);

    sodium_memzero(key, sizeof key);
    return value;
}

struct counting {
    struct vault *v;
    struct vault_admitting *batch;
    const struct secret *wrap;
    int64_t now;
};

/* Uses that were admitted and are not in the log yet. */
static uint64_t pending(const struct counting *c, const struct grant *g)
{
    uint8_t key[KEY_LEN];
    struct audit_keep which = use_place(key, c->wrap, g, USES_PLACE);
    uint64_t count = 0;

    for (size_t at = 0; at < c->batch->counted.len; at += sizeof which.row)
        count += memcmp(c->batch->counted.bytes + at, &which.row, sizeof which.row) == 0;
    sodium_memzero(key, sizeof key);
    return count;
}

static int64_t used(void *context, const struct grant *g)
{
    struct counting *c = context;
    uint64_t logged = use_read(c->v, c->wrap, g, USES_PLACE), uses = logged + pending(c, g);

    if (uses < g->max)
        return 0;
    if (uses - g->max >= logged)
        return c->now;
    return (int64_t)use_read(c->v, c->wrap, g, 1 + (uses - g->max) % g->max);
}

/* What the entry has to keep of this use. */
static enum sv_status use_count(const struct counting *c, const struct grant *g,
                                struct vault_admission *out, struct sv_err *err)
{
    uint64_t uses = use_read(c->v, c->wrap, g, USES_PLACE) + pending(c, g);

    out->keeps[0] = use_place(out->keys, c->wrap, g, USES_PLACE);
    out->keeps[0].value = uses + 1;
    out->keeps[1] = use_place(out->keys + KEY_LEN, c->wrap, g, 1 + uses % g->max);
    out->keeps[1].value = (uint64_t)c->now;
    out->count = 2;
    return blob_append(&c->batch->counted, &out->keeps[0].row, sizeof out->keeps[0].row)
               ? SV_OK
               : sv_fail_nomem(err);
}

void vault_admitting_clear(struct vault_admitting *batch)
{
    file_close_cleanup(&batch->lock_fd);
    batch->lock_fd = -1;
    blob_clear(&batch->counted);
}

/* What one counts another process does not count at the same time. */
static enum sv_status count_alone(struct vault *v, struct vault_admitting *batch,
                                  const struct grants *list, struct sv_err *err)
{
    SV_AUTOFREE char *path = path_join(v->state_dir, "grants.lock");
    bool counts = false;

    for (size_t i = 0; i < list->count; i++)
        counts |= (list->items[i].has & GRANT_MAX) != 0;
    if (!path)
        return sv_fail_nomem(err);
    return counts && batch->lock_fd < 0 ? file_lock(path, COUNT_LOCK_MS, &batch->lock_fd, err)
                                        : SV_OK;
}

/* ---- the decision ---- */

struct deciding {
    struct counting counting;
    const char *name;
    const struct grants *list;
    const struct caller *caller;
    const struct reveal *why;
    struct audit_event *event;
    struct grant_verdict verdict;
};

static enum sv_status decide(struct deciding *d, struct sv_err *err)
{
    struct counting *c = &d->counting;
    const struct grant_counts counts = {.context = c, .used = used};
    char note[GRANT_NOTE_MAX];
    enum sv_status st;

    c->now = vault_clock(c->v);
    if ((st = count_alone(c->v, c->batch, d->list, err)))
        return st;
    grant_decide(d->list, d->caller, c->now, &counts, &d->verdict);
    if (d->verdict.answer != GRANT_NO)
        return SV_OK;
    note_refusal(d->event, grant_note(note, &d->verdict));
    return grant_refuse(d->name, d->caller, &d->verdict, err);
}

/* Nobody waits for what a person takes to answer, and meanwhile the grant may be used up. */
static enum sv_status ask(struct deciding *d, struct sv_err *err)
{
    struct vault_admitting *batch = d->counting.batch;
    enum sv_status st;

    if (batch->counted.len == 0)
        vault_admitting_clear(batch);
    st = confirm(d->counting.v, d->why, d->name, d->caller, d->event, err);
    return st ? st : decide(d, err);
}

static enum sv_status admit(struct deciding *d, struct vault_admission *out, struct sv_err *err)
{
    char note[GRANT_NOTE_MAX];
    enum sv_status st;

    if ((st = decide(d, err)))
        return st;
    note_add(d->event, grant_note(note, &d->verdict));
    if (d->verdict.answer == GRANT_ASK) {
        if ((st = ask(d, err)))
            return st;
        out->confirmed = true;
    }
    const struct grant *g = d->verdict.grant;
    return g->has & GRANT_MAX ? use_count(&d->counting, g, out, err) : SV_OK;
}

/* Where an agent lets other users in, their way to a secret is a grant or a token. */
static bool is_stranger(const struct audit_event *event)
{
    return event->via == VIA_AGENT && event->caller_given && event->token[0] == '\0' &&
           event->caller.uid != (uint32_t)getuid();
}

enum sv_status vault_grant_admit(struct vault *v, struct vault_admitting *batch,
                                 const struct vault_row *row, const struct reveal *why,
                                 struct audit_event *event, struct vault_admission *out,
                                 struct sv_err *err)
{
    struct deciding d = {.counting = {.v = v, .batch = batch, .wrap = row->wrap},
                         .name = row->profile.name,
                         .why = why,
                         .event = event};
    const struct blob *bytes = &row->profile.grants;
    bool alone = v->owner_here && event->via != VIA_AGENT && event->via != VIA_TOKEN;
    GRANTS_OWNED struct grants list = {0};
    enum sv_status st;

    if ((bytes->len == 0 && !is_stranger(event)) || !DEFENDED(GRANTS))
        return SV_OK;
    if (alone) {
        note_add(event, "its owner is here");
        return SV_OK;
    }
    if ((st = grants_decode(&list, bytes->bytes, bytes->len, err)))
        return st;
    d.list = &list;
    d.caller = event->caller_given ? &event->caller : audit_caller(v->audit);
    return admit(&d, out, err);
}
