/* SPDX-License-Identifier: ISC */
#include "cmd/completion.h"

#include <string.h>

#include "cmd/complete.h"

static const char *const kind_names[] = {
    [COMPLETES_NOTHING] = "nothing",     [COMPLETES_PROFILE] = "profile",
    [COMPLETES_PROVIDER] = "provider",   [COMPLETES_FILE] = "file",
    [COMPLETES_FORMAT] = "format",       [COMPLETES_IMPORT] = "import-format",
    [COMPLETES_FIELD] = "field",         [COMPLETES_TLS] = "tls",
    [COMPLETES_AUTH] = "auth",           [COMPLETES_KIND] = "kind",
    [COMPLETES_SOURCE] = "source",       [COMPLETES_COMMAND] = "command",
    [COMPLETES_PROGRAM] = "program",     [COMPLETES_SHELL] = "shell",
    [COMPLETES_ALPHABET] = "alphabet",   [COMPLETES_OPERATION] = "operation",
    [COMPLETES_RESULT] = "result",       [COMPLETES_VIA] = "via",
    [COMPLETES_COLOR] = "color",         [COMPLETES_POLICY] = "policy",
    [COMPLETES_ON_REJECT] = "on-reject", [COMPLETES_YES_NO] = "yes-no",
    [COMPLETES_DUE] = "due-format",      [COMPLETES_REMIND] = "remind-way",
    [COMPLETES_AUDIT] = "audit",         [COMPLETES_MEMBER] = "member",
    [COMPLETES_TOKEN] = "token",         [COMPLETES_GRANT] = "grant",
    [COMPLETES_ROLE] = "role",           [COMPLETES_TOOL] = "tool",
    [COMPLETES_ROTATOR] = "rotator",
};
const size_t completion_kind_count = sizeof kind_names / sizeof kind_names[0];

const char *completion_kind(enum completes kind)
{
    return kind_names[kind];
}

bool completion_has_words(enum completes kind)
{
    return kind != COMPLETES_NOTHING && kind != COMPLETES_PROFILE && kind != COMPLETES_FILE &&
           kind != COMPLETES_PROGRAM;
}

static void put_word(void *context, const char *word)
{
    sink_printf(context, " %s", word);
}

void completion_words(struct sink *out, enum completes kind)
{
    complete_words(kind, put_word, out);
}

void completion_text(struct sink *out, const char *text, const char *escape)
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

void completion_names(struct sink *out, const struct command *c, const char *between)
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
