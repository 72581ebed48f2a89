/* SPDX-License-Identifier: ISC */
/*
 * The line is split anew from COMP_LINE: in COMP_WORDS bash has cut it at "=", ":"
 * and "@", which names of logins may hold, and left its quotes in place.
 */
#include "cli/args.h"
#include "cmd/complete.h"
#include "cmd/completion.h"

static const char split[] =
    "# The line up to the cursor: finished words, the one being typed, its open quote, and\n"
    "# how many of its characters bash has cut off: up to = or :, and what is before @.\n"
    "_smtpvault_split() {\n"
    "    local line=${COMP_LINE:0:COMP_POINT} c in='' i\n"
    "    for ((i = 0; i < ${#line}; i++)); do\n"
    "        c=${line:i:1}\n"
    "        case $quote:$c in\n"
    "        \"':'\" | '\":\"') quote='' ;;\n"
    "        \\\":\\\\)\n"
    "            if [[ ${line:i+1:1} == [\\\"\\\\\\$\\`] ]]; then ((i++)); fi\n"
    "            cur+=${line:i:1} ;;\n"
    "        [\\'\\\"]:*) cur+=$c ;;\n"
    "        ': ' | :$'\\t' | :$'\\n')\n"
    "            if [[ -n $in ]]; then words+=(\"$cur\"); fi\n"
    "            cur='' in='' cut=0 ;;\n"
    "        \":'\" | ':\"') quote=$c in=1 cut=${#cur} ;;\n"
    "        :\\\\) ((++i)) && cur+=${line:i:1} in=1 ;;\n"
    "        *)\n"
    "            cur+=$c in=1\n"
    "            if [[ $COMP_WORDBREAKS == *\"$c\"* ]]; then\n"
    "                cut=${#cur}\n"
    "                if [[ $c == @ ]]; then ((--cut)); fi\n"
    "            fi ;;\n"
    "        esac\n"
    "    done\n"
    "}\n";

static const char offer[] =
    "# Lines of standard input are what the word can be.\n"
    "_smtpvault_offer() {\n"
    "    local word\n"
    "    while IFS= read -r word; do\n"
    "        word=$head$word\n"
    "        [[ $word == \"$cur\"* ]] || continue\n"
    "        word=${word:cut}\n"
    "        case $quote in\n"
    "        '') [[ -n $word ]] && printf -v word %q \"$word\" ;;\n"
    "        \"'\") word=${word//\\'/\\'\\\\\\'\\'} ;;\n"
    "        *) word=${word//\\\\/\\\\\\\\} word=${word//\\\"/\\\\\\\"} word=${word//\\$/\\\\\\$}\n"
    "            word=${word//\\`/\\\\\\`} ;;\n"
    "        esac\n"
    "        [[ -n $word ]] && COMPREPLY+=(\"$word\")\n"
    "    done\n"
    "    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[:=] ]]; then\n"
    "        compopt -o nospace 2>/dev/null\n"
    "    fi\n"
    "}\n"
    "_smtpvault_files() {\n"
    "    local word\n"
    "    compopt -o filenames 2>/dev/null\n"
    "    while IFS= read -r word; do\n"
    "        word=$head$word\n"
    "        COMPREPLY+=(\"${word:cut}\")\n"
    "    done < <(compgen -f -- \"${cur#\"$head\"}\")\n"
    "}\n";

static const char body[] =
    "_smtpvault() {\n"
    "    local cur='' quote='' cut=0 head='' command='' option='' literal='' count=0 reply word i\n"
    "    local -a words=() opening=()\n"
    "    COMPREPLY=()\n"
    "    _smtpvault_split\n"
    "    for ((i = 1; i < ${#words[@]}; i++)); do\n"
    "        word=${words[i]} reply=''\n"
    "        if [[ -n $option ]]; then\n"
    "            case $option in --vault | --keyfile)\n"
    "                opening+=(\"$option\" \"${word/#\\~\\//$HOME/}\") ;;\n"
    "            esac\n"
    "            option=''\n"
    "        elif [[ -z $literal && $word == -- ]]; then\n"
    "            literal=--\n"
    "        elif [[ -z $literal && $word == -?* ]]; then\n"
    "            case $word in --vault=* | --keyfile=*) opening+=(\"$word\") ;; esac\n"
    "            _smtpvault_value \"$command:$word\"\n"
    "            if [[ -n $reply ]]; then option=$word; fi\n"
    "        elif [[ -z $command ]]; then\n"
    "            _smtpvault_name \"$word\"\n"
    "            if [[ -z $reply ]]; then return; fi\n"
    "            command=$reply\n"
    "        else\n"
    "            ((++count))\n"
    "        fi\n"
    "    done\n"
    "    reply=''\n"
    "    if [[ -n $option ]]; then\n"
    "        _smtpvault_value \"$command:$option\"\n"
    "    elif [[ -z $literal && $cur == --*=* ]]; then\n"
    "        head=${cur%%=*}=\n"
    "        _smtpvault_value \"$command:${head%=}\"\n"
    "    elif [[ -z $literal && $cur == -* ]]; then\n"
    "        _smtpvault_offer < <(_smtpvault_options \"$command\")\n"
    "    elif [[ -z $command ]]; then\n"
    "        _smtpvault_offer < <(_smtpvault_commands)\n"
    "    else\n"
    "        _smtpvault_position \"$command:$count$literal\"\n"
    "    fi\n"
    "    case $reply in\n"
    "    '' | nothing) ;;\n"
    "    file) _smtpvault_files ;;\n"
    "    program) _smtpvault_offer < <(compgen -c -- \"$cur\" | sort -u) ;;\n"
    "    profile) _smtpvault_offer < <(\"${words[0]/#\\~\\//$HOME/}\" \"${opening[@]}\" \\\n"
    "        --no-input --quiet list 2>/dev/null </dev/null) ;;\n"
    "    *) _smtpvault_offer < <(_smtpvault_words \"$reply\") ;;\n"
    "    esac\n"
    "}\n"
    "complete -F _smtpvault smtpvault\n";

static void begin_function(struct sink *out, const char *comment, const char *name)
{
    sink_printf(out, "# %s\n%s() {\n    case $1 in\n", comment, name);
}

static void end_function(struct sink *out)
{
    sink_puts(out, "    esac\n}\n");
}

static void put_lists(struct sink *out)
{
    begin_function(out, "KIND: its words", "_smtpvault_words");
    for (size_t k = 0; k < completion_kind_count; k++) {
        if (!completion_has_words((enum completes)k))
            continue;
        sink_printf(out, "    %s) printf '%%s\\n'", completion_kind((enum completes)k));
        completion_words(out, (enum completes)k);
        sink_puts(out, " ;;\n");
    }
    end_function(out);
}

static void put_names(struct sink *out)
{
    begin_function(out, "WORD: the name of that command", "_smtpvault_name");
    for (size_t i = 0; i < command_count; i++) {
        sink_puts(out, "    ");
        completion_names(out, commands[i], " | ");
        sink_printf(out, ") reply='%s' ;;\n", commands[i]->name);
    }
    end_function(out);
    sink_puts(out, "_smtpvault_commands() {\n    printf '%s\\n'");
    for (size_t i = 0; i < command_count; i++) {
        sink_puts(out, " ");
        completion_names(out, commands[i], " ");
    }
    sink_puts(out, "\n}\n");
}

static void put_values(struct sink *out, const char *command, const struct option_spec *o)
{
    for (; o != NULL && o->name != NULL; o++) {
        if (o->help == NULL || o->value_name == NULL)
            continue;
        sink_printf(out, "    %s:--%s", command, o->name);
        if (o->letter != '\0')
            sink_printf(out, " | %s:-%c", command, o->letter);
        sink_printf(out, ") reply='%s' ;;\n", completion_kind(complete_option(o)));
    }
}

static void put_flags(struct sink *out, const struct option_spec *o)
{
    for (; o != NULL && o->name != NULL; o++) {
        if (o->help != NULL)
            sink_printf(out, " --%s", o->name);
    }
}

static bool has_options(const struct option_spec *o)
{
    while (o != NULL && o->name != NULL && o->help == NULL)
        o++;
    return o != NULL && o->name != NULL;
}

static void put_options(struct sink *out)
{
    begin_function(out, "COMMAND:OPTION: the kind of its value", "_smtpvault_value");
    for (size_t i = 0; i < command_count; i++)
        put_values(out, commands[i]->name, commands[i]->options);
    put_values(out, "*", option_globals);
    end_function(out);
    begin_function(out, "COMMAND: its options", "_smtpvault_options");
    for (size_t i = 0; i < command_count; i++) {
        if (!has_options(commands[i]->options))
            continue;
        sink_printf(out, "    %s) printf '%%s\\n'", commands[i]->name);
        put_flags(out, commands[i]->options);
        sink_puts(out, " ;;\n");
    }
    sink_puts(out, "    esac\n    printf '%s\\n'");
    put_flags(out, option_globals);
    sink_puts(out, "\n}\n");
}

static void put_position(struct sink *out, const struct command *c)
{
    bool rest = (c->flags & CMD_REST) != 0;
    int words = c->max_args < 0 ? 1 : c->max_args;
    for (int n = 0; n < words; n++) {
        const char *kind = completion_kind(complete_position(c, (size_t)n));
        sink_printf(out, "    %s:%d) reply='%s' ;;\n", c->name, n, kind);
        if (!rest || n < c->min_args)
            sink_printf(out, "    %s:%d--) reply='%s' ;;\n", c->name, n, kind);
    }
    for (int n = c->min_args; rest && n <= c->max_args; n++)
        sink_printf(out, "    %s:%d--) reply='program' ;;\n", c->name, n);
    if (rest)
        sink_printf(out, "    %s:*--) reply='file' ;;\n", c->name);
    else if (c->max_args < 0)
        sink_printf(out, "    %s:*) reply='%s' ;;\n", c->name,
                    completion_kind(complete_position(c, 1)));
}

void completion_bash(struct sink *out)
{
    sink_puts(out, "# bash completion for smtpvault(1), made by \"smtpvault completion bash\"\n");
    put_lists(out);
    put_names(out);
    put_options(out);
    begin_function(out, "COMMAND:N, behind \"--\" COMMAND:N--: the kind of its Nth word",
                   "_smtpvault_position");
    for (size_t i = 0; i < command_count; i++)
        put_position(out, commands[i]);
    end_function(out);
    sink_puts(out, split);
    sink_puts(out, offer);
    sink_puts(out, body);
}
