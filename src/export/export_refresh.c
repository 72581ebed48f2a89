/* SPDX-License-Identifier: ISC */
/*
 * export --refresh: the files of this machine that hold an old secret are written anew. Only
 * what is as we left it is touched: a file that somebody changed, or that others could have put
 * there, is named and left alone (status 1).
 */
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/defence.h"
#include "base/text.h"
#include "cli/agreed.h"
#include "cli/names.h"
#include "cli/print.h"
#include "export/copy_words.h"
#include "export/export.h"

struct refresh {
    struct cli *cli;
    struct profile_list list;
    bool *chosen; /* by the place in the list */
    bool force, dry_run;
    size_t done, refused;
};

static void refresh_clear(struct refresh *r)
{
    profile_list_clear(&r->list);
    sv_free(r->chosen);
}

/* ---- which files ---- */

/* Nothing is chosen yet. That this machine is known is proved: else none of its files would be
 * found, which is no success. */
static enum sv_status begin(struct refresh *r, struct sv_err *err)
{
    uint8_t here[16];
    enum sv_status s = copies_here(here, err);
    if (s == SV_OK)
        s = vault_list(r->cli->vault, &r->list, err);
    if (s != SV_OK)
        return s;
    r->chosen = sv_alloc_array(r->list.count + 1, sizeof *r->chosen);
    return r->chosen != NULL ? SV_OK : sv_fail_nomem(err);
}

static enum sv_status choose(struct refresh *r, const struct args *args, struct sv_err *err)
{
    for (size_t i = 0; i < r->list.count; i++)
        r->chosen[i] = args_flag(args, "all");
    for (size_t n = 0; n < args_count(args); n++) {
        size_t at = 0;
        while (at < r->list.count && strcmp(r->list.items[at].name, args_word(args, n)) != 0)
            at++;
        if (at == r->list.count)
            return sv_fail(err, SV_MISSING,
                           "there is no profile \"%s\": \"smtpvault list\" shows the names",
                           NAME_SHOWN(args_word(args, n)));
        r->chosen[at] = true;
    }
    return SV_OK;
}

/* The list's count: it is there no more. */
static size_t at_uid(const struct refresh *r, const uint8_t uid[16])
{
    size_t at = 0;
    while (at < r->list.count && memcmp(r->list.items[at].uid, uid, 16) != 0)
        at++;
    return at;
}

static bool wants(const struct copy *c, const struct profile *p, struct copy_view *v)
{
    copy_look(v, c, p);
    return v->seen != COPY_ELSEWHERE && (v->old || copy_is_old(c, p));
}

/* A file of several logins is written once: for the first of them that is chosen. */
static bool was_earlier(const struct refresh *r, size_t i, const struct copy *c)
{
    for (size_t n = 0; n < c->login_count; n++) {
        COPIES_OWNED struct copies copies = {0};
        struct copy_view v;
        size_t at = at_uid(r, c->logins[n]);
        if (at >= i || !r->chosen[at] || copies_of(&copies, &r->list.items[at], NULL) != SV_OK)
            continue;
        const struct copy *same = copies_find(&copies, c->machine, c->path);
        if (same != NULL &&
            (copy_is_old(same, &r->list.items[at]) || wants(same, &r->list.items[at], &v)))
            return true;
    }
    return false;
}

/* ---- one file ---- */

static void refuse(struct refresh *r, const struct copy *c, const char *why)
{
    r->refused++;
    struct sv_err said = {""};
    print_error(
        sv_fail(&said, SV_FINDINGS, "%s is left as it is: %s", COPY_PATH_SHOWN(c->path), why),
        &said);
}

/* Why the file must not be written, or NULL. */
static const char *hindrance(const struct refresh *r, const struct copy_view *v)
{
    switch (v->seen) {
    case COPY_NO_FILE:
        return "a link or something else that is no file lies there";
    case COPY_UNREADABLE:
        return "it cannot be read";
    case COPY_MISSING:
        return r->force ? NULL
                        : "it is gone; \"smtpvault export --forget NAME FILE\" drops its record, "
                          "--force writes it again";
    default:
        break;
    }
    if (v->uid != geteuid() && geteuid() != 0)
        return "it belongs to another user";
    if (copy_is_open(v))
        return "other users can read or change it: run \"chmod g-wx,o=\" on it first";
    if (v->seen == COPY_CHANGED && !r->force)
        return "somebody changed it since it was written; --force writes it all the same";
    return NULL;
}

/* The names of its logins that are there still; NULL where one is not and may not be left out. */
static const char **names_in(const struct refresh *r, const struct copy *c, size_t *count)
{
    const char **names = sv_alloc_array((size_t)c->login_count + 1, sizeof *names);
    *count = 0;
    for (size_t i = 0; names != NULL && i < c->login_count; i++) {
        size_t at = at_uid(r, c->logins[i]);
        if (at < r->list.count)
            names[(*count)++] = r->list.items[at].name;
    }
    return names;
}

static enum sv_status put_file(const struct copy *c, const struct copy_view *v,
                               const struct secret *text, bool *stands, struct sv_err *err)
{
    struct file_as as = {.mode = 0600, .uid = (uid_t)-1, .gid = (gid_t)-1};
    if (v->seen != COPY_MISSING)
        as = (struct file_as){.mode = v->mode & 0777,
                              .uid = v->uid == geteuid() ? (uid_t)-1 : v->uid,
                              .gid = v->gid == getegid() ? (gid_t)-1 : v->gid};
    return file_put(c->path, secret_peek(text), secret_len(text), &as, stands, err);
}

/* The new text in place of the old one. SV_FINDINGS: the file could not be written, err says
 * why. */
static enum sv_status rewrite(struct refresh *r, struct copy *c, const struct copy_view *seen,
                              const struct profile *p, const struct export *e,
                              const struct secret *text, struct sv_err *err)
{
    struct copy_view v;
    bool stands = false;
    for (size_t i = 0; i < e->count; i++)
        memcpy(c->logins[i], e->profiles[i].uid, sizeof c->logins[i]);
    c->login_count = (uint16_t)e->count;
    struct copy now = *c;
    if (!copy_file_digest(now.before, c))
        memset(now.before, 0, sizeof now.before);
    copy_digest(now.digest, c, secret_peek(text), secret_len(text));
    enum sv_status s = export_begin(r->cli, e, &now, err);
    if (s != SV_OK)
        return s;
    copy_look(&v, c, p); /* once more: what was changed meanwhile is not ours to replace */
    if (DEFENDED(LOOK_AGAIN) && (v.seen != seen->seen || hindrance(r, &v) != NULL))
        s = sv_fail(err, SV_LOCKED, "%s",
                    v.seen == COPY_UNREADABLE ? hindrance(r, &v) : "it was changed meanwhile");
    else
        s = put_file(c, &v, text, &stands, err);
    if (s == SV_OK)
        return export_done(r->cli, e, &now, err);
    s = export_failed(r->cli, e, &now, s, &stands, err);
    return stands ? s : SV_FINDINGS;
}

static void say_planned(struct refresh *r, const struct copy *c, const struct copy_view *v,
                        const struct profile *p)
{
    sink_printf(r->cli->out, "%s (%s): ", COPY_PATH_SHOWN(c->path), c->format);
    if (v->version != 0)
        sink_printf(r->cli->out, "version %" PRIu64 " of %s becomes %" PRIu64 "\n", v->version,
                    NAME_SHOWN(p->name), p->version);
    else
        sink_printf(r->cli->out, "becomes version %" PRIu64 " of %s\n", p->version,
                    NAME_SHOWN(p->name));
}

static enum sv_status refresh_one(struct refresh *r, struct copy *c, const struct copy_view *v,
                                  const struct profile *p, struct sv_err *err)
{
    EXPORT_OWNED struct export e = {0};
    SECRET_OWNED struct secret *text = NULL;
    size_t count;
    const char *why = hindrance(r, v);
    bool ours = false;
    SV_AUTOFREE const char **names = names_in(r, c, &count);
    struct export_wish wish = {
        .format = format_find(c->format), .names = names, .count = count, .secrets = true};
    if (names == NULL)
        return sv_fail_nomem(err);
    enum sv_status s = agreed_file(r->cli, c->path, &ours, err);
    if (s != SV_OK)
        return s;
    if (why == NULL && !ours && !r->force)
        why = "the vault says that it holds a secret, and nobody has written it here; --force "
              "writes it, if that is so";
    if (why == NULL && wish.format == NULL)
        why = "this version of smtpvault does not know its format";
    if (why == NULL && count < c->login_count && !r->force)
        why = "it holds a login that was removed; --force writes it without";
    if (why != NULL) {
        refuse(r, c, why);
        return SV_OK;
    }
    r->done++;
    if (r->dry_run) {
        say_planned(r, c, v, p);
        return SV_OK;
    }
    s = ours ? SV_OK : agreed_file_keep(r->cli, c->path, err);
    if (s == SV_OK)
        s = export_text(r->cli, &wish, &e, &text, err);
    if (s == SV_OK)
        s = rewrite(r, c, v, p, &e, text, err);
    if (s == SV_OK)
        print_note(r->cli, "wrote %s", COPY_PATH_SHOWN(c->path));
    if (s != SV_FINDINGS)
        return s;
    r->done--;
    refuse(r, c, err->text);
    sv_err_clear(err);
    return SV_OK;
}

static enum sv_status refresh_profile(struct refresh *r, size_t i, struct sv_err *err)
{
    COPIES_OWNED struct copies copies = {0};
    const struct profile *p = &r->list.items[i];
    enum sv_status s = copies_of(&copies, p, err);
    for (size_t n = 0; s == SV_OK && n < copies.count; n++) {
        struct copy *c = &copies.items[n];
        struct copy_view v;
        if (wants(c, p, &v) && !was_earlier(r, i, c))
            s = refresh_one(r, c, &v, p, err);
    }
    return s;
}

enum sv_status export_refresh(struct cli *cli, const struct args *args, struct sv_err *err)
{
    __attribute__((cleanup(refresh_clear))) struct refresh r = {
        .cli = cli, .force = args_flag(args, "force"), .dry_run = args_flag(args, "dry-run")};
    enum sv_status s = begin(&r, err);
    if (s == SV_OK)
        s = choose(&r, args, err);
    if (s == SV_OK && !r.dry_run)
        s = vault_allow_changes(cli->vault, err);
    for (size_t i = 0; s == SV_OK && i < r.list.count; i++)
        if (r.chosen[i])
            s = refresh_profile(&r, i, err);
    if (s != SV_OK)
        return s;
    if (r.done + r.refused == 0)
        print_note(cli, "no file on this machine holds an old secret%s",
                   args_flag(args, "all") ? "" : " of these");
    return r.refused > 0 ? SV_FINDINGS : SV_OK;
}

/* Most logins have no copies, and for those nobody reads the list of all. */
static enum sv_status has_copies(struct cli *cli, const char *name, bool *has, struct sv_err *err)
{
    PROFILE_OWNED struct profile p = {.name = NULL};
    COPIES_OWNED struct copies copies = {0};
    enum sv_status s = vault_find(cli->vault, name, &p, err);
    if (s == SV_OK)
        s = copies_of(&copies, &p, err);
    *has = copies.count > 0;
    return s;
}

enum sv_status export_refresh_one(struct cli *cli, const char *name, struct sv_err *err)
{
    __attribute__((cleanup(refresh_clear))) struct refresh r = {.cli = cli};
    bool has = false;
    enum sv_status s = has_copies(cli, name, &has, err);
    if (s != SV_OK || !has)
        return s;
    s = begin(&r, err);
    for (size_t i = 0; s == SV_OK && i < r.list.count; i++) {
        r.chosen[i] = strcmp(r.list.items[i].name, name) == 0;
        if (r.chosen[i])
            s = refresh_profile(&r, i, err);
    }
    return s == SV_OK && r.refused > 0 ? SV_FINDINGS : s;
}
