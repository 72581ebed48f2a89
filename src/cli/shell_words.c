/* SPDX-License-Identifier: ISC */
#include "cli/shell_words.h"

#include <string.h>

#include "base/alloc.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* One word from *at, written to dst behind its predecessor; false when a quote
 * stays open. */
static bool take_word(const char **at, char **dst)
{
    const char *c = *at;
    char quote = 0;
    for (; *c != '\0' && (quote != 0 || !is_blank(*c)); c++) {
        if (quote == 0 && (*c == '\'' || *c == '"'))
            quote = *c;
        else if (*c == quote)
            quote = 0;
        else if (*c == '\\' && c[1] != '\0' &&
                 (quote == 0 || (quote == '"' && strchr("\"\\$`", c[1]) != NULL)))
            *(*dst)++ = *++c;
        else
            *(*dst)++ = *c;
    }
    *(*dst)++ = '\0';
    *at = c;
    return quote == 0;
}

enum sv_status shell_words_split(struct shell_words *out, const char *line, struct sv_err *err)
{
    size_t len = strlen(line);
    *out = (struct shell_words){0};
    out->text = sv_alloc(2 * len + 2); /* each word may need its own end */
    out->list = sv_alloc_array(len / 2 + 2, sizeof *out->list);
    if (out->text == NULL || out->list == NULL)
        return sv_fail_nomem(err);
    char *dst = out->text;
    for (const char *at = line;;) {
        while (is_blank(*at))
            at++;
        if (*at == '\0' || *at == '#')
            return SV_OK;
        out->list[out->count++] = dst;
        if (!take_word(&at, &dst)) {
            out->open = true;
            return sv_fail(err, SV_USAGE, "a quote is not closed");
        }
    }
}

void shell_words_clear(struct shell_words *w)
{
    sv_free(w->list);
    sv_free(w->text);
    *w = (struct shell_words){0};
}
