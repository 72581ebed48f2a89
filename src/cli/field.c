/* SPDX-License-Identifier: ISC */
#include "cli/field.h"

#include <string.h>

#include "base/text.h"
#include "cli/command.h"
#include "domain/profile.h"

bool field_is_kept(const char *field)
{
    return strcmp(field, FIELD_IAM_SECRET) == 0;
}

bool field_is_sasl(const char *field)
{
    return strcmp(field, FIELD_XOAUTH2) == 0;
}

bool field_is_secret(const char *field)
{
    return strcmp(field, "password") == 0 || field_is_kept(field) || field_is_sasl(field);
}

enum sv_status field_check(const char *field, struct sv_err *err)
{
    size_t count = 0;
    const char *const *names = completes_words(COMPLETES_FIELD);
    char shown[64];

    if (field_is_secret(field) || profile_field(field) != NULL)
        return SV_OK;
    while (names[count] != NULL)
        count++;
    const char *nearest = text_nearest(field, names, count);
    return sv_fail(err, SV_MISSING, "a profile has no field \"%s\"%s%s%s",
                   text_printable(shown, sizeof shown, field, strlen(field)),
                   nearest != NULL ? "; did you mean \"" : "", nearest != NULL ? nearest : "",
                   nearest != NULL ? "\"?" : "");
}
