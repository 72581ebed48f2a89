/* SPDX-License-Identifier: ISC */
/*
 * scan: passwords of mail servers that lie about in clear. It shows no secret: where it is, what
 * kind, who else can read it. Without --adopt it opens no vault and changes nothing; with it, what
 * it shows is what is left.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "adopt/scan_adopt.h"
#include "adopt/scan_git.h"
#include "base/alloc.h"
#include "base/env.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/ask.h"
#include "cli/names.h"
#include "cli/print.h"
#include "cli/session.h"
#include "format/json.h"
#include "scan/look.h"
#include "scan/walk.h"

#define SHOWN 300
#define TOLD_UNREAD 3 /* places by name; the others are counted */

struct scan {
    struct cli *cli;
    struct walk walk;
    struct filter words;
    struct json json;
    struct grid grid;
    const struct walk_file *file; /* that is looked at */
    size_t findings, repositories;
    bool history, adopt;
    struct scan_places places; /* to be adopted */
    struct sv_err fault;       /* of git, or for want of memory */
    enum sv_status status;
};

/* ---- what is found ---- */

/* Who can read the file: "-rw-r--r--" says it to those who know, the words to the others. */
static const char *readers(mode_t mode)
{
    return mode & S_IROTH ? "everybody" : mode & S_IRGRP ? "its group" : "its owner";
}

static void put_json(struct scan *s, const char *path, const char *commit, int mode,
                     const struct scan_finding *f)
{
    char text[16];
    struct json *j = &s->json;
    json_object(j);
    json_key(j, "path");
    json_string(j, path);
    json_key(j, "line");
    f->line ? json_int(j, f->line) : json_null(j);
    json_text(j, "commit", commit);
    json_text(j, "kind", f->kind);
    json_text(j, "of", f->whose);
    snprintf(text, sizeof text, "%04o", (unsigned)mode);
    json_text(j, "mode", mode >= 0 ? text : NULL);
    json_text(j, "readers", mode >= 0 ? readers((mode_t)mode) : NULL);
    json_text(j, "secret", f->hint);
    json_object_end(j);
}

static void put(struct scan *s, const char *path, const char *commit, int mode,
                const struct scan_finding *f)
{
    char shown[SHOWN];
    s->findings++;
    /* What is no UTF-8 is shown as \xNN in both. */
    text_printable(shown, sizeof shown, path, strlen(path));
    if (s->cli->json) {
        put_json(s, shown, commit, mode, f);
        return;
    }
    /* What a program reads is whole; a person has room for less. */
    if (print_width(STDOUT_FILENO) != 0)
        session_show_path(shown, sizeof shown, path);
    if (f->line > 0)
        grid_addf(&s->grid, "%s:%u", shown, f->line);
    else
        grid_add(&s->grid, shown);
    grid_add(&s->grid, f->kind);
    grid_add(&s->grid, f->whose);
    if (commit != NULL)
        grid_addf(&s->grid, "commit %s", commit);
    else
        grid_addf(&s->grid, "%s (%04o)", readers((mode_t)mode), (unsigned)mode);
    grid_add(&s->grid, f->hint);
}

static bool found_in_file(void *context, const struct scan_finding *f)
{
    struct scan *s = context;
    put(s, s->file->path, NULL, (int)(s->file->st->st_mode & 07777), f);
    return true;
}

static bool found_in_history(void *context, const char *commit, const char *path,
                             const struct scan_finding *f)
{
    put(context, path, commit, -1, f);
    return true;
}

/* ---- what can ask the vault ---- */

static bool see_one(void *context, const struct scan_finding *f)
{
    (void)f;
    *(bool *)context = true;
    return false;
}

/* Whether it is left for later. */
static bool put_off(struct scan *s, const struct walk_file *f)
{
    bool found = false, added = false;
    const struct scan_found see = {see_one, &found};
    if (s->adopt)
        (void)scan_look(&s->words, f->path, f->text, &see);
    if (!found)
        return false;
    s->status = scan_places_add(&s->places, f->path, f->text, &added, &s->fault);
    return added;
}

/* One that was put off, as it is now. */
static enum sv_status look_again(struct scan *s, const char *path, struct sv_err *err)
{
    const struct scan_found found = {found_in_file, s};
    SECRET_OWNED struct secret *text = NULL;
    struct stat st;
    struct sv_err ignored = {""};
    if (stat(path, &st) != 0 || file_read_secret(path, SCAN_FILE_MAX, &text, &ignored) != SV_OK)
        return SV_OK;
    const struct walk_file file = {.path = path, .st = &st, .text = text};
    s->file = &file;
    if (!scan_look(&s->words, path, text, &found))
        return sv_fail_nomem(err);
    return SV_OK;
}

static enum sv_status adopt(struct scan *s, bool yes, struct sv_err *err)
{
    print_progress(s->cli, NULL);
    enum sv_status st = scan_adopt(s->cli, &s->places, yes, err);
    for (size_t i = 0; i < s->places.count && st == SV_OK; i++)
        st = look_again(s, s->places.items[i].path, err);
    return st;
}

/* ---- the walk ---- */

static bool look_at_file(void *context, const struct walk_file *f)
{
    struct scan *s = context;
    const struct scan_found found = {found_in_file, s};
    const char *text = (const char *)secret_peek(f->text);
    char line[64];
    s->file = f;
    if (s->walk.files % 1024 == 0) {
        snprintf(line, sizeof line, "looked at %zu files, %zu found", s->walk.files, s->findings);
        print_progress(s->cli, line);
    }
    if (!scan_is_worth_it(&s->words, f->path, text, secret_len(f->text)) || put_off(s, f))
        return true;
    return s->status == SV_OK && scan_look(&s->words, f->path, f->text, &found);
}

static bool look_at_repository(void *context, const char *path)
{
    struct scan *s = context;
    const struct scan_git_found found = {found_in_history, s};
    if (!s->history)
        return true;
    s->repositories++;
    print_progress(s->cli, path);
    enum sv_status st = scan_git(&s->words, path, &found, &s->fault);
    if (st == SV_DATA) {
        print_warning(s->cli, "%s", s->fault.text);
        s->walk.unreadable++;
        return true;
    }
    s->status = st;
    return st == SV_OK;
}

static void tell_unread(void *context, const char *path, int error)
{
    struct scan *s = context;
    if (s->walk.unreadable > TOLD_UNREAD)
        return;
    if (error == WALK_TOO_DEEP)
        print_warning(s->cli,
                      "did not look into %s: it lies %d folders deep; name it to have it looked at",
                      NAME_SHOWN(path), WALK_DEPTH_MAX);
    else
        print_warning(s->cli, "cannot read %s: %s", NAME_SHOWN(path), strerror(error));
}

static enum sv_status walk_one(struct scan *s, const char *path, bool must_be, struct sv_err *err)
{
    struct sv_err why = {""};
    enum sv_status st = walk_from(&s->walk, path, &why);
    if (st == SV_MISSING && !must_be)
        return SV_OK;
    if (st == SV_IO && !must_be) {
        s->walk.unreadable++;
        print_warning(s->cli, "%s: %s", NAME_SHOWN(path), why.text);
        return SV_OK;
    }
    if (st != SV_OK)
        return sv_fail(err, st, "%s: %s", NAME_SHOWN(path), why.text);
    return s->status == SV_OK ? SV_OK : sv_fail(err, s->status, "%s", s->fault.text);
}

/* All of them before the first one, which may take its time. */
static enum sv_status check_places(const struct args *args, struct sv_err *err)
{
    struct sv_err why = {""};
    enum sv_status st = SV_OK;
    for (size_t i = 0; st == SV_OK && i < args_count(args); i++)
        if ((st = walk_check(args_word(args, i), &why)) != SV_OK)
            (void)!sv_fail(err, st, "%s: %s", NAME_SHOWN(args_word(args, i)), why.text);
    return st;
}

/* Where people and packages keep them. */
static enum sv_status walk_usual(struct scan *s, struct sv_err *err)
{
    static const char *const places[] = {
        "/etc/msmtprc",    "/etc/esmtprc",     "/etc/ssmtp",      "/etc/dma",
        "/etc/nullmailer", "/etc/postfix",     "/etc/exim4",      "/etc/mail",
        "/etc/smtpd.conf", "/etc/environment", "/etc/default",    "/etc/systemd/system",
        "/etc/crontab",    "/etc/cron.d",      "/etc/cron.daily", "/etc/cron.hourly",
        "/etc/php",        "/etc/monit",       "/etc/mailman3",   "/var/spool/cron"};
    const char *home = env_get("HOME");
    enum sv_status st = home != NULL ? walk_one(s, home, false, err) : SV_OK;
    for (size_t i = 0; st == SV_OK && i < sizeof places / sizeof places[0]; i++)
        st = walk_one(s, places[i], false, err);
    return st;
}

/* ---- the answer ---- */

static void begin(struct scan *s)
{
    json_begin(&s->json, s->cli->out);
    if (!s->cli->json)
        return;
    json_object(&s->json);
    json_key(&s->json, "schema");
    json_int(&s->json, 1);
    json_key(&s->json, "findings");
    json_array(&s->json);
}

static void tell(const struct scan *s)
{
    size_t files = s->walk.files - s->walk.large, asks = 0;
    char large[80] = "";
    for (size_t i = 0; i < s->places.count; i++)
        asks += s->places.items[i].after.done;
    if (asks > 0)
        print_note(s->cli, "%zu file%s the vault now", asks, asks == 1 ? " asks" : "s ask");
    if (s->walk.large > 0)
        (void)snprintf(large, sizeof large, "; %zu file%s beyond %u MiB %s passed over",
                       s->walk.large, s->walk.large == 1 ? "" : "s",
                       SCAN_FILE_MAX / (1024U * 1024U), s->walk.large == 1 ? "was" : "were");
    print_note(s->cli, "looked at %zu file%s%s: %s%s", files, files == 1 ? "" : "s",
               s->history ? ", and at what git repositories once had" : "",
               s->findings == 0 ? "no mail password in clear"
                                : "\"smtpvault import FILE\" takes logins over; then change those "
                                  "that others could read",
               large);
}

static enum sv_status end(struct scan *s, struct sv_err *err)
{
    static const char *const heads[] = {"WHERE", "WHAT", "OF", "READABLE BY", "SECRET"};
    const struct walk *w = &s->walk;
    print_progress(s->cli, NULL);
    if (s->cli->json) {
        json_array_end(&s->json);
        json_key(&s->json, "files");
        json_int(&s->json, (int64_t)w->files);
        json_key(&s->json, "too_large");
        json_int(&s->json, (int64_t)w->large);
        json_key(&s->json, "unreadable");
        json_int(&s->json, (int64_t)w->unreadable);
        if (s->adopt) {
            json_key(&s->json, "adopted");
            scan_adopt_json(&s->json, &s->places);
        }
        json_object_end(&s->json);
        sink_puts(s->cli->out, "\n");
        return json_end(&s->json, err);
    }
    if (w->unreadable > TOLD_UNREAD)
        print_warning(s->cli, "%zu places could not be read", w->unreadable);
    tell(s);
    return s->findings > 0 ? grid_print(&s->grid, s->cli->out, s->cli, heads,
                                        sizeof heads / sizeof heads[0], err)
                           : SV_OK;
}

static enum sv_status check(struct cli *cli, const struct args *args, struct sv_err *err)
{
    bool yes = args_flag(args, "yes");
    if (yes && !args_flag(args, "adopt"))
        return sv_fail(err, SV_USAGE, "--yes is for --adopt: nothing else is asked");
    if (args_flag(args, "adopt") && !yes && !ask_yes_possible(cli))
        return sv_fail(err, SV_USAGE,
                       "there is nobody to ask whether this is right: give --yes, or leave "
                       "--adopt out to see what there is");
    return SV_OK;
}

static enum sv_status run(struct cli *cli, const struct args *args, struct sv_err *err)
{
    struct scan s = {
        .cli = cli, .history = args_flag(args, "git"), .adopt = args_flag(args, "adopt")};
    enum sv_status st;
    s.walk = (struct walk){.file = look_at_file,
                           .repository = look_at_repository,
                           .unread = tell_unread,
                           .context = &s,
                           .size_max = SCAN_FILE_MAX};
    scan_words(&s.words);
    begin(&s);
    st = args_count(args) == 0 ? walk_usual(&s, err) : check_places(args, err);
    for (size_t i = 0; st == SV_OK && i < args_count(args); i++)
        st = walk_one(&s, args_word(args, i), true, err);
    if (st == SV_OK)
        st = adopt(&s, args_flag(args, "yes"), err);
    if (st == SV_OK)
        st = end(&s, err);
    grid_clear(&s.grid);
    scan_places_clear(&s.places);
    return st != SV_OK ? st : s.findings > 0 ? SV_FINDINGS : SV_OK;
}

static const struct option_spec options[] = {
    {"git", 0, NULL, COMPLETES_NOTHING, "look at the history of git repositories too", false},
    {"adopt", 0, NULL, COMPLETES_NOTHING, "bring in what can ask the vault, and have it ask",
     false},
    {"yes", 'y', NULL, COMPLETES_NOTHING, "with --adopt: do not ask", false},
    {0},
};
static const char *const examples[] = {
    "smtpvault scan",
    "smtpvault scan --git ~/src /etc",
    "smtpvault scan --json /srv",
    "smtpvault scan --adopt ~/.config",
    NULL,
};
const struct command cmd_scan = {
    .name = "scan",
    .group = "use",
    .args = "[PATH...]",
    .summary = "find mail passwords that lie about in clear",
    .max_args = -1,
    .completes = COMPLETES_FILE,
    .completes_second = COMPLETES_FILE,
    .options = options,
    .examples = examples,
    .help = "Looks through your home and the places where mailers keep their configuration, or "
            "through what is named, and tells where a password or key of a mail server stands in "
            "clear, and who can read it; the secret itself is not shown. The status is 1 when "
            "something was found. With --adopt the files whose tools can ask a command are "
            "brought into the vault and changed, each after a question, and what is shown is "
            "what is left.",
    .check = check,
    .run = run,
};
