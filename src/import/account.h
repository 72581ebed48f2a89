/* SPDX-License-Identifier: ISC */
/*
 * account: what a mailer's file says of one login, in any order, and how it becomes a found
 * one. The values are pieces of the reader's bytes.
 */
#ifndef IMPORT_ACCOUNT_H
#define IMPORT_ACCOUNT_H

#include "import/lines.h"
#include "import/lookup.h"
#include "import/words.h"

struct told {
    struct span text;      /* at NULL: it is not set */
    struct span statement; /* all that sets it, without the line's end */
    unsigned line;
    bool asks; /* it is a command, or what a command or a variable would become part of */
    bool open; /* its quotes have no end */
};

enum account_key {
    SET_NAME,
    SET_URL,  /* smtps://user:secret@host:port */
    SET_HOST, /* with or without ":port" */
    SET_PORT, /* a number or a service's name */
    SET_USER,
    SET_SECRET,
    SET_BOTH, /* user:secret */
    SET_ASKS, /* a command that prints the secret */
    SET_FROM, /* an address, or Name <address> */
    SET_AUTH,
    SET_CA,
    SET_TLS,      /* the source's own: TLS at all */
    SET_STARTTLS, /* ... and its way */
    ACCOUNT_KEYS
};
struct account {
    struct told values[ACCOUNT_KEYS];
    unsigned line;        /* where it begins */
    enum profile_tls tls; /* what the tool would do; TLS_UNSET: what the URL says, or nothing */
    struct span place;    /* for the source's hook: found->place */
};

/* The names that a file has for them. */
struct account_row {
    const char *key;
    enum account_key what;
};

void account_put(struct account *s, enum account_key key, const struct told *value);
static inline bool account_has(const struct account *s, enum account_key key)
{
    return s->values[key].text.at != NULL;
}
bool account_is(const struct account *s, enum account_key key, const char *word);
/* "yes", "on", "true", "1", or nothing. */
bool account_is_yes(const struct account *s, enum account_key key);
/* What `over` has wins. */
void account_overlay(struct account *s, const struct account *over);
/* It names a server, or has a secret. */
bool account_is_login(const struct account *s);

/* Adds it as a login that sends mail; *out, which may be NULL, is good until the next is
 * added. What a login cannot have is its fault. */
enum sv_status account_add(struct found_list *list, const struct import_input *in,
                           const struct account *s, struct found **out,
                           struct sv_err *err) SV_MUST_USE;
/* The secret, or what asks for it, and where it stands. */
enum sv_status account_secret(struct found *f, const struct import_input *in,
                              const struct told *value, struct sv_err *err) SV_MUST_USE;

/* ---- what a file sets by name, part by part (a section, an account): the last one holds ---- */

struct variables {
    struct lookup by_name;
    struct told *items;
    size_t count, capacity;
};
void variables_clear(struct variables *v);
#define VARIABLES_OWNED __attribute__((cleanup(variables_clear)))

/* Of a part, ASCII case-insensitive; names longer than any that is asked for are passed over. */
enum sv_status variables_set(struct variables *v, unsigned part, struct span name,
                             const struct told *value, struct sv_err *err) SV_MUST_USE;
const struct told *variables_get(const struct variables *v, unsigned part, struct span name);
/* Of rows with the same meaning the first that is set; what the part has not is part 0's where
 * `inherits`. true: the part has one of its own. */
bool variables_gather(const struct variables *v, unsigned part, bool inherits,
                      const struct account_row *rows, size_t count, struct account *out);

#endif
