/* SPDX-License-Identifier: ISC */
#include "domain/due.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "domain/copies.h"
#include "domain/deadline.h"
#include "domain/due_dates.h"
#include "domain/due_impl.h"
#include "domain/grant.h"
#include "domain/posture.h"
#include "domain/provider.h"
#include "domain/rotation.h"
#include "domain/rotation_record.h"

#define DAY INT64_C(86400)
#define UNPROVED_DAYS 7 /* a new secret may go unused for so long */
#define STUCK_DAYS 1    /* a rotation may stand still for so long */

#define NAME_MAX_SHOWN GRANT_QUOTED_MAX(PROFILE_NAME_MAX)

void due_list_clear(struct due_list *list)
{
    sv_free(list->items);
    *list = (struct due_list){0};
}

const char *due_clock_word(enum due_clock clock)
{
    static const char *const words[DUE_CLOCKS] = {
        [DUE_PERIOD] = "period",     [DUE_DATE] = "date",
        [DUE_PROVIDER] = "provider", [DUE_EXPOSED] = "exposed",
        [DUE_REJECTED] = "rejected", [DUE_UNPROVED] = "unproved",
        [DUE_OAUTH] = "oauth",       [DUE_CERTIFICATE] = "certificate",
        [DUE_ROTATION] = "rotation", [DUE_ALIVE] = "alive",
        [DUE_COPY] = "copy",         [DUE_GRANT] = "grant",
        [DUE_TOKEN] = "token",       [DUE_CLIENT] = "client"};

    return (unsigned)clock < DUE_CLOCKS ? words[clock] : "";
}

const char *due_urgency_word(enum due_urgency urgency)
{
    static const char *const words[] = {"later", "soon", "due", "overdue"};

    return (unsigned)urgency < sizeof words / sizeof words[0] ? words[urgency] : "";
}

const char *due_state(const struct due_item *item)
{
    bool past = item->urgency == DUE_LATE;

    switch (item->clock) {
    case DUE_PROVIDER:
    case DUE_OAUTH:
    case DUE_CLIENT:
    case DUE_CERTIFICATE:
    case DUE_GRANT:
    case DUE_TOKEN:
        return past ? "ended" : "ending";
    case DUE_EXPOSED:
    case DUE_REJECTED:
    case DUE_UNPROVED:
    case DUE_ALIVE:
        return due_clock_word(item->clock);
    case DUE_ROTATION:
        return "stuck";
    case DUE_COPY:
        return "old";
    default:
        return due_urgency_word(item->urgency);
    }
}

/* ---- one list ---- */

int64_t due_plus(int64_t when, int64_t seconds)
{
    int64_t sum;

    if (__builtin_add_overflow(when, seconds, &sum))
        return seconds < 0 ? INT64_MIN : INT64_MAX;
    return sum;
}

int64_t due_lead(const struct due_wish *wish, const struct profile *p)
{
    if (wish->lead >= 0)
        return wish->lead;
    return p ? rotation_lead(p) : ROTATION_SOON_DAYS * DAY;
}

bool due_judge(const struct due_wish *wish, const struct profile *p, int64_t when, int64_t late,
               enum due_urgency *urgency)
{
    if (late <= wish->now)
        *urgency = DUE_LATE;
    else if (when <= wish->now)
        *urgency = DUE_NOW;
    else if (when <= due_plus(wish->now, due_lead(wish, p)))
        *urgency = DUE_SOON;
    else
        *urgency = DUE_LATER;
    return *urgency != DUE_LATER || when <= due_plus(wish->now, wish->horizon);
}

/* The next item of the list, or NULL: there is no memory. */
static struct due_item *item_new(struct due_list *list, enum due_clock clock,
                                 enum due_urgency urgency, int64_t when)
{
    size_t capacity = list->capacity ? 2 * list->capacity : 16;

    if (list->count == list->capacity) {
        struct due_item *grown = sv_resize(list->items, capacity * sizeof *grown);
        if (!grown)
            return NULL;
        list->items = grown;
        list->capacity = capacity;
    }
    struct due_item *item = &list->items[list->count++];
    *item = (struct due_item){.clock = clock, .urgency = urgency, .when = when};
    return item;
}

#define ID_NUMBER 12 /* no clock's word reaches so far */

/* By the word: its number may be another in the next release. */
static void mark_id(uint8_t id[16], enum due_clock clock)
{
    const char *word = due_clock_word(clock);

    for (size_t i = 0; i < ID_NUMBER && word[i] != '\0'; i++)
        id[i] ^= (uint8_t)word[i];
}

void due_id(uint8_t id[16], const struct profile *p, enum due_clock clock)
{
    memcpy(id, p->uid, 16);
    mark_id(id, clock);
}

enum sv_status due_put(struct due_of *of, enum due_clock clock, enum due_urgency urgency,
                       int64_t when, const char *why, const char *act, struct sv_err *err)
{
    struct due_item *item = item_new(of->list, clock, urgency, when);
    char name[NAME_MAX_SHOWN]; /* as a shell takes it */

    if (!item)
        return sv_fail_nomem(err);
    item->p = of->p;
    due_id(item->id, of->p, clock);
    (void)snprintf(item->why, sizeof item->why, "%s", why);
    (void)snprintf(item->act, sizeof item->act, "smtpvault %s%s%s", act,
                   of->p->name[0] == '-' ? "-- " : "", grant_quote(name, sizeof name, of->p->name));
    return SV_OK;
}

/* ---- the policy's clocks ---- */

/* What changes a secret: from its beginning, or on from where it stands. */
static const char *act_rotate(const struct profile *p)
{
    struct rotation_record r;

    return p->rotation.len > 0 && rotation_of_card(&r, p) && rotation_is_open(&r) &&
                   r.stage != STAGE_PROMOTED
               ? "rotate --resume "
               : "rotate ";
}

static enum sv_status by_policy(struct due_of *of, const struct policy_terms *t, struct sv_err *err)
{
    const struct profile *p = of->p;
    char why[DUE_WHY_MAX];
    enum due_urgency urgency;
    bool dated = p->terms.dated;
    int64_t when = p->terms.due;

    if (when == 0 || p->exposed ||
        !due_judge(of->wish, p, when, due_plus(when, t->grace_days * DAY), &urgency))
        return SV_OK;
    if (dated)
        (void)snprintf(why, sizeof why, "the policy wants a new secret on this day");
    else
        (void)snprintf(why, sizeof why, "the policy wants a new secret every %" PRIu32 " days",
                       t->every_days);
    return due_put(of, dated ? DUE_DATE : DUE_PERIOD, urgency, when, why, act_rotate(p), err);
}

static enum sv_status by_exposure(struct due_of *of, struct sv_err *err)
{
    if (of->p->exposed == 0)
        return SV_OK;
    return due_put(
        of, DUE_EXPOSED, DUE_LATE, of->p->exposed,
        "somebody who left could read the secret: it is known outside until there is a new "
        "one",
        act_rotate(of->p), err);
}

static enum sv_status by_provider(struct due_of *of, const struct policy_terms *t,
                                  struct sv_err *err)
{
    struct deadline d = deadline_of(of->p, of->wish->now, 0);
    char why[DEADLINE_SHOWN_MAX];
    enum due_urgency urgency;

    if (d.state == DEADLINE_NONE || (d.state == DEADLINE_PAST && !deadline_is_due(&d, of->p)))
        return SV_OK;
    if (!due_judge(of->wish, of->p, due_plus(d.when, -(t->before_days * DAY)), d.when, &urgency))
        return SV_OK;
    return due_put(of, DUE_PROVIDER, urgency, d.when, deadline_say(why, &d, of->wish->now), "show ",
                   err);
}

/* ---- logins that fail, or were not seen to work ---- */

/* Was there an alarm (the policy's threshold of rejections), and is the new secret the present
 * one still? */
static bool is_alarm(const struct profile *p, const struct policy_terms *t,
                     struct rotation_record *r)
{
    return p->rotation.len > 0 && rotation_of_card(r, p) && t->rejections != 0 &&
           r->rejections >= t->rejections && r->promoted_at == p->rotated &&
           (r->stage == STAGE_PROMOTED || r->stage == STAGE_FINISHED) &&
           p->last_worked <= p->last_rejected;
}

static enum sv_status by_outcome(struct due_of *of, const struct policy_terms *t,
                                 struct sv_err *err)
{
    const struct profile *p = of->p;
    char why[DUE_WHY_MAX], when[TEXT_TIME_MAX], shown[NAME_MAX_SHOWN];
    int64_t now = of->wish->now;
    struct rotation_record r;

    if (is_alarm(p, t, &r)) {
        (void)snprintf(why, sizeof why,
                       "ALARM: the new secret was rejected %u times since it became the current "
                       "one; the one before may still work",
                       (unsigned)r.rejections);
        return due_put(of, DUE_REJECTED, DUE_LATE, r.promoted_at, why, "rotate --rollback ", err);
    }
    if (rotation_is_rejected(p)) {
        (void)snprintf(why, sizeof why, "the login of %s was rejected %s, and has not worked since",
                       text_printable(shown, sizeof shown, p->name, strlen(p->name)),
                       text_time_relative(when, p->last_rejected, now));
        return due_put(of, DUE_REJECTED, DUE_LATE, p->last_rejected, why, "test ", err);
    }
    if (p->last_worked == 0 || p->last_worked >= p->rotated ||
        due_plus(p->rotated, UNPROVED_DAYS * DAY) > now)
        return SV_OK;
    return due_put(of, DUE_UNPROVED, DUE_SOON, p->rotated,
                   "no login with the new secret was seen to work; with the one before it did",
                   "test ", err);
}

/* Whoever has authorities of their own renews certificates of their own. */
static enum sv_status by_certificate(struct due_of *of, struct sv_err *err)
{
    const struct profile *p = of->p;
    struct posture known;
    char why[DUE_WHY_MAX], server[PROFILE_SERVER_MAX], day[TEXT_TIME_MAX];
    enum due_urgency urgency;

    if (!p->ca_file || p->posture.len == 0 || !posture_of(&known, p) || known.ends == 0 ||
        !due_judge(of->wish, p, known.ends, known.ends, &urgency))
        return SV_OK;
    (void)snprintf(why, sizeof why,
                   "the certificate that %.300s showed %s on %.10s: renew it there, then test",
                   profile_server(server, p), urgency == DUE_LATE ? "ended" : "ends",
                   text_time_utc(day, known.ends));
    return due_put(of, DUE_CERTIFICATE, urgency, known.ends, why, "test ", err);
}

/* ---- rotations ---- */

/* Where a rotation stands still, in words; false: it goes on, or is over. */
static bool is_stuck(const struct rotation_record *r, int64_t now, char why[DUE_WHY_MAX])
{
    bool out = (r->flags & ROTATED_EMERGENCY) != 0; /* whoever has it waits for nobody */

    if (!rotation_is_open(r) || (!out && due_plus(r->changed, STUCK_DAYS * DAY) > now))
        return false;
    if (r->stage == STAGE_PROMOTED && r->overlap_until > now)
        return false;
    (void)snprintf(why, DUE_WHY_MAX, "%srotation on %s stands still at \"%s\"%s%s%s",
                   out ? "the secret is out, and its " : "a ", r->host,
                   rotation_stage_word(r->stage),
                   r->stage == STAGE_PROMOTED ? ": that the old secret is dead was not proved" : "",
                   r->fault[0] ? ": " : "", r->fault);
    return true;
}

static enum sv_status by_rotation(struct due_of *of, struct sv_err *err)
{
    struct rotation_record r;
    char why[DUE_WHY_MAX];

    if (of->p->rotation.len == 0 || !rotation_of_card(&r, of->p))
        return SV_OK;
    if ((r.flags & ROTATED_ALIVE) && r.alive_at > r.dead_at && r.overlap_until <= of->wish->now)
        return due_put(
            of, DUE_ALIVE, DUE_NOW, r.alive_at,
            "the secret before the present one still works at the server: revoke or delete "
            "it there",
            "rotate --resume ", err);
    if (!is_stuck(&r, of->wish->now, why))
        return SV_OK;
    return due_put(of, DUE_ROTATION, DUE_NOW, r.changed, why, "rotate --resume ", err);
}

/* ---- files and grants ---- */

static enum sv_status by_copies(struct due_of *of, struct sv_err *err)
{
    COPIES_OWNED struct copies list = {0};
    const struct copy *first = NULL;
    char why[DUE_WHY_MAX], path[200], host[2 * COPY_HOST_MAX];
    uint8_t here[16];
    size_t old = 0;
    enum sv_status st = of->p->copies.len > 0 ? copies_of(&list, of->p, err) : SV_OK;

    if (st)
        return st;
    for (size_t i = 0; i < list.count; i++) {
        if (!copy_is_old(&list.items[i], of->p))
            continue;
        first = first ? first : &list.items[i];
        old++;
    }
    if (!first)
        return SV_OK;
    bool is_here = copies_here(here, NULL) == SV_OK && memcmp(here, first->machine, 16) == 0;
    (void)snprintf(
        why, sizeof why, "%zu %s another secret or login than the vault: %s%s%s", old,
        old == 1 ? "file holds" : "files hold",
        text_printable(path, sizeof path, first->path, strlen(first->path)), is_here ? "" : " on ",
        is_here ? "" : text_printable(host, sizeof host, first->host, strlen(first->host)));
    return due_put(of, DUE_COPY, DUE_NOW, of->p->updated, why, "export --refresh ", err);
}

static enum sv_status by_grant(struct due_of *of, const struct grant *g, struct sv_err *err)
{
    bool learn = (g->has & GRANT_LEARN) != 0;
    char why[DUE_WHY_MAX];
    enum due_urgency urgency;

    if ((g->has & GRANT_UNTIL) == 0 || !due_judge(of->wish, of->p, g->until, g->until, &urgency))
        return SV_OK;
    if (learn && urgency != DUE_LATE)
        return SV_OK;
    (void)snprintf(why, sizeof why,
                   learn ? "grant %u let everybody through to learn who asks: that time is over"
                         : "grant %u ends: whoever it is for is given nothing then",
                   (unsigned)g->number);
    enum sv_status st = due_put(of, DUE_GRANT, urgency, g->until, why,
                                learn ? "grant learn --accept " : "grant list ", err);
    if (st)
        return st;
    uint8_t *id = of->list->items[of->list->count - 1].id;
    id[ID_NUMBER] ^= (uint8_t)g->number;
    id[ID_NUMBER + 1] ^= (uint8_t)(g->number >> 8);
    return SV_OK;
}

static enum sv_status by_grants(struct due_of *of, struct sv_err *err)
{
    GRANTS_OWNED struct grants list = {0};
    enum sv_status st = SV_OK;

    if (of->p->grants.len == 0)
        return SV_OK;
    st = grants_decode(&list, of->p->grants.bytes, of->p->grants.len, err);
    for (size_t i = 0; i < list.count && st == SV_OK; i++)
        st = by_grant(of, &list.items[i], err);
    return st;
}

/* ---- all of them ---- */

enum sv_status due_of_profile(struct due_list *list, const struct due_wish *wish,
                              const struct policy *policy, struct profile *p, struct sv_err *err)
{
    struct due_of of = {.list = list, .wish = wish, .p = p};
    struct policy_terms t = policy_apply(policy, p);
    enum sv_status st;

    if ((st = by_policy(&of, &t, err)) || (st = by_exposure(&of, err)) ||
        (st = by_provider(&of, &t, err)) || (st = by_outcome(&of, &t, err)) ||
        (st = by_certificate(&of, err)) || (st = due_by_login(&of, err)) ||
        (st = due_by_client(&of, err)) || (st = by_rotation(&of, err)) ||
        (st = by_copies(&of, err)))
        return st;
    return by_grants(&of, err);
}

enum sv_status due_of_token(struct due_list *list, const struct due_wish *wish, const char *label,
                            uint32_t number, int64_t until, struct sv_err *err)
{
    char name[NAME_MAX_SHOWN];
    enum due_urgency urgency;

    if (until == 0 || !due_judge(wish, NULL, until, until, &urgency))
        return SV_OK;
    struct due_item *item = item_new(list, DUE_TOKEN, urgency, until);
    if (!item)
        return sv_fail_nomem(err);
    (void)snprintf(item->token, sizeof item->token, "%s", label);
    le32_put(item->id + ID_NUMBER, number);
    mark_id(item->id, item->clock);
    /* A label is taken as long as its token is there, so the next one has another. */
    (void)snprintf(item->why, sizeof item->why, "%s",
                   urgency == DUE_LATE
                       ? "the token opens nothing any more"
                       : "the token ends: what uses it is given nothing then; make the next one "
                         "under another name (\"smtpvault token add\")");
    (void)snprintf(item->act, sizeof item->act, "smtpvault token %s%s",
                   urgency == DUE_LATE ? "remove " : "list",
                   urgency == DUE_LATE ? grant_quote(name, sizeof name, label) : "");
    return SV_OK;
}

enum sv_status due_of_date(struct due_list *list, const struct due_wish *wish,
                           const struct due_date *date, const struct profile *p, struct sv_err *err)
{
    struct due_wish own = *wish;
    enum due_urgency urgency;

    if (own.lead < 0)
        own.lead = date->lead;
    if (!due_judge(&own, NULL, date->by, date->late, &urgency))
        return SV_OK;
    struct due_item *item = item_new(list, DUE_PERIOD, urgency, date->when);
    if (!item)
        return sv_fail_nomem(err);
    item->p = p;
    memcpy(item->id, date->id, sizeof item->id);
    (void)snprintf(item->why, sizeof item->why, "%s",
                   "its policy lets the date be known; the vault is locked and says no more");
    (void)snprintf(item->act, sizeof item->act, "smtpvault due");
    return SV_OK;
}

static const char *name_of(const struct due_item *item)
{
    return item->p ? item->p->name : item->token;
}

static int by_urgency(const void *a, const void *b)
{
    const struct due_item *x = a, *y = b;

    if (x->urgency != y->urgency)
        return x->urgency > y->urgency ? -1 : 1;
    if (x->when != y->when)
        return x->when < y->when ? -1 : 1;
    int order = strcmp(name_of(x), name_of(y));
    return order != 0 ? order : (x->clock > y->clock) - (x->clock < y->clock);
}

void due_sort(struct due_list *list)
{
    if (list->count > 0)
        qsort(list->items, list->count, sizeof *list->items, by_urgency);
}

size_t due_count(const struct due_list *list, enum due_urgency least)
{
    size_t count = 0;

    for (size_t i = 0; i < list->count; i++)
        count += list->items[i].urgency >= least;
    return count;
}
