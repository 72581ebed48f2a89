/* SPDX-License-Identifier: ISC */
/* remind: tells what is due where it is seen, and does not repeat itself too soon. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/wire.h"
#include "base/alloc.h"
#include "base/env.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/locked_since.h"
#include "cli/print.h"
#include "cli/session.h"
#include "login/test_login.h"
#include "rotate/public_dates.h"
#include "rotate/remind.h"
#include "rotate/remind_stamps.h"
#include "rotate/remind_words.h"

#define DAY INT64_C(86400)
#define EVERY (7 * DAY)
#define STDOUT_TEXT_MAX (1024 * 1024)

/* That the vault is locked has a stamp as well. */
static const uint8_t locked_id[16] = "locked";

/* ---- words ---- */

static enum sv_status parse_span(const struct args *args, const char *option, int64_t *seconds,
                                 struct sv_err *err)
{
    const char *text = args_value(args, option);
    if (text == NULL || text_parse_duration(text, seconds))
        return SV_OK;
    return sv_fail(err, SV_USAGE, "--%s takes a span of time, as 7d, 2w or 12h", option);
}

static enum sv_status parse_wish(const struct args *args, struct due_wish *wish, int64_t *every,
                                 struct sv_err *err)
{
    *wish = (struct due_wish){.now = env_now(), .lead = -1};
    *every = EVERY;
    enum sv_status s = parse_span(args, "every", every, err);
    return s == SV_OK ? parse_span(args, "within", &wish->lead, err) : s;
}

static enum sv_status check(struct cli *cli, const struct args *args, struct sv_err *err)
{
    struct due_wish wish;
    int64_t every;
    (void)cli;
    enum sv_status s = remind_words_check(args, err);
    return s == SV_OK ? parse_wish(args, &wish, &every, err) : s;
}

/* ---- what there is to say ---- */

struct job {
    struct remind r;
    struct stamps stamps;
};

static void job_clear(struct job *job)
{
    due_list_clear(&job->r.found.list);
    profile_list_clear(&job->r.found.profiles);
    stamps_clear(&job->stamps);
}
#define JOB_OWNED __attribute__((cleanup(job_clear)))

/* Without the keys: what may be known. */
static enum sv_status look_locked(struct remind *r, const struct due_wish *wish, struct sv_err *err)
{
    DUE_DATES_OWNED struct due_dates dates = {0};
    struct sv_err why = {""};
    r->locked = true;
    r->since = locked_since(r->cli, &r->since_used);
    enum sv_status s = public_dates_read(r->cli, &dates, &why);
    if (s != SV_OK && s != SV_MISSING)
        print_warning(r->cli,
                      "the dates that are kept for while the vault is locked are not used: "
                      "%s",
                      why.text);
    r->whole = s == SV_OK && dates.whole;
    return due_dates_list(&dates, wish, &r->found.profiles, &r->found.list, err);
}

static enum sv_status look(struct remind *r, const struct due_wish *wish, struct sv_err *err)
{
    struct sv_err why = {""};
    r->found.now = wish->now;
    enum sv_status s = session_ensure(r->cli, true, false, &why);
    if (s == SV_LOCKED)
        return look_locked(r, wish, err);
    if (s != SV_OK)
        return sv_fail(err, s, "%s", why.text);
    s = vault_due(r->cli->vault, wish, &r->found.profiles, &r->found.list, err);
    if (s == SV_OK)
        public_dates_keep(r->cli, r->found.profiles.items, r->found.profiles.count);
    return s;
}

static bool is_news(const struct remind *r, const struct remind_news *news)
{
    return news->count > 0 || news->locked || r->back != 0;
}

/* news->items has room for all. */
static void pick(struct job *job, const struct remind_way *way, struct remind_news *news)
{
    const struct remind *r = &job->r;
    const struct due_list *list = &r->found.list;
    news->count = news->before = 0;
    for (size_t i = 0; i < list->count; i++) {
        const struct due_item *item = &list->items[i];
        if (stamps_is_news(&job->stamps, way->channel, item->id, item->urgency, r->found.now,
                           r->every))
            news->items[news->count++] = item;
        else
            news->before++;
    }
    news->locked =
        stamps_is_news(&job->stamps, way->channel, locked_id, 0, r->found.now, r->every) &&
        r->locked && !r->whole;
    /* A vault that is locked hides what was told of while it was open. */
    if (!r->locked)
        stamps_forget(&job->stamps, way->channel);
}

static enum sv_status stamp(struct job *job, const struct remind_way *way,
                            const struct remind_news *news, struct sv_err *err)
{
    const struct remind *r = &job->r;
    enum sv_status s = SV_OK;
    for (size_t i = 0; s == SV_OK && i < news->count; i++)
        s = stamps_set(&job->stamps, way->channel, news->items[i]->id, news->items[i]->urgency,
                       r->found.now, err);
    if (s == SV_OK && r->locked && !r->whole)
        s = stamps_set(&job->stamps, way->channel, locked_id, 0, r->found.now, err);
    return s;
}

/* ---- saying it ---- */

static enum sv_status by_stdout(const struct remind *r, const struct remind_news *news,
                                struct sv_err *err)
{
    BLOB_OWNED struct blob text = {0};
    if (r->cli->json)
        return remind_json(r->cli->out, r, news, err);
    enum sv_status s = remind_text(&text, r, news, STDOUT_TEXT_MAX, err);
    if (s == SV_OK)
        sink_put(r->cli->out, text.bytes, text.len);
    return s;
}

static enum sv_status by_file(const struct remind *r, const struct remind_way *way,
                              const struct remind_news *news, struct sv_err *err)
{
    SINK_OWNED struct sink *out = sink_new(false);
    SECRET_OWNED struct secret *text = NULL;
    if (out == NULL)
        return sv_fail_nomem(err);
    enum sv_status s = remind_json(out, r, news, err);
    if (s == SV_OK)
        s = sink_to_secret(out, &text, err);
    return s == SV_OK ? file_replace(way->place, secret_peek(text), secret_len(text), 0600, err)
                      : s;
}

static enum sv_status say(const struct remind *r, const struct remind_way *way,
                          const struct remind_news *news, struct sv_err *err)
{
    switch (way->kind) {
    case REMIND_MAIL:
        return remind_by_mail(r, way, news, err);
    case REMIND_NOTIFY:
        return remind_by_notify(r, news, err);
    case REMIND_FILE:
        return by_file(r, way, news, err);
    default:
        return by_stdout(r, news, err);
    }
}

/* Each way on its own: one that fails keeps none of the others back. The first fault is told. */
static enum sv_status say_all(struct job *job, const struct remind_ways *ways, struct sv_err *err)
{
    SV_AUTOFREE const struct due_item **items =
        sv_alloc_array(job->r.found.list.count + 1, sizeof *items);
    struct remind_news news = {.items = items};
    enum sv_status first = SV_OK;
    if (items == NULL)
        return sv_fail_nomem(err);
    for (size_t i = 0; i < ways->count; i++) {
        struct sv_err why = {""};
        pick(job, &ways->items[i], &news);
        if (!is_news(&job->r, &news))
            continue;
        /* It comes out only when all went well, and is told again else. */
        if (ways->items[i].kind == REMIND_STDOUT && first != SV_OK)
            continue;
        enum sv_status s = say(&job->r, &ways->items[i], &news, &why);
        if (s == SV_OK)
            s = stamp(job, &ways->items[i], &news, &why);
        if (s != SV_OK && first == SV_OK)
            first = sv_fail(err, s, "%s%s", why.text, why.text[0] == '\0' ? "no memory" : "");
        else if (s != SV_OK)
            print_warning(job->r.cli, "%s", why.text);
    }
    return first;
}

static void tell_nothing(const struct remind *r)
{
    if (r->found.list.count == 0 && !r->locked && print_is_terminal(STDERR_FILENO))
        print_note(r->cli, "nothing is due");
}

static enum sv_status run(struct cli *cli, const struct args *args, struct sv_err *err)
{
    JOB_OWNED struct job job = {.r = {.cli = cli, .profile = args_value(args, "profile")},
                                .stamps = STAMPS_NONE};
    REMIND_WAYS_OWNED struct remind_ways ways = {.count = 0};
    struct due_wish wish;
    enum sv_status s = parse_wish(args, &wish, &job.r.every, err);
    if (s == SV_OK)
        s = remind_words_read(&ways, args, err);
    if (s == SV_OK)
        s = look(&job.r, &wish, err);
    if (s == SV_OK)
        s = stamps_read(&job.stamps, cli, err);
    if (s != SV_OK)
        return s;
    if (job.stamps.last > wish.now + DAY)
        job.r.back = job.stamps.last - wish.now;
    s = say_all(&job, &ways, err);
    if (s == SV_OK || job.r.back == 0)
        job.stamps.last = wish.now;
    enum sv_status kept = stamps_write(&job.stamps, s == SV_OK ? err : NULL);
    if (s == SV_OK)
        tell_nothing(&job.r);
    return s == SV_OK ? kept : s;
}

static const struct option_spec options[] = {
    {"by", 0, "WAY", COMPLETES_REMIND, "mail, notify, stdout or file:PATH (stdout)", true},
    {"to", 0, "ADDR", COMPLETES_NOTHING, "mail: to whom (the sender)", false},
    {"profile", 0, "NAME", COMPLETES_PROFILE, "mail: through this login (the only one)", false},
    {"every", 0, "7d", COMPLETES_NOTHING, "the same thing not again before (7d)", false},
    {"within", 0, "14d", COMPLETES_NOTHING, "how far to look ahead (the policy's lead)", false},
    {0},
};
static const char *const examples[] = {
    "smtpvault remind --by mail --to ann@example.org",
    "smtpvault remind --by notify --by file:/var/lib/hooks/due.json",
    "smtpvault setup reminders --by notify",
    NULL,
};
const struct command cmd_remind = {
    .name = "remind",
    .group = "rotation",
    .args = "",
    .summary = "tell by mail or on the desktop what is due",
    .flags = CMD_NETWORK,
    .options = options,
    .examples = examples,
    .help =
        "For a timer or cron (\"setup reminders\" makes one). Says nothing when nothing is new: "
        "each thing is told once in the time of --every, and again when it becomes more "
        "urgent. Status 0, also when something was told. While the vault is locked it tells "
        "what the policy lets be known, and that it is locked. No message holds a secret.",
    .check = check,
    .run = run,
};
