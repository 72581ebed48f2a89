/* SPDX-License-Identifier: ISC */
/* doctor: looks for what will bite later, and says what to do about it. */
#include <stdarg.h>
#include <stdio.h>

#include "cli/doctor.h"
#include "cli/print.h"

enum level { LEVEL_OK, LEVEL_HINT, LEVEL_FINDING };

static void put_json(struct json *j, enum level level, const char *check, const char *advice,
                     const char *text)
{
    json_object(j);
    json_key(j, "name");
    json_string(j, check);
    json_key(j, "ok");
    json_bool(j, level != LEVEL_FINDING);
    json_key(j, "text");
    json_string(j, text);
    json_key(j, "advice");
    json_string(j, advice);
    json_object_end(j);
}

static void put_people(struct doctor *d, enum level level, const char *check, const char *advice,
                       const char *text)
{
    static const char *const words[] = {"ok       ", "hint     ", "finding  "};
    struct sink *out = d->cli->out;
    if (level == LEVEL_FINDING)
        print_bold(out, d->cli, words[level]);
    else
        sink_puts(out, words[level]);
    sink_printf(out, "%-11s %s\n", check, text);
    if (advice != NULL)
        sink_printf(out, "%21s%s\n", "", advice);
}

static void say(struct doctor *d, enum level level, const char *check, const char *advice,
                const char *fmt, va_list list) SV_PRINTF(5, 0);
static void say(struct doctor *d, enum level level, const char *check, const char *advice,
                const char *fmt, va_list list)
{
    char text[SV_ERR_TEXT_MAX];
    vsnprintf(text, sizeof text, fmt, list);
    d->findings += level == LEVEL_FINDING;
    if (d->cli->json)
        put_json(&d->json, level, check, advice, text);
    else
        put_people(d, level, check, advice, text);
}

void doctor_ok(struct doctor *d, const char *check, const char *fmt, ...)
{
    va_list list;
    va_start(list, fmt);
    say(d, LEVEL_OK, check, NULL, fmt, list);
    va_end(list);
}

void doctor_hint(struct doctor *d, const char *check, const char *advice, const char *fmt, ...)
{
    va_list list;
    va_start(list, fmt);
    say(d, LEVEL_HINT, check, advice, fmt, list);
    va_end(list);
}

void doctor_finding(struct doctor *d, const char *check, const char *advice, const char *fmt, ...)
{
    va_list list;
    va_start(list, fmt);
    say(d, LEVEL_FINDING, check, advice, fmt, list);
    va_end(list);
}

static enum sv_status run(struct cli *cli, const struct args *args, struct sv_err *err)
{
    struct doctor d = {.cli = cli};
    enum sv_status s = SV_OK;
    (void)args;
    json_begin(&d.json, cli->out);
    if (cli->json) {
        json_object(&d.json);
        json_key(&d.json, "schema");
        json_int(&d.json, 1);
        json_key(&d.json, "checks");
        json_array(&d.json);
    }
    doctor_vault(&d);
    doctor_machine(&d);
    doctor_providers(&d);
    if (cli->json) {
        json_array_end(&d.json);
        json_object_end(&d.json);
        sink_puts(cli->out, "\n");
        s = json_end(&d.json, err);
    }
    if (s != SV_OK)
        return s;
    return d.findings > 0 ? SV_FINDINGS : SV_OK;
}

static const char *const examples[] = {
    "smtpvault doctor",
    "smtpvault doctor --json | jq -r '.checks[] | select(.ok | not) | .advice'",
    NULL,
};
const struct command cmd_doctor = {
    .name = "doctor",
    .group = "vault",
    .args = "",
    .summary = "look for what will bite",
    .examples = examples,
    .help = "Asks for nothing: what needs an open vault is looked at when a key file or another\n"
            "source opens it unasked. Status 1 when there are findings; hints do not count.",
    .run = run,
};
