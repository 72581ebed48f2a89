/* SPDX-License-Identifier: ISC */
#include "domain/vault_near.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"

#define SAYS " (did you mean \""

/* Of several groups that have it nobody knows which. */
static const char *of_a_group(const struct profile_list *list, const char *word)
{
    const char *found = NULL;

    for (size_t i = 0; i < list->count; i++) {
        const char *slash = strrchr(list->items[i].name, '/');
        if (!slash || !text_equal_nocase(slash + 1, word))
            continue;
        if (found)
            return NULL;
        found = list->items[i].name;
    }
    return found;
}

const char *near_name(const struct profile_list *list, const char *word)
{
    SV_AUTOFREE const char **names = sv_alloc_array(list->count + 1, sizeof *names);
    const char *grouped = of_a_group(list, word);

    if (grouped || !names)
        return grouped;
    for (size_t i = 0; i < list->count; i++)
        names[i] = list->items[i].name;
    return text_nearest(word, names, list->count);
}

void vault_say_near(struct vault *v, struct sv_err *err)
{
    PROFILE_LIST_OWNED struct profile_list list = {0};
    struct sv_err aside = {""}, found = *err;
    char word[PROFILE_NAME_MAX + 1] = "", shown[4 * PROFILE_NAME_MAX + 1];
    const char *begin = strstr(found.text, NEAR_NONE);
    const char *end = begin ? strchr(begin + strlen(NEAR_NONE), '"') : NULL;

    if (!end || text_starts_with(end + 1, SAYS))
        return;
    begin += strlen(NEAR_NONE);
    if ((size_t)(end - begin) >= sizeof word || vault_list(v, &list, &aside) != SV_OK)
        return;
    memcpy(word, begin, (size_t)(end - begin));
    const char *near = near_name(&list, word);
    if (near)
        (void)snprintf(err->text, sizeof err->text, "%.*s%s%.160s\"?)%.400s",
                       (int)(end + 1 - found.text), found.text, SAYS,
                       text_printable(shown, sizeof shown, near, strlen(near)), end + 1);
}
