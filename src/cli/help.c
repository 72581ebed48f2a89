/* SPDX-License-Identifier: ISC */
#include "cli/help.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/args.h"
#include "cli/print.h"
#include "cli/source.h"

/* Help is for 80 columns, or fewer where the terminal has fewer. */
#define WIDTH 80

static size_t width(void)
{
    size_t terminal = print_width(STDOUT_FILENO);
    return terminal != 0 && terminal < WIDTH ? terminal : WIDTH;
}

void help_usage(struct sink *out)
{
    sink_puts(out, "usage: smtpvault [GLOBAL OPTIONS] COMMAND [ARGS]\n"
                   "       smtpvault init                              make a vault\n"
                   "       smtpvault add                               a login: it asks\n"
                   "       smtpvault get NAME\n"
                   "\"smtpvault help\" lists every command.\n");
}

static void put_spaces(struct sink *out, size_t have, size_t want)
{
    for (; have < want; have++)
        sink_puts(out, " ");
}

static void put_folded(struct sink *out, const char *text, size_t at, size_t indent)
{
    char folded[2048];
    sink_puts(out, text_fold(folded, sizeof folded, text, at, indent, width()));
    sink_puts(out, "\n");
}

#define OPTION_COLUMN 28
#define STATUS_COLUMN 6

static void put_option(struct sink *out, const struct option_spec *o)
{
    if (o->help == NULL)
        return;
    char head[80], help[256];
    int len = o->letter != 0 ? snprintf(head, sizeof head, "  -%c, --%s", o->letter, o->name)
                             : snprintf(head, sizeof head, "  --%s", o->name);
    if (o->value_name != NULL)
        len += snprintf(head + len, sizeof head - (size_t)len, " %s", o->value_name);
    sink_puts(out, head);
    if (len + 2 > OPTION_COLUMN) {
        sink_puts(out, "\n");
        len = 0;
    }
    put_spaces(out, (size_t)len, OPTION_COLUMN);
    snprintf(help, sizeof help, "%s%s", o->help, o->repeats ? " (may be repeated)" : "");
    put_folded(out, help, OPTION_COLUMN, OPTION_COLUMN);
}

static void put_options(struct sink *out, const char *title, const struct option_spec *o)
{
    if (o == NULL || o->name == NULL)
        return;
    sink_printf(out, "\n%s:\n", title);
    for (; o->name != NULL; o++)
        put_option(out, o);
}

#define GROUP_COLUMN 10
#define SUMMARY_COLUMN 25

void help_overview(struct sink *out)
{
    sink_puts(out, "usage: smtpvault [GLOBAL OPTIONS] COMMAND [ARGS]\n\n");
    for (size_t g = 0; command_groups[g] != NULL; g++) {
        const char *group = command_groups[g];
        for (size_t i = 0; i < command_count; i++) {
            const struct command *c = commands[i];
            if (strcmp(c->group, command_groups[g]) != 0)
                continue;
            sink_puts(out, group);
            put_spaces(out, strlen(group), GROUP_COLUMN);
            sink_puts(out, c->name);
            put_spaces(out, strlen(c->name), SUMMARY_COLUMN - GROUP_COLUMN);
            put_folded(out, c->summary, SUMMARY_COLUMN, SUMMARY_COLUMN);
            group = "";
        }
    }
    sink_puts(out, "\n");
    put_folded(out, "smtpvault COMMAND --help, smtpvault help options, smtpvault help exit-status",
               0, 0);
}

void help_options(struct sink *out)
{
    sink_puts(out, "Global options stand before or behind the command; some have a variable.\n");
    put_options(out, "options", option_globals);
    sink_puts(out, "\nA SOURCE says where a secret comes in:\n");
    for (size_t i = 0; source_forms[i][0] != NULL; i++) {
        sink_printf(out, "  %s", source_forms[i][0]);
        put_spaces(out, strlen(source_forms[i][0]) + 2, OPTION_COLUMN);
        put_folded(out, source_forms[i][1], OPTION_COLUMN, OPTION_COLUMN);
    }
}

void help_statuses(struct sink *out)
{
    sink_puts(out, "A command ends with one of these statuses:\n");
#define ROW(name, number, meaning)      \
    sink_printf(out, "  %-4d", number); \
    put_folded(out, meaning, STATUS_COLUMN, STATUS_COLUMN);
    SMTPVAULT_STATUS_LIST(ROW)
#undef ROW
    put_folded(out,
               "exec answers with the status of its command, and a prompt that is given up with ^C "
               "ends the program with SIGINT, in a shell status 130. An error, which is every "
               "status from 64 on, leaves standard output empty.",
               0, 0);
}

/* Only their names: what they mean would push the command's own off the screen. */
static void put_global_names(struct sink *out)
{
    char line[512] = "global options:";
    size_t len = strlen(line);
    for (const struct option_spec *o = option_globals; o->name != NULL; o++)
        len += (size_t)snprintf(
            line + len, sizeof line - len, " --%s%s%s%s", o->name, o->value_name != NULL ? " " : "",
            o->value_name != NULL ? o->value_name : "", o[1].name != NULL ? "," : "");
    snprintf(line + len, sizeof line - len, "; see \"smtpvault help options\"");
    put_folded(out, line, 0, 2);
}

void help_command(struct sink *out, const struct command *c)
{
    sink_printf(out, "usage: smtpvault %s%s%s%s\n\n%s\n", c->name,
                c->options != NULL && c->options->name != NULL ? " [OPTIONS]" : "",
                c->args[0] != '\0' ? " " : "", c->args, c->summary);
    if (c->help != NULL) {
        sink_puts(out, "\n");
        put_folded(out, c->help, 0, 0);
    }
    if (command_aliases(c)[0] != '\0')
        sink_printf(out, "\nalias: %s\n", command_aliases(c));
    put_options(out, "options", c->options);
    sink_puts(out, "\nexamples:\n");
    for (const char *const *e = c->examples; *e != NULL; e++)
        sink_printf(out, "  %s\n", *e);
    sink_puts(out, "\n");
    put_global_names(out);
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
