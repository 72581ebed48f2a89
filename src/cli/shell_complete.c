/* SPDX-License-Identifier: ISC */
#include "cli/shell_complete.h"

#include <string.h>

#include "base/alloc.h"
#include "cli/complete.h"
#include "cli/shell_words.h"

const char *const shell_builtins[] = {"lock", "exit", "quit", NULL};

/* Out of memory means fewer candidates, nothing worse. */
static void add(void *context, const char *word)
{
    struct shell_candidates *c = context;
    if (c->count == c->capacity) {
        size_t capacity = c->capacity != 0 ? 2 * c->capacity : 64;
        char **list = sv_resize(c->list, capacity * sizeof *list);
        if (list == NULL)
            return;
        c->list = list;
        c->capacity = capacity;
    }
    char *copy = sv_strdup(word);
    if (copy != NULL)
        c->list[c->count++] = copy;
}

void shell_candidates_clear(struct shell_candidates *c)
{
    for (size_t i = 0; i < c->count; i++)
        sv_free(c->list[i]);
    sv_free(c->list);
    *c = (struct shell_candidates){0};
}

static void add_commands(struct shell_candidates *c)
{
    for (size_t i = 0; i < command_count; i++) {
        if ((commands[i]->flags & CMD_HIDDEN_IN_SHELL) == 0)
            add(c, commands[i]->name);
    }
    for (size_t i = 0; shell_builtins[i] != NULL; i++)
        add(c, shell_builtins[i]);
}

static void add_profiles(struct shell_candidates *c, struct cli *cli)
{
    PROFILE_LIST_OWNED struct profile_list list = {0};
    if (cli->vault == NULL || !vault_is_unlocked(cli->vault) ||
        vault_list(cli->vault, &list, NULL) != SV_OK)
        return;
    for (size_t i = 0; i < list.count; i++)
        add(c, list.items[i].name);
}

static void add_options(struct shell_candidates *c, const struct option_spec *o)
{
    char word[64] = "--";
    for (; o != NULL && o->name != NULL; o++) {
        size_t len = strlen(o->name);
        if (o->help == NULL || len + 3 > sizeof word)
            continue;
        memcpy(word + 2, o->name, len + 1);
        add(c, word);
    }
}

static bool add_kind(struct shell_candidates *c, struct cli *cli, enum completes kind)
{
    if (kind == COMPLETES_PROFILE)
        add_profiles(c, cli);
    complete_words(kind, add, c);
    return kind == COMPLETES_FILE || kind == COMPLETES_PROGRAM;
}

/* How many of the words behind the command are positional, and the option whose
 * value comes next, if any. */
static const struct option_spec *walk(const struct command *command,
                                      const struct shell_words *words, size_t *position)
{
    *position = 0;
    for (size_t i = 1; i < words->count; i++) {
        const char *word = words->list[i];
        if (word[0] != '-') {
            ++*position;
            continue;
        }
        const struct option_spec *o = complete_find_option(command, word);
        if (o == NULL || o->value_name == NULL)
            continue;
        if (i + 1 == words->count)
            return o;
        i++;
    }
    return NULL;
}

bool shell_candidates_find(struct shell_candidates *c, struct cli *cli, const char *line,
                           size_t start, const char *text)
{
    SHELL_WORDS_OWNED struct shell_words words = {0};
    SV_AUTOFREE char *head = sv_strndup(line, start);
    size_t position;
    shell_candidates_clear(c);
    if (head == NULL)
        return false;
    /* A quote that is open belongs to the word that is being completed. */
    if (shell_words_split(&words, head, NULL) != SV_OK && words.open)
        words.count--;
    if (words.count == 0) {
        add_commands(c);
        return false;
    }
    const struct command *command = command_find(words.list[0]);
    if (command == NULL)
        return false;
    const struct option_spec *option = walk(command, &words, &position);
    if (option != NULL)
        return add_kind(c, cli, complete_option(option));
    if (text[0] == '-') {
        add_options(c, command->options);
        add_options(c, option_globals);
        return false;
    }
    return add_kind(c, cli, complete_position(command, position));
}
