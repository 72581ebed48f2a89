/* SPDX-License-Identifier: ISC */
/* The steps of a rotation, each one change of the vault. */
#include "domain/vault_rotate.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/text.h"
#include "crypto/random.h"
#include "domain/copies.h"
#include "domain/git_secret.h"
#include "domain/vault_impl.h"

_Static_assert(COPY_HOST_MAX <= ROTATION_HOST_MAX, "a host's name fits");
_Static_assert(DIRECTORY_LABEL_MAX <= ROTATION_WHO_MAX, "a member's label fits");

/* One step on its way. */
struct turn {
    struct vault_change *c;
    struct vault_row *row;
    enum rotation_step step;
    int64_t now;
    struct rotation_record before, after;
};

/* ---- what the record says next ---- */

static void take_words(struct rotation_record *r, const struct rotation_record *wish)
{
    r->stage = wish->stage;
    r->flags = wish->flags;
    r->rejections = wish->rejections;
    r->overlap_until = wish->overlap_until;
    memcpy(r->verified, wish->verified, sizeof r->verified);
    memcpy(r->proof, wish->proof, sizeof r->proof);
    memcpy(r->fault, wish->fault, sizeof r->fault);
}

static void take_method(struct rotation_record *r, const struct rotation_record *wish)
{
    r->method = wish->method;
    memcpy(r->hook, wish->hook, sizeof r->hook);
    memcpy(r->username, wish->username, sizeof r->username);
}

static void set_times(struct rotation_record *r, const struct rotation_record *before, int64_t now)
{
    if ((r->stage == STAGE_VERIFIED || r->stage == STAGE_PROMOTED) &&
        before->stage < STAGE_VERIFIED)
        r->verified_at = now;
    if (r->stage < STAGE_VERIFIED)
        r->verified_at = 0;
    if (r->stage == STAGE_PROMOTED && (r->flags & ROTATED_ALIVE))
        r->alive_at = now;
    if (r->stage == STAGE_FINISHED && before->stage != STAGE_FINISHED)
        r->dead_at = now;
}

static void begin_record(struct turn *t, const struct rotation_record *wish)
{
    struct rotation_record *r = &t->after;

    memset(r, 0, sizeof *r);
    rotation_remember(r, &t->before);
    random_bytes(r->run, sizeof r->run);
    r->begun = t->now;
    r->due = wish->due;
    r->version_from = t->row->profile.version;
    take_words(r, wish);
    take_method(r, wish);
}

/* Who does it, as the vault's directory calls them; the log says more. */
static enum sv_status say_who(struct turn *t, struct sv_err *err)
{
    DIRECTORY_OWNED struct vault_directory dir = {0};
    DIRECTORY_ENTRY_OWNED struct directory_entry entry = {0};
    enum sv_status st = vault_directory_load(t->c->v, t->c->root, &dir, err);

    if (st == SV_OK)
        st = directory_get(dir.card, t->c->v->slot, &entry, err);
    if (st && st != SV_MISSING)
        return st;
    (void)snprintf(t->after.who, sizeof t->after.who, "%s", st == SV_OK ? entry.label : "");
    return SV_OK;
}

static enum sv_status next_record(struct turn *t, const struct rotation_record *wish,
                                  struct sv_err *err)
{
    struct rotation_record *r = &t->after;

    if (t->step == ROTATE_BEGIN) {
        begin_record(t, wish);
    } else {
        *r = t->before;
        take_words(r, wish);
        if (wish->method == METHOD_HOOK) { /* a rotator may take over, or another one */
            r->method = wish->method;
            memcpy(r->hook, wish->hook, sizeof r->hook);
        }
    }
    if (t->step == ROTATE_PENDING) {
        take_method(r, wish);
        r->pending_since = t->now;
    }
    set_times(r, &t->before, t->now);
    r->turn++;
    r->changed = t->now;
    (void)!copies_here(r->machine, NULL); /* for people to know: it holds up no step */
    copies_host(r->host);
    return say_who(t, err);
}

/* ---- what it may follow ---- */

static enum sv_status rotated_meanwhile(const char *name, struct sv_err *err)
{
    char shown[PROFILE_NAME_MAX * 4 + 1];

    return sv_fail(err, SV_LOCKED,
                   "another process rotates \"%s\": see \"smtpvault rotate --status\", and try "
                   "again",
                   text_printable(shown, sizeof shown, name, strlen(name)));
}

static enum sv_status secret_changed(const char *name, struct sv_err *err)
{
    char shown[PROFILE_NAME_MAX * 4 + 1];

    return sv_fail(err, SV_LOCKED,
                   "the secret of \"%s\" was changed by other means since: \"smtpvault history\" "
                   "shows when",
                   text_printable(shown, sizeof shown, name, strlen(name)));
}

/* What was read before is what stands there. */
static enum sv_status still_so(const struct turn *t, const struct profile *p, struct sv_err *err)
{
    const struct profile *now = &t->row->profile;

    if (memcmp(p->uid, now->uid, sizeof p->uid) != 0 || p->rotation.len != now->rotation.len ||
        (now->rotation.len && memcmp(p->rotation.bytes, now->rotation.bytes, now->rotation.len)))
        return rotated_meanwhile(p->name, err);
    return SV_OK;
}

static enum sv_status may_follow(const struct turn *t, enum rotation_stage to, struct sv_err *err)
{
    if (rotation_may(t->step, t->before.stage, to))
        return SV_OK;
    return sv_fail(err, SV_USAGE,
                   "a rotation that is %s does not become %s by that step: \"smtpvault rotate "
                   "--status\" says what is next",
                   rotation_stage_word(t->before.stage), rotation_stage_word(to));
}

/* ---- the steps ---- */

static enum sv_status put_record(struct turn *t, struct sv_err *err)
{
    return rotation_encode(&t->row->profile.rotation, &t->after, err);
}

static enum sv_status put_card(struct turn *t, struct sv_err *err)
{
    SECRET_OWNED struct secret *secret = NULL;
    enum sv_status st;

    if ((st = put_record(t, err)) || (st = vault_row_secret(t->c->v, t->row, &secret, err)))
        return st;
    return vault_row_put_again(t->c, t->row, &t->row->profile, secret, err);
}

static enum sv_status put_pending(struct turn *t, const struct secret *secret, struct sv_err *err)
{
    SECRET_OWNED struct secret *now = NULL;
    char shown[PROFILE_NAME_MAX * 4 + 1];
    enum sv_status st = vault_row_secret(t->c->v, t->row, &now, err);

    if (st)
        return st;
    if (secret_equal(now, secret))
        return sv_fail(err, SV_DATA, "that is the secret that \"%s\" has already: make a new one",
                       text_printable(shown, sizeof shown, t->row->profile.name,
                                      strlen(t->row->profile.name)));
    st = vault_pending_put(t->c, t->row, t->after.username, secret, err);
    return st ? st : put_card(t, err);
}

static enum sv_status abandon(struct turn *t, struct sv_err *err)
{
    enum sv_status st = vault_pending_drop(t->c, t->row, err);

    return st ? st : put_card(t, err);
}

/* Of another one, `from`, secret and user name become the current ones. */
static enum sv_status put_next(struct turn *t, const struct vault_row *from, int64_t since,
                               int64_t exposed, struct sv_err *err)
{
    PROFILE_OWNED struct profile p = {.name = NULL};
    SECRET_OWNED struct secret *secret = NULL;
    char *username = NULL;
    enum sv_status st;

    if ((st = put_record(t, err)) || (st = vault_row_secret(t->c->v, from, &secret, err)) ||
        (st = profile_copy(&p, &t->row->profile, err)))
        return st;
    if (from->profile.username && !(username = sv_strdup(from->profile.username)))
        return sv_fail_nomem(err);
    sv_free(p.username);
    p.username = username;
    if ((st = vault_row_put_next(t->c, t->row, &p, secret, since, exposed, err)))
        return st;
    profile_clear(&t->row->profile);
    t->row->profile = p;
    memset(&p, 0, sizeof p);
    return SV_OK;
}

/* The current version may have got another card since `version`, but no other secret. */
static enum sv_status same_secret(struct turn *t, uint64_t version, struct sv_err *err)
{
    ROW_OWNED struct vault_row then = {0};
    SECRET_OWNED struct secret *a = NULL, *b = NULL;
    struct vault *v = t->c->v;
    enum sv_status st;

    if (t->row->profile.version == version)
        return SV_OK;
    if ((st = vault_row_version(v, t->c->root, t->row, version, &then, err)) ||
        (st = vault_row_secret(v, &then, &a, err)) || (st = vault_row_secret(v, t->row, &b, err)))
        return st;
    return secret_equal(a, b) ? SV_OK : secret_changed(t->row->profile.name, err);
}

static enum sv_status promote(struct turn *t, struct sv_err *err)
{
    ROW_OWNED struct vault_row pending = {0};
    const struct profile *p = &t->row->profile;
    enum sv_status st;

    if ((st = same_secret(t, t->before.version_from, err)) ||
        (st = vault_pending_find(t->c->v, t->c->root, t->row, &pending, err)) ||
        (st = vault_pending_drop(t->c, t->row, err)))
        return st;
    t->after.version_from = p->version;
    t->after.version_to = p->version + 1;
    t->after.promoted_at = t->now;
    return put_next(t, &pending, t->now, pending.profile.exposed, err);
}

static enum sv_status go_back(struct turn *t, struct sv_err *err)
{
    ROW_OWNED struct vault_row from = {0};
    enum sv_status st;

    if ((st = same_secret(t, t->before.version_to, err)) ||
        (st = vault_row_version(t->c->v, t->c->root, t->row, t->before.version_from, &from, err)))
        return st;
    return put_next(t, &from, from.profile.rotated, exposed_before(&from.profile, &t->row->profile),
                    err);
}

static enum sv_status take_step(struct turn *t, const struct secret *secret, struct sv_err *err)
{
    switch (t->step) {
    case ROTATE_PENDING:
        return put_pending(t, secret, err);
    case ROTATE_PROMOTE:
        return promote(t, err);
    case ROTATE_BACK:
        return go_back(t, err);
    case ROTATE_ABANDON:
        return abandon(t, err);
    default:
        return put_card(t, err);
    }
}

/* The card as it stands now, for who goes on with it. */
static void give_back(struct profile *p, struct vault_row *row)
{
    profile_clear(p);
    *p = row->profile;
    memset(&row->profile, 0, sizeof row->profile);
}

static enum sv_status check_secret(enum rotation_step step, const struct secret *secret,
                                   struct sv_err *err)
{
    if ((step == ROTATE_PENDING) != (secret != NULL))
        return sv_fail(err, SV_INTERNAL, "a step of a rotation with the wrong secret");
    return secret ? kept_check_secret(secret, err) : SV_OK;
}

/* On the way there a record that is to begin is a whole one already. */
static enum sv_status rotate_far(struct vault *v, enum rotation_step step, struct profile *p,
                                 const struct rotation_record *record, const struct secret *secret,
                                 struct sv_err *err)
{
    struct rotation_record wish = *record;

    if (wish.begun == 0)
        wish.begun = env_now();
    return v->remote->rotate(v->far, step, p, &wish, secret, err);
}

/* ---- several at once ---- */

struct turns_taken {
    struct vault_change c;
    struct rotate_one *items;
    struct vault_row *rows;
    struct audit_event *events;
    size_t count;
};

static void turns_taken_clear(struct turns_taken *all)
{
    for (size_t i = 0; all->rows && i < all->count; i++)
        vault_row_clear(&all->rows[i]);
    sv_free(all->rows);
    vault_change_clear(&all->c);
    sv_free(all->events);
}

static void all_fail(struct rotate_one *items, size_t count, enum sv_status st,
                     const struct sv_err *err)
{
    for (size_t i = 0; i < count; i++) {
        if (items[i].status)
            continue;
        items[i].status = st;
        items[i].err = *err;
    }
}

static void say_step(struct audit_event *event, const struct rotate_one *one)
{
    char note[AUDIT_NOTE_MAX];

    (void)snprintf(note, sizeof note, "%s: %s", rotation_step_word(one->step),
                   rotation_stage_word(one->record->stage));
    vault_change_event(event, AUDIT_ROTATE, one->p->name, note);
}

static enum sv_status begin_all(struct turns_taken *all, struct vault *v, struct sv_err *err)
{
    SV_AUTOFREE struct audit_event **told =
        sv_alloc_array(all->count, sizeof(struct audit_event *));
    struct vault_change_told before = {.events = told};
    enum sv_status st;

    all->rows = sv_alloc_array(all->count, sizeof *all->rows);
    all->events = sv_alloc_array(all->count, sizeof *all->events);
    if (!told || !all->rows || !all->events)
        return sv_fail_nomem(err);
    for (size_t i = 0; i < all->count; i++) {
        say_step(&all->events[i], &all->items[i]);
        if (all->items[i].told)
            told[before.count++] = all->items[i].told;
    }
    st = vault_change_begin_many(&all->c, v, all->events, all->count, &before, err);
    for (size_t i = 0; all->c.begun && i < all->count; i++)
        all->items[i].told = NULL;
    return st;
}

static enum sv_status take_one(struct turns_taken *all, size_t i, int64_t now, struct sv_err *err)
{
    struct rotate_one *one = &all->items[i];
    struct vault_change *c = &all->c;
    struct vault_row *row = &all->rows[i];
    struct turn t = {.c = c, .row = row, .step = one->step, .now = now};
    enum sv_status st;

    if ((st = vault_row_find(c->v, c->root, one->p->name, row, err)) ||
        (st = still_so(&t, one->p, err)))
        return st;
    (void)rotation_of_card(&t.before, &row->profile);
    if ((st = may_follow(&t, one->record->stage, err)) ||
        (st = next_record(&t, one->record, err)) || (st = take_step(&t, one->secret, err)))
        return st;
    all->events[i].version = row->profile.version;
    return SV_OK;
}

/* What cannot be done leaves no trace in the tables, and the others are done. */
static enum sv_status take_part(struct turns_taken *all, size_t i, int64_t now, struct sv_err *err)
{
    struct rotate_one *one = &all->items[i];
    struct vault_change_part part;
    enum sv_status st = vault_change_part(&all->c, &part, err);

    if (st)
        return st;
    one->status = take_one(all, i, now, &one->err);
    if (one->status)
        all->events[i].result = AUDIT_FAILED;
    return vault_change_part_end(&all->c, &part, one->status == SV_OK, err);
}

static enum sv_status take_all(struct turns_taken *all, struct sv_err *err)
{
    int64_t now = env_now();
    size_t failed = 0;
    enum sv_status st = SV_OK;

    for (size_t i = 0; i < all->count && st == SV_OK; i++) {
        st = take_part(all, i, now, err);
        failed += all->items[i].status != SV_OK;
    }
    if (st || failed == all->count)
        return st;
    return vault_change_commit(&all->c, 0, err);
}

static void rotate_here(struct vault *v, struct rotate_one *items, size_t count)
{
    __attribute__((cleanup(turns_taken_clear))) struct turns_taken all = {
        .c = {.lock_fd = -1}, .items = items, .count = count};
    struct sv_err err = {""};
    enum sv_status st = vault_allow_changes(v, &err);

    if (!st && !(st = begin_all(&all, v, &err)))
        st = take_all(&all, &err);
    for (size_t i = 0; i < count; i++)
        if (!items[i].status && (!st || all.c.made))
            give_back(items[i].p, &all.rows[i]);
    if (st)
        all_fail(items, count, st, &err);
}

/* A disk that fails at the end may have the step all the same, which err says. */
static void find_again(struct vault *v, struct profile *p)
{
    PROFILE_OWNED struct profile now = {0};
    struct sv_err aside;

    if (vault_find(v, p->name, &now, &aside) != SV_OK)
        return;
    profile_clear(p);
    *p = now;
    memset(&now, 0, sizeof now);
}

static void rotate_one_far(struct vault *v, struct rotate_one *one)
{
    if (one->told && !(one->status = vault_record(v, one->told, &one->err)))
        one->told = NULL;
    if (!one->status)
        one->status = rotate_far(v, one->step, one->p, one->record, one->secret, &one->err);
    if (one->status == SV_IO)
        find_again(v, one->p);
}

void vault_rotate_many(struct vault *v, struct rotate_one *items, size_t count)
{
    bool sound = true;

    for (size_t i = 0; i < count; i++) {
        items[i].status = check_secret(items[i].step, items[i].secret, &items[i].err);
        sound = sound && !items[i].status;
    }
    if (sound && !v->remote && count > 0)
        rotate_here(v, items, count);
    /* The keys are elsewhere, or there is a wrong one among them: one after another. */
    for (size_t i = 0; i < count && (v->remote || !sound); i++)
        if (!items[i].status && v->remote)
            rotate_one_far(v, &items[i]);
        else if (!items[i].status)
            rotate_here(v, &items[i], 1);
}

enum sv_status vault_rotate(struct vault *v, enum rotation_step step, struct profile *p,
                            const struct rotation_record *record, const struct secret *secret,
                            struct sv_err *err)
{
    struct rotate_one one = {.step = step, .p = p, .record = record, .secret = secret};

    vault_rotate_many(v, &one, 1);
    return one.status ? sv_fail(err, one.status, "%s", one.err.text) : SV_OK;
}
