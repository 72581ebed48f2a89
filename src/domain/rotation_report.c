/* SPDX-License-Identifier: ISC */
#include "domain/rotation_report.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "domain/rotation.h"

#define DAY INT64_C(86400)

const char *report_time_word(enum report_time time)
{
    static const char *const words[] = {"no date", "on time", "late"};
    return (size_t)time < sizeof words / sizeof words[0] ? words[time] : "";
}

bool report_is_proved(const struct report_change *c)
{
    return c->new_proved && c->old_proved;
}

/* Late is what its days of grace do not excuse. */
static enum report_time judge_time(const struct profile *p, int64_t when, int64_t due)
{
    int64_t end;

    if (due == 0)
        return REPORT_NO_DATE;
    if (__builtin_add_overflow(due, p->terms.grace_days * DAY, &end))
        end = INT64_MAX;
    return when <= end ? REPORT_ON_TIME : REPORT_LATE;
}

/* What is not proved of a rotation, by the first thing that is missing. */
static const char *lacking(unsigned flags, enum rotation_stage stage)
{
    if (flags & ROTATED_ANY_PASSWORD)
        return "unproved: its server takes any password";
    if (flags & ROTATED_UNPROVED)
        return "unproved: no login with the new one was tried";
    if (stage == STAGE_ROLLED_BACK)
        return "unproved: it was taken back";
    if (flags & ROTATED_DEAD_UNTOLD)
        return "unproved: the new one logged in, but no login with the old one was tried";
    if (flags & ROTATED_ALIVE)
        return "unproved: the new one logged in, but so does the old one";
    if (stage != STAGE_FINISHED)
        return "unproved: the new one logged in; that the old one is dead was not tried yet";
    return NULL;
}

static void say_proof(struct report_change *c, unsigned flags, enum rotation_stage stage,
                      const char *proof)
{
    const char *lack = lacking(flags, stage);

    c->new_proved = (flags & (ROTATED_UNPROVED | ROTATED_ANY_PASSWORD)) == 0;
    c->old_proved = lack == NULL;
    c->back = stage == STAGE_ROLLED_BACK;
    if (lack)
        (void)snprintf(c->proof, sizeof c->proof, "%s", lack);
    else
        (void)snprintf(c->proof, sizeof c->proof,
                       "the new one logged in; the old one was refused (%s)", proof);
}

static struct report_change *change_new(struct report *r, const struct profile *p, int64_t when,
                                        int64_t due)
{
    struct report_change *c = &r->changes[r->count++];

    *c = (struct report_change){.when = when, .due = due, .time = judge_time(p, when, due)};
    return c;
}

static void add_present(struct report *r, const struct profile *p, const struct rotation_record *of)
{
    struct report_change *c = change_new(r, p, of->promoted_at, of->due);

    c->method = rotation_method_word(of->method);
    memcpy(c->who, of->who, sizeof c->who);
    memcpy(c->host, of->host, sizeof c->host);
    say_proof(c, of->flags, of->stage, of->proof);
    if (!(of->flags & ROTATED_UNPROVED) || c->back || p->last_worked < c->when)
        return;
    c->new_proved = true;
    (void)snprintf(c->proof, sizeof c->proof,
                   "unproved: a login with the new one worked since, but none with the old one was "
                   "tried");
}

static void add_past(struct report *r, const struct profile *p, const struct rotation_past *of)
{
    struct report_change *c = change_new(r, p, of->promoted, of->due);

    c->method = rotation_method_word(of->method);
    memcpy(c->who, of->who, sizeof c->who);
    memcpy(c->host, of->host, sizeof c->host);
    say_proof(c, of->flags, of->stage, of->proof);
}

struct report_change *report_present(struct report *r)
{
    for (size_t i = 0; i < r->count; i++)
        if (!r->changes[i].back && r->changes[i].when == r->secret_since)
            return &r->changes[i];
    return NULL;
}

/* How the present secret came, where it was by no rotation. */
static const char *origin(const struct profile *p)
{
    if (p->rotated == 0 || p->rotated == p->created)
        return "the first one";
    return p->rotated < p->created ? "so old by the word of where it was imported from"
                                   : "changed by another command than rotate";
}

/* What is known of it is whether it ever worked. */
static void add_other(struct report *r, const struct profile *p)
{
    struct report_change *c = change_new(r, p, r->secret_since, 0);

    c->method = "other";
    c->new_proved = p->last_worked >= c->when;
    c->old_proved = p->rotated == 0 || p->rotated == p->created; /* there is none */
    (void)snprintf(
        c->proof, sizeof c->proof, "%s%s%s", report_is_proved(c) ? "" : "unproved: ", origin(p),
        c->new_proved ? ", and a login with it worked" : ", and no login was seen to work");
}

/* ---- what was not changed ---- */

static void say(char dst[REPORT_WHY_MAX], const char *fmt, ...) SV_PRINTF(2, 3);
static void say(char dst[REPORT_WHY_MAX], const char *fmt, ...)
{
    size_t at = strlen(dst);
    va_list list;

    va_start(list, fmt);
    (void)vsnprintf(dst + at, REPORT_WHY_MAX - at, fmt, list);
    va_end(list);
}

/* "2026-11-23", as spreadsheets and programs have it too. */
static const char *day(char dst[TEXT_TIME_MAX], int64_t when)
{
    text_time_utc(dst, when);
    dst[strcspn(dst, "T")] = '\0';
    return dst;
}

static void say_date(struct report *out, const struct profile *p, int64_t now)
{
    char when[TEXT_TIME_MAX];

    if (p->authorized || p->kind == KIND_OAUTH2)
        say(out->why, "it logs in by OAuth2, whose tokens change by themselves");
    else if (p->exposed)
        say(out->why, "overdue: somebody who left could read it since %s", day(when, p->exposed));
    else if (out->due == 0)
        say(out->why, "no policy wants it");
    else if (out->due > now)
        say(out->why, "not due before %s", day(when, out->due));
    else
        say(out->why, "%s since %s", out->overdue ? "overdue" : "due", day(when, out->due));
}

static void say_why(struct report *out, const struct profile *p, const struct rotation_record *r,
                    int64_t now)
{
    char when[TEXT_TIME_MAX];

    say_date(out, p, now);
    if (r->stage == STAGE_ROLLED_BACK && r->promoted_at)
        say(out->why, "; the change of %s was taken back", day(when, r->promoted_at));
    if (!rotation_is_open(r))
        return;
    say(out->why, "; a change begun on %s stands at \"%s\"", day(when, r->begun),
        rotation_stage_word(r->stage));
    if (r->fault[0])
        say(out->why, ": %s", r->fault);
}

void report_of(struct report *out, const struct profile *p, int64_t since, int64_t now)
{
    struct rotation_record r = {.stage = STAGE_NONE};

    *out = (struct report){.secret_since = p->rotated ? p->rotated : p->created,
                           .due = rotation_due(p),
                           .overdue = rotation_now(p, now) == ROTATION_OVERDUE};
    out->changed = out->secret_since >= since;
    out->age_days = now > out->secret_since ? (now - out->secret_since) / DAY : 0;
    if (rotation_of_card(&r, p)) {
        if (r.promoted_at && r.promoted_at >= since)
            add_present(out, p, &r);
        for (size_t i = 0; i < r.past_count; i++)
            if (r.past[i].promoted && r.past[i].promoted >= since)
                add_past(out, p, &r.past[i]);
    }
    if (out->changed && !report_present(out))
        add_other(out, p);
    out->is_new = out->changed && p->created >= since && out->secret_since == p->created;
    if (!out->changed)
        say_why(out, p, &r, now);
}
