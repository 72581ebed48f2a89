/* SPDX-License-Identifier: ISC */
#include "cli/help.h"

#include <string.h>

#include "cli/args.h"

void help_usage(struct sink *out)
{
    sink_puts(out, "usage: smtpvault [GLOBAL OPTIONS] COMMAND [ARGS]\n"
                   "       smtpvault init                              make a vault\n"
                   "       smtpvault add NAME --username you@example.com\n"
                   "       smtpvault get NAME\n"
                   "\"smtpvault help\" lists every command.\n");
}

static void put_spaces(struct sink *out, size_t have, size_t want)
{
    for (; have < want; have++)
        sink_puts(out, " ");
}

static void put_option(struct sink *out, const struct option_spec *o)
{
    if (o->help == NULL)
        return;
    size_t begun = sink_len(out);
    if (o->letter != 0)
        sink_printf(out, "  -%c, --%s", o->letter, o->name);
    else
        sink_printf(out, "      --%s", o->name);
    if (o->value_name != NULL)
        sink_printf(out, " %s", o->value_name);
    size_t len = sink_len(out) - begun;
    if (len > 30) {
        sink_puts(out, "\n");
        len = 0;
    }
    put_spaces(out, len, 32);
    sink_printf(out, "%s%s\n", o->help, o->repeats ? " (may be repeated)" : "");
}

static void put_options(struct sink *out, const char *title, const struct option_spec *o)
{
    if (o == NULL || o->name == NULL)
        return;
    sink_printf(out, "\n%s:\n", title);
    for (; o->name != NULL; o++)
        put_option(out, o);
}

void help_overview(struct sink *out)
{
    sink_puts(out, "usage: smtpvault [GLOBAL OPTIONS] COMMAND [ARGS]\n");
    for (size_t g = 0; command_groups[g] != NULL; g++) {
        sink_printf(out, "\n%s\n", command_groups[g]);
        for (size_t i = 0; i < command_count; i++) {
            const struct command *c = commands[i];
            if (strcmp(c->group, command_groups[g]) != 0)
                continue;
            sink_printf(out, "  %s", c->name);
            put_spaces(out, strlen(c->name), 14);
            sink_printf(out, "%s\n", c->summary);
        }
    }
    put_options(out, "global options", option_globals);
    sink_puts(out, "\n\"smtpvault COMMAND --help\" shows one command with examples; the manual is "
                   "smtpvault(1).\n");
}

void help_command(struct sink *out, const struct command *c)
{
    sink_printf(out, "usage: smtpvault %s%s%s%s\n\n%s\n", c->name,
                c->options != NULL && c->options->name != NULL ? " [OPTIONS]" : "",
                c->args[0] != '\0' ? " " : "", c->args, c->summary);
    if (c->help != NULL)
        sink_printf(out, "\n%s\n", c->help);
    if (command_aliases(c)[0] != '\0')
        sink_printf(out, "\nalias: %s\n", command_aliases(c));
    put_options(out, "options", c->options);
    put_options(out, "global options", option_globals);
    sink_puts(out, "\nexamples:\n");
    for (const char *const *e = c->examples; *e != NULL; e++)
        sink_printf(out, "  %s\n", *e);
}

static void table_options(struct sink *out, const char *command, const struct option_spec *o)
{
    for (; o != NULL && o->name != NULL; o++) {
        if (o->help != NULL)
            sink_printf(out, "option\t%s\t%s\n", command, o->name);
    }
}

void help_tables(struct sink *out)
{
    for (size_t i = 0; i < command_count; i++) {
        const struct command *c = commands[i];
        sink_printf(out, "command\t%s\n", c->name);
        const char *a = command_aliases(c);
        while (*a != '\0') {
            int span = (int)strcspn(a, " ");
            sink_printf(out, "alias\t%s\t%.*s\n", c->name, span, a);
            a += span + (a[span] == ' ');
        }
        table_options(out, c->name, c->options);
    }
    table_options(out, "global", option_globals);
#define ROW(name, number, meaning) sink_printf(out, "status\t%d\n", number);
    SMTPVAULT_STATUS_LIST(ROW)
#undef ROW
}
