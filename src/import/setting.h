/* SPDX-License-Identifier: ISC */
/*
 * setting: what a program's configuration sets, name by name, whatever its syntax is. A source
 * reads names and values; here those that are parts of a login (settings.def) come together,
 * by what stands before them: SMTP_HOST and SMTP_PASSWORD are of one, BULK_SMTP_PASSWORD is of
 * another. Nothing is evaluated, and nothing guessed: a value that is not written out there, or
 * that programs read in different ways, is its login's fault.
 */
#ifndef IMPORT_SETTING_H
#define IMPORT_SETTING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "import/found.h"
#include "import/source.h"

enum setting_state {
    SETTING_TOLD,      /* the value itself */
    SETTING_ELSEWHERE, /* it is where a reference or the name of a variable says: not here */
    SETTING_COMPUTED,  /* it would have to be evaluated */
    SETTING_DOUBTFUL,  /* not all programs that read such a file see the same in it */
    SETTING_OPEN       /* its quotes have no end */
};

/* A value in the source's text, its escapes taken out in place. */
struct literal {
    char *text;
    size_t len;
    enum setting_state state;
    bool word;      /* it stands without quotes: true, null, 587 */
    char *begin;    /* where it stands, with its quotes */
    char *end;      /* behind it */
    unsigned lines; /* line ends in it, as it stood there */
};

/* found->place of a secret that stands in a URL, with more. */
#define SETTING_PLACE_URL "url"

/* The longest path of names that is looked at; of a longer one nothing is known. */
#define SETTING_NAME_MAX 160

/* Zeroed but for the first two; owner: settings_clear. The bytes of names and values are
 * borrowed until settings_end. */
struct settings {
    struct found_list *out;
    const struct import_input *in;
    const char *advice; /* what to do where programs differ */
    struct setting_set *sets;
    size_t count, capacity;
};
void settings_clear(struct settings *s);
#define SETTINGS_OWNED __attribute__((cleanup(settings_clear)))

/* A name and its value. The name may be a path ("mail.options.host", "mailers/smtp/host"): all
 * that is no letter and no digit parts words. Names that mean nothing are passed over. */
enum sv_status settings_take(struct settings *s, const char *name, size_t len, unsigned line,
                             const struct literal *value, struct sv_err *err) SV_MUST_USE;
/* Whether a name is of a secret, a host ... at all: for the beginning of a file. */
bool setting_is_known(const char *name, size_t len);
/* Adds what came together to the list. */
enum sv_status settings_end(struct settings *s, struct sv_err *err) SV_MUST_USE;

#endif
