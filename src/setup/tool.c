/* SPDX-License-Identifier: ISC */
#include "setup/tool.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

const struct setup_tool *const setup_tools[] = {
#define TOOL(id) &setup_##id,
#include "setup/tools.def"
#undef TOOL
};
const size_t setup_tool_count = sizeof setup_tools / sizeof setup_tools[0];

const struct setup_tool *setup_tool_find(const char *word)
{
    for (size_t i = 0; i < setup_tool_count; i++) {
        const struct setup_tool *t = setup_tools[i];
        if (strcmp(t->name, word) == 0 || (t->alias != NULL && strcmp(t->alias, word) == 0))
            return t;
    }
    return NULL;
}

static size_t skip_blanks(const char *line, size_t len)
{
    size_t at = 0;
    while (at < len && (line[at] == ' ' || line[at] == '\t'))
        at++;
    return at;
}

bool setup_line_has_key(const char *line, size_t len, const char *key)
{
    size_t at = skip_blanks(line, len), span = strlen(key);
    return len - at >= span && strncasecmp(line + at, key, span) == 0 &&
           (len - at == span || !(isalnum((unsigned char)line[at + span]) ||
                                  line[at + span] == '-' || line[at + span] == '_'));
}

bool setup_line_is_section(const char *line, size_t len, const char *name)
{
    size_t at = skip_blanks(line, len), span = strlen(name);
    return len - at >= span + 2 && line[at] == '[' && memcmp(line + at + 1, name, span) == 0 &&
           line[at + span + 1] == ']';
}
