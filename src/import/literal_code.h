/* SPDX-License-Identifier: ISC */
/*
 * literal_code: strings as PHP, Python and Ruby write them, decoded where they stand. One with
 * something in it that would be evaluated ("$name", "#{...}", f"...") is SETTING_COMPUTED.
 */
#ifndef IMPORT_LITERAL_CODE_H
#define IMPORT_LITERAL_CODE_H

#include "import/setting.h"

enum code_language { CODE_PHP, CODE_PYTHON, CODE_RUBY };

/* Whether a string begins at `at`: its prefix ("rb", "%q") or its quote. */
bool literal_code_begins(const char *at, const char *end, enum code_language language);
/* Reads it; value.end is behind it, or at the end of its line where it has none. Zeroed before the
 * first one of a text, then the same for all. */
struct code_string {
    struct literal value;
    char *body;       /* of a heredoc of Ruby, on the lines behind: its end; NULL */
    bool hopeless[4]; /* no such quotes end any more: nobody looks again */
};
void literal_code(struct code_string *s, char *at, char *end, enum code_language language);

#endif
