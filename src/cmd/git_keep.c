/* SPDX-License-Identifier: ISC */
#include "cmd/git_keep.h"

#include <stdio.h>
#include <string.h>

#include "base/env.h"
#include "base/text.h"
#include "cli/names.h"
#include "cli/print.h"
#include "cmd/git_match.h"
#include "domain/vault.h"

#define PORT_SMTP 25
/* Two that git starts at once may both be about to make the same login. */
#define TRIES 2

/* ---- what a login is called ---- */

/* What of a name would be read as something else in a URL, or be lost at its end. */
static size_t put_encoded(char *dst, size_t n, const char *text, const char *also)
{
    static const char hex[] = "0123456789ABCDEF";
    for (; *text != '\0' && n + 3 < PROFILE_NAME_MAX; text++) {
        unsigned char c = (unsigned char)*text;
        if (c > ' ' && c != '%' && strchr(also, c) == NULL) {
            dst[n++] = *text;
            continue;
        }
        dst[n++] = '%';
        dst[n++] = hex[c >> 4];
        dst[n++] = hex[c & 15];
    }
    dst[n] = '\0';
    return n;
}

/* Not in the middle of a character. */
static void cut_at(char *text, size_t len)
{
    while (len > 0 && !text_is_utf8(text, len))
        len--;
    text[len] = '\0';
}

void git_keep_name(char dst[PROFILE_NAME_MAX + 1], const struct git_request *r, unsigned n)
{
    char tail[16] = "", port[8] = "";
    if (n != 1)
        (void)snprintf(tail, sizeof tail, "~%u", n);
    if (r->port != 0)
        (void)snprintf(port, sizeof port, ":%u", (unsigned)r->port);
    size_t len = (size_t)snprintf(dst, PROFILE_NAME_MAX, "%s://", r->protocol);
    if (r->user[0] != '\0') {
        len = put_encoded(dst, len, r->user, "@:/");
        len = put_encoded(dst, len, "@", "");
    }
    len = put_encoded(dst, len, r->host, "");
    len = put_encoded(dst, len, port, "");
    if (r->has_path) {
        len = put_encoded(dst, len, r->path[0] == '/' ? "" : "/", "");
        len = put_encoded(dst, len, r->path, "");
    }
    if (len + strlen(tail) > PROFILE_NAME_MAX)
        len = PROFILE_NAME_MAX - strlen(tail);
    cut_at(dst, len);
    (void)snprintf(dst + strlen(dst), PROFILE_NAME_MAX + 1 - strlen(dst), "%s", tail);
}

/* ---- a new one ---- */

static enum sv_status set(struct profile *p, const char *key, const char *value, struct sv_err *err)
{
    return value[0] != '\0' ? profile_set(p, profile_field(key), value, err) : SV_OK;
}

static enum sv_status make_card(struct profile *p, const struct git_request *r, struct sv_err *err)
{
    bool mail = git_request_is_mail(r);
    p->port = r->port;
    if (mail && p->port == 0)
        p->port = PORT_SMTP;
    enum sv_status s = mail ? SV_OK : set(p, "protocol", r->protocol, err);
    if (s == SV_OK)
        s = set(p, "host", r->host, err);
    if (s == SV_OK)
        s = set(p, "username", r->user, err);
    if (s == SV_OK && !mail && r->has_path)
        s = set(p, "path", r->path, err);
    profile_infer(p);
    if (mail && p->tls == TLS_UNSET)
        p->tls = TLS_STARTTLS; /* a wrong guess fails, it never sends anything in clear */
    return s == SV_OK ? profile_check(p, false, err) : s;
}

/* It worked: git stores nothing else. It is kept, whatever becomes of that entry. */
static void tell_worked(struct cli *cli, const struct profile *p)
{
    struct audit_event event = {.op = AUDIT_HELPER, .result = AUDIT_OK, .version = p->version};
    struct sv_err err = {""};
    snprintf(event.profile, sizeof event.profile, "%s", p->name);
    snprintf(event.note, sizeof event.note, "git store");
    if (vault_outcome(cli->vault, &event, OUTCOME_WORKED, &err) != SV_OK)
        print_warning(cli, "%s is stored; that it works is not on record: %s", NAME_SHOWN(p->name),
                      err.text);
}

static bool is_taken(const struct profile_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i].name, name) == 0)
            return true;
    }
    return false;
}

static enum sv_status add(struct cli *cli, const struct git_request *r, const struct secret *secret,
                          const struct profile_list *list, struct sv_err *err)
{
    PROFILE_OWNED struct profile p = {.name = NULL};
    char name[PROFILE_NAME_MAX + 1];
    unsigned n = 1;
    if (git_request_is_mail(r) && r->user[0] == '\0')
        return SV_OK;
    git_keep_name(name, r, n);
    while (is_taken(list, name))
        git_keep_name(name, r, ++n);
    enum sv_status s = make_card(&p, r, err);
    if (s == SV_OK)
        s = set(&p, "name", name, err);
    if (s == SV_OK)
        s = vault_add(cli->vault, &p, secret, err);
    if (s == SV_OK)
        tell_worked(cli, &p);
    return s;
}

/* ---- one that is there ---- */

static enum sv_status confirm(struct cli *cli, const struct profile *one, const char *note,
                              enum outcome outcome, const struct secret *claimed, bool *same,
                              struct sv_err *err)
{
    struct audit_event event = {.op = AUDIT_HELPER, .version = one->version};
    event.result = outcome == OUTCOME_WORKED ? AUDIT_OK : AUDIT_FAILED;
    snprintf(event.profile, sizeof event.profile, "%s", one->name);
    snprintf(event.note, sizeof event.note, "%s", note);
    return vault_outcome_claim(cli->vault, &event, outcome, claimed, same, err);
}

static enum sv_status replace(struct cli *cli, const struct profile *one,
                              const struct secret *secret, struct sv_err *err)
{
    PROFILE_OWNED struct profile p = {.name = NULL};
    bool same = false;
    enum sv_status s = confirm(cli, one, "git store", OUTCOME_WORKED, secret, &same, err);
    if (s != SV_OK || (same && one->retired == 0))
        return s;
    /* What was agreed to in a browser, or is derived from, no password takes the place of. */
    if (one->authorized != 0 || one->kind == KIND_IAM_SECRET)
        return SV_OK;
    if ((s = profile_copy(&p, one, err)) != SV_OK)
        return s;
    p.retired = 0;
    s = vault_edit(cli->vault, &p, secret, AUDIT_EDIT, err);
    if (s == SV_OK)
        tell_worked(cli, &p);
    return s;
}

static enum sv_status retire(struct cli *cli, const struct profile *one, struct sv_err *err)
{
    PROFILE_OWNED struct profile p = {.name = NULL};
    enum sv_status s = profile_copy(&p, one, err);
    if (s != SV_OK)
        return s;
    p.retired = env_now();
    return vault_edit(cli->vault, &p, NULL, AUDIT_EDIT, err);
}

static enum sv_status erase_one(struct cli *cli, const struct git_request *r,
                                const struct profile *one, struct sv_err *err)
{
    bool same = false, named = r->given.password != NULL;
    enum sv_status s = confirm(cli, one, "git erase", named ? OUTCOME_REJECTED : OUTCOME_UNKNOWN,
                               r->given.password, &same, err);
    /* Who asked for a login by OAuth2 anew was given another token. */
    if (s != SV_OK || one->authorized != 0)
        return s;
    return same || (!named && !profile_is_mail(one)) ? retire(cli, one, err) : SV_OK;
}

/* ---- both ---- */

static enum sv_status store_once(struct cli *cli, const struct git_request *r, const char *only,
                                 const struct secret *secret, struct sv_err *err)
{
    PROFILE_LIST_OWNED struct profile_list list = {0};
    struct git_request exact = *r; /* borrowed: a login of no path is another than one of a path */
    enum sv_status s = vault_list(cli->vault, &list, err);
    if (s != SV_OK)
        return s;
    exact.has_user = exact.has_path = true;
    struct git_match m = git_match_choose(&list, &exact, only, true);
    if (m.one == NULL && m.count == 0)
        m.one = m.retired;
    if (m.one != NULL)
        return replace(cli, m.one, secret, err);
    return m.count == 0 && only == NULL ? add(cli, r, secret, &list, err) : SV_OK;
}

enum sv_status git_keep_store(struct cli *cli, const struct git_request *r, const char *only,
                              struct sv_err *err)
{
    SECRET_OWNED struct secret *secret = NULL;
    struct git_secret given = r->given; /* borrowed */
    if (r->given.password == NULL || r->ephemeral)
        return SV_OK;
    if (!r->sent_as_is)
        given.authtype[0] = '\0';
    if (git_request_is_mail(r) && r->sent_as_is)
        return SV_OK;
    if (git_request_is_mail(r))
        given = (struct git_secret){.password = r->given.password};
    enum sv_status s = git_secret_join(&secret, &given, err);
    for (int tries = 0; s == SV_OK && tries < TRIES; tries++) {
        s = store_once(cli, r, only, secret, err);
        if (s != SV_EXISTS && s != SV_LOCKED)
            return s;
        s = tries + 1 < TRIES ? SV_OK : s;
    }
    return s;
}

enum sv_status git_keep_erase(struct cli *cli, const struct git_request *r, const char *only,
                              struct sv_err *err)
{
    PROFILE_LIST_OWNED struct profile_list list = {0};
    enum sv_status s = vault_list(cli->vault, &list, err);
    for (size_t i = 0; s == SV_OK && i < list.count; i++) {
        const struct profile *one = &list.items[i];
        if (one->retired == 0 && git_match_fits(r, one) &&
            (only == NULL || strcmp(one->name, only) == 0))
            s = erase_one(cli, r, one, err);
    }
    return s;
}
