/* SPDX-License-Identifier: ISC */
#include "adopt/import_after.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/text.h"
#include "cli/names.h"
#include "cli/print.h"
#include "cli/session.h"
#include "export/copy_gone.h"
#include "format/reference.h"

#define TOLD_LEFT 5     /* by name; the others are counted */
#define TOLD_LEFTOVER 3 /* lines */

void import_after_clear(struct import_after *a)
{
    for (size_t i = 0; i < a->count; i++)
        sv_free(a->names[i]);
    for (size_t i = 0; i < a->left_count; i++)
        sv_free(a->left[i].name);
    sv_free(a->names);
    sv_free(a->left);
    sv_free(a->shown);
    adopt_file_clear(&a->adopt);
    shred_file_clear(&a->shred);
    *a = (struct import_after){.what = AFTER_NOTHING};
}

/* Their own programs change these. */
static enum sv_status refuse_folder(const struct import_file *file, struct sv_err *err)
{
    if (file->source->shape == IMPORT_PROFILE)
        return sv_fail(
            err, SV_USAGE,
            "%s is a profile in use: remove what the vault has in the program itself (Settings, "
            "Passwords)",
            file->what);
    return sv_fail(err, SV_USAGE,
                   "%s is a store of %s, encrypted already: \"%s rm\" removes what the vault has",
                   file->what, file->source->title, file->source->name);
}

/* What is read is what is looked at here: a change behind that is seen before it is destroyed. */
static enum sv_status open_shred(struct import_after *a, struct import_file *file,
                                 struct sv_err *err)
{
    SECRET_OWNED struct secret *bytes = NULL;
    enum sv_status s = shred_file_open(&a->shred, file->path, err);
    if (s == SV_OK)
        s = shred_file_read(&a->shred, IMPORT_BYTES_MAX, &bytes, err);
    if (s != SV_OK)
        return s;
    secret_free(file->bytes);
    file->bytes = bytes;
    bytes = NULL;
    return SV_OK;
}

enum sv_status import_after_open(struct import_after *a, enum after_what what,
                                 struct import_file *file, struct sv_err *err)
{
    a->source = file->source;
    a->shown = sv_strdup(file->what);
    if (a->shown == NULL)
        return sv_fail_nomem(err);
    if (what != AFTER_NOTHING && import_is_folder(file->source->shape))
        return refuse_folder(file, err);
    enum sv_status s = what == AFTER_ADOPT   ? adopt_file_open(&a->adopt, file, err)
                       : what == AFTER_SHRED ? open_shred(a, file, err)
                                             : SV_OK;
    if (s == SV_OK)
        a->what = what;
    return s;
}

/* ---- which of its logins the vault has ---- */

static enum sv_status leave(struct import_after *a, const struct plan_row *row, struct sv_err *err)
{
    bool has_no_place = plan_name_there(row) != NULL;
    struct after_left *left = &a->left[a->left_count];
    left->name = sv_strdup(row->found->card.name);
    left->why = has_no_place ? "no-place" : plan_state_word(row->state);
    a->left_count += left->name != NULL;
    return left->name != NULL ? SV_OK : sv_fail_nomem(err);
}

static enum sv_status name_all(struct import_after *a, const struct plan *plan, struct sv_err *err)
{
    enum sv_status s = SV_OK;
    a->names = sv_alloc_array(plan->count, sizeof *a->names);
    a->left = sv_alloc_array(plan->count, sizeof *a->left);
    if (a->names == NULL || a->left == NULL)
        return sv_fail_nomem(err);
    a->count = plan->count;
    for (size_t i = 0; i < plan->count && s == SV_OK; i++) {
        const struct plan_row *row = &plan->rows[i];
        const char *name = plan_name_there(row);
        if (row->found->secret == NULL)
            continue;
        if (name == NULL || (a->what == AFTER_ADOPT && row->found->len == 0)) {
            s = leave(a, row, err);
            continue;
        }
        a->names[i] = sv_strdup(name);
        a->named += a->names[i] != NULL;
        s = a->names[i] != NULL ? SV_OK : sv_fail_nomem(err);
    }
    return s;
}

enum sv_status import_after_plan(struct cli *cli, struct import_after *a, const struct plan *plan,
                                 struct sv_err *err)
{
    if (a->what == AFTER_NOTHING)
        return SV_OK;
    enum sv_status s = name_all(a, plan, err);
    if (s == SV_OK && a->what == AFTER_ADOPT)
        s = adopt_file_make(cli, &a->adopt, a->source, (const char *const *)a->names, a->count,
                            err);
    return s;
}

bool import_after_has_work(const struct import_after *a)
{
    return a->what == AFTER_SHRED || (a->what == AFTER_ADOPT && a->named > 0);
}

/* ---- before ---- */

char *import_after_left(char dst[IMPORT_AFTER_NAMES_MAX], const struct import_after *a)
{
    size_t used = 0, told = a->left_count < TOLD_LEFT ? a->left_count : TOLD_LEFT;
    char shown[100];
    dst[0] = '\0';
    for (size_t i = 0; i < told; i++) {
        const char *name = a->left[i].name;
        (void)text_printable(shown, sizeof shown, name, strlen(name));
        used += (size_t)snprintf(dst + used, IMPORT_AFTER_NAMES_MAX - used, "%s%s",
                                 i == 0                   ? ""
                                 : i + 1 == a->left_count ? " and "
                                                          : ", ",
                                 shown);
    }
    if (told < a->left_count)
        (void)snprintf(dst + used, IMPORT_AFTER_NAMES_MAX - used, " and %zu others",
                       a->left_count - told);
    return dst;
}

static bool is_referred_to(const struct import_after *a)
{
    for (size_t i = 0; i < a->adopt.change.count; i++) {
        const struct blob *text = &a->adopt.change.spots[i].text;
        if (memmem(text->bytes, text->len, REFERENCE_SCHEME, strlen(REFERENCE_SCHEME)) != NULL)
            return true;
    }
    return false;
}

/* Whoever starts the program as ever would have it log in with the reference. */
static void tell_references(const struct cli *cli, const struct import_after *a)
{
    if (is_referred_to(a))
        print_note(cli,
                   "what reads %s by itself gets references in place of secrets then: \"smtpvault "
                   "exec --env-file\" has to start it",
                   a->shown);
}

enum sv_status import_after_show(struct cli *cli, const struct import_after *a, bool dry,
                                 struct sv_err *err)
{
    SINK_OWNED struct sink *own = sink_new(false);
    struct sink *out = dry && !cli->json ? cli->out : own;
    if (own == NULL)
        return sv_fail_nomem(err);
    if (a->what != AFTER_ADOPT || a->named == 0)
        return SV_OK;
    enum sv_status s = adopt_file_diff(&a->adopt, out, err);
    if (s == SV_OK && out == own)
        s = sink_release(own, STDERR_FILENO, "standard error", err);
    if (s == SV_OK)
        tell_references(cli, a);
    return s;
}

/* ---- the vault has it ---- */

struct proof {
    const char **names;
    const struct secret **secrets;
    bool *sames;
    size_t count;
};

static void proof_clear(struct proof *p)
{
    sv_free(p->names);
    sv_free(p->secrets);
    sv_free(p->sames);
}

/* The secrets as they stand in the file, and not as somebody remembers them. */
static enum sv_status prove(struct cli *cli, const struct import_after *a,
                            const struct found_list *logins, struct sv_err *err)
{
    __attribute__((cleanup(proof_clear))) struct proof p = {.count = 0};
    p.names = sv_alloc_array(a->count, sizeof *p.names);
    p.secrets = sv_alloc_array(a->count, sizeof *p.secrets);
    p.sames = sv_alloc_array(a->count, sizeof *p.sames);
    if (p.names == NULL || p.secrets == NULL || p.sames == NULL)
        return sv_fail_nomem(err);
    for (size_t i = 0; i < a->count && i < logins->count; i++) {
        if (a->names[i] == NULL || logins->items[i].secret == NULL)
            continue;
        p.names[p.count] = a->names[i];
        p.secrets[p.count++] = logins->items[i].secret;
    }
    if (p.count != a->named || logins->count != a->count)
        return sv_fail(err, SV_LOCKED, "%s was changed meanwhile, and was left alone", a->shown);
    enum sv_status s = vault_compare(cli->vault, p.names, p.secrets, p.sames, p.count, err);
    for (size_t i = 0; i < p.count && s == SV_OK; i++)
        if (!p.sames[i])
            s = sv_fail(err, SV_LOCKED,
                        "the vault has another secret of %s meanwhile: %s was left alone",
                        NAME_SHOWN(p.names[i]), a->shown);
    return s;
}

static enum sv_status prove_shred(struct cli *cli, const struct import_after *a, struct sv_err *err)
{
    FOUND_LIST_OWNED struct found_list now = {.items = NULL};
    SECRET_OWNED struct secret *bytes = NULL;
    enum sv_status s = shred_file_read(&a->shred, IMPORT_BYTES_MAX, &bytes, err);
    if (s == SV_OK)
        s = import_take(a->source, a->shown, &bytes, &now, err);
    return s == SV_OK ? prove(cli, a, &now, err) : s;
}

static const char *path_of(const struct import_after *a)
{
    return a->what == AFTER_ADOPT ? a->adopt.file.path : a->shred.path;
}

static enum sv_status record(struct cli *cli, const struct import_after *a,
                             enum audit_result result, struct sv_err *err)
{
    struct audit_event event = {.op = AUDIT_IMPORT, .result = result};
    char note[4200];
    (void)snprintf(note, sizeof note, "%s %s", a->what == AFTER_ADOPT ? "adopted" : "shredded",
                   path_of(a));
    (void)text_printable(event.note, sizeof event.note, note, strlen(note));
    for (size_t i = 0; a->named == 1 && i < a->count; i++)
        if (a->names[i] != NULL)
            (void)snprintf(event.profile, sizeof event.profile, "%s", a->names[i]);
    return vault_record(cli->vault, &event, err);
}

/* ---- what is said then ---- */

static void tell_leftovers(const struct cli *cli, const struct import_after *a)
{
    size_t told = 0;
    for (size_t i = 0; i < a->count; i++) {
        size_t line = 0;
        while (a->names[i] != NULL && told < TOLD_LEFTOVER &&
               (line = adopt_leftover(&a->adopt.change, i, line)) != 0) {
            print_warning(cli, "line %zu of %s has the same characters as the secret of %s: look",
                          line, a->shown, NAME_SHOWN(a->names[i]));
            told++;
        }
    }
}

static const char *first_name(const struct import_after *a)
{
    for (size_t i = 0; i < a->count; i++)
        if (a->names[i] != NULL)
            return a->names[i];
    return "";
}

static void tell_adopted(const struct cli *cli, const struct import_after *a)
{
    print_note(cli, "%s asks the vault now for the secret%s of %zu login%s", a->shown,
               a->named == 1 ? "" : "s", a->named, a->named == 1 ? "" : "s");
    if (a->adopt.fenced)
        print_note(cli,
                   "AppArmor keeps msmtp from starting smtpvault here, so start it the other way: "
                   "smtpvault exec %s -- msmtp ADDRESS <MESSAGE",
                   NAME_TYPED(first_name(a)));
    else if (is_referred_to(a))
        print_note(cli, "\"smtpvault exec --env-file %s -- COMMAND\" starts a program with it",
                   NAME_TYPED(a->shown));
    tell_leftovers(cli, a);
}

enum sv_status import_after_do(struct cli *cli, struct import_after *a, struct sv_err *err)
{
    bool adopt = a->what == AFTER_ADOPT;
    enum sv_status s =
        adopt ? prove(cli, a, &a->adopt.change.logins, err) : prove_shred(cli, a, err);
    if (s != SV_OK)
        return s;
    s = adopt ? adopt_file_write(&a->adopt, err) : shred_file_destroy(&a->shred, err);
    if (s != SV_OK) {
        struct sv_err second = {""};
        /* A disk that fails at the end may have it all the same. */
        (void)!record(cli, a, AUDIT_FAILED, &second);
        return s;
    }
    a->done = true;
    cli->changed = true;
    if (adopt)
        tell_adopted(cli, a);
    else
        print_note(cli,
                   "overwrote and removed %s; a disk of flash, a file system that copies, "
                   "snapshots and backups may keep it all the same: change what others could read",
                   a->shown);
    s = record(cli, a, AUDIT_OK, err);
    return s == SV_OK ? copy_gone(cli, path_of(a), (const char *const *)a->names, a->count, err)
                      : s;
}

/* ---- JSON ---- */

void import_after_json(struct json *j, const struct import_after *a)
{
    static const char *const would[] = {"nothing", "adopt", "shred"}, *const did[] = {"nothing",
                                                                                      "adopted",
                                                                                      "shredded"};
    if (a->what == AFTER_NOTHING) {
        json_null(j);
        return;
    }
    json_object(j);
    json_text(j, "path", a->shown);
    json_text(j, "wish", would[a->what]);
    json_text(j, "done", a->done ? did[a->what] : did[AFTER_NOTHING]);
    json_key(j, "profiles");
    json_array(j);
    for (size_t i = 0; i < a->count; i++)
        if (a->names[i] != NULL)
            json_string(j, a->names[i]);
    json_array_end(j);
    json_key(j, "left");
    json_array(j);
    for (size_t i = 0; i < a->left_count; i++) {
        json_object(j);
        json_text(j, "name", a->left[i].name);
        json_text(j, "why", a->left[i].why);
        json_object_end(j);
    }
    json_array_end(j);
    json_object_end(j);
}
