/* SPDX-License-Identifier: ISC */
/*
 * row_edit: edits of a database's rows, and of its file behind them, as an input tells
 * them. Rows are chosen by their place in the table, so that most edits hit one.
 */
#ifndef TESTS_FUZZ_ROW_EDIT_H
#define TESTS_FUZZ_ROW_EDIT_H

#include "fuzz.h"
#include "store/db.h"

enum row_edit {
    ROW_PUT,    /* table, key: a row of any bytes */
    ROW_DELETE, /* table, key */
    ROW_BYTES,  /* table, key, place, bytes: over what is there */
    ROW_LENGTH, /* table, key, u16: cut, or filled up with zeros */
    ROW_COPY,   /* table, key, key: one row's bytes to another's place */
    ROW_EDITS
};

struct tables {
    enum db_table first, last;
};

/* Inside a write transaction. */
void row_edit(struct db *db, const struct tables *of, enum row_edit edit, struct buf_reader *in);
/* Takes a table, or a key: of a row that is there, or an odd one, or any. */
enum db_table row_edit_table(const struct tables *of, struct buf_reader *in);
int64_t row_edit_key(struct db *db, enum db_table table, struct buf_reader *in);
void row_edit_put(struct db *db, enum db_table table, int64_t key, const void *bytes, size_t len);

/* What is done to the file when the database is closed: first statements, then bytes.
 * They are taken from the input in any order. */
#define LATE_MAX 32
struct late_edits {
    struct {
        bool sql;
        uint32_t at;
        const uint8_t *bytes;
        size_t len;
    } items[LATE_MAX];
    size_t count;
};
/* sql: u32, which statement; else place u32, length u8, bytes: over the file, beyond its
 * end, or, without bytes, where it is cut. */
void late_edit_add(struct late_edits *late, bool sql, struct buf_reader *in);
void late_edit_run(const struct late_edits *late, const char *path);

#endif
