/* SPDX-License-Identifier: ISC */
/*
 * reader: the log's entries opened one by one, at any place and in any order.
 * For the files beside it only; everything happens inside one read transaction.
 */
#ifndef AUDIT_READER_H
#define AUDIT_READER_H

#include "audit/keyring.h"
#include "audit/log.h"

struct audit_reader {
    struct audit *a;
    struct audit_keyring ring;
    uint8_t log_id[16];
    uint64_t size;    /* as the head says */
    struct blob gens; /* struct audit_gen, the whole list */
};

/* Inside a read transaction. keys must stay alive. SV_DATA: head or generations are
 * not what they should be. Owner: audit_reader_clear. */
enum sv_status audit_reader_begin(struct audit_reader *r, struct audit *a,
                                  const struct secret *keys, struct sv_err *err) SV_MUST_USE;
void audit_reader_clear(struct audit_reader *r);

/* The first entry of the generation from which on all keys are there. */
uint64_t audit_reader_known_from(const struct audit_reader *r);

/* Opens and decodes a row. *plain (or NULL) gets the content as it was sealed. SV_DATA
 * names the entry; SV_DENIED: no key of the ring opens it, and it says which entries
 * are so up to this one. */
enum sv_status audit_reader_open(const struct audit_reader *r, uint64_t seq, const uint8_t *row,
                                 size_t len, struct audit_event *event, struct secret **plain,
                                 struct sv_err *err) SV_MUST_USE;

/* The places between which all entries lie whose time is from `since` to `until` (0:
 * open), found by opening a few dozen of them: *first .. *last, both included. Clocks
 * are set back sometimes: by up to AUDIT_SEEK_SLACK seconds that does no harm, and
 * where the entries that were opened show more, the whole log is given. */
#define AUDIT_SEEK_SLACK 86400
enum sv_status audit_seek(const struct audit_reader *r, int64_t since, int64_t until,
                          int64_t *first, int64_t *last, struct sv_err *err) SV_MUST_USE;

#endif
