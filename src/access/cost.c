/* SPDX-License-Identifier: ISC */
#include "access/cost.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

enum sv_status cost_parse(const char *text, struct argon2_cost *out, struct sv_err *err)
{
    struct argon2_cost cost = argon2_default;
    for (const char *at = text;;) {
        size_t span = strcspn(at, ",");
        char word[32];
        uint64_t n = 0;
        snprintf(word, sizeof word, "%.*s", (int)span, at);
        if (span < 3 || span >= sizeof word || word[1] != '=' ||
            !text_parse_u64(word + 2, 1, UINT32_MAX, &n) || strchr("tmp", word[0]) == NULL)
            return sv_fail(err, SV_USAGE, "a cost looks like t=3,m=262144,p=4 (m in KiB)");
        *(word[0] == 't'   ? &cost.passes
          : word[0] == 'm' ? &cost.memory_kib
                           : &cost.lanes) = (uint32_t)n;
        if (at[span] == '\0')
            break;
        at += span + 1;
    }
    if (argon2_cost_check(&cost, err) != SV_OK)
        return SV_USAGE;
    *out = cost;
    return SV_OK;
}
