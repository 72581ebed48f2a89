/* SPDX-License-Identifier: ISC */
#include "cli/test_report.h"

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

#define SPANS 5
static void spans_of(const struct smtp_result *r, struct span out[SPANS])
{
    const struct span all[SPANS] = {{"resolve", r->ms_resolve},
                                    {"connect", r->ms_connect},
                                    {"tls", r->ms_tls},
                                    {"greeting", r->ms_greeting},
                                    {"auth", r->ms_auth}};
    memcpy(out, all, sizeof all);
}

/* How far it came: the phases that were reached, then the one that failed. */
static void put_phases(struct sink *out, const struct smtp_result *r)
{
    struct span spans[SPANS];
    spans_of(r, spans);
    sink_puts(out, "  phases: ");
    for (size_t i = 0; i < SPANS; i++) {
        if (spans[i].ms >= 0 && strcmp(spans[i].word, smtp_phase_word(r->phase)) != 0)
            sink_printf(out, "%s %" PRId32 " ms, ", spans[i].word, spans[i].ms);
    }
    sink_printf(out, "%s failed\n", smtp_phase_word(r->phase));
}

void test_report_part(struct sink *out, const char *label, const char *text)
{
    if (text[0] == '\0')
        return;
    sink_printf(out, "  %s: ", label);
    print_paragraph(out, strlen(label) + 4, text);
}

void test_report_people(struct sink *out, const struct profile *p, const struct smtp_result *r)
{
    char said[SAID_MAX];
    sink_printf(out, "%s: %s: ", NAME_SHOWN(p->name), smtp_verdict_word(r->verdict));
    if (r->verdict == SMTP_OK) {
        sink_printf(out, "%s logged in at %s:%u (%s%s%s) in %" PRId32 " ms\n",
                    p->username != NULL ? p->username : "the token", p->host, (unsigned)p->port,
                    profile_tls_title(p->tls), r->offer.tls_version[0] != '\0' ? ", " : "",
                    r->offer.tls_version, r->ms_total);
        return;
    }
    sink_printf(out, "%s:%u (%s)\n", p->host, (unsigned)p->port, profile_tls_title(p->tls));
    put_phases(out, r);
    if (r->code != 0) {
        char answer[sizeof r->text + sizeof r->enhanced + 16];
        bool said_it = r->enhanced[0] == '\0' || text_starts_with(r->text, r->enhanced);
        snprintf(answer, sizeof answer, "%u %s%s%s", (unsigned)r->code, said_it ? "" : r->enhanced,
                 said_it ? "" : " ", r->text);
        test_report_part(out, "server", answer);
    } else
        test_report_part(out, "detail", r->text);
    test_report_part(out, "cause", smtp_say(said, sizeof said, r->cause, p->name));
    test_report_part(out, "advice", smtp_say(said, sizeof said, r->advice, p->name));
}

static void json_text(struct json *j, const char *key, const char *text)
{
    json_key(j, key);
    json_string(j, text[0] != '\0' ? text : NULL);
}

static void json_span(struct json *j, const char *key, int32_t ms)
{
    json_key(j, key);
    if (ms >= 0)
        json_int(j, ms);
    else
        json_null(j);
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
    json_text(j, "issuer", r->offer.issuer);
    json_key(j, "days_left");
    if (r->offer.days_left != INT32_MIN)
        json_int(j, r->offer.days_left);
    else
        json_null(j);
    json_object_end(j);
}

enum sv_status test_report_json(struct sink *out, const struct profile *p,
                                const struct smtp_result *r, struct sv_err *err)
{
    struct json j;
    struct span spans[SPANS];
    char said[SAID_MAX];
    spans_of(r, spans);
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
    json_key(&j, "ms");
    json_object(&j);
    for (size_t i = 0; i < SPANS; i++)
        json_span(&j, spans[i].word, spans[i].ms);
    json_span(&j, "total", r->ms_total);
    json_object_end(&j);
    json_object_end(&j);
    sink_puts(out, "\n");
    return json_end(&j, err);
}
