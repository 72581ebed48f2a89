/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/names.h"
#include "cli/print.h"
#include "cli/session.h"
#include "format/csv_write.h"
#include "format/json.h"
#include "rotate/rotate_report.h"

static const char *day(char dst[TEXT_TIME_MAX], int64_t when)
{
    if (when == 0)
        return "";
    text_time_local(dst, when);
    dst[strcspn(dst, " ")] = '\0';
    return dst;
}

/* ---- people ---- */

static const char *time_word(const struct report_row *row, const struct report_change *c)
{
    bool first = row->r.is_new && c->when == row->r.secret_since;
    return first ? "new" : report_time_word(c->time);
}

/* "generated: the new one logged in; ..." */
static void say_proof(char *dst, size_t capacity, const struct report_change *c)
{
    bool other = strcmp(c->method, "other") == 0;
    (void)snprintf(dst, capacity, "%s%s%s", other ? "" : c->method, other ? "" : ": ", c->proof);
}

static void put_line(struct grid *g, const struct report_row *row, const struct report_change *c)
{
    char when[TEXT_TIME_MAX], due[TEXT_TIME_MAX], proof[sizeof c->proof + 32];
    grid_add(g, row->p->name);
    grid_add(g, day(when, c != NULL ? c->when : row->r.secret_since));
    grid_addf(g, "%" PRId64 " days", row->r.age_days);
    grid_add(g, row->policy);
    grid_addf(g, "%s%s", row->r.due != 0 ? day(due, row->r.due) : "never",
              row->r.overdue ? ", overdue" : "");
    grid_add(g, c != NULL ? time_word(row, c) : "not changed");
    if (c != NULL && c->who[0] != '\0')
        grid_addf(g, "%s on %s", c->who, c->host);
    else
        grid_add(g, NULL);
    if (c != NULL)
        say_proof(proof, sizeof proof, c);
    grid_add(g, c != NULL ? proof : row->r.why);
}

/* On a terminal a secret is a paragraph: evidence that is cut proves nothing. */
static void put_head(struct cli *cli, const struct report_row *row)
{
    char head[NAME_SHOWN_MAX + 160], since[TEXT_TIME_MAX], due[TEXT_TIME_MAX];
    (void)snprintf(
        head, sizeof head, "%s  %s %s (%" PRId64 " days old)%s", NAME_SHOWN(row->p->name),
        row->r.is_new    ? "new,"
        : row->r.changed ? "changed"
                         : "NOT changed since",
        day(since, row->r.secret_since), row->r.age_days, row->r.overdue ? ", overdue" : "");
    print_bold(cli->out, cli, head);
    sink_printf(cli->out, "\n  policy: %s", row->policy);
    if (row->r.due != 0)
        sink_printf(cli->out, ", due %s", day(due, row->r.due));
    sink_puts(cli->out, "\n");
}

static void put_change(struct cli *cli, const struct report_row *row, const struct report_change *c)
{
    char when[TEXT_TIME_MAX], due[TEXT_TIME_MAX], was[TEXT_TIME_MAX + 24] = "";
    char proof[sizeof c->proof + 32], text[sizeof proof + sizeof c->who + sizeof c->host + 160];
    if (c->due != 0)
        (void)snprintf(was, sizeof was, " (it was due %s)", day(due, c->due));
    say_proof(proof, sizeof proof, c);
    (void)snprintf(text, sizeof text, "%s, %s%s%s%s%s%s; %s", day(when, c->when), time_word(row, c),
                   was, c->who[0] != '\0' ? ", by " : "", c->who, c->who[0] != '\0' ? " on " : "",
                   c->who[0] != '\0' ? c->host : "", proof);
    sink_puts(cli->out, "  ");
    print_paragraph(cli->out, 2, text);
}

static void put_paragraphs(struct cli *cli, const struct report_all *all)
{
    for (size_t i = 0; i < all->count; i++) {
        const struct report_row *row = &all->rows[i];
        put_head(cli, row);
        for (size_t n = 0; n < row->r.count; n++)
            put_change(cli, row, &row->r.changes[n]);
        if (!row->r.changed) {
            sink_puts(cli->out, "  ");
            print_paragraph(cli->out, 2, row->r.why);
        }
    }
}

static enum sv_status put_grid(struct cli *cli, const struct report_all *all, struct sv_err *err)
{
    static const char *const heads[] = {"NAME",     "SINCE", "AGE", "POLICY",
                                        "NEXT DUE", "TIME",  "BY",  "PROOF, OR WHY NOT"};
    GRID_OWNED struct grid g = {0};
    for (size_t i = 0; i < all->count; i++) {
        const struct report_row *row = &all->rows[i];
        for (size_t n = 0; n < row->r.count; n++)
            put_line(&g, row, &row->r.changes[n]);
        if (!row->r.changed)
            put_line(&g, row, NULL);
    }
    return g.count > 0 ? grid_print(&g, cli->out, cli, heads, sizeof heads / sizeof heads[0], err)
                       : SV_OK;
}

/* The answer to the question that it is made for. */
static void put_verdict(struct sink *out, const struct report_all *all)
{
    const struct report_totals *t = &all->totals;
    char since[TEXT_TIME_MAX], text[200] = "";
    day(since, all->since);
    if (t->unchanged > 0)
        (void)snprintf(text, sizeof text, "Not everything was changed since %s: %zu %s older.",
                       since, t->unchanged, t->unchanged == 1 ? "secret is" : "secrets are");
    else if (t->unproved > 0)
        (void)snprintf(text, sizeof text,
                       "Every secret was changed since %s, but %zu of them %s unproved.", since,
                       t->unproved, t->unproved == 1 ? "is" : "are");
    else if (t->profiles > 0)
        (void)snprintf(text, sizeof text,
                       "Every secret was changed since %s, and each is proved by logins.", since);
    if (text[0] != '\0')
        print_paragraph(out, 0, text);
}

static void put_totals(struct cli *cli, const struct report_all *all)
{
    const struct report_totals *t = &all->totals;
    char when[TEXT_TIME_MAX], path[300], text[600];
    (void)snprintf(text, sizeof text,
                   "Since %s: %zu of %zu secrets changed (%zu on time, %zu late, %zu without a "
                   "date, %zu new), %zu not.",
                   day(when, all->since), t->changed, t->profiles, t->on_time, t->late,
                   t->changed - t->on_time - t->late - t->fresh, t->fresh, t->unchanged);
    sink_puts(cli->out, "\n");
    print_paragraph(cli->out, 0, text);
    sink_printf(cli->out, "Proved by logins: %zu, unproved: %zu. Overdue now: %zu.\n", t->proved,
                t->unproved, t->overdue);
    put_verdict(cli->out, all);
    (void)snprintf(text, sizeof text, "Of %s on %s, %s. \"smtpvault audit verify\" checks the log.",
                   session_show_path(path, sizeof path, all->vault), all->host,
                   text_time_local(when, all->now));
    print_paragraph(cli->out, 0, text);
}

enum sv_status rotate_report_people(struct cli *cli, const struct report_all *all,
                                    struct sv_err *err)
{
    enum sv_status s = SV_OK;
    if (!all->log_read)
        print_note(cli, "this session may not read the log: who changed a secret without rotate is "
                        "not told");
    if (print_is_terminal(STDOUT_FILENO))
        put_paragraphs(cli, all);
    else
        s = put_grid(cli, all, err);
    if (s == SV_OK)
        put_totals(cli, all);
    return s;
}

/* ---- programs ---- */

static void put_time(struct json *j, const char *key, int64_t when)
{
    json_key(j, key);
    json_time(j, when);
}

static void put_count(struct json *j, const char *key, size_t n)
{
    json_key(j, key);
    json_int(j, (int64_t)n);
}

static void put_bool(struct json *j, const char *key, bool value)
{
    json_key(j, key);
    json_bool(j, value);
}

static void put_change_json(struct json *j, const struct report_change *c)
{
    json_object(j);
    put_time(j, "when", c->when);
    put_time(j, "due", c->due);
    json_key(j, "on_time");
    if (c->time == REPORT_NO_DATE)
        json_null(j);
    else
        json_bool(j, c->time == REPORT_ON_TIME);
    json_text(j, "method", c->method);
    put_bool(j, "taken_back", c->back);
    put_bool(j, "new_verified", c->new_proved);
    put_bool(j, "old_dead", c->old_proved);
    put_bool(j, "proved", report_is_proved(c));
    json_text(j, "proof", c->proof);
    json_text(j, "who", c->who);
    json_text(j, "host", c->host);
    json_object_end(j);
}

static void put_profile(struct json *j, const struct report_row *row)
{
    json_object(j);
    json_text(j, "profile", row->p->name);
    json_text(j, "kind", profile_kind_word(row->p->kind));
    put_time(j, "secret_since", row->r.secret_since);
    json_key(j, "age_days");
    json_int(j, row->r.age_days);
    json_text(j, "policy", row->policy);
    put_time(j, "due", row->r.due);
    put_bool(j, "overdue", row->r.overdue);
    put_bool(j, "changed", row->r.changed);
    put_bool(j, "new", row->r.is_new);
    json_text(j, "why_not", row->r.changed ? NULL : row->r.why);
    json_key(j, "changes");
    json_array(j);
    for (size_t i = 0; i < row->r.count; i++)
        put_change_json(j, &row->r.changes[i]);
    json_array_end(j);
    json_object_end(j);
}

enum sv_status rotate_report_json(struct cli *cli, const struct report_all *all, struct sv_err *err)
{
    const struct report_totals *t = &all->totals;
    struct json j;
    json_begin(&j, cli->out);
    json_object(&j);
    json_key(&j, "schema");
    json_int(&j, 1);
    put_time(&j, "since", all->since);
    put_time(&j, "until", all->now);
    json_text(&j, "host", all->host);
    json_text(&j, "vault", all->vault);
    put_bool(&j, "log_read", all->log_read);
    json_key(&j, "profiles");
    json_array(&j);
    for (size_t i = 0; i < all->count; i++)
        put_profile(&j, &all->rows[i]);
    json_array_end(&j);
    json_key(&j, "totals");
    json_object(&j);
    put_count(&j, "profiles", t->profiles);
    put_count(&j, "changed", t->changed);
    put_count(&j, "new", t->fresh);
    put_count(&j, "unchanged", t->unchanged);
    put_count(&j, "on_time", t->on_time);
    put_count(&j, "late", t->late);
    put_count(&j, "overdue", t->overdue);
    put_count(&j, "proved", t->proved);
    put_count(&j, "unproved", t->unproved);
    put_bool(&j, "all_changed", t->unchanged == 0);
    put_bool(&j, "all_proved", t->unchanged == 0 && t->unproved == 0);
    json_object_end(&j);
    json_object_end(&j);
    sink_puts(cli->out, "\n");
    return json_end(&j, err);
}

/* ---- spreadsheets ---- */

static const char *utc(char dst[TEXT_TIME_MAX], int64_t when)
{
    return when != 0 ? text_time_utc(dst, when) : "";
}

static void put_csv(struct sink *out, const struct report_row *row, const struct report_change *c)
{
    char since[TEXT_TIME_MAX], next[TEXT_TIME_MAX], when[TEXT_TIME_MAX], due[TEXT_TIME_MAX],
        age[24];
    (void)snprintf(age, sizeof age, "%" PRId64, row->r.age_days);
    const char *const cells[] = {
        row->p->name,
        profile_kind_word(row->p->kind),
        utc(since, row->r.secret_since),
        age,
        row->policy,
        utc(next, row->r.due),
        row->r.overdue ? "yes" : "no",
        row->r.changed ? "yes" : "no",
        c != NULL ? utc(when, c->when) : "",
        c != NULL ? utc(due, c->due) : "",
        c != NULL ? report_time_word(c->time) : "",
        c != NULL ? c->method : "",
        c != NULL ? c->who : "",
        c != NULL ? c->host : "",
        c == NULL             ? ""
        : report_is_proved(c) ? "yes"
                              : "no",
        c != NULL ? c->proof : "",
        row->r.is_new ? "yes" : "no",
        c == NULL ? row->r.why : "",
    };
    csv_put_row(out, cells, sizeof cells / sizeof cells[0]);
}

void rotate_report_csv(struct cli *cli, const struct report_all *all)
{
    static const char *const heads[] = {
        "profile", "kind",       "secret_since", "age_days", "policy", "next_due",
        "overdue", "changed",    "change",       "was_due",  "time",   "method",
        "by",      "on_machine", "proved",       "proof",    "new",    "why_not"};
    csv_put_row(cli->out, heads, sizeof heads / sizeof heads[0]);
    for (size_t i = 0; i < all->count; i++) {
        const struct report_row *row = &all->rows[i];
        for (size_t n = 0; n < row->r.count; n++)
            put_csv(cli->out, row, &row->r.changes[n]);
        if (!row->r.changed)
            put_csv(cli->out, row, NULL);
    }
}
