/* SPDX-License-Identifier: ISC */
#include "cli/args.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "cli/cli.h"

struct args {
    const struct command *command;
    struct {
        const struct option_spec *spec;
        const char *value;
    } * options;
    size_t option_count;
    const char **words;
    size_t word_count;
    char *const *rest;
};

const struct option_spec option_globals[] = {
    {"vault", 0, "FILE", COMPLETES_FILE, "the vault (SMTPVAULT_FILE)", false},
    {"passphrase-from", 0, "SOURCE", COMPLETES_SOURCE,
     "where the passphrase comes from (SMTPVAULT_PASSPHRASE_FROM)", false},
    {"keyfile", 0, "FILE", COMPLETES_FILE, "a key file (SMTPVAULT_KEYFILE)", false},
    {"identity", 0, "FILE", COMPLETES_FILE, "an identity of one's own (SMTPVAULT_IDENTITY)", false},
    {"token-from", 0, "SOURCE", COMPLETES_SOURCE, "open with a scoped token", false},
    {"no-input", 0, NULL, COMPLETES_NOTHING, "never prompt: fail with 75 instead", false},
    {"no-agent", 0, NULL, COMPLETES_NOTHING, "do not talk to the agent", false},
    {"json", 0, NULL, COMPLETES_NOTHING, "one JSON document on standard output", false},
    {"quiet", 'q', NULL, COMPLETES_NOTHING, "no notes and no warnings", false},
    {"color", 0, "WHEN", COMPLETES_COLOR, "auto, always or never (NO_COLOR)", false},
    {"help", 'h', NULL, COMPLETES_NOTHING, "this help", false},
    {"version", 0, NULL, COMPLETES_NOTHING, "print the version (before a command)", false},
    {0},
};

static const struct option_spec *spec_in(const struct option_spec *list, const char *name,
                                         size_t len)
{
    for (; list != NULL && list->name != NULL; list++) {
        if (strlen(list->name) == len && memcmp(list->name, name, len) == 0)
            return list;
    }
    return NULL;
}

static const struct option_spec *spec_by_letter(const struct option_spec *list, char letter)
{
    for (; list != NULL && list->name != NULL; list++) {
        if (list->letter != 0 && list->letter == letter)
            return list;
    }
    return NULL;
}

/* People's first thought; none of these is an option of ours. --password-form
 * and the like are slips of the pen instead. */
static bool looks_like_secret(const char *name, size_t len)
{
    static const char *const words[] = {"pw",           "pwd",     "secret",    "token",
                                        "key",          "api-key", "apikey",    "api-token",
                                        "app-password", "p",       "credential"};
    static const char *const heads[] = {"pass", "new-pass", "smtp-pass"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (len == strlen(words[i]) && memcmp(name, words[i], len) == 0)
            return true;
    }
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        size_t n = strlen(heads[i]);
        if (len >= n && memcmp(name, heads[i], n) == 0 && memmem(name, len, "-f", 2) == NULL)
            return true;
    }
    return false;
}

static enum sv_status fail_secret(const struct command *c, const char *name, size_t len,
                                  struct sv_err *err)
{
    bool phrase = len >= 5 && memcmp(name, "passp", 5) == 0;
    bool token = len == 5 && memcmp(name, "token", 5) == 0;
    bool takes = c != NULL && spec_in(c->options, "password-from", 13) != NULL;
    return sv_fail(err, SV_USAGE,
                   "a secret is never an argument: other users could read it in ps, and the "
                   "shell would keep it in its history; use --%s SOURCE",
                   token              ? "token-from"
                   : phrase || !takes ? "passphrase-from"
                                      : "password-from");
}

#define OPTION_NAMES_MAX 64

static enum sv_status fail_unknown(const struct command *c, const char *name, size_t len,
                                   struct sv_err *err)
{
    if (looks_like_secret(name, len))
        return fail_secret(c, name, len, err);
    char word[48], shown[64];
    snprintf(word, sizeof word, "%.*s", (int)(len < 40 ? len : 40), name);
    text_printable(shown, sizeof shown, word, strlen(word));
    const char *names[OPTION_NAMES_MAX];
    size_t count = 0;
    const struct option_spec *lists[] = {c != NULL ? c->options : NULL, option_globals};
    for (size_t i = 0; i < 2; i++) {
        for (const struct option_spec *o = lists[i]; o != NULL && o->name != NULL; o++) {
            if (count < OPTION_NAMES_MAX && o->help != NULL)
                names[count++] = o->name;
        }
    }
    const char *nearest = text_nearest(word, names, count);
    if (nearest != NULL)
        return sv_fail(err, SV_USAGE, "unknown option --%s; did you mean --%s?", shown, nearest);
    return sv_fail(err, SV_USAGE, "unknown option --%s; \"smtpvault help %s\" lists them", shown,
                   c != NULL ? c->name : "options");
}

static enum sv_status set_global(struct cli *cli, const struct option_spec *o, const char *value,
                                 struct sv_err *err)
{
    const struct {
        const char *name;
        const char **text;
        bool *flag; /* is set */
    } places[] = {
        {"vault", &cli->vault_file, NULL},
        {"passphrase-from", &cli->passphrase_from, &cli->way_given},
        {"keyfile", &cli->keyfile, &cli->way_given},
        {"identity", &cli->identity, &cli->way_given},
        {"token-from", &cli->token_from, &cli->token_given},
        {"no-input", NULL, &cli->no_input},
        {"no-agent", NULL, &cli->no_agent},
        {"json", NULL, &cli->json},
        {"quiet", NULL, &cli->quiet},
        {"help", NULL, &cli->help},
        {"version", NULL, &cli->version},
    };
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        if (strcmp(places[i].name, o->name) != 0)
            continue;
        if (places[i].text != NULL && value[0] == '\0')
            return sv_fail(err, SV_USAGE, "--%s needs a value: --%s %s", o->name, o->name,
                           o->value_name);
        if (places[i].flag != NULL)
            *places[i].flag = true;
        if (places[i].text != NULL)
            *places[i].text = value;
        return SV_OK;
    }
    const char *const *words = completes_words(COMPLETES_COLOR);
    for (int i = 0; words[i] != NULL; i++) {
        if (strcmp(words[i], value) == 0) {
            cli->color = i == 0 ? COLOR_AUTO : i == 1 ? COLOR_ALWAYS : COLOR_NEVER;
            return SV_OK;
        }
    }
    return sv_fail(err, SV_USAGE, "--color is auto, always or never");
}

/* ---- one parse ---- */

struct parse {
    struct args *args;
    const struct command *command;
    struct cli *cli;
    int argc, at;
    char *const *argv;
};

static enum sv_status take(struct parse *p, const struct option_spec *o, const char *value,
                           struct sv_err *err)
{
    if (spec_in(option_globals, o->name, strlen(o->name)) == o)
        return set_global(p->cli, o, value, err);
    p->args->options[p->args->option_count].spec = o;
    p->args->options[p->args->option_count++].value = value;
    return SV_OK;
}

/* A value that stands in the next word. */
static enum sv_status next_value(struct parse *p, const struct option_spec *o, const char **value,
                                 struct sv_err *err)
{
    if (p->at >= p->argc)
        return sv_fail(err, SV_USAGE, "--%s needs a value: --%s %s", o->name, o->name,
                       o->value_name);
    *value = p->argv[p->at++];
    return SV_OK;
}

static enum sv_status parse_long(struct parse *p, const char *word, struct sv_err *err)
{
    const char *name = word + 2, *equals = strchr(name, '=');
    size_t len = equals != NULL ? (size_t)(equals - name) : strlen(name);
    const struct option_spec *o = NULL;
    if (p->command != NULL)
        o = spec_in(p->command->options, name, len);
    if (o == NULL)
        o = spec_in(option_globals, name, len);
    if (o == NULL)
        return fail_unknown(p->command, name, len, err);
    if (o->value_name == NULL && equals != NULL)
        return sv_fail(err, SV_USAGE, "--%s takes no value", o->name);
    const char *value = equals != NULL ? equals + 1 : NULL;
    if (o->value_name != NULL && value == NULL) {
        enum sv_status s = next_value(p, o, &value, err);
        if (s != SV_OK)
            return s;
    }
    return take(p, o, value, err);
}

static enum sv_status parse_letters(struct parse *p, const char *word, struct sv_err *err)
{
    for (const char *at = word + 1; *at != '\0'; at++) {
        const struct option_spec *o = NULL;
        if (p->command != NULL)
            o = spec_by_letter(p->command->options, *at);
        if (o == NULL)
            o = spec_by_letter(option_globals, *at);
        if (o == NULL) {
            if (*at == 'p')
                return fail_secret(p->command, "p", 1, err);
            char shown[8];
            text_printable(shown, sizeof shown, at, 1);
            return sv_fail(err, SV_USAGE,
                           "unknown option -%s; a name that begins with \"-\" "
                           "goes behind \"--\"",
                           shown);
        }
        const char *value = NULL;
        if (o->value_name != NULL) {
            enum sv_status s = SV_OK;
            if (at[1] != '\0')
                value = at + 1;
            else
                s = next_value(p, o, &value, err);
            return s != SV_OK ? s : take(p, o, value, err);
        }
        enum sv_status s = take(p, o, NULL, err);
        if (s != SV_OK)
            return s;
    }
    return SV_OK;
}

/* How many words of ours there have to be. */
static size_t least_words(const struct args *args, const struct command *c)
{
    bool instead = false;
    for (const struct option_spec *o = c->options; c->instead != NULL && o->name != NULL; o++)
        instead = instead ||
                  (text_has_word(c->instead, o->name, strlen(o->name)) && args_flag(args, o->name));
    return c->min_args > 0 && instead ? (size_t)c->min_args - 1 : (size_t)c->min_args;
}

/* Behind "--": the other program's words, or ours whatever they begin with. A
 * command with a program takes its own words first when it had none yet. */
static void parse_rest(struct parse *p)
{
    struct args *a = p->args;
    bool program = p->command != NULL && (p->command->flags & CMD_REST) != 0;
    if (program && a->word_count >= least_words(a, p->command)) {
        a->rest = p->argv + p->at;
        p->at = p->argc;
        return;
    }
    for (; p->at < p->argc; p->at++) {
        if (program && strcmp(p->argv[p->at], "--") == 0) {
            a->rest = p->argv + p->at + 1;
            p->at = p->argc;
            return;
        }
        a->words[a->word_count++] = p->argv[p->at];
    }
}

static enum sv_status parse_all(struct parse *p, struct sv_err *err)
{
    while (p->at < p->argc) {
        const char *word = p->argv[p->at];
        enum sv_status s = SV_OK;
        if (word[0] != '-' || word[1] == '\0') {
            if (p->command == NULL)
                return SV_OK;
            p->args->words[p->args->word_count++] = word;
            p->at++;
            continue;
        }
        p->at++;
        if (strcmp(word, "--") == 0) {
            if (p->command != NULL)
                parse_rest(p);
            return SV_OK;
        }
        s = word[1] == '-' ? parse_long(p, word, err) : parse_letters(p, word, err);
        if (s != SV_OK)
            return s;
    }
    return SV_OK;
}

/* Letters can be as many as bytes: room for all of them. */
static size_t most_options(int argc, char *const *argv)
{
    size_t most = 0;
    for (int i = 0; i < argc; i++)
        most += argv[i][0] == '-' && argv[i][1] != '-' ? strlen(argv[i]) : 1;
    return most;
}

enum sv_status args_parse(struct args **out, const struct command *c, struct cli *cli, int argc,
                          char *const *argv, int *used, struct sv_err *err)
{
    ARGS_OWNED struct args *args = sv_alloc(sizeof *args);
    if (args == NULL)
        return sv_fail_nomem(err);
    args->command = c;
    args->options = sv_alloc_array(most_options(argc, argv) + 1, sizeof args->options[0]);
    args->words = sv_alloc_array((size_t)argc + 1, sizeof args->words[0]);
    if (args->options == NULL || args->words == NULL)
        return sv_fail_nomem(err);
    struct parse p = {.args = args, .command = c, .cli = cli, .argc = argc, .argv = argv};
    enum sv_status s = parse_all(&p, err);
    if (s != SV_OK)
        return s;
    if (used != NULL)
        *used = p.at;
    *out = args;
    args = NULL;
    return SV_OK;
}

/* Surplus words are not repeated: one could be a secret. */
enum sv_status args_check_count(const struct args *args, struct sv_err *err)
{
    const struct command *c = args->command;
    if ((c->flags & CMD_REST) != 0 && (args->rest == NULL || args->rest[0] == NULL))
        return sv_fail(err, SV_USAGE, "the command to run goes behind \"--\": smtpvault %s %s",
                       c->name, c->args);
    if (c->max_args >= 0 && args->word_count > (size_t)c->max_args)
        return sv_fail(err, SV_USAGE, "too many words for %s: smtpvault %s%s%s", c->name, c->name,
                       c->args[0] != '\0' ? " " : "", c->args);
    if (args->word_count < least_words(args, c))
        return sv_fail(err, SV_USAGE, "%s needs more words: smtpvault %s %s", c->name, c->name,
                       c->args);
    return SV_OK;
}

void args_free(struct args *args)
{
    if (args == NULL)
        return;
    sv_free(args->options);
    sv_free(args->words);
    sv_free(args);
}

void args_free_cleanup(struct args **slot)
{
    args_free(*slot);
    *slot = NULL;
}

const char *args_value(const struct args *args, const char *option)
{
    const char *value = NULL;
    for (size_t i = 0; i < args->option_count; i++) {
        if (strcmp(args->options[i].spec->name, option) == 0)
            value = args->options[i].value;
    }
    return value;
}

bool args_flag(const struct args *args, const char *option)
{
    for (size_t i = 0; i < args->option_count; i++) {
        if (strcmp(args->options[i].spec->name, option) == 0)
            return true;
    }
    return false;
}

const char *args_nth(const struct args *args, const char *option, size_t n)
{
    for (size_t i = 0; i < args->option_count; i++) {
        if (strcmp(args->options[i].spec->name, option) == 0 && n-- == 0)
            return args->options[i].value;
    }
    return NULL;
}

size_t args_count(const struct args *args)
{
    return args->word_count;
}

const char *args_word(const struct args *args, size_t i)
{
    return i < args->word_count ? args->words[i] : NULL;
}

char *const *args_rest(const struct args *args)
{
    return args->rest;
}
