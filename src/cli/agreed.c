/* SPDX-License-Identifier: ISC */
#include "cli/agreed.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/defence.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/ask.h"
#include "cli/names.h"
#include "cli/session.h"
#include "crypto/hash.h"
#include "domain/policy.h"
#include "domain/vault.h"

#define LOCK_MS 5000
#define LINE 65 /* digits and a line feed */
#define SHOWN 300
#define SHOWN_MAX (4 * POLICY_HOOK_MAX + 1)

/* The file that it stands in, which is the word before it in the hash too. */
struct list {
    const char *name;
    size_t max; /* lines */
    /* Said of a text that it could not take. */
    const char *before, *behind;
};
static const struct list of_commands = {
    "agreed", AGREED_MAX,
    "nothing was done, since it could not be noted on this machine first that \"",
    "\" may run here"};
static const struct list of_files = {
    "written", AGREED_FILES_MAX, "",
    " was not written, since it could not be noted on this machine first that you write it"};

static enum sv_status place(struct cli *cli, const struct list *list, char **path,
                            struct sv_err *err)
{
    SV_AUTOFREE char *vault = NULL;
    SV_AUTOFREE char *state = NULL;
    SV_AUTOFREE char *folder = NULL;
    struct vault_info info;
    enum sv_status s = vault_info(cli->vault, &info, err);
    if (s == SV_OK)
        s = session_place(cli, &vault, &state, err);
    if (s != SV_OK)
        return s;
    if ((folder = path_join(state, info.id_hex)) == NULL)
        return sv_fail_nomem(err);
    if ((s = file_make_dirs(folder, err)) != SV_OK)
        return s;
    *path = path_join(folder, list->name);
    return *path != NULL ? SV_OK : sv_fail_nomem(err);
}

static void line_of(char line[LINE + 1], const struct list *list, const char *text)
{
    uint8_t digest[32];
    struct hash h;
    hash_begin(&h, NULL, sizeof digest, list->name);
    hash_field(&h, text, strlen(text));
    hash_end(&h, digest);
    memcpy(text_hex(line, digest, sizeof digest) + LINE - 1, "\n", 2);
}

/* What others could have written counts for nothing. */
static enum sv_status load(const char *path, const struct list *list, struct blob *all,
                           struct sv_err *err)
{
    enum file_kind kind = FILE_ABSENT;
    enum sv_status s = file_look(path, &kind, err);
    if (s != SV_OK || kind == FILE_ABSENT)
        return s;
    if ((s = file_check_private(path, err)) != SV_OK)
        return s;
    return file_read_blob(path, list->max * LINE, all, err);
}

static bool has(const struct blob *all, const char line[LINE + 1])
{
    for (size_t at = 0; at + LINE <= all->len; at += LINE)
        if (memcmp(all->bytes + at, line, LINE) == 0)
            return true;
    return false;
}

static enum sv_status look(struct cli *cli, const struct list *list, const char *text, bool *known,
                           struct sv_err *err)
{
    SV_AUTOFREE char *path = NULL;
    BLOB_OWNED struct blob all = {0};
    char line[LINE + 1];
    enum sv_status s = place(cli, list, &path, err);
    if (s == SV_OK)
        s = load(path, list, &all, err);
    line_of(line, list, text);
    *known = s == SV_OK && has(&all, line);
    return s;
}

static enum sv_status hold(const char *path, int *lock, struct sv_err *err)
{
    char name[4352];
    (void)snprintf(name, sizeof name, "%s.lock", path);
    return file_lock(name, LOCK_MS, lock, err);
}

static enum sv_status note(struct cli *cli, const struct list *list, const char *text,
                           struct sv_err *err)
{
    SV_AUTOFREE char *path = NULL;
    BLOB_OWNED struct blob all = {0};
    FD_OWNED int lock = -1;
    char line[LINE + 1];
    enum sv_status s = place(cli, list, &path, err);
    if (s == SV_OK)
        s = hold(path, &lock, err);
    if (s == SV_OK)
        s = load(path, list, &all, err);
    line_of(line, list, text);
    if (s != SV_OK || has(&all, line))
        return s;
    if (!blob_append(&all, line, LINE))
        return sv_fail_nomem(err);
    size_t drop = all.len > list->max * LINE ? LINE : 0;
    return file_replace(path, all.bytes + drop, all.len - drop, 0600, err);
}

static enum sv_status keep(struct cli *cli, const struct list *list, const char *text,
                           struct sv_err *err)
{
    struct sv_err why = {""};
    char shown[SHOWN];
    enum sv_status s = note(cli, list, text, &why);
    return s == SV_OK ? s
                      : sv_fail(err, s, "%s%s%s: %.600s", list->before,
                                text_printable(shown, sizeof shown, text, strlen(text)),
                                list->behind, why.text);
}

enum sv_status agreed_keep(struct cli *cli, const char *command, struct sv_err *err)
{
    return keep(cli, &of_commands, command, err);
}

enum sv_status agreed_file_keep(struct cli *cli, const char *path, struct sv_err *err)
{
    return keep(cli, &of_files, path, err);
}

enum sv_status agreed_file(struct cli *cli, const char *path, bool *known, struct sv_err *err)
{
    *known = true;
    return DEFENDED(COPY_OURS) ? look(cli, &of_files, path, known, err) : SV_OK;
}

enum sv_status agreed_ask(struct cli *cli, const char *command, const char *name,
                          struct sv_err *err)
{
    char shown[SHOWN_MAX], question[SHOWN_MAX + NAME_SHOWN_MAX + 128];
    bool yes = false;
    if (!DEFENDED(AGREED))
        return SV_OK;
    enum sv_status s = look(cli, &of_commands, command, &yes, err);
    if (s != SV_OK || yes)
        return s;
    text_printable(shown, sizeof shown, command, strlen(command));
    if (ask_yes_possible(cli)) {
        snprintf(question, sizeof question,
                 "The vault says to run this program for %s: %s -- run it on this machine, now "
                 "and from now on?",
                 NAME_SHOWN(name), shown);
        s = ask_yes(cli, question, &yes, err);
    }
    if (s != SV_OK)
        return s;
    if (yes)
        return agreed_keep(cli, command, err);
    return sv_fail(err, SV_DENIED,
                   "the vault says to run \"%.200s\" for %s, and nobody has agreed to that on this "
                   "machine: give it yourself with --hook, or --generate",
                   shown, NAME_SHOWN(name));
}
