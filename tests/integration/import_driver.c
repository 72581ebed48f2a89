/* SPDX-License-Identifier: ISC */
/*
 * import_driver: sources of an import without a vault, many texts in one process.
 *
 *   import_driver <requests    a line each: SOURCE HEX; an answer each: "= HEX" with the one
 *                              secret that is there, "- MESSAGE" with its fault, or "? COUNT"
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "import/source.h"

#define LINE_MAX_LEN 65536

static size_t unhex(char *text)
{
    size_t n = 0;
    for (const char *at = text; text_hex_value(at[0]) >= 0 && text_hex_value(at[1]) >= 0; at += 2)
        text[n++] = (char)(text_hex_value(at[0]) << 4 | text_hex_value(at[1]));
    return n;
}

static void answer(const struct found_list *list)
{
    static char hex[2 * LINE_MAX_LEN + 1];
    const struct found *f = list->items;
    if (list->count != 1 || (!f->fault && !f->secret))
        printf("? %zu\n", list->count);
    else if (f->fault)
        printf("- %s\n", f->fault);
    else
        printf("= %s\n", text_hex(hex, secret_peek(f->secret), secret_len(f->secret)));
}

int main(void)
{
    static char line[LINE_MAX_LEN];
    while (fgets(line, sizeof line, stdin)) {
        FOUND_LIST_OWNED struct found_list list = {0};
        SECRET_OWNED struct secret *text = NULL;
        struct sv_err err = {""};
        char *blank = strchr(line, ' ');
        if (!blank)
            return EXIT_FAILURE;
        *blank = '\0';
        const struct import_source *source = import_source_find(line);
        size_t len = unhex(blank + 1);
        if (!source || secret_copy(&text, blank + 1, len, &err) ||
            import_read(source, "the text", text, &list, &err))
            printf("! %s\n", source ? err.text : "no such source");
        else
            answer(&list);
        fflush(stdout);
    }
    return EXIT_SUCCESS;
}
