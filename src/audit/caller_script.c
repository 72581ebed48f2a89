/* SPDX-License-Identifier: ISC */
/* caller: what an interpreter runs, from its arguments. Where an option is not known for
 * sure to be none that takes the next argument, nothing is said. */
#include <string.h>

#include "audit/caller_impl.h"

/* Options of one letter: those that take the next argument (unless more letters follow
 * theirs), those whose value always follows at once, those with which there is no script. */
struct interpreter {
    const char *name; /* digits and dots may follow it */
    const char *takes, *attached, *ends;
};

static const struct interpreter interpreters[] = {
    {"sh", "oO", "", "cs"},
    {"dash", "oO", "", "cs"},
    {"bash", "oO", "", "cs"},
    {"ash", "oO", "", "cs"},
    {"ksh", "oO", "", "cs"},
    {"mksh", "oO", "", "cs"},
    {"zsh", "oO", "", "cs"},
    {"python", "WX", "", "cmV"},
    {"perl", "I", "0CDFMdilmx", "eEvV"},
    {"ruby", "rICE", "0FKTWix", "e"},
    {"lua", "l", "", "e"},
    {"node", "rC", "", "ep"},
    {"php", "dcz", "", "frBRFESas"},
};

static const struct interpreter *interpreter_of(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof interpreters / sizeof interpreters[0]; i++) {
        size_t n = strlen(interpreters[i].name);
        if (len < n || memcmp(name, interpreters[i].name, n) != 0)
            continue;
        while (n < len && strchr("0123456789.", name[n]) != NULL)
            n++;
        if (n == len)
            return &interpreters[i];
    }
    return NULL;
}

bool script_is_interpreter(const char *name, size_t len)
{
    return interpreter_of(name, len) != NULL;
}

enum option { ALONE, TAKES_NEXT, NO_SCRIPT };

static enum option long_option(const char *word)
{
    static const char *const takes[] = {"--rcfile", "--init-file", "--require",
                                        "--import", "--loader",    "--check-hash-based-pycs"};
    static const char *const ends[] = {"--eval", "--print", "--command", "--run"};

    for (size_t i = 0; i < sizeof takes / sizeof takes[0]; i++)
        if (strcmp(word, takes[i]) == 0)
            return TAKES_NEXT;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        if (strncmp(word, ends[i], strlen(ends[i])) == 0)
            return NO_SCRIPT;
    return ALONE;
}

static enum option option_of(const struct interpreter *kind, const char *word)
{
    if (word[1] == '\0' || word[1] == '-')
        return word[1] == '\0' ? NO_SCRIPT : long_option(word);
    for (const char *at = word + 1; *at != '\0'; at++) {
        if (strchr(kind->ends, *at) != NULL)
            return NO_SCRIPT;
        if (strchr(kind->attached, *at) != NULL)
            return ALONE;
        if (strchr(kind->takes, *at) != NULL)
            return at[1] == '\0' ? TAKES_NEXT : ALONE;
    }
    return ALONE;
}

const char *script_of(struct process *p, const char *name, size_t len)
{
    const struct interpreter *kind = interpreter_of(name, len);

    if (kind == NULL || process_args(p) == 0)
        return NULL;
    const char *end = p->args + p->args_len, *word = p->args;
    while ((word += strlen(word) + 1) < end) {
        bool option = *word == '-' || (*word == '+' && strchr(kind->takes, 'O') != NULL);
        if (!option)
            return *word == '\0' ? NULL : word;
        if (strcmp(word, "--") == 0) {
            word += strlen(word) + 1;
            return word < end && *word != '\0' ? word : NULL;
        }
        enum option what = option_of(kind, word);
        if (what == NO_SCRIPT)
            return NULL;
        if (what == TAKES_NEXT)
            word += strlen(word) + 1;
        if (word >= end)
            return NULL;
    }
    return NULL;
}
