/* SPDX-License-Identifier: ISC */
/* token_verbs: what the files of the command "token" share; one verb a file. */
#ifndef ACCESS_TOKEN_VERBS_H
#define ACCESS_TOKEN_VERBS_H

#include "cli/cli.h"
#include "cli/verbs.h"
#include "domain/vault_token.h"

#define TOKEN_SHOWN_MAX (2 * TOKEN_LABEL_MAX)
/* A label for a message. */
#define TOKEN_SHOWN(label) \
    text_printable((char[TOKEN_SHOWN_MAX]){0}, TOKEN_SHOWN_MAX, (label), strlen(label))

verb_step token_add_check, token_add;
verb_step token_show_all;
verb_step token_remove;

#endif
