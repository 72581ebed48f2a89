/* SPDX-License-Identifier: ISC */
#include "front/ask.h"

#include <stddef.h>
#include <string.h>

/* What a message may repeat: the agent's answer can hold the name. */
static bool is_name(const char *word)
{
    size_t len = strnlen(word, ASK_NAME_MAX + 1);
    if (len == 0 || len > ASK_NAME_MAX || word[0] == ' ' || word[len - 1] == ' ')
        return false;
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)word[i] < ' ' || word[i] == 127)
            return false;
    return true;
}

#define FIELD(member, tag, key, type, limit, flags, value, label, help) \
    _Static_assert(sizeof(key) - 1 <= ASK_WORD_MAX, "a request has no room for this field");
#include "domain/fields.def"
#undef FIELD

static bool is_field(const char *word)
{
    static const char *const fields[] = {
        "password",
#define FIELD(member, tag, key, type, limit, flags, value, label, help) key,
#include "domain/fields.def"
#undef FIELD
    };
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        if (strcmp(fields[i], word) == 0)
            return true;
    return false;
}

static bool is_version(const char *word)
{
    size_t digits = strspn(word, "0123456789");
    return strcmp(word, "current") == 0 || strcmp(word, "previous") == 0 ||
           (digits > 0 && digits <= ASK_DIGITS_MAX && *word != '0' && word[digits] == '\0');
}

/* "--option VALUE" or "--option=VALUE" at **at: moves it to the last word of the two. */
static bool value_of(const char *option, char *const **at, const char **value)
{
    size_t len = strlen(option);
    if (strncmp(**at, option, len) != 0)
        return false;
    if ((**at)[len] == '=')
        *value = **at + len + 1;
    else if ((**at)[len] == '\0' && (*at)[1] != NULL)
        *value = *++*at;
    else
        return false;
    return **value != '\0';
}

bool ask_read(struct ask *out, char *const argv[])
{
    char *const *at = argv;
    *out = (struct ask){.name = "", .field = "", .version = "", .newline = true};
    if (*at == NULL || *++at == NULL)
        return false;
    while (*at != NULL && (value_of("--vault", &at, &out->vault) ||
                           value_of("--token-from", &at, &out->token_from)))
        at++;
    if (*at == NULL || strcmp(*at, "get") != 0)
        return false;
    for (at++; *at != NULL; at++) {
        if (value_of("--vault", &at, &out->vault) || value_of("--version", &at, &out->version) ||
            value_of("--token-from", &at, &out->token_from))
            continue;
        if (strcmp(*at, "-n") == 0 || strcmp(*at, "--no-newline") == 0)
            out->newline = false;
        else if (**at == '-' || *out->field != '\0')
            return false;
        else if (*out->name == '\0' && is_name(*at))
            out->name = *at;
        else if (*out->name != '\0' && is_field(*at))
            out->field = *at;
        else
            return false;
    }
    if (strcmp(out->field, "password") == 0)
        out->field = "";
    return *out->name != '\0' && (*out->version == '\0' || is_version(out->version));
}
