/* SPDX-License-Identifier: ISC */
#include "cli/names.h"

enum sv_status names_check(struct cli *cli, const struct args *args, struct sv_err *err)
{
    (void)cli;
    enum sv_status s = SV_OK;
    for (size_t i = 0; s == SV_OK && i < args_count(args); i++)
        s = profile_check_name(args_word(args, i), err);
    return s;
}
