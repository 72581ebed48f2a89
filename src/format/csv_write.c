/* SPDX-License-Identifier: ISC */
#include "format/csv_write.h"

#include <string.h>

static void put_cell(struct sink *out, const char *text)
{
    const char *formula = text[0] != '\0' && strchr("=+-@\t\r", text[0]) != NULL ? "'" : "";

    if (text[strcspn(text, "\",\r\n")] == '\0') {
        sink_printf(out, "%s%s", formula, text);
        return;
    }
    sink_printf(out, "\"%s", formula);
    for (const char *at = text; *at != '\0';) {
        size_t len = strcspn(at, "\"");
        sink_put(out, at, len);
        at += len;
        if (*at == '"') {
            sink_puts(out, "\"\"");
            at++;
        }
    }
    sink_puts(out, "\"");
}

void csv_put_row(struct sink *out, const char *const *cells, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            sink_puts(out, ",");
        put_cell(out, cells[i] != NULL ? cells[i] : "");
    }
    sink_puts(out, "\r\n");
}
