/* SPDX-License-Identifier: ISC */
/*
 * Exports of password managers as CSV: each is a list of columns and what they mean, found by
 * their names in the first row, in any order. A column that is not there is empty.
 */
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "import/csv.h"
#include "import/sources.h"

enum role {
    ROLE_NONE,
    ROLE_NAME,
    ROLE_URL,
    ROLE_USER,
    ROLE_SECRET,
    ROLE_NOTE,
    ROLE_TAG,
    ROLE_GROUP,   /* a path below the one that holds everything */
    ROLE_FIELDS,  /* "label: value" on lines of their own */
    ROLE_CHANGED, /* when its password was changed: ms since 1970, or RFC 3339 */
    ROLE_TYPE     /* what is no login is passed over */
};
struct csv_role {
    const char *column;
    enum role role;
};
#define ROLES_MAX 16
struct csv_manager {
    const char *login;                /* the type of an entry that is a login; NULL: all are */
    struct csv_role roles[ROLES_MAX]; /* in the order in which they are taken */
    const char *telling[5];           /* the columns that it has; NULL-terminated */
    const char *foreign[6];           /* those of others, which it has not; NULL-terminated */
};

const struct csv_manager csv_bitwarden = {
    .login = "login",
    .roles = {{"type", ROLE_TYPE},
              {"name", ROLE_NAME},
              {"login_username", ROLE_USER},
              {"login_password", ROLE_SECRET},
              {"login_uri", ROLE_URL},
              {"fields", ROLE_FIELDS},
              {"notes", ROLE_NOTE},
              {"folder", ROLE_TAG},
              {"collections", ROLE_TAG}},
    .telling = {"login_uri", "login_username", "login_password"},
};

const struct csv_manager csv_keepassxc = {
    .roles = {{"title", ROLE_NAME},
              {"username", ROLE_USER},
              {"password", ROLE_SECRET},
              {"url", ROLE_URL},
              {"notes", ROLE_NOTE},
              {"group", ROLE_GROUP},
              {"last modified", ROLE_CHANGED}},
    .telling = {"group", "title", "username", "password"},
};

/* Of version 8, and of those before, which have fewer columns. */
const struct csv_manager csv_1password = {
    .roles = {{"title", ROLE_NAME},
              {"username", ROLE_USER},
              {"password", ROLE_SECRET},
              {"url", ROLE_URL},
              {"notes", ROLE_NOTE},
              {"tags", ROLE_TAG}},
    .telling = {"title", "url", "username", "password"},
    .foreign = {"group", "category", "username2"},
};

const struct csv_manager csv_chrome = {
    .roles = {{"name", ROLE_NAME},
              {"username", ROLE_USER},
              {"password", ROLE_SECRET},
              {"url", ROLE_URL},
              {"note", ROLE_NOTE}},
    .telling = {"name", "url", "username", "password"},
    .foreign = {"grouping", "guid", "cardholdername", "createTime", "extra"},
};

const struct csv_manager csv_lastpass = {
    .roles = {{"name", ROLE_NAME},
              {"username", ROLE_USER},
              {"password", ROLE_SECRET},
              {"url", ROLE_URL},
              {"extra", ROLE_NOTE},
              {"grouping", ROLE_TAG}},
    .telling = {"url", "username", "password", "extra", "grouping"},
};

const struct csv_manager csv_firefox = {
    .roles = {{"username", ROLE_USER},
              {"password", ROLE_SECRET},
              {"url", ROLE_URL},
              {"timePasswordChanged", ROLE_CHANGED}},
    .telling = {"url", "username", "password", "httpRealm"},
};

const struct csv_manager csv_nordpass = {
    .login = "password",
    .roles = {{"type", ROLE_TYPE},
              {"name", ROLE_NAME},
              {"username", ROLE_USER},
              {"password", ROLE_SECRET},
              {"url", ROLE_URL},
              {"note", ROLE_NOTE},
              {"folder", ROLE_TAG}},
    .telling = {"name", "username", "password", "cardholdername"},
};

const struct csv_manager csv_dashlane = {
    .roles = {{"title", ROLE_NAME},
              {"username", ROLE_USER},
              {"password", ROLE_SECRET},
              {"url", ROLE_URL},
              {"note", ROLE_NOTE},
              {"category", ROLE_TAG}},
    .telling = {"username", "username2", "title", "password"},
};

const struct csv_manager csv_proton = {
    .login = "login",
    .roles = {{"type", ROLE_TYPE},
              {"name", ROLE_NAME},
              {"username", ROLE_USER},
              {"email", ROLE_USER},
              {"password", ROLE_SECRET},
              {"url", ROLE_URL},
              {"note", ROLE_NOTE},
              {"vault", ROLE_TAG}},
    .telling = {"type", "name", "password", "createTime"},
};

/* ---- telling them apart ---- */

/* Whether the first line has a cell of this name, quoted or not. */
static bool has_column(const char *line, size_t len, const char *name)
{
    size_t n = strlen(name);
    for (size_t at = 0; at < len;) {
        const char *comma = memchr(line + at, ',', len - at);
        size_t end = comma ? (size_t)(comma - line) : len;
        size_t from = at, to = end;
        if (to - from >= 2 && line[from] == '"' && line[to - 1] == '"') {
            from++;
            to--;
        }
        if (to - from == n && strncasecmp(line + from, name, n) == 0)
            return true;
        at = end + 1;
    }
    return false;
}

IMPORT_LOOK(csv_looks_like)
{
    const struct csv_manager *m = source->detail;
    size_t line = 0;
    (void)path;
    while (line < len && first[line] != '\n' && first[line] != '\r')
        line++;
    for (const char *const *name = m->telling; *name; name++)
        if (!has_column(first, line, *name))
            return LOOK_NO;
    for (const char *const *name = m->foreign; *name; name++)
        if (has_column(first, line, *name))
            return LOOK_NO;
    return LOOK_SURE;
}

/* Both write the same columns; a mailer's rows are those of mail servers. */
static enum import_look mozilla(const struct import_source *source, const char *path,
                                const char *first, size_t len, bool mailer)
{
    bool servers = memmem(first, len, "smtp://", 7) || memmem(first, len, "imap://", 7) ||
                   memmem(first, len, "mailbox://", 10);
    return servers == mailer ? csv_looks_like(source, path, first, len) : LOOK_NO;
}

IMPORT_LOOK(firefox_looks_like)
{
    return mozilla(source, path, first, len, false);
}

IMPORT_LOOK(thunderbird_looks_like)
{
    return mozilla(source, path, first, len, true);
}

/* ---- reading ---- */

static enum sv_status take_fields(struct found *f, struct csv_cell text, struct sv_err *err)
{
    enum sv_status s = SV_OK;
    while (text.len > 0 && s == SV_OK) {
        const char *end = memchr(text.at, '\n', text.len);
        size_t line = end ? (size_t)(end - text.at) : text.len;
        const char *colon = memchr(text.at, ':', line);
        if (colon && colon[1] == ' ')
            s = found_label(f, text.at, (size_t)(colon - text.at), colon + 2,
                            line - (size_t)(colon + 2 - text.at), NULL, err);
        text.at += end ? line + 1 : line;
        text.len -= end ? line + 1 : line;
    }
    return s;
}

/* A list of URLs begins with the first. */
static struct csv_cell first_of(struct csv_cell cell)
{
    const char *comma = memchr(cell.at, ',', cell.len);
    return (struct csv_cell){cell.at, comma ? (size_t)(comma - cell.at) : cell.len};
}

static void take_changed(struct found *f, struct csv_cell cell)
{
    char text[TEXT_TIME_MAX] = "";
    uint64_t ms;
    int64_t when;
    if (cell.len >= sizeof text)
        return;
    memcpy(text, cell.at, cell.len);
    if (text_parse_u64(text, 1, INT64_MAX, &ms))
        found_changed(f, (int64_t)(ms / 1000));
    else if (strchr(text, 'T') && text_parse_time(text, 0, &when))
        found_changed(f, when);
}

static enum sv_status take_group(struct found *f, struct csv_cell cell, struct sv_err *err)
{
    const char *slash = memchr(cell.at, '/', cell.len);
    return slash ? found_tag(f, slash + 1, cell.len - (size_t)(slash + 1 - cell.at), err) : SV_OK;
}

static enum sv_status take(struct found *f, enum role role, struct csv_cell cell,
                           struct sv_err *err)
{
    switch (role) {
    case ROLE_NAME:
        return found_set(f, "name", cell.at, cell.len, err);
    case ROLE_URL:
        cell = first_of(cell);
        return found_url(f, cell.at, cell.len, err);
    case ROLE_USER:
        return f->card.username ? SV_OK : found_set(f, "username", cell.at, cell.len, err);
    case ROLE_SECRET:
        return found_secret(f, cell.at, cell.len, err);
    case ROLE_NOTE:
        return found_set(f, "note", cell.at, cell.len, err);
    case ROLE_TAG:
        return found_tag(f, cell.at, cell.len, err);
    case ROLE_GROUP:
        return take_group(f, cell, err);
    case ROLE_FIELDS:
        return take_fields(f, cell, err);
    case ROLE_CHANGED:
        take_changed(f, cell);
        return SV_OK;
    case ROLE_TYPE:
    case ROLE_NONE:
        break;
    }
    return SV_OK;
}

static bool is_login(const struct csv_manager *m, const struct csv_row *row, const int *columns)
{
    for (size_t i = 0; m->login && m->roles[i].role; i++) {
        struct csv_cell cell = csv_get(row, columns[i]);
        if (m->roles[i].role == ROLE_TYPE && cell.len > 0)
            return cell.len == strlen(m->login) && strncasecmp(cell.at, m->login, cell.len) == 0;
    }
    return true;
}

static enum sv_status read_row(struct found_list *out, const struct csv_manager *m,
                               const struct csv_row *row, const int *columns, struct sv_err *err)
{
    struct found *f;
    enum sv_status s;
    if (!is_login(m, row, columns)) {
        out->passed++;
        return SV_OK;
    }
    s = found_add(out, row->line, &f, err);
    for (size_t i = 0; s == SV_OK && m->roles[i].role; i++)
        s = take(f, m->roles[i].role, csv_get(row, columns[i]), err);
    return s;
}

/* Its columns, or SV_DATA with the one that is missing. */
static enum sv_status find_columns(const struct csv_manager *m, const struct csv_row *head,
                                   const struct import_input *in, int columns[ROLES_MAX],
                                   struct sv_err *err)
{
    for (const char *const *name = m->telling; *name; name++)
        if (csv_column(head, *name) < 0)
            return sv_fail(err, SV_DATA, "%s is not %s: it has no column \"%s\"", in->what,
                           in->source->title, *name);
    for (size_t i = 0; i < ROLES_MAX && m->roles[i].role; i++)
        columns[i] = csv_column(head, m->roles[i].column);
    return SV_OK;
}

IMPORT_READ(csv_manager_read)
{
    const struct csv_manager *m = in->source->detail;
    struct csv csv = csv_over(in->bytes, in->len, in->what);
    struct csv_row row;
    int columns[ROLES_MAX];
    bool more;
    enum sv_status s = csv_next(&csv, &row, &more, err);
    if (s == SV_OK && !more)
        return sv_fail(err, SV_DATA, "%s is empty", in->what);
    if (s == SV_OK)
        s = find_columns(m, &row, in, columns, err);
    while (s == SV_OK && (s = csv_next(&csv, &row, &more, err)) == SV_OK && more)
        s = read_row(out, m, &row, columns, err);
    return s;
}
