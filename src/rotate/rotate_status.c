/* SPDX-License-Identifier: ISC */
#include "rotate/rotate_status.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/env.h"
#include "base/text.h"
#include "cli/names.h"
#include "cli/print.h"
#include "domain/provider.h"

/* ---- words ---- */

bool rotate_is_overtaken(const struct profile *p, const struct rotation_record *r)
{
    return rotation_is_open(r) && r->stage < STAGE_PROMOTED && p->version != r->version_from &&
           p->rotated > r->begun;
}

char *rotate_next(char dst[ROTATE_NEXT_MAX], const struct profile *p,
                  const struct rotation_record *r)
{
    char name[NAME_TYPED_MAX];
    grant_quote(name, sizeof name, p->name);
    if (rotate_is_overtaken(p, r)) {
        snprintf(dst, ROTATE_NEXT_MAX,
                 "smtpvault rotate --rollback %s: the secret was changed by other means since",
                 name);
        return dst;
    }
    switch (r->stage) {
    case STAGE_PLANNED:
        snprintf(dst, ROTATE_NEXT_MAX, "make the new secret: smtpvault rotate --resume %s", name);
        break;
    case STAGE_PENDING:
        if (r->method == METHOD_HOOK) {
            snprintf(dst, ROTATE_NEXT_MAX,
                     "smtpvault rotate --resume %s: the rotator sets the pending secret, where the "
                     "server has it not yet",
                     name);
            break;
        }
        snprintf(
            dst, ROTATE_NEXT_MAX,
            "set the pending secret at the server (\"smtpvault get %s --version pending\" prints "
            "it), then: smtpvault rotate --resume %s",
            name, name);
        break;
    case STAGE_SET:
    case STAGE_VERIFIED:
        /* That it is set there somebody has said, and the server has not borne out. */
        if (r->stage == STAGE_SET && r->method == METHOD_GENERATED && r->fault[0] != '\0') {
            snprintf(dst, ROTATE_NEXT_MAX,
                     "see that the server has the pending secret "
                     "(\"smtpvault get %s --version pending\" prints it), then: "
                     "smtpvault rotate --resume %s",
                     name, name);
            break;
        }
        snprintf(dst, ROTATE_NEXT_MAX, "smtpvault rotate --resume %s", name);
        break;
    case STAGE_PROMOTED:
        snprintf(dst, ROTATE_NEXT_MAX,
                 "%s\"smtpvault rotate --resume %s\" proves that the old one is dead; --rollback "
                 "goes back to it",
                 r->flags & ROTATED_ALIVE ? "revoke or delete the old secret at the server; " : "",
                 name);
        break;
    default:
        dst[0] = '\0';
        break;
    }
    return dst;
}

/* "pending since 2 hours ago, generated, by ann on desk" */
static void put_stage(struct sink *out, const struct profile *p, const struct rotation_record *r)
{
    char when[TEXT_TIME_MAX];
    sink_printf(out, "%s: %s, %s, %s", NAME_SHOWN(p->name), rotation_stage_word(r->stage),
                text_time_relative(when, r->changed, env_now()), rotation_method_word(r->method));
    if (r->hook[0] != '\0')
        sink_printf(out, " %s", r->hook);
    if (r->who[0] != '\0')
        sink_printf(out, ", by %s", r->who);
    sink_printf(out, " on %s\n", r->host);
}

static void put_when(struct sink *out, const char *what, int64_t when, const char *words)
{
    char local[TEXT_TIME_MAX];
    if (when == 0)
        return;
    sink_printf(out, "  %-12s%s%s%s%s\n", what, text_time_local(local, when),
                words[0] != '\0' ? " (" : "", words, words[0] != '\0' ? ")" : "");
}

void rotate_status_people(struct sink *out, const struct profile *p,
                          const struct rotation_record *r)
{
    char next[ROTATE_NEXT_MAX], version[40] = "";
    if (r->stage == STAGE_NONE) {
        sink_printf(out, "%s: no rotation was ever begun\n", NAME_SHOWN(p->name));
        return;
    }
    put_stage(out, p, r);
    if (r->version_to != 0)
        snprintf(version, sizeof version, "version %" PRIu64, r->version_to);
    put_when(out, "begun", r->begun, "");
    put_when(out, "pending", r->pending_since, "");
    put_when(out, "verified", r->flags & ROTATED_UNPROVED ? 0 : r->verified_at, r->verified);
    put_when(out, "promoted", r->promoted_at, version);
    put_when(out, "old alive", r->flags & ROTATED_ALIVE ? r->alive_at : 0, "");
    put_when(out, "overlap", r->stage == STAGE_PROMOTED ? r->overlap_until : 0,
             r->overlap_until > env_now() ? "until then the old one may go on" : "it is over");
    put_when(out, "old dead",
             r->flags & (ROTATED_DEAD_UNTOLD | ROTATED_ANY_PASSWORD) ? 0 : r->dead_at, r->proof);
    if (r->flags & ROTATED_ANY_PASSWORD)
        sink_puts(out, "  not proved  this server accepts any password\n");
    if (r->flags & (ROTATED_UNPROVED | ROTATED_DEAD_UNTOLD))
        sink_puts(out, "  not proved  no login was tried\n");
    if (r->fault[0] != '\0') {
        sink_puts(out, "  fault       ");
        print_paragraph(out, 14, r->fault);
    }
    if (rotate_next(next, p, r)[0] != '\0') {
        sink_puts(out, "  next        ");
        print_paragraph(out, 14, next);
    }
}

void rotate_say_finished(const struct cli *cli, const struct profile *p,
                         const struct rotation_record *r)
{
    const struct provider *provider = provider_of_profile(p);
    const char *page = provider != NULL ? provider->secret_url : NULL;
    bool untried = (r->flags & ROTATED_DEAD_UNTOLD) != 0;
    char proof[ROTATION_WORDS_MAX + 8] = "";
    if (!untried)
        snprintf(proof, sizeof proof, " (%s)", r->proof);
    print_note(cli, "%s is finished: the new secret %s, the old one %s%s", NAME_SHOWN(p->name),
               r->flags & ROTATED_UNPROVED ? "was not tried" : "logs in",
               untried ? "was not tried" : "is refused", proof);
    if (untried)
        print_note(cli,
                   "the old one may still work: revoke or delete it at %s; "
                   "\"smtpvault test %s\" tries the new one",
                   page != NULL ? page : "the server", NAME_TYPED(p->name));
}

/* ---- programs ---- */

static void put_time(struct json *j, const char *key, int64_t when)
{
    json_key(j, key);
    json_time(j, when);
}

static void put_flags(struct json *j, const struct rotation_record *r)
{
    static const struct {
        const char *key;
        unsigned flag;
    } flags[] = {{"emergency", ROTATED_EMERGENCY},
                 {"unproved", ROTATED_UNPROVED},
                 {"old_alive", ROTATED_ALIVE},
                 {"any_password", ROTATED_ANY_PASSWORD},
                 {"old_untried", ROTATED_DEAD_UNTOLD}};
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        json_key(j, flags[i].key);
        json_bool(j, (r->flags & flags[i].flag) != 0);
    }
}

void rotate_status_members(struct json *j, const struct profile *p, const struct rotation_record *r)
{
    char next[ROTATE_NEXT_MAX];
    json_text(j, "stage", rotation_stage_word(r->stage));
    if (r->stage == STAGE_NONE)
        return;
    json_text(j, "method", rotation_method_word(r->method));
    json_text(j, "hook", r->hook);
    put_flags(j, r);
    put_time(j, "begun", r->begun);
    put_time(j, "changed", r->changed);
    put_time(j, "due", r->due);
    json_key(j, "version_from");
    json_int(j, (int64_t)r->version_from);
    json_key(j, "version_to");
    json_int(j, (int64_t)r->version_to);
    put_time(j, "pending_since", r->pending_since);
    put_time(j, "verified", r->verified_at);
    json_text(j, "verified_by", r->verified);
    put_time(j, "promoted", r->promoted_at);
    put_time(j, "dead", r->dead_at);
    json_text(j, "proof", r->proof);
    put_time(j, "alive", r->alive_at);
    put_time(j, "overlap_until", r->overlap_until);
    json_key(j, "rejections");
    json_int(j, r->rejections);
    json_text(j, "host", r->host);
    json_text(j, "who", r->who);
    json_text(j, "fault", r->fault);
    json_text(j, "next", rotate_next(next, p, r));
}

enum sv_status rotate_status_json(struct sink *out, const struct profile *p,
                                  const struct rotation_record *r, struct sv_err *err)
{
    struct json j;
    json_begin(&j, out);
    json_object(&j);
    json_key(&j, "schema");
    json_int(&j, 1);
    json_key(&j, "profile");
    json_string(&j, p->name);
    rotate_status_members(&j, p, r);
    json_object_end(&j);
    sink_puts(out, "\n");
    return json_end(&j, err);
}
