/* SPDX-License-Identifier: ISC */
/* rotate --status: how far it has come and, once the new secret is the current one, who has not
 * fetched it yet, which files hold the old one still, and how the commands after it went. */
#include <stdio.h>
#include <string.h>

#include "base/env.h"
#include "base/text.h"
#include "cli/names.h"
#include "cli/print.h"
#include "export/copy_words.h"
#include "rotate/rotate_after.h"
#include "rotate/rotate_plan.h"
#include "rotate/rotate_report.h"
#include "rotate/rotate_status.h"

struct behind {
    struct rotate_uses uses;
    struct rotate_after_list after;
    size_t count; /* of uses that are behind */
    char host[COPY_HOST_MAX + 1];
};

static bool is_promoted(const struct rotation_record *r)
{
    return r->stage == STAGE_PROMOTED || r->stage == STAGE_FINISHED;
}

/* The old one's users are those since the change before, within the span that was asked for. */
static enum sv_status look(struct behind *b, struct cli *cli, const struct args *args,
                           const struct profile *p, const struct rotation_record *r,
                           struct sv_err *err)
{
    const struct rotate_border border = {.when = r->promoted_at, .version = r->version_to};
    struct sv_err aside = {""};
    int64_t since;
    enum sv_status s = rotate_since(args, r->promoted_at, &since, err);
    if (s != SV_OK || !is_promoted(r))
        return s;
    if (r->past_count > 0 && r->past[0].promoted > since)
        since = r->past[0].promoted;
    copies_host(b->host);
    s = rotate_uses_read(&b->uses, cli, p->name, since, &border, err);
    for (size_t i = 0; i < b->uses.count; i++)
        b->count += rotate_use_is_behind(&b->uses.items[i]);
    if (s == SV_OK && b->uses.known &&
        rotate_after_read(&b->after, cli, p->name, r->promoted_at, &aside) != SV_OK)
        return sv_fail(err, SV_DATA, "%s", aside.text);
    return s;
}

/* ---- people ---- */

static void put_user(struct sink *out, const struct rotate_use *u)
{
    char user[CALLER_USER_MAX], when[TEXT_TIME_MAX], shown[3 * CALLER_TEXT_MAX],
        text[4 * CALLER_TEXT_MAX];
    (void)snprintf(
        text, sizeof text, "%s of user %s%s%s%s%s fetched the old one %s, and no new one",
        u->program[0] != '\0' ? u->program : "somebody", caller_user(user, u->uid),
        u->unit[0] != '\0' ? " in " : "", u->unit, u->token[0] != '\0' ? " with the token " : "",
        u->token, text_time_relative(when, u->last_old, env_now()));
    sink_puts(out, "  behind      ");
    print_paragraph(out, 14, text_printable(shown, sizeof shown, text, strlen(text)));
}

static void put_copies(struct sink *out, const struct profile *p)
{
    COPIES_OWNED struct copies list = {0};
    char text[COPY_SHOWN_MAX];
    if (copies_of(&list, p, NULL) != SV_OK)
        return;
    for (size_t i = 0; i < list.count; i++) {
        struct copy_view v;
        copy_look(&v, &list.items[i], p);
        if (!v.old)
            continue;
        sink_puts(out, "  old copy    ");
        print_paragraph(out, 14, copy_say(text, &list.items[i], &v));
    }
}

static void put_people(struct cli *cli, const struct profile *p, const struct rotation_record *r,
                       const struct behind *b)
{
    struct sink *out = cli->out;
    char when[TEXT_TIME_MAX], shown[2 * AUDIT_NOTE_MAX];
    rotate_status_people(out, p, r);
    if (!is_promoted(r))
        return;
    for (size_t i = 0; i < b->after.count; i++)
        sink_printf(out, "  after it    %s, %s\n",
                    text_printable(shown, sizeof shown, b->after.items[i].note,
                                   strlen(b->after.items[i].note)),
                    text_time_relative(when, b->after.items[i].when, env_now()));
    for (size_t i = 0; i < b->uses.count; i++)
        if (rotate_use_is_behind(&b->uses.items[i]))
            put_user(out, &b->uses.items[i]);
    if (!b->uses.known)
        sink_puts(out, "  behind      not known: this session may not read the log\n");
    else if (b->count == 0)
        sink_puts(out, "  behind      nobody, as far as this machine's log tells\n");
    put_copies(out, p);
}

/* ---- programs ---- */

static void put_after(struct json *j, const struct rotate_after_list *list)
{
    json_key(j, "after");
    json_array(j);
    for (size_t i = 0; i < list->count; i++) {
        json_object(j);
        json_text(j, "what", list->items[i].note);
        json_key(j, "ok");
        json_bool(j, !list->items[i].failed);
        json_key(j, "when");
        json_time(j, list->items[i].when);
        json_object_end(j);
    }
    json_array_end(j);
}

static enum sv_status put_members(struct json *j, const struct profile *p,
                                  const struct rotation_record *r, const struct behind *b,
                                  struct sv_err *err)
{
    json_key(j, "profile");
    json_string(j, p->name);
    rotate_status_members(j, p, r);
    if (!is_promoted(r))
        return SV_OK;
    json_key(j, "behind_known");
    json_bool(j, b->uses.known);
    json_key(j, "behind");
    json_array(j);
    for (size_t i = 0; i < b->uses.count; i++)
        if (rotate_use_is_behind(&b->uses.items[i]))
            rotate_use_json(j, &b->uses.items[i], b->host);
    json_array_end(j);
    put_after(j, &b->after);
    return copies_json(j, p, err);
}

/* ---- one, or all that are under way ---- */

static enum sv_status show(struct cli *cli, const struct args *args, struct json *j,
                           const struct profile *p, struct sv_err *err)
{
    struct rotation_record r;
    struct behind b = {.count = 0};
    (void)rotation_of_card(&r, p);
    enum sv_status s = look(&b, cli, args, p, &r, err);
    if (s == SV_OK && j != NULL)
        s = put_members(j, p, &r, &b, err);
    else if (s == SV_OK)
        put_people(cli, p, &r, &b);
    rotate_uses_clear(&b.uses);
    return s;
}

static enum sv_status show_all(struct cli *cli, const struct args *args, struct json *j,
                               struct sv_err *err)
{
    PROFILE_LIST_OWNED struct profile_list list = {0};
    struct rotation_record r;
    size_t shown = 0;
    enum sv_status s = vault_list(cli->vault, &list, err);
    for (size_t i = 0; s == SV_OK && i < list.count; i++) {
        if (!rotation_of_card(&r, &list.items[i]) || !rotation_is_open(&r))
            continue;
        if (j != NULL)
            json_object(j);
        s = show(cli, args, j, &list.items[i], err);
        if (j != NULL)
            json_object_end(j);
        shown++;
    }
    if (s == SV_OK && shown == 0)
        print_note(cli, "no rotation is under way");
    return s;
}

static enum sv_status show_json(struct cli *cli, const struct args *args, const struct profile *p,
                                struct sv_err *err)
{
    struct json j;
    json_begin(&j, cli->out);
    json_object(&j);
    json_key(&j, "schema");
    json_int(&j, 1);
    if (p == NULL) {
        json_key(&j, "rotations");
        json_array(&j);
    }
    enum sv_status s = p != NULL ? show(cli, args, &j, p, err) : show_all(cli, args, &j, err);
    if (s != SV_OK)
        return s;
    if (p == NULL)
        json_array_end(&j);
    json_object_end(&j);
    sink_puts(cli->out, "\n");
    return json_end(&j, err);
}

enum sv_status rotate_status(struct cli *cli, const struct args *args, const char *name,
                             struct sv_err *err)
{
    PROFILE_OWNED struct profile p = {.name = NULL};
    enum sv_status s = name != NULL ? vault_find(cli->vault, name, &p, err) : SV_OK;
    if (s != SV_OK)
        return s;
    if (cli->json)
        return show_json(cli, args, name != NULL ? &p : NULL, err);
    return name != NULL ? show(cli, args, NULL, &p, err) : show_all(cli, args, NULL, err);
}
