/* SPDX-License-Identifier: ISC */
/*
 * due_dates: what may be known of a vault while it is locked: names and dates, of those profiles
 * whose policy says "public". As a text of lines, that only its user can read:
 *
 *     smtpvault-dates 1 all|some
 *     ID WHEN BY LATE LEAD NAME
 *
 * all: every profile of the vault is in it that has such dates. ID: 32 digits of hex, of the item
 * (due.h). WHEN is what is shown, BY the time from which it is due, LATE from which it is overdue:
 * seconds since 1970; LEAD in seconds. NAME goes to the end of the line.
 */
#ifndef DOMAIN_DUE_DATES_H
#define DOMAIN_DUE_DATES_H

#include "base/buf.h"
#include "domain/due.h"
#include "domain/vault.h"

#define DUE_DATES_BYTES_MAX (16 * 1024 * 1024)

struct due_date {
    uint8_t id[16];
    int64_t when, by, late, lead;
    char name[PROFILE_NAME_MAX + 1];
};

struct due_dates {
    struct due_date *items;
    size_t count, capacity;
    bool whole;
};
void due_dates_clear(struct due_dates *dates);
#define DUE_DATES_OWNED __attribute__((cleanup(due_dates_clear)))

/* Of profiles that know their terms. */
enum sv_status due_dates_of(struct due_dates *out, const struct profile *items, size_t count,
                            int64_t now, struct sv_err *err) SV_MUST_USE;

enum sv_status due_dates_write(struct blob *out, const struct due_dates *dates,
                               struct sv_err *err) SV_MUST_USE;
/* SV_DATA for anything that is not such a text. */
enum sv_status due_dates_read(struct due_dates *out, const uint8_t *bytes, size_t len,
                              struct sv_err *err) SV_MUST_USE;

/* What of it is due: profiles that have a name and nothing else, to which the items point; both
 * the caller's, as of vault_due.h. */
enum sv_status due_dates_list(const struct due_dates *dates, const struct due_wish *wish,
                              struct profile_list *profiles, struct due_list *list,
                              struct sv_err *err) SV_MUST_USE;

#endif
