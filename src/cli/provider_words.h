/* SPDX-License-Identifier: ISC */
/* provider_words: the short words of providers.def as people say them. */
#ifndef CLI_PROVIDER_WORDS_H
#define CLI_PROVIDER_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "domain/provider.h"

#define PROVIDER_WORDS_MAX 80
#define PROVIDER_HOW_MAX 600

/* "api-key": "an API key". Both return dst. */
char *provider_secret_words(char dst[PROVIDER_WORDS_MAX], const char *kind);
/* "fixed:apikey": the word "apikey"; "email": the whole address. */
char *provider_username_words(char dst[PROVIDER_WORDS_MAX], const char *form);

/* Beside tokens, or at all. */
bool provider_takes_passwords(const struct provider *p);

/* Which secret SMTP wants there, and where it is made: two sentences. Return dst. */
char *provider_wants_words(char dst[PROVIDER_HOW_MAX], const struct provider *p);
char *provider_made_words(char dst[PROVIDER_HOW_MAX], const struct provider *p);

#endif
