/* SPDX-License-Identifier: ISC */
/*
 * policy: when secrets shall change, and how they are made. A policy is a list of rules; each
 * says some terms for some profiles, and what it does not say the next wider one does:
 *
 *   the profile > its tags, in the profile's order > its provider > its kind > the vault > built in
 *
 * A profile's own rotate-every, in its card, comes before any rule. Built in: app passwords and
 * API keys change yearly, the rest never.
 *
 * All rules of a vault stand in one row (object.h, OBJECT_POLICY, name "policy"), for whoever
 * may read all profiles. One policy has one encoding:
 *
 *   count u16, 1 .. 256, then for each rule, by selector:
 *   scope u8 | selector: length u16, bytes | fields u8, 1 .. 13, then for each, by tag:
 *   tag u8 | length u16 | value
 *
 * selector: of a tag, a provider (its id) and a kind the word, of a profile its uid, of the
 * vault nothing. Values:
 *
 *   1 every u32, days     2 dates: month u8, day u8 each, 0 .. 12 of them, in their order
 *   3 before u16, days    4 lead u16, days   5 grace u16, days   6 length u16
 *   7 alphabet u8, 0 portable, 1 alnum, 2 symbols                8 overlap u16, hours
 *   9 rejections u16      10 on reject u8, 1 alarm, 2 rollback   11 public u8, 0 or 1
 *   12 after: 0 .. 4 lines, u16 length and text each             13 hook: text, or nothing
 */
#ifndef DOMAIN_POLICY_H
#define DOMAIN_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "domain/generate.h"
#include "domain/profile.h"

#define POLICY_NAME "policy"
#define POLICY_RULES_MAX 256
#define POLICY_BYTES_MAX 32768
#define POLICY_SELECTOR_MAX 64 /* a tag, a provider's id */
#define POLICY_DAYS_MAX 36500  /* of every */
#define POLICY_SPAN_MAX 3650   /* of before, lead, grace, in days */
#define POLICY_OVERLAP_MAX 8760
#define POLICY_REJECTIONS_MAX 1000
#define POLICY_DATES_MAX 12
#define POLICY_AFTER_MAX 4
#define POLICY_LINE_MAX 256
#define POLICY_HOOK_MAX 255

/* From the widest to the narrowest. */
enum policy_scope { POLICY_VAULT = 1, POLICY_KIND, POLICY_PROVIDER, POLICY_TAG, POLICY_PROFILE };

/* The fields' tags; a set of them has bit 1 << tag. */
enum policy_field {
    POLICY_EVERY = 1,
    POLICY_DATES,
    POLICY_BEFORE,
    POLICY_LEAD,
    POLICY_GRACE,
    POLICY_LENGTH,
    POLICY_ALPHABET,
    POLICY_OVERLAP,
    POLICY_REJECTIONS,
    POLICY_ON_REJECT,
    POLICY_PUBLIC,
    POLICY_AFTER,
    POLICY_HOOK,
    POLICY_FIELDS /* one more than the last */
};
enum policy_on_reject { POLICY_ALARM = 1, POLICY_ROLLBACK };

struct policy_date {
    uint8_t month, day; /* 02-29 is 02-28 where a year has none */
};

struct policy_rule {
    enum policy_scope scope;
    char name[POLICY_SELECTOR_MAX + 1]; /* of TAG, PROVIDER and KIND; else "" */
    uint8_t uid[16];                    /* of PROFILE */
    unsigned has;                       /* 1 << enum policy_field: which of those below */
    uint32_t every_days;                /* 0: off */
    struct policy_date dates[POLICY_DATES_MAX];
    size_t date_count; /* 0: none */
    uint16_t before_days, lead_days, grace_days, length, overlap_hours;
    uint16_t rejections; /* 0: off */
    enum generate_alphabet alphabet;
    enum policy_on_reject on_reject;
    bool open; /* "public": the due date may be kept readable while the vault is locked */
    char after[POLICY_AFTER_MAX][POLICY_LINE_MAX + 1];
    size_t after_count;
    char hook[POLICY_HOOK_MAX + 1]; /* "": none */
};

struct policy {
    struct policy_rule *rules;
    size_t count;
};
void policy_clear(struct policy *policy);
#define POLICY_OWNED __attribute__((cleanup(policy_clear)))

/* SV_DATA for anything that policy_encode does not write. No bytes are no rules. */
enum sv_status policy_decode(struct policy *out, const uint8_t *bytes, size_t len,
                             struct sv_err *err) SV_MUST_USE;
/* Replaces what is in out. SV_DATA: it does not fit. */
enum sv_status policy_encode(struct blob *out, const struct policy *policy,
                             struct sv_err *err) SV_MUST_USE;

/* The order of rules: by selector. */
int policy_order(const struct policy_rule *a, const struct policy_rule *b);
/* The rule of the same selector; NULL: there is none. */
struct policy_rule *policy_find(const struct policy *policy, const struct policy_rule *selector);
/* What `change` has goes into the rule of its selector, what is in `drop` goes out of it; a
 * rule with nothing left goes. SV_DATA: there are too many. */
enum sv_status policy_change(struct policy *policy, const struct policy_rule *change, unsigned drop,
                             struct sv_err *err) SV_MUST_USE;
#define POLICY_ALL (~0u)
/* SV_USAGE: a selector or a value that no rule can have. */
enum sv_status policy_check(const struct policy_rule *rule, struct sv_err *err) SV_MUST_USE;

/* ---- what holds for one profile ---- */

struct policy_terms {
    bool own_every; /* every_days stands in the profile's card */
    uint32_t every_days;
    const struct policy_date *dates; /* borrowed, as what is below */
    size_t date_count;
    uint16_t before_days, lead_days, grace_days, length, overlap_hours, rejections;
    enum generate_alphabet alphabet;
    enum policy_on_reject on_reject;
    bool open;
    const struct policy_rule *after;               /* whose lines run; NULL: nobody's */
    const char *hook;                              /* "": none */
    const struct policy_rule *from[POLICY_FIELDS]; /* who says it; NULL: built in */
};

/* policy: with no rules, what is built in. The terms live as long as both. */
struct policy_terms policy_of(const struct policy *policy, const struct profile *p);

/* When the secret has to change by these terms: at the end of its period or on the next fixed
 * date, whichever is first; 0: never. A date is the beginning of that day, local time; a secret
 * that is new since `lead` days before it (at most half the time since the date before) need not
 * change for it. *dated, unless NULL: it is a date. */
int64_t policy_due(const struct policy_terms *terms, const struct profile *p, bool *dated);
/* Tells the profile what holds for it: p->terms, from which rotation.h answers. The same as
 * policy_of is returned. */
struct policy_terms policy_apply(const struct policy *policy, struct profile *p);

/* ---- words for people ---- */

/* The option that sets a field: "every", "on", "before-deadline" ...; NULL beyond. */
const char *policy_option(enum policy_field field);
/* What people call the field: "new secret every". */
const char *policy_label(enum policy_field field);
/* "off", "never" or "none". */
bool policy_is_off(const char *text);
/* Sets the field in rule->has and its value from a person's text. SV_USAGE says how it goes. */
enum sv_status policy_set(struct policy_rule *rule, enum policy_field field, const char *text,
                          struct sv_err *err) SV_MUST_USE;
/* A field's value in the words that policy_set takes: "90d", "off", "01-15,07-15". Returns
 * dst. */
#define POLICY_SHOWN_MAX 1200
char *policy_say(char dst[POLICY_SHOWN_MAX], const struct policy_rule *rule,
                 enum policy_field field);
/* The same of terms, with a rule that has them all as their words. */
void policy_rule_of(struct policy_rule *out, const struct policy_terms *terms);
/* Whose rule it is: "the vault", "kind api-key", "tag prod", "this profile"; NULL is "built in".
 * Returns dst. */
#define POLICY_WHO_MAX 96
char *policy_who(char dst[POLICY_WHO_MAX], const struct policy_rule *rule);

#endif
