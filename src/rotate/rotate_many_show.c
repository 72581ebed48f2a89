/* SPDX-License-Identifier: ISC */
/* What rotations of several profiles will do, and what they did. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/sink.h"
#include "base/text.h"
#include "cli/names.h"
#include "cli/print.h"
#include "format/json.h"
#include "rotate/rotate_many.h"

static const char *outcome_word(enum many_outcome outcome)
{
    static const char *const words[] = {"planned", "rotated",   "left",
                                        "refused", "not-begun", "by-hand"};
    return words[outcome];
}

size_t many_count(const struct many *m, enum many_outcome outcome)
{
    size_t count = 0;
    for (size_t i = 0; i < m->count; i++)
        count += m->items[i].outcome == outcome;
    return count;
}

/* ---- before ---- */

static void add_way(struct grid *g, const struct many *m, const struct many_item *it)
{
    if (it->outcome == MANY_NOT_BEGUN || it->outcome == MANY_LEFT)
        grid_addf(g, "left out: %s", it->why);
    else if (it->outcome == MANY_BY_HAND)
        grid_add(g, m->waiting > 0 ? "by hand, behind the others" : "by hand");
    else if (it->method == METHOD_HOOK)
        grid_addf(g, "%s%s", it->open ? "goes on, by " : "by ", it->hook);
    else if (it->method == METHOD_GENERATED && !it->open)
        grid_add(g, "made here, to be set at the server");
    else
        grid_addf(g, "goes on: %s, %s", rotation_stage_word(it->stage),
                  rotation_method_word(it->method));
}

enum sv_status many_show_plan(const struct many *m, struct sv_err *err)
{
    static const char *const heads[] = {"NAME", "SERVER", "HOW"};
    GRID_OWNED struct grid g = {0};
    SINK_OWNED struct sink *sink = NULL;
    char server[PROFILE_SERVER_MAX];
    if (m->cli->quiet || (m->cli->json && !print_is_terminal(STDERR_FILENO)))
        return SV_OK;
    if ((sink = sink_new(false)) == NULL)
        return sv_fail_nomem(err);
    for (size_t i = 0; i < m->count; i++) {
        grid_add(&g, m->items[i].p->name);
        grid_add(&g, profile_server(server, m->items[i].p));
        add_way(&g, m, &m->items[i]);
    }
    enum sv_status s = grid_print(&g, sink, m->cli, heads, sizeof heads / sizeof heads[0], err);
    return s == SV_OK ? sink_release(sink, STDERR_FILENO, "standard error", err) : s;
}

/* ---- after ---- */

/* A command that goes on with it, or ends it; "" where nothing is left to do. */
#define NEXT_MAX (NAME_TYPED_MAX + 64)
static const char *next_of(char dst[NEXT_MAX], const struct many_item *it)
{
    const char *words = "";
    switch (it->outcome) {
    case MANY_WAITS:
        words = it->stage == STAGE_NONE ? "smtpvault rotate" : "smtpvault rotate --resume";
        break;
    case MANY_LEFT:
    case MANY_REFUSED:
        words = it->overtaken ? "smtpvault rotate --rollback" : "smtpvault rotate --resume";
        break;
    case MANY_BY_HAND:
        words = it->open ? "smtpvault rotate --resume" : "smtpvault rotate";
        break;
    default:
        dst[0] = '\0';
        return dst;
    }
    snprintf(dst, NEXT_MAX, "%s %s", words, NAME_TYPED(it->p->name));
    return dst;
}

/* Nothing was begun, or there is no record but that of an older one. */
static const char *stage_of(const struct many_item *it)
{
    bool none = it->stage == STAGE_NONE || (it->outcome == MANY_BY_HAND && !it->open);
    return none ? "-" : rotation_stage_word(it->stage);
}

static void show_counts(const struct many *m)
{
    print_note(
        m->cli,
        "%zu of %zu rotated; %zu left in the middle, %zu refused, %zu by hand, %zu not begun",
        many_count(m, MANY_ROTATED), m->count, many_count(m, MANY_LEFT),
        many_count(m, MANY_REFUSED), many_count(m, MANY_BY_HAND),
        many_count(m, MANY_NOT_BEGUN) + many_count(m, MANY_WAITS));
    if (many_count(m, MANY_LEFT) + many_count(m, MANY_REFUSED) + many_count(m, MANY_WAITS) > 0)
        print_note(m->cli, "\"smtpvault rotate --resume\" goes on with all that were begun");
}

static void add_row(struct grid *g, const struct many_item *it)
{
    char next[NEXT_MAX];
    grid_add(g, it->p->name);
    grid_add(g, outcome_word(it->outcome));
    grid_add(g, stage_of(it));
    grid_add(g, it->why);
    grid_add(g, next_of(next, it));
}

/* On a terminal, where a table would cut what is there to be copied. */
static void put_paragraph(struct cli *cli, const struct many_item *it)
{
    char head[NAME_SHOWN_MAX + 64], next[NEXT_MAX];
    const char *stage = stage_of(it);
    bool known = it->outcome == MANY_ROTATED || strcmp(stage, "-") == 0;
    snprintf(head, sizeof head, "%s  %s%s%s", NAME_SHOWN(it->p->name), outcome_word(it->outcome),
             known ? "" : ", stands at ", known ? "" : stage);
    print_bold(cli->out, cli, head);
    sink_puts(cli->out, "\n");
    if (it->why[0] != '\0') {
        sink_puts(cli->out, "  ");
        print_paragraph(cli->out, 2, it->why);
    }
    if (next_of(next, it)[0] != '\0')
        sink_printf(cli->out, "  %s\n", next);
}

static enum sv_status show_people(const struct many *m, struct sv_err *err)
{
    static const char *const heads[] = {"NAME", "RESULT", "STANDS AT", "WHY", "NEXT"};
    GRID_OWNED struct grid g = {0};
    bool terminal = print_is_terminal(STDOUT_FILENO);
    /* The worst last: that is what a terminal shows. */
    static const enum many_outcome order[] = {MANY_ROTATED, MANY_WAITS, MANY_NOT_BEGUN,
                                              MANY_BY_HAND, MANY_LEFT,  MANY_REFUSED};
    for (size_t k = 0; k < sizeof order / sizeof order[0]; k++) {
        for (size_t i = 0; i < m->count; i++) {
            const struct many_item *it = &m->items[i];
            if (it->outcome == order[k] && terminal)
                put_paragraph(m->cli, it);
            else if (it->outcome == order[k])
                add_row(&g, it);
        }
    }
    show_counts(m);
    return g.count > 0
               ? grid_print(&g, m->cli->out, m->cli, heads, sizeof heads / sizeof heads[0], err)
               : SV_OK;
}

static void put_item(struct json *j, const struct many_item *it)
{
    char next[NEXT_MAX];
    json_object(j);
    json_text(j, "profile", it->p->name);
    json_text(j, "result", outcome_word(it->outcome));
    json_text(j, "stage", rotation_stage_word(it->stage));
    json_text(j, "method", rotation_method_word(it->method));
    json_text(j, "hook", it->hook);
    json_text(j, "why", it->why);
    json_text(j, "next", next_of(next, it));
    json_object_end(j);
}

static enum sv_status show_json(const struct many *m, struct sv_err *err)
{
    struct json j;
    json_begin(&j, m->cli->out);
    json_object(&j);
    json_key(&j, "schema");
    json_int(&j, 1);
    for (enum many_outcome o = MANY_WAITS; o <= MANY_BY_HAND; o++) {
        json_key(&j, outcome_word(o));
        json_int(&j, (int64_t)many_count(m, o));
    }
    json_key(&j, "profiles");
    json_array(&j);
    for (size_t i = 0; i < m->count; i++)
        put_item(&j, &m->items[i]);
    json_array_end(&j);
    json_object_end(&j);
    sink_puts(m->cli->out, "\n");
    return json_end(&j, err);
}

enum sv_status many_show(const struct many *m, struct sv_err *err)
{
    return m->cli->json ? show_json(m, err) : show_people(m, err);
}
