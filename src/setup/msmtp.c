/* SPDX-License-Identifier: ISC */
/*
 * msmtp refuses a whole file that has an account twice, "default" included: an account of the
 * same name is switched off, and a default that is there stays the default. Ours stands in the
 * place of that account: those that inherit from it have to come later.
 */
#include <string.h>

#include "setup/tool.h"

static size_t argument(const char *line, size_t len, const char *key, const char **word)
{
    size_t at = 0;
    while (at < len && (line[at] == ' ' || line[at] == '\t'))
        at++;
    at += strlen(key);
    while (at < len && (line[at] == ' ' || line[at] == '\t'))
        at++;
    while (len > at && strchr(" \t\r\n", line[len - 1]) != NULL)
        len--;
    if (len >= at + 2 && line[at] == '"' && line[len - 1] == '"') {
        at++;
        len--;
    }
    *word = line + at;
    return len - at;
}

/* "account NAME" and "account NAME : PARENT". */
static bool is_account(const char *line, size_t len, const char *name)
{
    const char *word;
    if (!setup_line_has_key(line, len, "account"))
        return false;
    size_t span = argument(line, len, "account", &word);
    const char *colon = span > 0 ? memchr(word, ':', span) : NULL;
    if (colon != NULL) {
        span = (size_t)(colon - word);
        while (span > 0 && strchr(" \t\"", word[span - 1]) != NULL)
            span--;
    }
    return span == strlen(name) && memcmp(word, name, span) == 0;
}

static bool is_comment(const char *line, size_t len)
{
    size_t at = 0;
    while (at < len && strchr(" \t\r\n", line[at]) != NULL)
        at++;
    return at == len || line[at] == '#';
}

static bool clashes(struct setup_scan *scan, const char *line, size_t len)
{
    if (setup_line_has_key(line, len, "account"))
        scan->inside = is_account(line, len, scan->name);
    else if (setup_line_has_key(line, len, "defaults"))
        scan->inside = false;
    return scan->inside && !is_comment(line, len);
}

static bool has_default(const char *text, size_t len)
{
    for (size_t at = 0, span; at < len; at += span) {
        span = edit_line_len(text + at, len - at);
        if (is_account(text + at, span, "default"))
            return true;
    }
    return false;
}

static const char *const files[] = {"~/.msmtprc", "$XDG_CONFIG_HOME/msmtp/config", NULL};
const struct setup_tool setup_msmtp = {
    .name = "msmtp",
    .title = "msmtp",
    .program = "msmtp",
    .files = files,
    .format = "msmtp",
    .many = true,
    .in_place = true,
    .then = "send with: msmtp -a %q ADDRESS <MESSAGE",
    .clashes = clashes,
    .has_default = has_default,
};
