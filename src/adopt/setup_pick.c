/* SPDX-License-Identifier: ISC */
#include "adopt/setup_pick.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "cli/ask.h"
#include "cli/names.h"
#include "cli/prompt.h"
#include "cli/session.h"

/* More are not shown: who has them knows the name. */
#define SHOWN_MAX 30
#define NAMED_MAX 8
#define SAYS_MAX 160

/* "shop, work and 3 more". */
static void list_names(char *dst, size_t room, const struct setup_choice *c)
{
    size_t at = 0;
    dst[0] = '\0';
    for (size_t i = 0; i < c->count && i < NAMED_MAX && at + 1 < room; i++)
        at += (size_t)snprintf(dst + at, room - at, "%s%s", i > 0 ? ", " : "",
                               NAME_SHOWN(c->names[i]));
    if (c->count > NAMED_MAX && at + 1 < room)
        (void)snprintf(dst + at, room - at, " and %zu more", c->count - NAMED_MAX);
}

static void show_names(const struct cli *cli, const struct setup_choice *c)
{
    prompt_tell(cli, "%s", c->question);
    for (size_t i = 0; i < c->count && i < SHOWN_MAX; i++)
        prompt_tell(cli, "  %zu) %s%s%s", i + 1, NAME_SHOWN(c->names[i]),
                    c->says != NULL ? ": " : "", c->says != NULL ? c->says[i] : "");
    if (c->count > SHOWN_MAX)
        prompt_tell(cli, "  and %zu more (\"smtpvault list\")", c->count - SHOWN_MAX);
}

/* A number of the list, else a name. */
static bool take(const struct setup_choice *c, const char *word, size_t *at)
{
    size_t number = 0, digits = strspn(word, "0123456789");
    for (size_t i = 0; i < digits && number <= c->count; i++)
        number = 10 * number + (size_t)(word[i] - '0');
    if (word[0] == '\0')
        *at = c->usual;
    else if (word[digits] == '\0' && number >= 1 && number <= c->count && number <= SHOWN_MAX)
        *at = number - 1;
    else
        for (*at = 0; *at < c->count && strcmp(c->names[*at], word) != 0;)
            ++*at;
    return *at < c->count;
}

enum sv_status setup_pick(struct cli *cli, const struct setup_choice *choice, bool asks,
                          const char *where, size_t *at, struct sv_err *err)
{
    char names[NAMED_MAX * NAME_SHOWN_MAX + 64], question[NAME_SHOWN_MAX + 64];
    if (!asks || !prompt_possible(cli)) {
        list_names(names, sizeof names, choice);
        return sv_fail(err, SV_USAGE,
                       "which login? %s %zu of them: put one behind the name of the tool (%s)",
                       where, choice->count, names);
    }
    show_names(cli, choice);
    if (choice->usual < choice->count)
        (void)snprintf(question, sizeof question,
                       "Its number or name [%s]: ", NAME_SHOWN(choice->names[choice->usual]));
    else
        (void)snprintf(question, sizeof question, "Its number or name: ");
    for (int tries = ASK_TRIES; tries > 0; tries--) {
        SV_AUTOFREE char *answer = NULL;
        enum sv_status s = prompt_text(cli, question, &answer, err);
        if (s != SV_OK || take(choice, answer, at))
            return s;
        if (tries > 1)
            prompt_tell(cli, answer[0] == '\0' ? "Type one of the numbers, or a name."
                                               : "That is none of them.");
    }
    return sv_fail(err, SV_DATA, "none of the logins was chosen, and nothing was changed");
}

/* ---- the vault's ---- */

static const char *address(const struct profile *p)
{
    return p->from != NULL && p->from[0] != '\0' ? p->from : p->username;
}

static bool stands_in(const char *text, size_t len, const char *word)
{
    return word != NULL && strchr(word, '@') != NULL && len > 0 &&
           memmem(text, len, word, strlen(word)) != NULL;
}

/* The one login that the file has a block of; else the one whose address is in it. */
static size_t usual_of(const struct profile_list *list, const struct setup_file *file)
{
    SETUP_FOUND_OWNED struct setup_found found = {.names = NULL};
    struct sv_err ignored = {0};
    size_t len, usual = list->count, hits = 0;
    const char *text = setup_file_text(file, &len);
    if (setup_look(text, len, &found, &ignored) != SV_OK)
        return usual;
    for (size_t i = 0; found.count == 1 && i < list->count; i++) {
        if (strcmp(list->items[i].name, found.names[0]) == 0)
            return i;
    }
    for (size_t i = 0; i < list->count; i++) {
        if (stands_in(text, len, address(&list->items[i]))) {
            usual = i;
            hits++;
        }
    }
    return hits == 1 ? usual : list->count;
}

static char *describe(const struct profile *p)
{
    char whole[SAYS_MAX], shown[2 * SAYS_MAX];
    const char *who = address(p);
    (void)snprintf(whole, sizeof whole, "%s%s%s", who != NULL ? who : "",
                   who != NULL && p->host != NULL ? " at " : "", p->host != NULL ? p->host : "");
    return sv_strdup(text_printable(shown, sizeof shown, whole, strlen(whole)));
}

static enum sv_status pick_among(struct cli *cli, const struct setup_tool *tool,
                                 const struct setup_file *file, const struct profile_list *list,
                                 bool asks, size_t *at, struct sv_err *err)
{
    char question[128];
    SV_AUTOFREE const char **names = sv_alloc_array(list->count, sizeof *names);
    SV_AUTOFREE char **says = sv_alloc_array(list->count, sizeof *says);
    bool done = names != NULL && says != NULL;
    for (size_t i = 0; says != NULL && i < list->count; i++) {
        says[i] = done ? describe(&list->items[i]) : NULL;
        done = done && says[i] != NULL;
        if (names != NULL)
            names[i] = list->items[i].name;
    }
    (void)snprintf(question, sizeof question, "Which login is %s to ask for?", tool->title);
    const struct setup_choice choice = {question, names, (const char *const *)says, list->count,
                                        usual_of(list, file)};
    enum sv_status s =
        done ? setup_pick(cli, &choice, asks, "The vault has", at, err) : sv_fail_nomem(err);
    for (size_t i = 0; says != NULL && i < list->count; i++)
        sv_free(says[i]);
    return s;
}

enum sv_status setup_pick_profile(struct cli *cli, const struct setup_tool *tool,
                                  const struct setup_file *file, bool asks, struct profile *p,
                                  struct sv_err *err)
{
    PROFILE_LIST_OWNED struct profile_list list = {.items = NULL};
    size_t at = 0;
    enum sv_status s = vault_list(cli->vault, &list, err);
    if (s != SV_OK)
        return s;
    if (list.count == 0)
        return sv_fail(err, SV_MISSING,
                       "the vault has no login yet: \"smtpvault add\" asks for one");
    if (list.count > 1)
        s = pick_among(cli, tool, file, &list, asks, &at, err);
    return s == SV_OK ? vault_find(cli->vault, list.items[at].name, p, err) : s;
}

/* ---- the file's ---- */

enum sv_status setup_pick_block(struct cli *cli, const struct setup_file *file,
                                const struct setup_found *found, bool asks, const char **name,
                                struct sv_err *err)
{
    char shown[SETUP_SHOWN], where[SETUP_SHOWN + 32], question[SETUP_SHOWN + 64];
    size_t at = 0;
    (void)session_show_path(shown, sizeof shown, file->path);
    (void)snprintf(where, sizeof where, "%s asks for", shown);
    (void)snprintf(question, sizeof question, "Which login is to come out of %s?", shown);
    const struct setup_choice choice = {question, (const char *const *)found->names, NULL,
                                        found->count, found->count};
    enum sv_status s = setup_pick(cli, &choice, asks, where, &at, err);
    if (s == SV_OK)
        *name = found->names[at];
    return s;
}
