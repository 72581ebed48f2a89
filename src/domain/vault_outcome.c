/* SPDX-License-Identifier: ISC */
/* How logins with a secret went at their servers, kept beside the log's entry. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/env.h"
#include "domain/deadline.h"
#include "domain/git_secret.h"
#include "domain/vault_impl.h"

static const char *const kept_labels[VAULT_KEPT_COUNT][2] = {
    [VAULT_KEPT_USED] = {"used-at", "used"},
    [VAULT_KEPT_WORKED] = {"worked-at", "worked"},
    [VAULT_KEPT_REJECTED] = {"rejected-at", "rejected"},
};

struct audit_keep vault_kept(enum vault_kept what, uint8_t key[KEY_LEN], const struct secret *wrap)
{
    struct audit_keep keep = audit_keep_of(key, object_wrap_peek(wrap)->dek, kept_labels[what][0],
                                           kept_labels[what][1], NULL, 0);

    keep.now = true;
    return keep;
}

static int64_t kept_time(struct vault *v, enum vault_kept what, const struct secret *wrap)
{
    return (int64_t)audit_kept_of(v->audit, object_wrap_peek(wrap)->dek, kept_labels[what][0],
                                  kept_labels[what][1], NULL, 0);
}

void vault_row_times(struct vault *v, struct vault_row *row)
{
    row->profile.last_used = kept_time(v, VAULT_KEPT_USED, row->wrap);
    row->profile.last_worked = kept_time(v, VAULT_KEPT_WORKED, row->wrap);
    row->profile.last_rejected = kept_time(v, VAULT_KEPT_REJECTED, row->wrap);
    vault_oauth_login_end(v, row);
}

void vault_row_outcomes(struct vault *v, struct vault_row *row)
{
    struct profile *p = &row->profile;

    p->last_rejected = kept_time(v, VAULT_KEPT_REJECTED, row->wrap);
    if (p->last_rejected || p->rotated > p->created ||
        deadline_of(p, env_now(), 0).state == DEADLINE_PAST)
        p->last_worked = kept_time(v, VAULT_KEPT_WORKED, row->wrap);
    if (p->authorized)
        vault_oauth_login_end(v, row);
    if (p->authorized && !p->login_ends)
        p->last_used = kept_time(v, VAULT_KEPT_USED, row->wrap);
}

enum sv_status vault_kept_move(struct vault_change *c, const struct secret *from,
                               const struct secret *to, struct sv_err *err)
{
    uint8_t from_key[KEY_LEN], to_key[KEY_LEN];
    enum sv_status st = SV_OK;

    for (int what = 0; st == SV_OK && what < VAULT_KEPT_COUNT; what++) {
        struct audit_keep before = vault_kept((enum vault_kept)what, from_key, from);
        struct audit_keep after = vault_kept((enum vault_kept)what, to_key, to);
        st = audit_keep_move(c->v->audit, &before, &after, &c->moves, err);
    }
    sodium_memzero(from_key, sizeof from_key);
    sodium_memzero(to_key, sizeof to_key);
    return st;
}

/* ---- outcomes ---- */

void vault_outcome_place_clear(struct vault_outcome_place *place)
{
    sodium_memzero(place, sizeof *place);
}

static void place_of(const struct vault_row *row, struct vault_outcome_place *place)
{
    place->version = row->profile.version;
    place->worked_row = vault_kept(VAULT_KEPT_WORKED, place->worked_key, row->wrap).row;
    place->rejected_row = vault_kept(VAULT_KEPT_REJECTED, place->rejected_key, row->wrap).row;
}

enum sv_status vault_outcome_find(struct vault *v, const char *name,
                                  struct vault_outcome_place *place, struct sv_err *err)
{
    ROW_OWNED struct vault_row row = {0};
    enum sv_status st;

    memset(place, 0, sizeof *place);
    if (v->remote)
        return SV_OK;
    if ((st = vault_row_read(v, name, &row, err)) == SV_OK)
        place_of(&row, place);
    return st;
}

enum sv_status vault_outcome_at(struct vault *v, const struct vault_outcome_place *place,
                                struct audit_event *event, enum outcome outcome, struct sv_err *err)
{
    struct audit_keep keep = {.row = place->worked_row, .key = place->worked_key, .now = true};

    if (v->remote)
        return v->remote->record(v->far, event, outcome, NULL, NULL, err);
    vault_event_by(v, event);
    if (outcome == OUTCOME_REJECTED)
        keep = (struct audit_keep){
            .row = place->rejected_row, .key = place->rejected_key, .now = true};
    bool known = outcome != OUTCOME_UNKNOWN && keep.row != 0 && event->version == place->version;
    return audit_append(v->audit, event, known ? &keep : NULL, NULL, err);
}

enum sv_status vault_outcome(struct vault *v, struct audit_event *event, enum outcome outcome,
                             struct sv_err *err)
{
    VAULT_OUTCOME_PLACE_OWNED struct vault_outcome_place place = {.version = 0};
    struct sv_err gone;

    /* An entry is due whatever became of the profile meanwhile. */
    if (outcome != OUTCOME_UNKNOWN && vault_outcome_find(v, event->profile, &place, &gone))
        outcome = OUTCOME_UNKNOWN;
    return vault_outcome_at(v, &place, event, outcome, err);
}

static void note_claim(struct audit_event *event, bool same, enum outcome outcome)
{
    size_t len = strlen(event->note);
    const char *words = !same                         ? ": of another secret"
                        : outcome == OUTCOME_WORKED   ? ": the login worked"
                        : outcome == OUTCOME_REJECTED ? ": the login was rejected"
                                                      : "";

    (void)snprintf(event->note + len, sizeof event->note - len, "%s", words);
}

enum sv_status vault_outcome_claim(struct vault *v, struct audit_event *event, enum outcome outcome,
                                   const struct secret *claimed, bool *same, struct sv_err *err)
{
    VAULT_OUTCOME_PLACE_OWNED struct vault_outcome_place place = {.version = 0};
    ROW_OWNED struct vault_row row = {0};
    SECRET_OWNED struct secret *secret = NULL;
    enum sv_status st;
    bool found = false;

    same = same ? same : &found;
    if (!claimed)
        return vault_outcome(v, event, outcome, err);
    if (v->remote)
        return v->remote->record(v->far, event, outcome, claimed, same, err);
    if ((st = vault_row_read(v, event->profile, &row, err)) ||
        (st = vault_row_given(v, &row, &row, git_secret_is(claimed), &secret, err)))
        return st;
    *same = secret_equal(secret, claimed);
    place_of(&row, &place);
    event->version = place.version;
    note_claim(event, *same, outcome);
    return vault_outcome_at(v, &place, event, *same ? outcome : OUTCOME_UNKNOWN, err);
}
