/* SPDX-License-Identifier: ISC */
/* provider_words: the short words of providers.def as people say them. */
#ifndef CLI_PROVIDER_WORDS_H
#define CLI_PROVIDER_WORDS_H

#include <stddef.h>

#define PROVIDER_WORDS_MAX 80

/* "api-key": "an API key". Both return dst. */
char *provider_secret_words(char dst[PROVIDER_WORDS_MAX], const char *kind);
/* "fixed:apikey": the word "apikey"; "email": the whole address. */
char *provider_username_words(char dst[PROVIDER_WORDS_MAX], const char *form);

#endif
