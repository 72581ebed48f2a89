/* SPDX-License-Identifier: ISC */
#include "adopt/setup_asks.h"

#include <string.h>

#include "base/secret.h"
#include "base/text.h"
#include "import/source.h"
#include "import/words.h"

static bool is_ours(struct span program)
{
    static const char ours[] = "smtpvault";
    size_t len = sizeof ours - 1;
    return program.len >= len && memcmp(program.at + program.len - len, ours, len) == 0 &&
           (program.len == len || program.at[program.len - len - 1] == '/');
}

static bool is_word(struct span s, const char *word)
{
    return s.len == strlen(word) && memcmp(s.at, word, s.len) == 0;
}

/* "smtpvault [OPTION...] get [--] NAME" and nothing else, as a shell reads it. The command is
 * decoded in its place. */
static void take_name(char *command, struct setup_found *found)
{
    static const struct word_escapes every = {.only = NULL}, some = {.only = "$`\"\\"};
    static const struct word_rules rules = {
        .quotes = "\"'", .bare = &every, .twofold = &some, .within = true};
    struct span rest = {command, strlen(command)}, before = {NULL, 0}, last = {NULL, 0};
    struct word word;
    if (!word_next(&rules, &rest, &word) || !is_ours(word.text))
        return;
    while (word_next(&rules, &rest, &word)) {
        before = is_word(last, "--") ? before : last;
        last = word.text;
    }
    if (!is_word(before, "get") || last.len == 0 || !text_is_utf8(last.at, last.len) ||
        text_has_control(last.at, last.len))
        return;
    last.at[last.len] = '\0'; /* a quote, a blank or the end was there */
    (void)setup_found_add(found, last.at);
}

void setup_asks_find(const struct setup_tool *tool, const char *path, const char *text, size_t len,
                     struct setup_found *found)
{
    FOUND_LIST_OWNED struct found_list logins = {0};
    SECRET_OWNED struct secret *copy = NULL;
    const struct import_source *source =
        tool->format != NULL ? import_source_find(tool->format) : NULL;
    if (source == NULL || source->hook == NULL || len == 0 || len > IMPORT_BYTES_MAX ||
        secret_new(&copy, len + 1, NULL) != SV_OK ||
        secret_append(copy, text, len, NULL) != SV_OK ||
        import_take(source, path, &copy, &logins, NULL) != SV_OK)
        return;
    for (size_t i = 0; i < logins.count; i++)
        if (logins.items[i].asks != NULL)
            take_name(logins.items[i].asks, found);
}
