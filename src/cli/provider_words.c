/* SPDX-License-Identifier: ISC */
#include "cli/provider_words.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* Spelled, and so with "an" before the S. */
static const char *const spelled[] = {"api", "id", "ses", "smtp"};

static char *plain_words(char dst[PROVIDER_WORDS_MAX], const char *article, const char *word)
{
    snprintf(dst, PROVIDER_WORDS_MAX, "%s%s", article, word);
    for (char *p = dst + strlen(article); *p != '\0';) {
        size_t len = strcspn(p, "-");
        for (size_t i = 0; i < sizeof spelled / sizeof spelled[0]; i++) {
            if (strlen(spelled[i]) == len && memcmp(p, spelled[i], len) == 0)
                for (size_t n = 0; n < len; n++)
                    p[n] = (char)toupper((unsigned char)p[n]);
        }
        p += len;
        if (*p == '-')
            *p++ = ' ';
    }
    return dst;
}

char *provider_secret_words(char dst[PROVIDER_WORDS_MAX], const char *kind)
{
    bool vowel = strchr("aeiou", kind[0]) != NULL || text_starts_with(kind, "ses-") ||
                 text_starts_with(kind, "smtp-");
    return plain_words(dst, strcmp(kind, "none") == 0 ? "" : vowel ? "an " : "a ", kind);
}

char *provider_username_words(char dst[PROVIDER_WORDS_MAX], const char *form)
{
    static const char *const known[][2] = {
        {"email", "the whole address"},
        {"local-part", "the address up to the @"},
        {"provider-generated", "given by the provider"},
        {"same-as-secret", "the same as the secret"},
        {"domain", "the domain"},
    };
    static const char fixed[] = "fixed:";
    if (text_starts_with(form, fixed)) {
        snprintf(dst, PROVIDER_WORDS_MAX, "the word \"%s\"", form + sizeof fixed - 1);
        return dst;
    }
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(form, known[i][0]) == 0) {
            snprintf(dst, PROVIDER_WORDS_MAX, "%s", known[i][1]);
            return dst;
        }
    }
    return plain_words(dst, "", form);
}
