/* SPDX-License-Identifier: ISC */
/*
 * reference: a value of a profile, named in a text of somebody else's.
 *
 *   smtpvault://NAME/FIELD                    a URI: in NAME "%", blanks and all that
 *                                             is not plain may be %XX (RFC 3986 section 2.1);
 *                                             what follows its last "/" is the field
 *   {{ smtpvault://NAME/FIELD | QUOTING }}    in a template; the quoting, one of
 *                                             quotings.def, with its "|" may be left out
 *
 * Everything else in a template is text, other {{ }} included.
 */
#ifndef FORMAT_REFERENCE_H
#define FORMAT_REFERENCE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "domain/profile.h"
#include "format/quoting.h"

#define REFERENCE_SCHEME "smtpvault://"
#define REFERENCE_FIELD_MAX 32
#define REFERENCES_MAX 4096 /* of one text */

struct reference {
    char name[PROFILE_NAME_MAX + 1];
    char field[REFERENCE_FIELD_MAX + 1];
    const struct quoting *quoting; /* NULL: none is named */
    size_t begin, end;             /* bytes of the text that it stands for */
    size_t line;                   /* from 1 */
};

/* The references of a text, in their order. Owner: reference_list_clear. */
struct reference_list {
    struct reference *items;
    size_t count, capacity;
};

/* SV_DATA: a reference is malformed, or names a quoting that there is none of; the message
 * tells `what` (the file) and the line, and repeats nothing of the text. */
enum sv_status reference_list_parse(struct reference_list *out, const char *what, const void *bytes,
                                    size_t len, struct sv_err *err) SV_MUST_USE;
void reference_list_clear(struct reference_list *list);
#define REFERENCE_LIST_OWNED __attribute__((cleanup(reference_list_clear)))

bool reference_is_uri(const char *text, size_t len);
/* A bare URI, whole. */
enum sv_status reference_parse(struct reference *out, const char *text, size_t len,
                               struct sv_err *err) SV_MUST_USE;

/* The quoting that a file of this name needs, by its ending, or NULL: not known. ".template",
 * ".tmpl", ".tpl" and ".in" behind that do not count. */
const struct quoting *reference_quoting_of(const char *path);

#endif
