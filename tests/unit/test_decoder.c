/* SPDX-License-Identifier: ISC */
/*
 * The reader in another language, which knows only the manual page, opens a vault of
 * several epochs as each of its members, and refuses it when the history is altered.
 */
#include "members.h"

#include "base/env.h"
#include "base/file.h"
#include "crypto/slot.h"
#include "domain/vault_oauth.h"
#include "domain/vault_posture.h"
#include "vault_attack.h"

/* A member whose key file lies in the fixture's folder under their name. */
static void person_with_file(struct fixture *f, struct person *p, const char *name)
{
    SECRET_OWNED struct secret *content = NULL;
    SV_AUTOFREE char *path = path_join(f->dir, name);
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(fputs(name, file) >= 0 && fputs(" has this file\n", file) >= 0, 1);
    assert_int_equal(fclose(file), 0);
    must(file_read_secret(path, 100, &content, &f->err));
    must(keyfile_hash(&p->keyfile, content, &f->err));
    p->cred = (struct slot_credentials){.keyfile_hash = p->keyfile};
}

static void join_with_file(struct fixture *f, struct person *p, const char *name, enum role role)
{
    struct member_new who = {.label = name, .role = role};

    person_with_file(f, p, name);
    who.cred = &p->cred;
    must(vault_member_add(f->v, &who, &p->slot, &f->err));
}

/* decode.py for this member's key file; its output must pass the filter of jq, or its
 * refusal hold the words. */
static void decoded(struct fixture *f, const char *name, const char *filter)
{
    char command[1024];

    snprintf(command, sizeof command,
             "tests/decoder/decode.py --reveal --keyfile '%s/%s' --state '%s'/* '%s' >'%s/out' && "
             "jq -es '%s' '%s/out' >/dev/null",
             f->dir, name, f->state, f->path, f->dir, filter, f->dir);
    if (system(command) != 0)
        fail_msg("%s", command);
}

static void refused(struct fixture *f, const char *name, const char *words)
{
    char command[1024];

    snprintf(command, sizeof command,
             "! tests/decoder/decode.py --keyfile '%s/%s' '%s' >'%s/out' 2>&1 && grep -q '%s' "
             "'%s/out'",
             f->dir, name, f->path, f->dir, words, f->dir);
    if (system(command) != 0)
        fail_msg("%s", command);
}

static void begin(struct fixture *f)
{
    PERSON_OWNED struct person owner = {0};
    PERSON_OWNED struct person rita = {0}, otto = {0}, first = {0}, second = {0};
    PROFILE_OWNED struct profile p = {0};
    SECRET_OWNED struct secret *two = NULL;
    VAULT_OWNED struct vault *r = NULL;
    const struct posture known = {.host = "mail.example.com",
                                  .port = 465,
                                  .tls = SMTP_IMPLICIT,
                                  .learnt = 7,
                                  .mechanisms = "PLAIN",
                                  .issuer = "CN=Ca",
                                  .pin_count = 1,
                                  .pins = {{0xab}},
                                  .ends = 86400};

    fixture_begin(f);
    person_with_file(f, &owner, "owner");
    must(vault_change_credentials(f->v, &owner.cred, NULL, &f->err));
    fixture_add(f, "work", "one");
    must(vault_learn(f->v, "work", &known, false, &f->err));
    join_with_file(f, &rita, "rita", ROLE_READER);
    join_with_file(f, &otto, "otto", ROLE_AUDITOR);
    join_with_file(f, &first, "first", ROLE_ADMIN);
    must(vault_member_remove(f->v, first.slot, NULL, NULL, &f->err));
    must(vault_find(f->v, "work", &p, &f->err));
    must(secret_copy(&two, "two", 3, &f->err));
    must(profile_set(&p, profile_field("ca-file"), "/etc/ca.pem", &f->err));
    must(vault_edit(f->v, &p, two, AUDIT_EDIT, &f->err));
    join_with_file(f, &second, "second", ROLE_READER);
    must(vault_member_remove(f->v, second.slot, NULL, NULL, &f->err));
    must(person_open(f, &rita, &r));
    must(person_get(f, r, "work"));
    fixture_close(f);
}

static void each_member_reads_what_is_theirs(void **state)
{
    struct fixture fx, *f = &fx;
    (void)state;
    begin(f);
    decoded(f, "owner",
            ".[-1].summary as $s | $s.epoch == 3 and $s.slots == 3 and $s.profiles == 1 and "
            "(.[0].profile | .secret == \"two\" and .version == 2 and .exposed > 0 and "
            ".last_used > 0 and .history[0].secret == \"one\" and "
            ".ca_file == \"/etc/ca.pem\" and (.history[0] | has(\"ca_file\") | not) and "
            ".posture.learnt == 7 and "
            ".posture.ends == 86400 and "
            ".posture.issuer == \"CN=Ca\" and (.posture.pins[0] | startswith(\"ab00\"))) and "
            "(map(.slot // empty | .label) == [\"owner\", \"rita\", \"otto\"]) and "
            "(map(.entry // empty) | any(.op == 3 and .member == 2) and any(.op == 22))");
    decoded(f, "rita",
            ".[-1].summary as $s | $s.profiles == 1 and $s.slots == 0 and $s.entries == 0 and "
            ".[0].profile.secret == \"two\"");
    decoded(f, "otto",
            ".[-1].summary as $s | $s.profiles == 0 and $s.entries > 20 and "
            "(map(.entry // empty) | any(.op == 3 and .member == 2) and any(.op == 1))");
    refused(f, "first", "no slot opens");
    refused(f, "second", "no slot opens");
    attack_sql(f->path,
               "UPDATE hist SET v = CAST(substr(v, 1, 100) || CASE substr(v, 101, 1) WHEN x'ff' "
               "THEN x'fe' ELSE x'ff' END || substr(v, 102) AS BLOB) WHERE seq = 1");
    refused(f, "owner", "epoch change 1");
    attack_sql(f->path,
               "UPDATE hist SET v = CAST(substr(v, 1, 32) || x'00' AS BLOB) WHERE seq = 1");
    refused(f, "owner", "the form of history 1");
    fixture_end(f);
}

/* The grant as the page has it, and beside the log what came for it. */
static void a_login_by_oauth_is_as_the_page_has_it(void **state)
{
    struct fixture fx, *f = &fx;
    PERSON_OWNED struct person owner = {0};
    PROFILE_OWNED struct profile p = {.port = 465, .tls = TLS_IMPLICIT, .kind = KIND_OAUTH2};
    OAUTH_GRANT_OWNED struct oauth_grant g = {.made = 1000, .renewed = 1001};
    SECRET_OWNED struct secret *access = NULL;
    (void)state;
    fixture_begin(f);
    person_with_file(f, &owner, "owner");
    must(vault_change_credentials(f->v, &owner.cred, NULL, &f->err));
    p.name = sv_strdup("mail");
    p.host = sv_strdup("mail.example.com");
    strcpy(g.client.id, "the client");
    strcpy(g.client.token_url, "https://example.com/token");
    strcpy(g.client.ca_file, "/etc/ca.pem");
    must(secret_copy(&g.refresh, "refresh", 7, &f->err));
    must(secret_copy(&g.client_secret, "hush", 4, &f->err));
    must(secret_copy(&access, "access", 6, &f->err));
    const struct oauth_tokens tokens = {
        .access = access, .expires = env_now() + 3600, .refresh_ends = env_now() + 604800};
    p.client_ends = 1900000000;
    must(vault_login(f->v, &p, &g, &tokens, &f->err));
    fixture_close(f);
    /* A few seconds may pass between the two. */
    decoded(f, "owner",
            ".[0].profile | .authorized == 1000 and .access_ends >= .created + 3590 and "
            ".access_ends < .created + 3700 and .client_ends == 1900000000 and "
            ".login_ends >= .created + 604790 and .login_ends < .created + 604900 and "
            ".login_told == 1000 and .login_kept == .login_ends and "
            ".tokens == [0, \"access\", \"\"] and .secret == {made: 1000, renewed: 1001, "
            "\"client id\": \"the client\", \"client secret\": \"hush\", "
            "token: \"https://example.com/token\", authorities: \"/etc/ca.pem\", "
            "refresh: \"refresh\"}");
    fixture_end(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_member_reads_what_is_theirs),
                                       cmocka_unit_test(a_login_by_oauth_is_as_the_page_has_it)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    return secret_live() == 0 ? failed : 1;
}
