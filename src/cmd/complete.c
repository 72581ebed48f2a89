/* SPDX-License-Identifier: ISC */
#include "cmd/complete.h"

#include <string.h>

#include "cli/args.h"
#include "domain/provider.h"
#include "import/source.h"
#include "setup/tool.h"
#include "tool/format.h"

void complete_words(enum completes kind, complete_visit *visit, void *context)
{
    const char *const *words = completes_words(kind);
    for (; words != NULL && *words != NULL; words++)
        visit(context, *words);
    for (size_t i = 0; kind == COMPLETES_PROVIDER && i < provider_total(); i++)
        visit(context, provider_at(i)->id);
    for (size_t i = 0; kind == COMPLETES_FORMAT && i < format_count; i++)
        visit(context, formats[i]->name);
    for (size_t i = 0; kind == COMPLETES_IMPORT && i < import_source_count; i++)
        visit(context, import_sources[i].name);
    for (size_t i = 0; kind == COMPLETES_TOOL && i < setup_tool_count; i++)
        visit(context, setup_tools[i]->name);
    for (size_t i = 0; kind == COMPLETES_COMMAND && i < command_count; i++)
        visit(context, commands[i]->name);
}

/* The rows of fields.def have no column for it: the provider's value is an ID. */
enum completes complete_option(const struct option_spec *option)
{
    if (option->value_name != NULL && strcmp(option->value_name, "ID") == 0)
        return COMPLETES_PROVIDER;
    return option->completes;
}

enum completes complete_position(const struct command *c, size_t n)
{
    if (c->max_args >= 0 && n >= (size_t)c->max_args && (c->flags & CMD_REST) == 0)
        return COMPLETES_NOTHING;
    return n == 0 ? c->completes : c->completes_second;
}

const struct option_spec *complete_find_option(const struct command *c, const char *word)
{
    const struct option_spec *lists[] = {c != NULL ? c->options : NULL, option_globals};
    for (size_t i = 0; i < 2; i++) {
        for (const struct option_spec *o = lists[i]; o != NULL && o->name != NULL; o++) {
            if (strncmp(word, "--", 2) == 0 && strcmp(word + 2, o->name) == 0)
                return o;
            if (o->letter != 0 && word[0] == '-' && word[1] == o->letter && word[2] == '\0')
                return o;
        }
    }
    return NULL;
}
