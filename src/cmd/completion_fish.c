/* SPDX-License-Identifier: ISC */
#include "cli/args.h"
#include "cmd/complete.h"
#include "cmd/completion.h"

/* What a backslash is needed for inside single quotes of fish; ' is done apart. */
#define SPECIAL "\\"

static const char where[] =
    "# The place of the cursor: COMMAND:N, the Nth word; COMMAND:N-- behind \"--\".\n"
    "function __smtpvault_where\n"
    "    set -l words (commandline -opc)\n"
    "    set -l command ''\n"
    "    set -l option ''\n"
    "    set -l literal ''\n"
    "    set -l count 0\n"
    "    for word in $words[2..-1]\n"
    "        if test -n \"$option\"\n"
    "            set option ''\n"
    "        else if test -z \"$literal\" -a \"$word\" = --\n"
    "            set literal --\n"
    "        else if test -z \"$literal\"; and string match -qr -- '^-.' $word\n"
    "            __smtpvault_takes_value \"$command:$word\"; and set option $word\n"
    "        else if test -z \"$command\"\n"
    "            set command (__smtpvault_name $word)\n"
    "            test -n \"$command\"; or return\n"
    "        else\n"
    "            set count (math $count + 1)\n"
    "        end\n"
    "    end\n"
    "    echo $command:$count$literal\n"
    "end\n"
    "function __smtpvault_at\n"
    "    string match -qr -- \"^$argv[1]\\$\" (__smtpvault_where)\n"
    "end\n";

static const char profiles[] =
    "function __smtpvault_profile\n"
    "    set -l words (commandline -opc)\n"
    "    set -l program (string replace -r '^~/' \"$HOME/\" -- $words[1])\n"
    "    set -l opening\n"
    "    set -l option ''\n"
    "    for word in $words[2..-1]\n"
    "        if test -n \"$option\"\n"
    "            set -a opening $option (string replace -r '^~/' \"$HOME/\" -- $word)\n"
    "            set option ''\n"
    "        else if contains -- $word --vault --keyfile\n"
    "            set option $word\n"
    "        else if string match -qr -- '^--(vault|keyfile)=' $word\n"
    "            set -a opening $word\n"
    "        end\n"
    "    end\n"
    "    command $program $opening --no-input --quiet list 2>/dev/null </dev/null\n"
    "end\n"
    "complete -c smtpvault -f\n";

static void put_takes_value(struct sink *out, const char *command, const struct option_spec *o)
{
    for (; o != NULL && o->name != NULL; o++) {
        if (o->value_name == NULL)
            continue;
        sink_printf(out, " '%s:--%s'", command, o->name);
        if (o->letter != '\0')
            sink_printf(out, " '%s:-%c'", command, o->letter);
    }
}

static void put_functions(struct sink *out)
{
    sink_puts(out, "function __smtpvault_name\n    switch $argv[1]\n");
    for (size_t i = 0; i < command_count; i++) {
        sink_puts(out, "        case ");
        completion_names(out, commands[i], " ");
        sink_printf(out, "\n            echo %s\n", commands[i]->name);
    }
    sink_puts(out, "    end\nend\n"
                   "function __smtpvault_takes_value\n    switch $argv[1]\n        case");
    for (size_t i = 0; i < command_count; i++)
        put_takes_value(out, commands[i]->name, commands[i]->options);
    put_takes_value(out, "*", option_globals);
    sink_puts(out, "\n            return 0\n    end\n    return 1\nend\n");
    sink_puts(out, where);
    sink_puts(out, profiles);
}

/* What an argument can be; -x: nothing else, no file. */
static void put_kind(struct sink *out, enum completes kind)
{
    if (kind == COMPLETES_FILE) {
        sink_puts(out, " -r -F");
    } else if (kind == COMPLETES_PROFILE) {
        sink_puts(out, " -x -a '(__smtpvault_profile)'");
    } else if (kind == COMPLETES_PROGRAM) {
        sink_puts(out, " -x -a '(__fish_complete_command)'");
    } else if (completion_has_words(kind)) {
        sink_puts(out, " -x -a '");
        completion_words(out, kind);
        sink_puts(out, "'");
    } else {
        sink_puts(out, " -x");
    }
}

static void put_option(struct sink *out, const struct command *c, const struct option_spec *o)
{
    if (o->help == NULL)
        return;
    sink_puts(out, "complete -c smtpvault");
    if (c != NULL)
        sink_printf(out, " -n '__smtpvault_at \"%s:.*\"'", c->name);
    sink_printf(out, " -l %s", o->name);
    if (o->letter != '\0')
        sink_printf(out, " -s %c", o->letter);
    if (o->value_name != NULL)
        put_kind(out, complete_option(o));
    sink_puts(out, " -d '");
    completion_text(out, o->help, SPECIAL);
    sink_puts(out, "'\n");
}

static void put_word(struct sink *out, const struct command *c, const char *place,
                     enum completes kind)
{
    if (kind == COMPLETES_NOTHING)
        return;
    sink_printf(out, "complete -c smtpvault -n '__smtpvault_at \"%s:%s\"'", c->name, place);
    put_kind(out, kind);
    sink_puts(out, "\n");
}

static void put_words(struct sink *out, const struct command *c)
{
    char place[] = "0(--)?";
    int words = c->max_args < 0 ? 1 : c->max_args;
    for (int n = 0; n < words; n++) {
        place[0] = (char)('0' + n);
        put_word(out, c, place, complete_position(c, (size_t)n));
    }
    if (c->max_args < 0)
        put_word(out, c, "[1-9].*", complete_position(c, 1));
    if ((c->flags & CMD_REST) != 0) {
        put_word(out, c, "1--", COMPLETES_PROGRAM);
        put_word(out, c, "([2-9]|[1-9][0-9]+)--", COMPLETES_FILE);
    }
}

void completion_fish(struct sink *out)
{
    sink_puts(out, "# fish completion for smtpvault(1), made by \"smtpvault completion fish\"\n");
    put_functions(out);
    for (const struct option_spec *o = option_globals; o->name != NULL; o++)
        put_option(out, NULL, o);
    for (size_t i = 0; i < command_count; i++) {
        const struct command *c = commands[i];
        sink_puts(out, "complete -c smtpvault -n '__smtpvault_at \":.*\"' -a '");
        completion_names(out, c, " ");
        sink_puts(out, "' -d '");
        completion_text(out, c->summary, SPECIAL);
        sink_puts(out, "'\n");
        for (const struct option_spec *o = c->options; o != NULL && o->name != NULL; o++)
            put_option(out, c, o);
        put_words(out, c);
    }
}
