/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "cli/args.h"
#include "cmd/complete.h"
#include "cmd/completion.h"

/* What _arguments takes for itself in a description. */
#define SPECIAL "[]:\\"

static const char helpers[] =
    "_smtpvault_profile() {\n"
    "    local -a opening names\n"
    "    local word option=''\n"
    "    for word in \"${smtpvault_line[@]}\"; do\n"
    "        word=${(Q)word}\n"
    "        if [[ -n $option ]]; then\n"
    "            opening+=($option \"${word/#\\~\\//$HOME/}\") option=''\n"
    "        elif [[ $word == (--vault|--keyfile) ]]; then\n"
    "            option=$word\n"
    "        elif [[ $word == (--vault|--keyfile)=* ]]; then\n"
    "            opening+=(\"$word\")\n"
    "        fi\n"
    "    done\n"
    "    word=${(Q)smtpvault_line[1]}\n"
    "    names=(\"${(@f)$(\"${word/#\\~\\//$HOME/}\" \"${opening[@]}\" --no-input --quiet list \\\n"
    "        2>/dev/null </dev/null)}\")\n"
    "    names=(\"${(@)names:#}\")\n"
    "    compadd \"$@\" -a names\n"
    "}\n"
    "_smtpvault_source() {\n"
    "    if compset -P file:; then\n"
    "        _files\n"
    "    else\n"
    "        compadd \"$@\" - tty stdin pinentry\n"
    "        compadd \"$@\" -S '' - fd: file: cmd: cred:\n"
    "    fi\n"
    "}\n"
    "_smtpvault_file() { _files }\n"
    "_smtpvault_program() {\n"
    "    if [[ $words[1] == -- ]]; then shift words; (( CURRENT-- )); fi\n"
    "    _normal\n"
    "}\n"
    "_smtpvault_nothing() { _message -e arguments 'no more words' }\n";

static const char body_begin[] =
    "_smtpvault() {\n"
    "    local curcontext=$curcontext context state state_descr line ret=1\n"
    "    local -A opt_args\n"
    "    local -a global commands own smtpvault_line=(\"${words[@]}\")\n"
    "    global=(\n";

static const char body_middle[] =
    "    _arguments -s -S -C -A '-*' $global '1: :->command' "
    "'*:: :->words' && ret=0\n"
    "    case $state in\n"
    "    command) _describe -t commands command commands && ret=0 ;;\n"
    "    words)\n"
    "        case $words[1] in\n";

/* Found on fpath, the file is the function's body; sourced, it defines the function. */
static const char body_end[] =
    "        esac ;;\n"
    "    esac\n"
    "    return ret\n"
    "}\n"
    "if [[ $funcstack[1] == _smtpvault ]]; then _smtpvault \"$@\"; else compdef _smtpvault "
    "smtpvault; fi\n";

static void put_lists(struct sink *out)
{
    for (size_t k = 0; k < completion_kind_count; k++) {
        if (!completion_has_words((enum completes)k) || k == COMPLETES_SOURCE)
            continue;
        sink_printf(out, "_smtpvault_%s() { compadd \"$@\" -", completion_kind((enum completes)k));
        completion_words(out, (enum completes)k);
        sink_puts(out, " }\n");
    }
}

static void put_option_as(struct sink *out, const struct option_spec *o, bool letter)
{
    sink_puts(out, o->repeats ? "        '*" : "        '");
    if (letter)
        sink_printf(out, "-%c%s[", o->letter, o->value_name != NULL ? "+" : "");
    else
        sink_printf(out, "--%s%s[", o->name, o->value_name != NULL ? "=" : "");
    completion_text(out, o->help, SPECIAL);
    sink_puts(out, "]");
    if (o->value_name != NULL) {
        enum completes kind = complete_option(o);
        sink_puts(out, ":");
        completion_text(out, o->value_name, SPECIAL);
        sink_printf(out, ":%s%s", kind != COMPLETES_NOTHING ? "_smtpvault_" : " ",
                    kind != COMPLETES_NOTHING ? completion_kind(kind) : "");
    }
    sink_puts(out, "'\n");
}

static void put_options(struct sink *out, const struct option_spec *o)
{
    for (; o != NULL && o->name != NULL; o++) {
        if (o->help == NULL)
            continue;
        put_option_as(out, o, false);
        if (o->letter != '\0')
            put_option_as(out, o, true);
    }
}

static void put_described(struct sink *out)
{
    sink_puts(out, "    )\n");
    for (size_t i = 0; i < command_count; i++) {
        sink_puts(out, "    own=(");
        completion_names(out, commands[i], " ");
        sink_puts(out, ") commands+=(\"${(@)^own}\":'");
        completion_text(out, commands[i]->summary, SPECIAL);
        sink_puts(out, "')\n");
    }
}

static void put_word(struct sink *out, const char *place, enum completes kind)
{
    sink_printf(out, " '%s: :_smtpvault_%s'", place, completion_kind(kind));
}

/* A global option gives way to the command's own of that name. */
static void put_clashes(struct sink *out, const struct option_spec *o)
{
    for (; o != NULL && o->name != NULL; o++) {
        for (const struct option_spec *g = option_globals; g->name != NULL; g++) {
            if (strcmp(o->name, g->name) == 0)
                sink_printf(out, "        global=(\"${(@)global:#--%s[=\\[]*}\")\n", g->name);
        }
    }
}

static void put_command(struct sink *out, const struct command *c)
{
    sink_puts(out, "        ");
    completion_names(out, c, "|");
    sink_printf(out, ") own=(\n");
    put_options(out, c->options);
    sink_puts(out, "        )\n");
    put_clashes(out, c->options);
    sink_puts(out, "        _arguments -s -S $global $own");
    for (int n = 0; n < c->max_args; n++)
        put_word(out, (const char[]){(char)('1' + n), '\0'}, complete_position(c, (size_t)n));
    if (c->max_args < 0) {
        put_word(out, "1", complete_position(c, 0));
        put_word(out, "*", complete_position(c, 1));
    } else if ((c->flags & CMD_REST) != 0) {
        put_word(out, "*:", COMPLETES_PROGRAM);
    }
    sink_puts(out, " && ret=0 ;;\n");
}

void completion_zsh(struct sink *out)
{
    sink_puts(out, "#compdef smtpvault\n"
                   "# zsh completion for smtpvault(1), made by \"smtpvault completion zsh\"\n");
    put_lists(out);
    sink_puts(out, helpers);
    sink_puts(out, body_begin);
    put_options(out, option_globals);
    put_described(out);
    sink_puts(out, body_middle);
    for (size_t i = 0; i < command_count; i++)
        put_command(out, commands[i]);
    sink_puts(out, body_end);
}
