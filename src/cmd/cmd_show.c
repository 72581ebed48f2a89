/* SPDX-License-Identifier: ISC */
/* show: one login for people. */
#include <stdio.h>
#include <string.h>

#include "base/env.h"
#include "base/text.h"
#include "cli/names.h"
#include "cli/print.h"
#include "cli/profile_args.h"
#include "cli/terms.h"
#include "domain/deadline.h"
#include "domain/grant.h"
#include "domain/posture.h"
#include "domain/provider.h"
#include "domain/rotation.h"
#include "export/copy_words.h"
#include "format/json.h"
#include "rotate/rotate_status.h"

/* Not as long as the secret: its length is nobody's business. */
#define MASK "********"
#define LABEL_WIDTH 12

static void put_label(struct sink *out, const char *label)
{
    sink_printf(out, "%-*s", LABEL_WIDTH, label);
}

static void put_time(struct sink *out, int64_t when)
{
    char local[TEXT_TIME_MAX], relative[TEXT_TIME_MAX];
    sink_printf(out, "%s (%s)", text_time_local(local, when),
                text_time_relative(relative, when, env_now()));
}

/* A text of several lines goes on below its beginning. */
static void put_text(struct sink *out, const char *text)
{
    while (*text != '\0') {
        size_t span = strcspn(text, "\n");
        char line[1024];
        sink_puts(out, text_printable(line, sizeof line, text, span));
        text += span;
        if (*text == '\n') {
            sink_printf(out, "\n%-*s", LABEL_WIDTH, "");
            text++;
        }
    }
}

static void put_member(struct sink *out, const struct profile *p, const struct field *f)
{
    const void *member = (const char *)p + f->offset;
    bool timed = f->type == FT_TIME || f->type == FT_DATE;
    if (timed && *(const int64_t *)member == 0)
        return;
    if (f->type == FT_TEXT && *(char *const *)member == NULL)
        return;
    if (!profile_is_mail(p) &&
        (f->type == FT_TLS || f->type == FT_AUTH || (f->type == FT_PORT && p->port == 0)))
        return;
    if ((f->type == FT_TAGS && p->tag_count == 0) || (f->type == FT_DAYS && p->rotate_days == 0))
        return;
    put_label(out, f->label);
    if (timed)
        put_time(out, *(const int64_t *)member);
    else if (f->type == FT_TEXT)
        put_text(out, *(char *const *)member);
    else
        profile_put_field(out, p, f);
    sink_puts(out, "\n");
}

static void put_rotation(struct sink *out, const struct profile *p)
{
    int64_t due = rotation_due(p);
    if (due == 0)
        return;
    put_label(out, "Due");
    put_time(out, due);
    enum rotation_state state = rotation_now(p, env_now());
    sink_printf(out, "%s%s\n", state == ROTATION_OK ? "" : ", ",
                state == ROTATION_OK ? "" : rotation_word(state));
}

static void put_deadline(struct sink *out, const struct profile *p)
{
    char text[DEADLINE_SHOWN_MAX];
    int64_t now = env_now();
    struct deadline d = deadline_of(p, now, 0);
    if (d.state == DEADLINE_NONE)
        return;
    put_label(out, "Deadline");
    print_paragraph(out, LABEL_WIDTH, deadline_say(text, &d, now));
}

static void put_last(struct sink *out, const char *label, int64_t when)
{
    if (when == 0)
        return;
    put_label(out, label);
    put_time(out, when);
    sink_puts(out, "\n");
}

/* What a login test holds the server to. */
static void put_posture(struct sink *out, const struct profile *p)
{
    struct posture known;
    char text[sizeof known.mechanisms + sizeof known.issuer + 64];
    if (!posture_of(&known, p))
        return;
    snprintf(text, sizeof text, "%s%s%s%s",
             known.mechanisms[0] != '\0' ? known.mechanisms : "no mechanism",
             known.tls == SMTP_STARTTLS ? ", STARTTLS" : "",
             known.issuer[0] != '\0' ? ", a certificate issued by " : "", known.issuer);
    put_label(out, "Offered");
    print_paragraph(out, LABEL_WIDTH, text);
}

/* One that is under way, and what it waits for. */
static void put_open_rotation(struct sink *out, const struct profile *p)
{
    struct rotation_record r;
    char when[TEXT_TIME_MAX], next[ROTATE_NEXT_MAX], text[ROTATE_NEXT_MAX + 100];
    if (!rotation_of_card(&r, p) || !rotation_is_open(&r))
        return;
    snprintf(text, sizeof text, "%s, %s; next: %s", rotation_stage_word(r.stage),
             text_time_relative(when, r.changed, env_now()), rotate_next(next, p, &r));
    put_label(out, "Rotation");
    print_paragraph(out, LABEL_WIDTH, text);
}

static enum sv_status put_grants(struct sink *out, const struct profile *p, struct sv_err *err)
{
    GRANTS_OWNED struct grants list = {0};
    char options[GRANT_SHOWN_MAX];
    enum sv_status s = grants_decode(&list, p->grants.bytes, p->grants.len, err);
    for (size_t i = 0; i < list.count; i++) {
        put_label(out, i == 0 ? "Granted to" : "");
        sink_printf(out, "%s\n", grant_options(options, &list.items[i]));
    }
    return s;
}

static enum sv_status put_copies(struct sink *out, const struct profile *p, struct sv_err *err)
{
    COPIES_OWNED struct copies list = {0};
    char text[COPY_SHOWN_MAX];
    enum sv_status s = copies_of(&list, p, err);
    for (size_t i = 0; i < list.count; i++) {
        struct copy_view v;
        copy_look(&v, &list.items[i], p);
        put_label(out, i == 0 ? "Copies" : "");
        print_paragraph(out, LABEL_WIDTH, copy_say(text, &list.items[i], &v));
    }
    return s;
}

static enum sv_status put_people(struct cli *cli, const struct profile *p,
                                 const struct secret *secret, struct sv_err *err)
{
    for (size_t i = 0; i < profile_field_count; i++)
        put_member(cli->out, p, &profile_fields[i]);
    put_rotation(cli->out, p);
    put_open_rotation(cli->out, p);
    put_deadline(cli->out, p);
    put_last(cli->out, "Last used", p->last_used);
    put_last(cli->out, "Worked", p->last_worked);
    put_last(cli->out, "Rejected", p->last_rejected);
    put_posture(cli->out, p);
    enum sv_status s = put_grants(cli->out, p, err);
    if (s == SV_OK)
        s = put_copies(cli->out, p, err);
    put_label(cli->out, "Secret");
    if (secret != NULL)
        sink_put_secret(cli->out, secret);
    else
        sink_puts(cli->out, MASK);
    sink_puts(cli->out, "\n");
    return s;
}

static enum sv_status put_json(struct cli *cli, const struct profile *p,
                               const struct secret *secret, struct sv_err *err)
{
    struct json j;
    json_begin(&j, cli->out);
    json_object(&j);
    json_key(&j, "schema");
    json_int(&j, 1);
    json_profile_members(&j, p, env_now());
    json_deadline(&j, p, env_now());
    enum sv_status s = copies_json(&j, p, err);
    if (s != SV_OK)
        return s;
    if (secret != NULL) {
        json_key(&j, "password");
        json_secret(&j, secret);
    }
    json_object_end(&j);
    sink_puts(cli->out, "\n");
    return json_end(&j, err);
}

static enum sv_status run(struct cli *cli, const struct args *args, struct sv_err *err)
{
    PROFILE_OWNED struct profile p = {.name = NULL};
    SECRET_OWNED struct secret *secret = NULL;
    struct reveal why = {.op = AUDIT_SHOW};
    enum sv_status s = args_flag(args, "reveal")
                           ? vault_reveal(cli->vault, args_word(args, 0), &why, &p, &secret, err)
                           : vault_find(cli->vault, args_word(args, 0), &p, err);
    if (s == SV_OK)
        s = terms_apply(cli->vault, &p, 1, err);
    if (s != SV_OK)
        return s;
    profile_args_warn(cli, &p);
    return cli->json ? put_json(cli, &p, secret, err) : put_people(cli, &p, secret, err);
}

static const struct option_spec options[] = {
    {"reveal", 0, NULL, COMPLETES_NOTHING, "show the secret", false},
    {0},
};
static const char *const examples[] = {
    "smtpvault show work",
    "smtpvault show work --reveal",
    NULL,
};
const struct command cmd_show = {
    .name = "show",
    .group = "profiles",
    .args = "NAME",
    .summary = "show a login, its secret masked",
    .flags = CMD_UNLOCKED | CMD_EMITS_SECRET | CMD_TOKEN,
    .min_args = 1,
    .max_args = 1,
    .completes = COMPLETES_PROFILE,
    .options = options,
    .examples = examples,
    .check = names_check,
    .run = run,
};
