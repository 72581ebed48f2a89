/* SPDX-License-Identifier: ISC */
/*
 * judge: opens a vault as the next command would, and tells what is in it. It repairs
 * nothing and knows nothing of what was done before: faults.py compares.
 *
 *   judge                                  for each line "VAULT STATE_ROOT KEYFILE...":
 *       open STATUS MESSAGE                of the first key file that opens the vault
 *       key N                              which one, from 0
 *       log OP RESULT VERSION PROFILE      the entries, oldest first
 *       profile NAME VERSION PORT SECRET   every version of every profile
 *       grant NAME OPTIONS                 to whom a profile is given
 *       rotation NAME STAGE REJECTIONS FAULT   how far the change of its secret has come
 *       rule WHOM                          what the policy has a rule for
 *       member LABEL, token LABEL          who else may come in
 *       verify FINDINGS FIRST              of the vault
 *       audit FINDINGS FIRST               of the log
 *       next STATUS MESSAGE                of one more change, made now
 *       end
 *   judge VERB VAULT STATE_ROOT KEYFILE WHAT   one change, as a command makes it:
 *       many COUNT            adds profiles m0, m1 ... at once
 *       member-add LABEL      a reader
 *       member-remove LABEL   with the new epoch that begins
 *
 * Fields are parted by tabs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "domain/rotation_record.h"
#include "domain/vault.h"
#include "domain/vault_grant.h"
#include "domain/vault_members.h"
#include "domain/vault_policy.h"
#include "domain/vault_token.h"

#define WORDS_MAX 8

static void finding(const char *what, enum sv_status st, const struct sv_err *err)
{
    printf("%s\t%d\t%s\n", what, (int)st, st == SV_OK ? "" : err->text);
}

static enum sv_status key_read(struct secret **hash, const char *path, struct sv_err *err)
{
    SECRET_OWNED struct secret *content = NULL;
    enum sv_status st = file_read_secret(path, 4096, &content, err);

    return st ? st : keyfile_hash(hash, content, err);
}

/* *which: the key file that opened it. A missing one is passed over. */
static enum sv_status open_with(struct vault **out, char *const *words, size_t count, size_t *which,
                                struct sv_err *err)
{
    struct vault_place place = {.path = words[0], .state_root = words[1]};
    VAULT_OWNED struct vault *v = NULL;
    enum sv_status st = vault_open(&v, &place, false, err);

    if (st)
        return st;
    st = sv_fail(err, SV_DENIED, "no key file is there");
    for (*which = 0; *which + 2 < count; ++*which) {
        SECRET_OWNED struct secret *hash = NULL;
        enum sv_status read = key_read(&hash, words[*which + 2], err);
        struct slot_credentials cred = {.keyfile_hash = hash};
        if (read == SV_MISSING)
            continue;
        if ((st = read ? read : vault_unlock(v, &cred, err)) != SV_DENIED)
            break;
    }
    if (st == SV_OK) {
        *out = v;
        v = NULL;
    }
    return st;
}

/* ---- what is there ---- */

static enum sv_status tell_entry(void *context, const struct audit_event *e, struct sv_err *err)
{
    (void)context;
    (void)err;
    printf("log\t%s\t%s\t%u\t%s\n", audit_op_word(e->op), audit_result_word(e->result),
           (unsigned)e->version, e->profile);
    return SV_OK;
}

static enum sv_status tell_versions(struct vault *v, const char *name, struct sv_err *err)
{
    PROFILE_LIST_OWNED struct profile_list list = {0};
    enum sv_status st = vault_history(v, name, &list, err);

    for (size_t i = 0; st == SV_OK && i < list.count; i++) {
        const struct reveal why = {.op = AUDIT_GET, .version = list.items[i].version};
        SECRET_OWNED struct secret *s = NULL;
        if ((st = vault_reveal(v, name, &why, NULL, &s, err)) == SV_OK)
            printf("profile\t%s\t%u\t%u\t%.*s\n", name, (unsigned)list.items[i].version,
                   list.items[i].port, (int)secret_len(s), (const char *)secret_peek(s));
    }
    return st;
}

static enum sv_status tell_grants(const struct profile *p, struct sv_err *err)
{
    GRANTS_OWNED struct grants list = {0};
    char options[GRANT_SHOWN_MAX];
    enum sv_status st = grants_decode(&list, p->grants.bytes, p->grants.len, err);

    for (size_t i = 0; i < list.count; i++)
        printf("grant\t%s\t%s\n", p->name, grant_options(options, &list.items[i]));
    return st;
}

static void tell_rotation(const struct profile *p)
{
    struct rotation_record r;

    if (rotation_of_card(&r, p))
        printf("rotation\t%s\t%s\t%u\t%s\n", p->name, rotation_stage_word(r.stage), r.rejections,
               r.fault);
}

static enum sv_status tell_profiles(struct vault *v, struct sv_err *err)
{
    PROFILE_LIST_OWNED struct profile_list list = {0};
    enum sv_status st = vault_list(v, &list, err);

    for (size_t i = 0; st == SV_OK && i < list.count; i++) {
        tell_rotation(&list.items[i]);
        if ((st = tell_versions(v, list.items[i].name, err)) == SV_OK)
            st = tell_grants(&list.items[i], err);
    }
    return st;
}

static enum sv_status tell_rules(struct vault *v, struct sv_err *err)
{
    POLICY_OWNED struct policy policy = {0};
    char who[POLICY_WHO_MAX];
    enum sv_status st = vault_policy(v, &policy, err);

    for (size_t i = 0; i < policy.count; i++)
        printf("rule\t%s\n", policy_who(who, &policy.rules[i]));
    return st;
}

static enum sv_status tell_others(struct vault *v, struct sv_err *err)
{
    struct member_list members = {0};
    struct token_list tokens = {0};
    enum sv_status st;

    if ((st = vault_members(v, &members, err)) == SV_OK)
        st = vault_tokens(v, &tokens, err);
    for (size_t i = 0; i < members.count; i++)
        printf("member\t%s\n", members.items[i].label);
    for (size_t i = 0; i < tokens.count; i++)
        printf("token\t%s\n", tokens.items[i].label);
    member_list_clear(&members);
    token_list_clear(&tokens);
    return st;
}

struct first {
    char text[400];
};

static void keep_first(void *context, const char *text)
{
    struct first *f = context;

    if (f->text[0] == '\0')
        snprintf(f->text, sizeof f->text, "%s", text);
}

static enum sv_status profile_make(struct profile *p, struct secret **s, const char *name,
                                   struct sv_err *err)
{
    *p = (struct profile){.port = 465, .tls = TLS_IMPLICIT};
    p->name = sv_strdup(name);
    p->host = sv_strdup("mail.example.org");
    p->username = sv_strdup("ann");
    if (p->name == NULL || p->host == NULL || p->username == NULL)
        return sv_fail_nomem(err);
    return secret_copy(s, name, strlen(name), err);
}

static enum sv_status add_one(struct vault *v, const char *name, struct sv_err *err)
{
    PROFILE_OWNED struct profile p = {0};
    SECRET_OWNED struct secret *s = NULL;
    enum sv_status st = profile_make(&p, &s, name, err);

    return st ? st : vault_add(v, &p, s, err);
}

static void look(char *const *words, size_t count)
{
    const struct audit_filter all = {0};
    VAULT_OWNED struct vault *v = NULL;
    struct audit_report report;
    struct first first = {""};
    struct sv_err err = {""};
    uint64_t findings = 0;
    size_t which = 0;
    enum sv_status st = open_with(&v, words, count, &which, &err);

    finding("open", st, &err);
    if (st)
        return;
    printf("key\t%zu\n", which);
    if ((st = vault_audit_read(v, &all, tell_entry, NULL, &err)) || (st = tell_profiles(v, &err)) ||
        (st = tell_rules(v, &err)) || (st = tell_others(v, &err)) ||
        (st = vault_verify(v, &findings, keep_first, &first, &err)) ||
        (st = vault_audit_verify(v, &report, &err))) {
        finding("broken", st, &err);
        return;
    }
    printf("verify\t%u\t%s\n", (unsigned)findings, first.text);
    printf("audit\t%u\t%s\n", (unsigned)report.findings, report.first);
    finding("next", add_one(v, "after", &err), &err);
}

/* ---- changes ---- */

typedef enum sv_status verb(struct vault *v, const char *what, struct sv_err *err);

static enum sv_status add_many(struct vault *v, const char *what, struct sv_err *err)
{
    enum { MANY = 100 };
    static struct profile profiles[MANY];
    static struct secret *secrets[MANY];
    size_t n = (size_t)strtoul(what, NULL, 10);
    enum sv_status st = SV_OK;

    for (size_t i = 0; st == SV_OK && i < n && i < MANY; i++) {
        char name[16];
        snprintf(name, sizeof name, "m%zu", i);
        st = profile_make(&profiles[i], &secrets[i], name, err);
    }
    return st ? st : vault_add_many(v, profiles, secrets, n, err);
}

static enum sv_status member_add(struct vault *v, const char *what, struct sv_err *err)
{
    static const uint8_t bytes[KEY_LEN] = "another key file's hash, 32 by.";
    SECRET_OWNED struct secret *hash = NULL;
    struct slot_credentials cred = {0};
    struct member_new who = {.label = what, .role = ROLE_READER, .cred = &cred};
    uint32_t number;
    enum sv_status st = secret_copy(&hash, bytes, sizeof bytes, err);

    cred.keyfile_hash = hash;
    return st ? st : vault_member_add(v, &who, &number, err);
}

static enum sv_status member_remove(struct vault *v, const char *what, struct sv_err *err)
{
    struct member_list list = {0};
    const struct member *m = NULL;
    enum sv_status st;

    if ((st = vault_members(v, &list, err)) == SV_OK &&
        (st = member_find(&list, what, &m, err)) == SV_OK)
        st = vault_member_remove(v, m->number, NULL, NULL, err);
    member_list_clear(&list);
    return st;
}

static const struct {
    const char *name;
    verb *run;
} verbs[] = {
    {"many", add_many},
    {"member-add", member_add},
    {"member-remove", member_remove},
};

/* words: VERB VAULT STATE_ROOT KEYFILE WHAT */
static enum sv_status change(char *const *words)
{
    struct sv_err err = {""};
    enum sv_status st = SV_USAGE;

    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        VAULT_OWNED struct vault *v = NULL;
        size_t which;
        if (strcmp(words[0], verbs[i].name) != 0)
            continue;
        st = open_with(&v, words + 1, 3, &which, &err);
        if (st == SV_OK)
            st = verbs[i].run(v, words[4], &err);
    }
    if (st)
        fprintf(stderr, "smtpvault: %s\n", err.text);
    return st;
}

int main(int argc, char **argv)
{
    static char line[4096];
    struct sv_err err = {""};

    if (secret_process_harden(&err) != SV_OK)
        return SV_INTERNAL;
    if (argc == 6)
        return (int)change(argv + 1);
    while (fgets(line, sizeof line, stdin)) {
        char *words[WORDS_MAX], *at = line;
        size_t n = 0;
        line[strcspn(line, "\n")] = '\0';
        while (n < WORDS_MAX && (words[n] = strsep(&at, "\t")))
            n++;
        if (n >= 3)
            look(words, n);
        puts("end");
        if (fflush(stdout) != 0)
            return SV_IO;
    }
    return 0;
}
