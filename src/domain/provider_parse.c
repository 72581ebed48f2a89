/* SPDX-License-Identifier: ISC */
/* provider_parse: a file of the user's own rows. The members of a row are the rows
 * of one table below; every text passes a rule before it is taken. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json_tree.h"
#include "base/text.h"
#include "domain/provider_own.h"
#include "domain/provider_rules.h"

#define WORDS_MAX 512 /* domains of one row, or its aliases */
#define HOSTS_MAX 64
#define DEADLINES_MAX 16
#define TEXT_MAX 4096
#define IDLE_DAYS_MAX 3650

/* ---- memory that lives as long as the rows ---- */

struct provider_piece {
    struct provider_piece *next;
    max_align_t bytes[];
};

void *provider_rows_alloc(struct provider_rows *rows, size_t size)
{
    struct provider_piece *piece = sv_alloc(sizeof(*piece) + size);
    if (!piece)
        return NULL;
    piece->next = rows->pieces;
    rows->pieces = piece;
    return piece->bytes;
}

void provider_rows_clear(struct provider_rows *rows)
{
    while (rows->pieces) {
        struct provider_piece *piece = rows->pieces;
        rows->pieces = piece->next;
        sv_free(piece);
    }
    sv_free(rows->items);
    *rows = (struct provider_rows){.items = NULL};
}

/* ---- one row being read ---- */

struct member;
struct reading {
    struct provider_rows *rows;
    const struct json_tree *tree;
    const char *what;
    struct sv_err *err;
};

static enum sv_status bad(const struct reading *r, uint32_t node, const char *member,
                          const char *why)
{
    return sv_fail(r->err, SV_DATA, "%s, line %u: \"%s\" %s", r->what,
                   json_tree_line(r->tree, node), member, why);
}

/* ---- texts ---- */

static enum sv_status get_text(const struct reading *r, uint32_t node, const char *member,
                               provider_rule *rule, const char **out)
{
    char text[TEXT_MAX];
    if (json_tree_type(r->tree, node) != JSON_TREE_STRING)
        return bad(r, node, member, "is no text");
    if (!json_tree_text(r->tree, node, text, sizeof(text)))
        return bad(r, node, member, "is too long");
    if (text[0] == '\0')
        return bad(r, node, member, "is empty: leave it out");
    const char *why = provider_rule_line(text);
    if (!why)
        why = rule(text);
    if (why)
        return bad(r, node, member, why);
    size_t size = strlen(text) + 1;
    char *kept = provider_rows_alloc(r->rows, size);
    if (!kept)
        return sv_fail_nomem(r->err);
    *out = memcpy(kept, text, size);
    return SV_OK;
}

/* ---- members of an object: one table each ---- */

typedef enum sv_status member_reader(const struct reading *r, uint32_t node, const struct member *m,
                                     void *into);
struct member {
    const char *name;
    member_reader *read;
    size_t offset;       /* of what it is read into */
    provider_rule *rule; /* of a text, or of each of several */
};

/* null is as good as nothing, so that what was printed can be read again. */
static enum sv_status read_members(const struct reading *r, uint32_t object,
                                   const struct member *table, size_t count, void *into)
{
    char shown[80], name[64] = "";
    const struct json_tree *t = r->tree;
    enum sv_status status = SV_OK;
    for (uint32_t n = json_tree_next(t, object, 0); n && status == SV_OK;
         n = json_tree_next(t, object, n)) {
        const struct member *m = table;
        while (m < table + count && !json_tree_is(t, n, m->name))
            m++;
        if (m == table + count) {
            (void)json_tree_text(t, n, name, sizeof(name));
            return bad(r, n, text_printable(shown, sizeof(shown), name, strlen(name)),
                       "is not known here: see \"smtpvault providers gmail --json\"");
        }
        uint32_t value = json_tree_value(n);
        if (json_tree_type(t, value) != JSON_TREE_NULL)
            status = m->read(r, value, m, (char *)into + m->offset);
    }
    return status;
}

static enum sv_status read_nothing(const struct reading *r, uint32_t node, const struct member *m,
                                   void *into)
{
    (void)r, (void)node, (void)m, (void)into;
    return SV_OK;
}

static enum sv_status read_text(const struct reading *r, uint32_t node, const struct member *m,
                                void *into)
{
    return get_text(r, node, m->name, m->rule, into);
}

static enum sv_status read_bool(const struct reading *r, uint32_t node, const struct member *m,
                                void *into)
{
    enum json_type type = json_tree_type(r->tree, node);
    if (type != JSON_TREE_TRUE && type != JSON_TREE_FALSE)
        return bad(r, node, m->name, "is true or false");
    *(bool *)into = type == JSON_TREE_TRUE;
    return SV_OK;
}

static enum sv_status read_port(const struct reading *r, uint32_t node, const struct member *m,
                                void *into)
{
    int64_t port;
    if (!json_tree_int(r->tree, node, 1, 65535, &port))
        return bad(r, node, m->name, "is a number from 1 to 65535");
    *(uint16_t *)into = (uint16_t)port;
    return SV_OK;
}

static enum sv_status read_tls(const struct reading *r, uint32_t node, const struct member *m,
                               void *into)
{
    char word[16];
    if (!json_tree_text(r->tree, node, word, sizeof(word)) || !profile_tls_parse(word, into))
        return bad(r, node, m->name, "is \"implicit\", \"starttls\" or \"none\"");
    return SV_OK;
}

#define KINDS "is a kind of secret as --kind has them (\"password\", \"oauth2\" ...)"

static enum sv_status read_kind(const struct reading *r, uint32_t node, const struct member *m,
                                void *into)
{
    char word[16];
    if (!json_tree_text(r->tree, node, word, sizeof(word)) || !profile_kind_parse(word, into))
        return bad(r, node, m->name, KINDS);
    return SV_OK;
}

static enum sv_status read_kinds(const struct reading *r, uint32_t node, const struct member *m,
                                 void *into)
{
    enum profile_kind kind = KIND_PASSWORD;
    unsigned kinds = 0;
    for (uint32_t n = json_tree_next(r->tree, node, 0); n; n = json_tree_next(r->tree, node, n)) {
        enum sv_status status = read_kind(r, n, m, &kind);
        if (status != SV_OK)
            return status;
        kinds |= 1U << kind;
    }
    if (json_tree_type(r->tree, node) != JSON_TREE_ARRAY || kinds == 0)
        return bad(r, node, m->name, "is a list of kinds of secret");
    *(unsigned *)into = kinds;
    return SV_OK;
}

static enum sv_status read_words(const struct reading *r, uint32_t node, const struct member *m,
                                 void *into)
{
    size_t count = json_tree_size(r->tree, node), i = 0;
    if (json_tree_type(r->tree, node) != JSON_TREE_ARRAY || count > WORDS_MAX)
        return bad(r, node, m->name, "is a list of at most 512 texts");
    const char **words = provider_rows_alloc(r->rows, (count + 1) * sizeof(*words));
    if (!words)
        return sv_fail_nomem(r->err);
    for (uint32_t n = json_tree_next(r->tree, node, 0); n; n = json_tree_next(r->tree, node, n)) {
        enum sv_status status = get_text(r, n, m->name, m->rule, &words[i++]);
        if (status != SV_OK)
            return status;
    }
    *(const char *const **)into = words;
    return SV_OK;
}

/* ---- servers, deadlines, endpoints ---- */

static const struct member host_members[] = {
    {"host", read_text, offsetof(struct provider_host, host), provider_rule_line},
    {"port", read_port, offsetof(struct provider_host, port), NULL},
    {"tls", read_tls, offsetof(struct provider_host, tls), NULL},
    {"region", read_text, offsetof(struct provider_host, region), provider_rule_line},
    {"stream", read_text, offsetof(struct provider_host, stream), provider_rule_line},
    {"placeholder", read_bool, offsetof(struct provider_host, placeholder), NULL},
    {"unverified", read_bool, offsetof(struct provider_host, unverified), NULL},
};

#define KNOWN(table) table, sizeof(table) / sizeof((table)[0])

static enum sv_status check_host(const struct reading *r, uint32_t node,
                                 const struct provider_host *h)
{
    if (!h->host || !h->port || h->tls == TLS_UNSET)
        return bad(r, node, "servers", "needs \"host\", \"port\" and \"tls\" for each");
    bool open = strchr(h->host, '<') != NULL;
    if (h->placeholder != open)
        return bad(r, node, "host", "has a <part> if it is a placeholder, and only then");
    const char *why = open ? NULL : provider_rule_host(h->host);
    return why ? bad(r, node, "host", why) : SV_OK;
}

static enum sv_status read_hosts(const struct reading *r, uint32_t node, const struct member *m,
                                 void *into)
{
    struct provider *row = into;
    size_t count = json_tree_size(r->tree, node), i = 0;
    enum sv_status status = SV_OK;
    if (json_tree_type(r->tree, node) != JSON_TREE_ARRAY || count > HOSTS_MAX)
        return bad(r, node, m->name, "is a list of at most 64 servers");
    struct provider_host *hosts = provider_rows_alloc(r->rows, (count + 1) * sizeof(*hosts));
    if (!hosts)
        return sv_fail_nomem(r->err);
    for (uint32_t n = json_tree_next(r->tree, node, 0); n && status == SV_OK;
         n = json_tree_next(r->tree, node, n), i++) {
        status = read_members(r, n, KNOWN(host_members), &hosts[i]);
        if (status == SV_OK)
            status = check_host(r, n, &hosts[i]);
    }
    row->hosts = hosts;
    row->host_count = count;
    return status;
}

static const struct member deadline_members[] = {
    {"date", read_text, offsetof(struct provider_deadline, date), provider_rule_date},
    {"kinds", read_kinds, offsetof(struct provider_deadline, kinds), NULL},
    {"what", read_text, offsetof(struct provider_deadline, what), provider_rule_sentence},
    {"advice", read_text, offsetof(struct provider_deadline, advice), provider_rule_sentence},
    {"final", read_bool, offsetof(struct provider_deadline, final), NULL},
};

static enum sv_status read_deadlines(const struct reading *r, uint32_t node, const struct member *m,
                                     void *into)
{
    struct provider *row = into;
    size_t count = json_tree_size(r->tree, node), i = 0;
    if (json_tree_type(r->tree, node) != JSON_TREE_ARRAY || count > DEADLINES_MAX)
        return bad(r, node, m->name, "is a list of at most 16 days");
    struct provider_deadline *days = provider_rows_alloc(r->rows, (count + 1) * sizeof(*days));
    if (!days)
        return sv_fail_nomem(r->err);
    for (uint32_t n = json_tree_next(r->tree, node, 0); n; n = json_tree_next(r->tree, node, n)) {
        struct provider_deadline *day = &days[i++];
        enum sv_status status = read_members(r, n, KNOWN(deadline_members), day);
        if (status != SV_OK)
            return status;
        if (!day->date || !day->kinds || !day->what || !day->advice)
            return bad(r, n, m->name,
                       "needs \"date\", \"kinds\", \"what\" and \"advice\" for each");
        if (i > 1 && strcmp(days[i - 2].date, day->date) > 0)
            return bad(r, n, m->name, "has a later day before an earlier one");
    }
    row->deadlines = days;
    row->deadline_count = count;
    return SV_OK;
}

static enum sv_status read_days(const struct reading *r, uint32_t node, const struct member *m,
                                void *into)
{
    int64_t days;
    if (!json_tree_int(r->tree, node, 1, IDLE_DAYS_MAX, &days))
        return bad(r, node, m->name, "is a number of days from 1 to 3650");
    *(uint16_t *)into = (uint16_t)days;
    return SV_OK;
}

static const struct member oauth_members[] = {
    {"auth_url", read_text, offsetof(struct provider_oauth, auth_url), provider_rule_endpoint},
    {"token_url", read_text, offsetof(struct provider_oauth, token_url), provider_rule_endpoint},
    {"device_url", read_text, offsetof(struct provider_oauth, device_url), provider_rule_endpoint},
    {"scopes", read_text, offsetof(struct provider_oauth, scopes), provider_rule_line},
    {"notes", read_text, offsetof(struct provider_oauth, notes), provider_rule_line},
    {"idle_days", read_days, offsetof(struct provider_oauth, idle_days), NULL},
};

static enum sv_status read_oauth(const struct reading *r, uint32_t node, const struct member *m,
                                 void *into)
{
    struct provider *row = into;
    struct provider_oauth *oauth = provider_rows_alloc(r->rows, sizeof(*oauth));
    if (json_tree_type(r->tree, node) != JSON_TREE_OBJECT)
        return bad(r, node, m->name, "is an object");
    if (!oauth)
        return sv_fail_nomem(r->err);
    enum sv_status status = read_members(r, node, KNOWN(oauth_members), oauth);
    if (status != SV_OK)
        return status;
    if (!oauth->auth_url || !oauth->token_url || !oauth->scopes)
        return bad(r, node, m->name, "needs \"auth_url\", \"token_url\" and \"scopes\"");
    row->oauth = oauth;
    return SV_OK;
}

/* ---- the row ---- */

#define AT(member) offsetof(struct provider, member)
static const struct member row_members[] = {
    {"id", read_text, AT(id), provider_rule_id},
    {"like", read_nothing, 0, NULL},
    {"source", read_nothing, 0, NULL},
    {"name", read_text, AT(name), provider_rule_sentence},
    {"category", read_text, AT(category), provider_rule_category},
    {"aliases", read_words, AT(aliases), provider_rule_id},
    {"domains", read_words, AT(domains), provider_rule_domain},
    {"servers", read_hosts, 0, NULL},
    {"username", read_text, AT(username_form), provider_rule_form},
    {"secret", read_text, AT(secret_kind), provider_rule_id},
    {"kind", read_kind, AT(kind), NULL},
    {"mechanisms", read_text, AT(mechanisms), provider_rule_mechanisms},
    {"secret_url", read_text, AT(secret_url), provider_rule_url},
    {"docs_url", read_text, AT(docs_url), provider_rule_page},
    {"rotation", read_text, AT(rotation), provider_rule_line},
    {"notes", read_text, AT(notes), provider_rule_line},
    {"limits", read_text, AT(limits), provider_rule_line},
    {"doubt", read_text, AT(doubt), provider_rule_line},
    {"verified", read_text, AT(verified), provider_rule_date},
    {"deadlines", read_deadlines, 0, NULL},
    {"oauth", read_oauth, 0, NULL},
};

static const struct provider *built_in(const char *id)
{
    for (size_t i = 0; i < provider_count; i++)
        if (strcmp(providers[i].id, id) == 0)
            return &providers[i];
    return NULL;
}

/* What the row begins with: the built-in one that it changes or is like. */
static enum sv_status row_base(const struct reading *r, uint32_t node, struct provider *row)
{
    static const char *const none[] = {NULL};
    char id[80], like[80];
    uint32_t named = json_tree_find(r->tree, node, "like");
    if (!json_tree_text(r->tree, json_tree_find(r->tree, node, "id"), id, sizeof(id)) ||
        provider_rule_id(id))
        return bad(r, node, "id", provider_rule_id(""));
    const struct provider *base = built_in(id);
    if (json_tree_type(r->tree, named) > JSON_TREE_NULL &&
        (!json_tree_text(r->tree, named, like, sizeof(like)) || !(base = built_in(like))))
        return bad(r, named, "like", "is no built-in provider: \"smtpvault providers\" lists them");
    if (base)
        *row = *base;
    else
        *row = (struct provider){
            .category = "hosting", .username_form = "email", .secret_kind = "password"};
    if (!base || strcmp(base->id, id) != 0)
        row->aliases = row->domains = none;
    return SV_OK;
}

static bool has_domain(const struct provider *p, const char *domain)
{
    for (const char *const *d = p->domains; *d; d++)
        if (text_equal_nocase(*d, domain))
            return true;
    return false;
}

/* A domain leads to one server, or nobody knows where a secret will go. */
static enum sv_status check_domains(const struct reading *r, uint32_t node,
                                    const struct provider *row)
{
    for (const char *const *d = row->domains; *d; d++) {
        if (++r->rows->domains > PROVIDER_DOMAINS_MAX)
            return bad(r, node, "domains", "are too many in all");
        for (size_t i = 0; i < r->rows->count; i++)
            if (has_domain(&r->rows->items[i], *d))
                return bad(r, node, "domains", "has one that is another row's too");
    }
    return SV_OK;
}

static enum sv_status check_row(const struct reading *r, uint32_t node, struct provider *row)
{
    for (size_t i = 0; i < r->rows->count; i++)
        if (strcmp(r->rows->items[i].id, row->id) == 0)
            return bad(r, node, "id", "is another row's too");
    if (row->host_count == 0 && strcmp(row->secret_kind, "none") != 0)
        return bad(r, node, "servers", "is missing");
    if (json_tree_find(r->tree, node, "secret") && !json_tree_find(r->tree, node, "kind") &&
        !profile_kind_parse(row->secret_kind, &row->kind))
        row->kind = strstr(row->secret_kind, "key") ? KIND_API_KEY : KIND_PASSWORD;
    if (row->kind == KIND_OAUTH2 && !row->oauth)
        return bad(r, node, "oauth", "is missing: where do the tokens come from?");
    if (!row->name)
        row->name = row->id;
    row->unverified = row->doubt != NULL;
    return check_domains(r, node, row);
}

static enum sv_status add_row(struct provider_rows *rows, const struct provider *row,
                              struct sv_err *err)
{
    if (rows->count == rows->capacity) {
        size_t capacity = rows->capacity ? 2 * rows->capacity : 8;
        struct provider *grown = sv_resize(rows->items, capacity * sizeof(*grown));
        if (!grown)
            return sv_fail_nomem(err);
        rows->items = grown;
        rows->capacity = capacity;
    }
    rows->items[rows->count++] = *row;
    return SV_OK;
}

static enum sv_status read_row(const struct reading *r, uint32_t node)
{
    struct provider row;
    if (r->rows->count == PROVIDER_ROWS_MAX)
        return bad(r, node, "providers", "are too many");
    enum sv_status status = row_base(r, node, &row);
    if (status != SV_OK)
        return status;
    row.origin = r->what;
    status = read_members(r, node, KNOWN(row_members), &row);
    if (status == SV_OK)
        status = check_row(r, node, &row);
    return status == SV_OK ? add_row(r->rows, &row, r->err) : status;
}

enum sv_status provider_rows_parse(struct provider_rows *rows, const void *bytes, size_t len,
                                   const char *what, struct sv_err *err)
{
    JSON_TREE_OWNED struct json_tree tree = {.nodes = NULL};
    int64_t schema;
    enum sv_status status = json_tree_parse(&tree, bytes, len, what, err);
    if (status != SV_OK)
        return status;
    char *origin = provider_rows_alloc(rows, strlen(what) + 1);
    if (!origin)
        return sv_fail_nomem(err);
    memcpy(origin, what, strlen(what) + 1);
    struct reading r = {.rows = rows, .tree = &tree, .what = origin, .err = err};
    uint32_t list = json_tree_find(&tree, 1, "providers");
    if (!json_tree_int(&tree, json_tree_find(&tree, 1, "schema"), 1, 1, &schema) ||
        json_tree_type(&tree, list) != JSON_TREE_ARRAY || json_tree_size(&tree, 1) != 2)
        return bad(&r, 1, "schema",
                   "and \"providers\" are what such a file has: "
                   "{\"schema\": 1, \"providers\": [...]}");
    for (uint32_t n = json_tree_next(&tree, list, 0); n && status == SV_OK;
         n = json_tree_next(&tree, list, n))
        status = read_row(&r, n);
    return status;
}
