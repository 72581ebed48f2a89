/* SPDX-License-Identifier: ISC */
/*
 * What a file of ours says about itself: application id, format version, and the
 * text of its tables, compared byte for byte before any row is read. A file that
 * has one index, trigger, view or table more is not ours: SQL hidden in a schema
 * is the classic way to turn a database into a program.
 */
#include "store/db_impl.h"

#include <string.h>

#include "base/defence.h"
#include "crypto/hash.h"

#define FORMAT_VERSION 1 /* PRAGMA user_version */

struct table {
    const char *name;
    const char *sql;
    enum db_schema schema;
};

static const struct table tables[DB_TABLES] = {
#define TABLE(id, owner, name, key)                                                               \
    [TABLE_##id] = {name,                                                                         \
                    "CREATE TABLE " name "(" key " INTEGER PRIMARY KEY, v BLOB NOT NULL) STRICT", \
                    DB_##owner},
#include "store/tables.def"
#undef TABLE
};

struct identity {
    const char *title;
    const char *create; /* pragmas need literals: PRAGMA takes no parameter */
    int application_id;
};

/* "smtv" and "smta" as big-endian numbers, as file(1) shows them. */
static const struct identity identities[] = {
    [DB_VAULT] = {"vault", "PRAGMA application_id = 1936553078; PRAGMA user_version = 1",
                  0x736d7476},
    [DB_AUDIT] = {"audit log", "PRAGMA application_id = 1936553057; PRAGMA user_version = 1",
                  0x736d7461},
};

const char *db_schema_title(enum db_schema schema)
{
    return identities[schema].title;
}

const char *db_table_name(enum db_table table)
{
    return tables[table].name;
}

enum db_schema db_table_schema(enum db_table table)
{
    return tables[table].schema;
}

void db_schema_hash(enum db_schema schema, uint8_t out[32])
{
    struct hash h;

    hash_begin(&h, NULL, HASH_LEN, "schema");
    for (size_t i = 0; i < DB_TABLES; i++) {
        if (tables[i].schema == schema) {
            hash_field(&h, tables[i].sql, strlen(tables[i].sql));
        }
    }
    hash_end(&h, out);
}

enum sv_status db_schema_create(struct db *db, struct sv_err *err)
{
    const char *doing = "create the tables";
    enum sv_status st = db_begin_write(db, err);

    if (st == SV_OK) {
        st = db_exec(db, identities[db->schema].create, doing, err);
    }
    for (size_t i = 0; i < DB_TABLES && st == SV_OK; i++) {
        if (tables[i].schema == db->schema) {
            st = db_exec(db, tables[i].sql, doing, err);
        }
    }
    if (st == SV_OK) {
        st = db_commit(db, err);
    }
    db_rollback(db);
    return st;
}

/* The one integer that a query gives. */
static enum sv_status ask_int(struct db *db, const char *sql, int *out, struct sv_err *err)
{
    STMT_OWNED sqlite3_stmt *stmt = NULL;
    enum sv_status st = db_prepare(db, &stmt, sql, err);

    if (st != SV_OK) {
        return st;
    }
    int rc = sqlite3_step(stmt);
    if (rc != SQLITE_ROW) {
        return db_fault(db, rc, "read its header", err);
    }
    *out = sqlite3_column_int(stmt, 0);
    return SV_OK;
}

static enum sv_status check_identity(struct db *db, struct sv_err *err)
{
    const struct identity *want = &identities[db->schema];
    int id = 0;
    int version = 0;
    enum sv_status st = ask_int(db, "PRAGMA application_id", &id, err);

    if (st == SV_OK) {
        st = ask_int(db, "PRAGMA user_version", &version, err);
    }
    if (st != SV_OK) {
        return st;
    }
    if (id != want->application_id) {
        return sv_fail(err, SV_DATA, "%s is not a smtpvault %s: name another file", db->shown,
                       want->title);
    }
    if (DEFENDED(FORMAT) && version > FORMAT_VERSION) {
        return sv_fail(err, SV_DATA,
                       "%s has format %d and this smtpvault knows formats up to %d: use a newer "
                       "smtpvault",
                       db->shown, version, FORMAT_VERSION);
    }
    if (DEFENDED(FORMAT) && version != FORMAT_VERSION) {
        return sv_fail(err, SV_DATA, "%s has the unknown format %d: restore a backup", db->shown,
                       version);
    }
    return SV_OK;
}

/* As a blob: the bytes as they stand in the file, without a conversion. */
static bool column_is(sqlite3_stmt *stmt, int column, const char *want)
{
    const void *text = sqlite3_column_blob(stmt, column);
    size_t len = (size_t)sqlite3_column_bytes(stmt, column);

    return text && len == strlen(want) && memcmp(text, want, len) == 0;
}

static bool row_is_table(sqlite3_stmt *stmt, const struct table *t)
{
    return column_is(stmt, 0, "table") && column_is(stmt, 1, t->name) &&
           column_is(stmt, 2, t->name) && column_is(stmt, 3, t->sql);
}

static enum sv_status check_tables(struct db *db, struct sv_err *err)
{
    STMT_OWNED sqlite3_stmt *stmt = NULL;
    const char *sql = "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY rowid";
    enum sv_status st = db_prepare(db, &stmt, sql, err);
    bool same = true;
    size_t i = 0;
    int rc;

    if (st != SV_OK) {
        return st;
    }
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW && same) {
        while (i < DB_TABLES && tables[i].schema != db->schema) {
            i++;
        }
        same = i < DB_TABLES && row_is_table(stmt, &tables[i]);
        i++;
    }
    if (rc != SQLITE_DONE && rc != SQLITE_ROW) {
        return db_fault(db, rc, "read its schema", err);
    }
    while (i < DB_TABLES && tables[i].schema != db->schema) {
        i++;
    }
    if (DEFENDED(SCHEMA) && (!same || i < DB_TABLES)) {
        return sv_fail(err, SV_DATA,
                       "%s: its tables are not those of a smtpvault %s: another program has "
                       "changed the file: restore a backup",
                       db->shown, db_schema_title(db->schema));
    }
    return SV_OK;
}

/* Not db_begin_read: that one compares the cookie, which is learnt here. */
enum sv_status db_schema_check(struct db *db, struct sv_err *err)
{
    enum sv_status st = db_exec(db, "BEGIN", "read", err);

    if (st != SV_OK) {
        return st;
    }
    st = check_identity(db, err);
    if (st == SV_OK) {
        st = check_tables(db, err);
    }
    if (st == SV_OK) {
        st = ask_int(db, "PRAGMA schema_version", &db->cookie, err);
    }
    if (st == SV_OK) {
        st = db_exec(db, "COMMIT", "read", err);
    }
    return st;
}
