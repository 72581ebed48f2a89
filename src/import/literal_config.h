/* SPDX-License-Identifier: ISC */
/* literal_config: values as configuration files of several programs write them, decoded where
 * they stand. `end` is that of their line, or of the text. */
#ifndef IMPORT_LITERAL_CONFIG_H
#define IMPORT_LITERAL_CONFIG_H

#include "import/setting.h"

/* "..." of JSON (RFC 8259) and of YAML, which knows more escapes; at is the quote. */
void literal_double(struct literal *v, char *at, char *end);
/* A value of Go's ini.v1, in backticks, in three quotes, or bare. */
void literal_ini(struct literal *v, char *at, char *end);
/* java.util.Properties.load: what is behind the separator, lines joined by backslashes. */
void literal_properties(struct literal *v, char *at, char *end);
/* A scalar of YAML 1.2 on one line. */
void literal_yaml(struct literal *v, char *at, char *end);

#endif
