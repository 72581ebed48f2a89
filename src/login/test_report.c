/* SPDX-License-Identifier: ISC */
#include "login/test_report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/names.h"
#include "cli/print.h"
#include "format/json.h"

#define SAID_MAX 512

struct span {
    const char *word;
    int32_t ms;
};

#define SPANS 7
static void spans_of(const struct smtp_result *r, struct span out[SPANS])
{
    const struct span all[SPANS] = {{"resolve", r->ms_resolve}, {"connect", r->ms_connect},
                                    {"tls", r->ms_tls},         {"greeting", r->ms_greeting},
                                    {"auth", r->ms_auth},       {"sender", r->ms_sender},
                                    {"send", r->ms_send}};
    memcpy(out, all, sizeof all);
}

/* How far it came: the phases that were reached, then the one that failed. */
static void put_phases(struct sink *out, const struct smtp_result *r)
{
    struct span spans[SPANS];
    const char *before = "  phases: ";
    spans_of(r, spans);
    for (size_t i = 0; i < SPANS; i++) {
        if (spans[i].ms < 0 || strcmp(spans[i].word, smtp_phase_word(r->phase)) == 0)
            continue;
        sink_printf(out, "%s%s %" PRId32 " ms", before, spans[i].word, spans[i].ms);
        before = ", ";
    }
    if (r->phase != PHASE_DONE)
        sink_printf(out, "%s%s %s", before, smtp_phase_word(r->phase),
                    r->verdict == SMTP_DOWNGRADED ? "stopped" : "failed");
    sink_puts(out, "\n");
}

static void put_certificate(struct sink *out, const struct smtp_offer *o)
{
    char text[sizeof o->names + sizeof o->issuer + 64];
    int n = snprintf(text, sizeof text, "%s%s%s", o->names,
                     o->issuer[0] != '\0' ? ", issued by " : "", o->issuer);
    if (o->names[0] == '\0' && o->issuer[0] == '\0')
        return;
    if (o->days_left != INT32_MIN)
        snprintf(text + n, sizeof text - (size_t)n, ", %" PRId32 " day%s left", o->days_left,
                 o->days_left == 1 ? "" : "s");
    test_report_part(out, "certificate", text);
}

/* What the server showed of itself, as far as it was seen. */
static void put_offer(struct sink *out, const struct smtp_result *r)
{
    const struct smtp_offer *o = &r->offer;
    char tls[sizeof o->tls_version + sizeof o->tls_cipher + 4];
    snprintf(tls, sizeof tls, "%s%s%s", o->tls_version, o->tls_cipher[0] != '\0' ? ", " : "",
             o->tls_cipher);
    test_report_part(out, "encryption", tls);
    put_certificate(out, o);
    test_report_part(out, "offers", o->capabilities);
    test_report_part(out, "mechanism", r->mechanism);
    if (r->verdict != SMTP_OK)
        return;
    test_report_part(out, "sender", r->ms_sender >= 0 ? "the server takes mail from it" : "");
    test_report_part(out, "message", r->ms_send >= 0 ? "the server took it" : "");
}

void test_report_part(struct sink *out, const char *label, const char *text)
{
    if (text[0] == '\0')
        return;
    sink_printf(out, "  %s: ", label);
    print_paragraph(out, strlen(label) + 4, text);
}

void test_report_verdict(struct sink *out, const struct profile *p, const struct smtp_result *r)
{
    sink_printf(out, "%s: %s: ", NAME_SHOWN(p->name), smtp_verdict_word(r->verdict));
    if (r->verdict == SMTP_OK)
        sink_printf(out, "%s logged in at %s:%u (%s%s%s) in %" PRId32 " ms\n",
                    p->username != NULL ? p->username : "the token", p->host, (unsigned)p->port,
                    profile_tls_title(p->tls), r->offer.tls_version[0] != '\0' ? ", " : "",
                    r->offer.tls_version, r->ms_total);
    else
        sink_printf(out, "%s:%u (%s)\n", p->host, (unsigned)p->port, profile_tls_title(p->tls));
}

void test_report_people(struct sink *out, const struct profile *p, const struct smtp_result *r)
{
    char said[SAID_MAX];
    test_report_verdict(out, p, r);
    put_phases(out, r);
    put_offer(out, r);
    if (r->verdict == SMTP_OK)
        return;
    /* That it agreed to what it was asked last tells nothing. */
    if (r->code >= 400 || (r->code != 0 && r->text[0] != '\0')) {
        char answer[sizeof r->text + sizeof r->enhanced + 16];
        bool said_it = r->enhanced[0] == '\0' || text_starts_with(r->text, r->enhanced);
        snprintf(answer, sizeof answer, "%u %s%s%s", (unsigned)r->code, said_it ? "" : r->enhanced,
                 said_it ? "" : " ", r->text);
        test_report_part(out, "server", answer);
    } else
        test_report_part(out, "detail", r->text);
    test_report_part(out, "cause", smtp_say(said, sizeof said, r->cause, p->name));
    test_report_part(out, "advice", smtp_say(said, sizeof said, r->advice, p->name));
    /* Advice is for the reader; where another has to act, it says who. */
    if (r->who != SMTP_BY_YOU)
        test_report_part(out, "who", smtp_actor_title(r->who));
}

const char *const test_report_heads[TEST_REPORT_COLUMNS] = {"NAME", "VERDICT", "SERVER", "PHASE",
                                                            "MS"};

void test_report_row(struct grid *table, const struct profile *p, const struct smtp_result *r)
{
    grid_add(table, p->name);
    grid_add(table, smtp_verdict_word(r->verdict));
    grid_addf(table, "%s:%u", p->host, (unsigned)p->port);
    grid_add(table, smtp_phase_word(r->phase));
    grid_addf(table, "%" PRId32, r->ms_total);
}

static void json_span(struct json *j, const char *key, int32_t ms)
{
    json_key(j, key);
    if (ms >= 0)
        json_int(j, ms);
    else
        json_null(j);
}

/* The words of a list, of which each ends before `gap`. */
static void json_words(struct json *j, const char *key, const char *words, const char *gap)
{
    char word[512];
    json_key(j, key);
    json_array(j);
    while (*words != '\0') {
        const char *end = strstr(words, gap);
        size_t len = end != NULL ? (size_t)(end - words) : strlen(words);
        snprintf(word, sizeof word, "%.*s", (int)len, words);
        json_string(j, word);
        words += len + (end != NULL ? strlen(gap) : 0);
    }
    json_array_end(j);
}

static void json_tls(struct json *j, const struct smtp_result *r)
{
    json_key(j, "tls");
    if (r->offer.tls_version[0] == '\0' && r->offer.issuer[0] == '\0') {
        json_null(j);
        return;
    }
    json_object(j);
    json_text(j, "version", r->offer.tls_version);
    json_text(j, "cipher", r->offer.tls_cipher);
    json_text(j, "issuer", r->offer.issuer);
    json_words(j, "names", r->offer.names, " ");
    json_key(j, "days_left");
    if (r->offer.days_left != INT32_MIN)
        json_int(j, r->offer.days_left);
    else
        json_null(j);
    json_object_end(j);
}

static void json_times(struct json *j, const struct smtp_result *r)
{
    struct span spans[SPANS];
    spans_of(r, spans);
    json_key(j, "ms");
    json_object(j);
    for (size_t i = 0; i < SPANS; i++)
        json_span(j, spans[i].word, spans[i].ms);
    json_span(j, "total", r->ms_total);
    json_object_end(j);
}

enum sv_status test_report_json(struct sink *out, const struct profile *p,
                                const struct smtp_result *r, struct sv_err *err)
{
    struct json j;
    char said[SAID_MAX];
    json_begin(&j, out);
    json_object(&j);
    json_key(&j, "schema");
    json_int(&j, 1);
    json_text(&j, "profile", p->name);
    json_key(&j, "ok");
    json_bool(&j, r->verdict == SMTP_OK);
    json_text(&j, "verdict", smtp_verdict_word(r->verdict));
    json_text(&j, "who", r->verdict == SMTP_OK ? "" : smtp_actor_word(r->who));
    json_text(&j, "phase", smtp_phase_word(r->phase));
    json_key(&j, "code");
    if (r->code != 0)
        json_int(&j, r->code);
    else
        json_null(&j);
    json_text(&j, "enhanced", r->enhanced);
    json_text(&j, "text", r->text);
    json_text(&j, "cause", smtp_say(said, sizeof said, r->cause, p->name));
    json_text(&j, "advice", smtp_say(said, sizeof said, r->advice, p->name));
    json_text(&j, "mechanism", r->mechanism);
    json_tls(&j, r);
    json_words(&j, "mechanisms", r->offer.mechanisms, " ");
    json_words(&j, "capabilities", r->offer.capabilities, "; ");
    json_times(&j, r);
    json_object_end(&j);
    sink_puts(out, "\n");
    return json_end(&j, err);
}
