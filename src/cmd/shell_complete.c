/* SPDX-License-Identifier: ISC */
#include "cmd/shell_complete.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cmd/complete.h"

const char *const shell_own_words[] = {"lock", "exit", "quit", NULL};

void shell_forget(struct shell_memory *m)
{
    words_clear(&m->names);
    m->known = false;
}

/* ---- where in a command line the cursor is ---- */

struct place {
    const struct command *command;    /* NULL: it has not been named yet */
    const struct option_spec *option; /* the cursor is in its value */
    size_t count;                     /* words of the command before the cursor */
    bool literal;                     /* behind "--" */
};

static void step(struct place *at, const char *word)
{
    if (at->option != NULL) {
        at->option = NULL;
    } else if (!at->literal && strcmp(word, "--") == 0) {
        at->literal = true;
    } else if (!at->literal && word[0] == '-' && word[1] != '\0') {
        const struct option_spec *o = complete_find_option(at->command, word);
        if (o != NULL && o->value_name != NULL)
            at->option = o;
    } else if (at->command == NULL) {
        at->command = command_find(word);
        /* Behind a word that is no command nothing can be offered. */
        at->literal = at->literal || at->command == NULL;
    } else {
        at->count++;
    }
}

/* ---- what can stand there ---- */

struct offering {
    struct shell_memory *memory;
    struct cli *cli;
    const char *head; /* "--tls=" where the value stands in the option's own word */
    const char *typed;
    struct words *offers;
    bool *files;
    struct sv_err *err;
    enum sv_status status;
};

static void offer(void *context, const char *word)
{
    struct offering *o = context;
    char whole[512];
    size_t head = strlen(o->head), len = strlen(word);
    if (o->status != SV_OK || !text_starts_with(word, o->typed) || head + len >= sizeof whole)
        return;
    memcpy(whole, o->head, head);
    memcpy(whole + head, word, len + 1);
    o->status = words_add(o->offers, whole, o->err);
}

/* A Tab asks nobody and shows no error: without an open vault there is no name. */
static void learn_names(struct shell_memory *m, struct cli *cli)
{
    PROFILE_LIST_OWNED struct profile_list list = {.items = NULL};
    struct sv_err aside;
    if (m->known || cli->vault == NULL || !vault_is_unlocked(cli->vault) ||
        vault_list(cli->vault, &list, &aside) != SV_OK)
        return;
    m->known = true;
    for (size_t i = 0; m->known && i < list.count; i++)
        m->known = words_add(&m->names, list.items[i].name, &aside) == SV_OK;
    if (!m->known)
        shell_forget(m);
}

static void offer_kind(struct offering *o, enum completes kind)
{
    if (kind == COMPLETES_PROFILE) {
        learn_names(o->memory, o->cli);
        for (size_t i = 0; i < o->memory->names.count; i++)
            offer(o, o->memory->names.items[i]);
    }
    complete_words(kind, offer, o);
    *o->files = o->head[0] == '\0' && (kind == COMPLETES_FILE || kind == COMPLETES_PROGRAM);
}

static void offer_options(struct offering *o, const struct option_spec *list)
{
    char word[64];
    for (; list != NULL && list->name != NULL; list++) {
        snprintf(word, sizeof word, "--%s", list->name);
        if (list->help != NULL)
            offer(o, word);
    }
}

static void offer_commands(struct offering *o)
{
    for (size_t i = 0; i < command_count; i++) {
        if ((commands[i]->flags & CMD_HIDDEN_IN_SHELL) != 0)
            continue;
        offer(o, commands[i]->name);
        char alias[32];
        const char *a = command_aliases(commands[i]);
        while (*a != '\0') {
            size_t span = strcspn(a, " ");
            if (span < sizeof alias) {
                memcpy(alias, a, span);
                alias[span] = '\0';
                offer(o, alias);
            }
            a += span + (a[span] == ' ');
        }
    }
    for (size_t i = 0; shell_own_words[i] != NULL; i++)
        offer(o, shell_own_words[i]);
}

/* "--tls=st": the value is completed behind its own head. */
static void offer_value(struct offering *o, const struct command *c, const char *typed)
{
    char name[64], head[sizeof name + 1];
    size_t len = strcspn(typed, "=");
    if (len >= sizeof name)
        return;
    snprintf(name, sizeof name, "%.*s", (int)len, typed);
    snprintf(head, sizeof head, "%s=", name);
    const struct option_spec *option = complete_find_option(c, name);
    if (option == NULL || option->value_name == NULL)
        return;
    o->head = head;
    o->typed = typed + len + 1;
    offer_kind(o, complete_option(option));
    o->head = "";
}

enum sv_status shell_offers(struct shell_memory *m, struct cli *cli, const struct words *before,
                            const char *typed, struct words *offers, bool *files,
                            struct sv_err *err)
{
    struct offering o = {m, cli, "", typed, offers, files, err, SV_OK};
    struct place at = {.command = NULL};
    *files = false;
    for (size_t i = 0; i < before->count; i++)
        step(&at, before->items[i]);
    const struct command *c = at.command;
    if (at.option != NULL) {
        offer_kind(&o, complete_option(at.option));
    } else if (c == NULL && at.literal) {
        return SV_OK;
    } else if (typed[0] == '-' && !at.literal) {
        if (strchr(typed, '=') != NULL)
            offer_value(&o, c, typed);
        else {
            offer_options(&o, c != NULL ? c->options : NULL);
            offer_options(&o, option_globals);
        }
    } else if (c == NULL) {
        offer_commands(&o);
    } else if (at.literal && (c->flags & CMD_REST) != 0 && at.count >= (size_t)c->min_args) {
        offer_kind(&o, COMPLETES_PROGRAM);
    } else if ((c->flags & CMD_REST) == 0 || at.count < (size_t)c->max_args) {
        offer_kind(&o, complete_position(c, at.count));
    }
    return o.status;
}
