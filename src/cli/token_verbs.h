/* SPDX-License-Identifier: ISC */
/* token_verbs: what the files of the command "token" share; one verb a file. */
#ifndef CLI_TOKEN_VERBS_H
#define CLI_TOKEN_VERBS_H

#include "cli/cli.h"
#include "domain/vault_token.h"

#define TOKEN_SHOWN_MAX (2 * TOKEN_LABEL_MAX)
/* A label for a message. */
#define TOKEN_SHOWN(label) \
    text_printable((char[TOKEN_SHOWN_MAX]){0}, TOKEN_SHOWN_MAX, (label), strlen(label))

typedef enum sv_status token_verb(struct cli *cli, const struct args *args, struct sv_err *err);
token_verb token_add_check, token_add;
token_verb token_show_all;
token_verb token_remove;

#endif
