/* SPDX-License-Identifier: ISC */
#include "cli/completion.h"

#include <string.h>

#include "cli/args.h"
#include "cli/complete.h"

/* Names come one a line; a vault that would have to ask gives none. */
#define ASK_NAMES "smtpvault list --no-input --quiet 2>/dev/null"

static void put_word(void *context, const char *word)
{
    sink_printf(context, " %s", word);
}

/* Text inside single quotes, with the bytes of `escape` behind a backslash. */
static void put_quoted(struct sink *out, const char *text, const char *escape)
{
    for (; *text != '\0'; text++) {
        if (*text == '\'')
            sink_puts(out, "'\\''");
        else if (strchr(escape, *text) != NULL)
            sink_printf(out, "\\%c", *text);
        else
            sink_put(out, text, 1);
    }
}

/* "name|alias|alias" or with blanks between. */
static void put_names(struct sink *out, const struct command *c, const char *between)
{
    sink_puts(out, c->name);
    const char *a = command_aliases(c);
    while (*a != '\0') {
        size_t span = strcspn(a, " ");
        sink_puts(out, between);
        sink_put(out, a, span);
        a += span + (a[span] == ' ');
    }
}

/* ---- bash ---- */

static const char *const kind_names[] = {
    [COMPLETES_NOTHING] = "nothing",   [COMPLETES_PROFILE] = "profile",
    [COMPLETES_PROVIDER] = "provider", [COMPLETES_FILE] = "file",
    [COMPLETES_FORMAT] = "format",     [COMPLETES_FIELD] = "field",
    [COMPLETES_TLS] = "tls",           [COMPLETES_AUTH] = "auth",
    [COMPLETES_KIND] = "kind",         [COMPLETES_SOURCE] = "source",
    [COMPLETES_COMMAND] = "command",   [COMPLETES_PROGRAM] = "program",
    [COMPLETES_SHELL] = "shell",       [COMPLETES_ALPHABET] = "alphabet",
    [COMPLETES_OPERATION] = "op",      [COMPLETES_RESULT] = "result",
    [COMPLETES_COLOR] = "color",       [COMPLETES_POLICY] = "policy",
    [COMPLETES_AUDIT] = "audit",
};
#define KINDS (sizeof kind_names / sizeof kind_names[0])

static bool is_list(enum completes kind)
{
    return kind != COMPLETES_NOTHING && kind != COMPLETES_PROFILE && kind != COMPLETES_FILE &&
           kind != COMPLETES_PROGRAM;
}

static void bash_options(struct sink *out, const char *name, const struct option_spec *o)
{
    for (; o != NULL && o->name != NULL; o++) {
        if (o->help == NULL || o->value_name == NULL)
            continue;
        sink_printf(out, "    %s:--%s", name, o->name);
        if (o->letter != 0)
            sink_printf(out, " | %s:-%c", name, o->letter);
        sink_printf(out, ") echo %s ;;\n", kind_names[complete_option(o)]);
    }
}

static void bash_flags(struct sink *out, const struct option_spec *o)
{
    for (; o != NULL && o->name != NULL; o++) {
        if (o->help != NULL)
            sink_printf(out, " --%s", o->name);
    }
}

/* What the tables say, as three functions of case statements. */
static void bash_tables(struct sink *out)
{
    sink_puts(out, "# COMMAND:OPTION, what its value is\n"
                   "_smtpvault_value() {\n    case $1 in\n");
    for (size_t i = 0; i < command_count; i++)
        bash_options(out, commands[i]->name, commands[i]->options);
    bash_options(out, "*", option_globals);
    sink_puts(out, "    esac\n}\n# COMMAND, its options; COMMAND:N, what its Nth word is\n"
                   "_smtpvault_command() {\n    case $1 in\n");
    for (size_t i = 0; i < command_count; i++) {
        const struct command *c = commands[i];
        sink_printf(out, "    %s) echo", c->name);
        bash_flags(out, c->options);
        bash_flags(out, option_globals);
        sink_printf(out, " ;;\n    %s:0) echo %s ;;\n    %s:*) echo %s ;;\n", c->name,
                    kind_names[complete_position(c, 0)], c->name,
                    kind_names[complete_position(c, 1)]);
    }
    sink_puts(out, "    '') echo");
    bash_flags(out, option_globals);
    sink_puts(out, " ;;\n    :*) echo command ;;\n    esac\n}\n"
                   "# a name or alias, the command's name\n"
                   "_smtpvault_name() {\n    case $1 in\n");
    for (size_t i = 0; i < command_count; i++) {
        sink_puts(out, "    ");
        put_names(out, commands[i], " | ");
        sink_printf(out, ") echo %s ;;\n", commands[i]->name);
    }
    sink_puts(out, "    esac\n}\n");
}

static void bash_words(struct sink *out)
{
    sink_puts(out, "_smtpvault_words() {\n    case $1 in\n    profile) " ASK_NAMES " ;;\n");
    for (size_t k = 0; k < KINDS; k++) {
        if (!is_list((enum completes)k))
            continue;
        sink_printf(out, "    %s) printf '%%s\\n'", kind_names[k]);
        complete_words((enum completes)k, put_word, out);
        sink_puts(out, " ;;\n");
    }
    sink_puts(out, "    esac\n}\n");
}

/* The part that is the same for every table: where the cursor is. */
static const char bash_frame[] =
    "_smtpvault() {\n"
    "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
    "    local command='' count=0 i=1 word kind=''\n"
    "    COMPREPLY=()\n"
    "    [[ $cur == '=' ]] && cur=''\n"
    "    [[ $prev == '=' ]] && prev=${COMP_WORDS[COMP_CWORD - 2]}\n"
    "    for (( ; i < COMP_CWORD; i++)); do\n"
    "        word=${COMP_WORDS[i]}\n"
    "        if [[ $word == -* ]]; then\n"
    "            if [[ -n $(_smtpvault_value \"$command:$word\") ]]; then\n"
    "                ((i++))\n"
    "                [[ ${COMP_WORDS[i]} == '=' ]] && ((i++))\n"
    "            fi\n"
    "        elif [[ -z $command ]]; then\n"
    "            command=$(_smtpvault_name \"$word\")\n"
    "            [[ -z $command ]] && return\n"
    "        else\n"
    "            ((count++))\n"
    "        fi\n"
    "    done\n"
    "    kind=$(_smtpvault_value \"$command:$prev\")\n"
    "    if [[ -z $kind && $cur == -* ]]; then\n"
    "        mapfile -t COMPREPLY < <(compgen -W \"$(_smtpvault_command \"$command\")\" "
    "-- \"$cur\")\n"
    "        return\n"
    "    fi\n"
    "    [[ -z $kind ]] && kind=$(_smtpvault_command \"$command:$count\")\n"
    "    case $kind in\n"
    "    file) mapfile -t COMPREPLY < <(compgen -f -- \"$cur\") ;;\n"
    "    program) mapfile -t COMPREPLY < <(compgen -c -- \"$cur\") ;;\n"
    "    *) while IFS= read -r word; do\n"
    "        [[ $word == \"$cur\"* ]] && COMPREPLY+=(\"$(printf '%q' \"$word\")\")\n"
    "    done < <(_smtpvault_words \"$kind\") ;;\n"
    "    esac\n"
    "}\n"
    "complete -F _smtpvault smtpvault\n";

void completion_bash(struct sink *out)
{
    sink_puts(out, "# bash completion for smtpvault; made by \"smtpvault completion bash\"\n");
    bash_words(out);
    bash_tables(out);
    sink_puts(out, bash_frame);
}

/* ---- zsh ---- */

#define ZSH_SPECIAL "[]:\\"

static void zsh_action(struct sink *out, enum completes kind)
{
    if (kind == COMPLETES_PROFILE)
        sink_puts(out, "_smtpvault_names");
    else if (kind == COMPLETES_FILE)
        sink_puts(out, "_files");
    else if (kind == COMPLETES_PROGRAM)
        sink_puts(out, "_command_names -e");
    else if (is_list(kind)) {
        sink_puts(out, "(");
        complete_words(kind, put_word, out);
        sink_puts(out, " )");
    }
}

static void zsh_option(struct sink *out, const struct option_spec *o)
{
    if (o->help == NULL)
        return;
    for (int letter = 0; letter <= (o->letter != 0); letter++) {
        sink_puts(out, o->repeats ? " '*" : " '");
        if (letter)
            sink_printf(out, "-%c%s[", o->letter, o->value_name != NULL ? "+" : "");
        else
            sink_printf(out, "--%s%s[", o->name, o->value_name != NULL ? "=" : "");
        put_quoted(out, o->help, ZSH_SPECIAL);
        sink_puts(out, "]");
        if (o->value_name != NULL) {
            sink_puts(out, ":");
            put_quoted(out, o->value_name, ZSH_SPECIAL);
            sink_puts(out, ":");
            zsh_action(out, complete_option(o));
        }
        sink_puts(out, "'");
    }
}

static void zsh_command(struct sink *out, const struct command *c)
{
    sink_puts(out, "        ");
    put_names(out, c, "|");
    sink_puts(out, ") _arguments $global");
    for (const struct option_spec *o = c->options; o != NULL && o->name != NULL; o++)
        zsh_option(out, o);
    if (c->max_args != 0) {
        sink_puts(out, " '1: :");
        zsh_action(out, complete_position(c, 0));
        sink_puts(out, "' '*: :");
        zsh_action(out, complete_position(c, 1));
        sink_puts(out, "'");
    }
    sink_puts(out, " ;;\n");
}

void completion_zsh(struct sink *out)
{
    sink_puts(out, "#compdef smtpvault\n"
                   "# made by \"smtpvault completion zsh\"\n"
                   "_smtpvault_names() {\n"
                   "    local -a names\n"
                   "    names=(\"${(@f)$(" ASK_NAMES ")}\")\n"
                   "    compadd -a names\n"
                   "}\n"
                   "_smtpvault() {\n"
                   "    local curcontext=\"$curcontext\" state line\n"
                   "    local -a global commands\n"
                   "    global=(");
    for (const struct option_spec *o = option_globals; o->name != NULL; o++)
        zsh_option(out, o);
    sink_puts(out, ")\n    commands=(");
    for (size_t i = 0; i < command_count; i++) {
        sink_printf(out, " '%s:", commands[i]->name);
        put_quoted(out, commands[i]->summary, ZSH_SPECIAL);
        sink_puts(out, "'");
    }
    sink_puts(out, ")\n"
                   "    _arguments -C $global '1: :->command' '*:: :->words'\n"
                   "    case $state in\n"
                   "    command) _describe command commands ;;\n"
                   "    words)\n"
                   "        case $words[1] in\n");
    for (size_t i = 0; i < command_count; i++)
        zsh_command(out, commands[i]);
    sink_puts(out, "        esac ;;\n"
                   "    esac\n"
                   "}\n"
                   "if [ \"$funcstack[1]\" = _smtpvault ]; then _smtpvault \"$@\"\n"
                   "else compdef _smtpvault smtpvault; fi\n");
}

/* ---- fish ---- */

#define FISH_SPECIAL "\\"

static void fish_words(struct sink *out, enum completes kind)
{
    if (kind == COMPLETES_FILE) {
        sink_puts(out, " -r -F");
    } else if (kind == COMPLETES_PROFILE) {
        sink_puts(out, " -x -a '(" ASK_NAMES ")'");
    } else if (kind == COMPLETES_PROGRAM) {
        sink_puts(out, " -x -a '(__fish_complete_command)'");
    } else if (is_list(kind)) {
        sink_puts(out, " -x -a '");
        complete_words(kind, put_word, out);
        sink_puts(out, "'");
    } else {
        sink_puts(out, " -x");
    }
}

static void fish_option(struct sink *out, const struct command *c, const struct option_spec *o)
{
    if (o->help == NULL)
        return;
    sink_puts(out, "complete -c smtpvault");
    if (c != NULL) {
        sink_puts(out, " -n '__fish_seen_subcommand_from ");
        put_names(out, c, " ");
        sink_puts(out, "'");
    }
    sink_printf(out, " -l %s", o->name);
    if (o->letter != 0)
        sink_printf(out, " -s %c", o->letter);
    if (o->value_name != NULL)
        fish_words(out, complete_option(o));
    sink_puts(out, " -d '");
    put_quoted(out, o->help, FISH_SPECIAL);
    sink_puts(out, "'\n");
}

void completion_fish(struct sink *out)
{
    sink_puts(out, "# fish completion for smtpvault; made by \"smtpvault completion fish\"\n"
                   "complete -c smtpvault -f\n");
    for (const struct option_spec *o = option_globals; o->name != NULL; o++)
        fish_option(out, NULL, o);
    for (size_t i = 0; i < command_count; i++) {
        const struct command *c = commands[i];
        sink_printf(out, "complete -c smtpvault -n __fish_use_subcommand -a %s -d '", c->name);
        put_quoted(out, c->summary, FISH_SPECIAL);
        sink_puts(out, "'\n");
        for (const struct option_spec *o = c->options; o != NULL && o->name != NULL; o++)
            fish_option(out, c, o);
        if (complete_position(c, 0) == COMPLETES_NOTHING)
            continue;
        sink_puts(out, "complete -c smtpvault -n '__fish_seen_subcommand_from ");
        put_names(out, c, " ");
        sink_puts(out, "'");
        fish_words(out, complete_position(c, 0));
        sink_puts(out, "\n");
    }
}
