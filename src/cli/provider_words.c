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
    if (strcmp(kind, "oauth2") == 0)
        kind = "access-token-of-OAuth2";
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
        {"access-key", "the id of the IAM access key, AKIA ..."},
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

bool provider_takes_passwords(const struct provider *p)
{
    const char *offered = p->mechanisms;
    return p->kind != KIND_OAUTH2 || (offered != NULL && (strstr(offered, "PLAIN") != NULL ||
                                                          strstr(offered, "LOGIN") != NULL));
}

char *provider_wants_words(char dst[PROVIDER_HOW_MAX], const struct provider *p)
{
    char words[PROVIDER_WORDS_MAX];
    const char *secret = provider_secret_words(words, p->secret_kind);
    if (strcmp(p->secret_kind, "ses-smtp-password") == 0)
        snprintf(dst, PROVIDER_HOW_MAX,
                 "%s wants the secret access key of an IAM user who may ses:SendRawEmail (it is "
                 "kept, and SMTP gets the password derived from it), or an SMTP password.",
                 p->name);
    else if (p->kind == KIND_OAUTH2 && provider_takes_passwords(p))
        snprintf(dst, PROVIDER_HOW_MAX,
                 "%s signs in by OAuth2; a password works only where, and as long as, it is still "
                 "allowed.",
                 p->name);
    else if (p->kind == KIND_OAUTH2)
        snprintf(dst, PROVIDER_HOW_MAX,
                 "%s has left passwords, and app passwords with them: it signs in by OAuth2.",
                 p->name);
    else if (p->kind != KIND_PASSWORD)
        snprintf(dst, PROVIDER_HOW_MAX, "%s wants %s here; the password of the account is refused.",
                 p->name, secret);
    else if (strcmp(p->category, "transactional") == 0)
        snprintf(dst, PROVIDER_HOW_MAX,
                 "%s wants the SMTP password that belongs to this user name; an API key or the "
                 "password of the account is refused.",
                 p->name);
    else
        snprintf(dst, PROVIDER_HOW_MAX, "%s wants the password of the mailbox.", p->name);
    return dst;
}

char *provider_made_words(char dst[PROVIDER_HOW_MAX], const struct provider *p)
{
    const char *url = p->secret_url != NULL ? p->secret_url : p->docs_url;
    const char *note = p->shape != NULL ? p->shape->note : NULL;
    dst[0] = '\0';
    if (strcmp(p->secret_kind, "ses-smtp-password") == 0)
        note = "an access key is made in the IAM console, under the user's security credentials, "
               "and shown once";
    if (url == NULL && note == NULL)
        return dst;
    snprintf(dst, PROVIDER_HOW_MAX, "%s%s%s%s%s",
             url == NULL             ? "It looks like this: "
             : p->secret_url != NULL ? "Make one at "
                                     : "How: ",
             url != NULL ? url : "", url != NULL && note != NULL ? " (" : "",
             note != NULL ? note : "", url != NULL && note != NULL ? ")" : "");
    return dst;
}
