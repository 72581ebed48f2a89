/* SPDX-License-Identifier: ISC */
/* export -o FILE: written whole or not at all and, where it holds a secret, recorded in the
 * vault before it is there. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/text.h"
#include "cli/agreed.h"
#include "cli/names.h"
#include "cli/print.h"
#include "domain/vault_copies.h"
#include "export/copy_words.h"
#include "export/export.h"

/* A file that a group may read is our own user's until its owner is changed, and a user's
 * group may have others in it: only root's is written with the mode that it will have. */
static mode_t first_mode(const struct format *f)
{
    mode_t wanted = f->mode != 0 ? f->mode : 0600;
    return f->secretless || geteuid() == 0 ? wanted : wanted & 0700;
}

/* With what the tool needs to read it, and nobody else. */
static void note_written(const struct cli *cli, const char *path, const struct format *f)
{
    if (f->owner == NULL)
        print_note(cli, "wrote %s", NAME_SHOWN(path));
    else
        print_note(cli, "wrote %s; so that %s can read it: chown %s %s; chmod %04o %s",
                   NAME_SHOWN(path), f->name, f->owner, NAME_SHOWN(path),
                   f->mode != 0 ? f->mode : 0600, NAME_SHOWN(path));
}

/* What is at the path may be replaced, or nothing is there. */
static enum sv_status check_place(const char *path, bool force, struct sv_err *err)
{
    struct stat st;
    enum file_kind kind;
    enum sv_status s = file_look(path, &kind, err);
    if (s == SV_OK && kind == FILE_REGULAR && !force)
        return sv_fail(err, SV_EXISTS, "%s exists already: --force replaces it", NAME_SHOWN(path));
    if (s == SV_OK && lstat(path, &st) == 0 && st.st_uid != geteuid() && geteuid() != 0)
        return sv_fail(err, SV_DENIED, "%s belongs to another user (uid %lu)", NAME_SHOWN(path),
                       (unsigned long)st.st_uid);
    return s;
}

static enum sv_status cannot_record(enum sv_status s, struct sv_err *err)
{
    struct sv_err why = *err;
    if (s != SV_DENIED)
        return s;
    return sv_fail(err, s,
                   "where the secret comes to lie cannot be recorded: %.600s; --unrecorded writes "
                   "it all the same",
                   why.text);
}

/* Whatever a card says of this place, so that its digest can be compared. */
static void take_earlier(struct copy *c, const struct export *e)
{
    for (size_t i = 0; i < e->count; i++) {
        COPIES_OWNED struct copies list = {0};
        if (copies_of(&list, &e->profiles[i], NULL) != SV_OK)
            continue;
        const struct copy *old = copies_find(&list, c->machine, c->path);
        if (old == NULL)
            continue;
        memcpy(c->salt, old->salt, sizeof c->salt);
        if (!copy_file_digest(c->before, c))
            memset(c->before, 0, sizeof c->before);
        return;
    }
}

static enum sv_status describe(struct copy *c, const char *path, const struct export *e,
                               const struct secret *text, struct sv_err *err)
{
    SV_AUTOFREE char *whole = NULL;
    enum sv_status s = copy_path(path, &whole, err);
    if (s == SV_OK && e->count > COPY_LOGINS_MAX)
        return sv_fail(err, SV_USAGE,
                       "a file of more than %d logins cannot be recorded: write fewer into one, "
                       "or add --unrecorded",
                       COPY_LOGINS_MAX);
    if (s == SV_OK)
        s = copy_here(c, whole, e->format->name, err);
    if (s != SV_OK)
        return s;
    c->login_count = (uint16_t)e->count;
    for (size_t i = 0; i < e->count; i++)
        memcpy(c->logins[i], e->profiles[i].uid, sizeof c->logins[i]);
    take_earlier(c, e);
    copy_digest(c->digest, c, secret_peek(text), secret_len(text));
    return SV_OK;
}

static enum sv_status put_file(const char *path, bool force, const struct format *f,
                               const struct secret *text, bool *stands, struct sv_err *err)
{
    struct file_as as = {
        .mode = first_mode(f), .uid = (uid_t)-1, .gid = (gid_t)-1, .fresh = !force};
    return file_put(path, secret_peek(text), secret_len(text), &as, stands, err);
}

enum sv_status export_begin(struct cli *cli, const struct export *e, const struct copy *c,
                            struct sv_err *err)
{
    struct sv_err why = {""};
    enum sv_status s = vault_copy(cli->vault, COPY_BEGIN, e->profiles, e->count, c, &why);
    if (s == SV_OK || s == SV_DENIED)
        return s == SV_OK ? s : sv_fail(err, s, "%s", why.text);
    return sv_fail(err, s, "%s was not written, since that could not be recorded first: %.600s",
                   COPY_PATH_SHOWN(c->path), why.text);
}

enum sv_status export_done(struct cli *cli, const struct export *e, const struct copy *c,
                           struct sv_err *err)
{
    struct sv_err why = {""};
    enum sv_status s = vault_copy(cli->vault, COPY_DONE, e->profiles, e->count, c, &why);
    return s == SV_OK ? s
                      : sv_fail(err, s, "%s was made, but its record could not be ended: %.600s",
                                COPY_PATH_SHOWN(c->path), why.text);
}

enum sv_status export_failed(struct cli *cli, const struct export *e, const struct copy *c,
                             enum sv_status s, bool *stands, struct sv_err *err)
{
    struct sv_err why = *err;
    uint8_t digest[32];
    if (*stands) /* err says so, and the record that it was begun: the next refresh ends it */
        return s;
    *stands = copy_file_digest(digest, c) && memcmp(digest, c->digest, sizeof digest) == 0;
    if (*stands)
        return sv_fail(err, s, "%s was made, but a crash may undo it: %.600s",
                       COPY_PATH_SHOWN(c->path), why.text);
    /* What cannot be undone either stays on record: more than there is, never less. */
    (void)!vault_copy(cli->vault, COPY_UNDO, e->profiles, e->count, c, NULL);
    return s;
}

static enum sv_status put_recorded(struct cli *cli, const struct export_goal *goal,
                                   const struct export *e, const struct secret *text,
                                   struct copy *c, struct sv_err *err)
{
    enum sv_status s = describe(c, goal->path, e, text, err);
    if (s == SV_OK)
        s = agreed_file_keep(cli, c->path, err);
    if (s == SV_OK)
        s = cannot_record(export_begin(cli, e, c, err), err);
    if (s != SV_OK)
        return s;
    bool stands;
    s = put_file(c->path, goal->force, e->format, text, &stands, err);
    return s == SV_OK ? export_done(cli, e, c, err) : export_failed(cli, e, c, s, &stands, err);
}

static bool is_in(const struct export *e, const struct profile *p)
{
    for (size_t i = 0; i < e->count; i++)
        if (memcmp(e->profiles[i].uid, p->uid, sizeof p->uid) == 0)
            return true;
    return false;
}

/* A file that was replaced holds the logins of before no more. */
static enum sv_status forget_others(struct cli *cli, const struct export *e, const char *path,
                                    struct sv_err *err)
{
    PROFILE_LIST_OWNED struct profile_list list = {0};
    SV_AUTOFREE char *whole = NULL;
    struct copy c;
    enum sv_status s = copy_path(path, &whole, err);
    if (s == SV_OK && copy_here(&c, whole, e->format->name, NULL) != SV_OK)
        return SV_OK; /* so it was not recorded either */
    if (s == SV_OK)
        s = vault_list(cli->vault, &list, err);
    for (size_t i = 0; s == SV_OK && i < list.count; i++) {
        COPIES_OWNED struct copies copies = {0};
        s = copies_of(&copies, &list.items[i], err);
        bool stays = is_in(e, &list.items[i]) && e->secrets[0] != NULL;
        if (s == SV_OK && !stays && copies_find(&copies, c.machine, c.path) != NULL)
            s = vault_copy(cli->vault, COPY_FORGET, &list.items[i], 1, &c, err);
    }
    return s;
}

static void say_clear(const struct cli *cli, const struct format *f, const char *path, bool record)
{
    if (f->has_hook)
        print_warning(cli,
                      "%s holds the secret in clear now; without --inline it holds a command that "
                      "asks for it",
                      NAME_SHOWN(path));
    else
        print_warning(cli, "%s holds the secret in clear now%s", NAME_SHOWN(path),
                      record ? "; after a change \"smtpvault export --refresh\" writes it anew"
                             : "");
}

enum sv_status export_file(struct cli *cli, const struct export_wish *wish,
                           const struct export_goal *goal, struct sv_err *err)
{
    EXPORT_OWNED struct export e = {0};
    SECRET_OWNED struct secret *text = NULL;
    enum file_kind before = FILE_ABSENT;
    struct copy c;
    bool stands;
    enum sv_status s = SV_OK;
    if (goal->record)
        s = cannot_record(vault_allow_changes(cli->vault, err), err);
    if (s == SV_OK)
        s = export_text(cli, wish, &e, &text, err);
    if (s == SV_OK)
        s = check_place(goal->path, goal->force, err);
    if (s == SV_OK)
        s = file_look(goal->path, &before, err);
    if (s == SV_OK)
        s = goal->record ? put_recorded(cli, goal, &e, text, &c, err)
                         : put_file(goal->path, goal->force, e.format, text, &stands, err);
    if (s != SV_OK)
        return s;
    note_written(cli, goal->path, e.format);
    if (wish->secrets)
        say_clear(cli, e.format, goal->path, goal->record);
    if (before == FILE_REGULAR && (goal->record || !wish->secrets))
        s = forget_others(cli, &e, goal->path, err);
    return s;
}
