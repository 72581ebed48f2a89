/* SPDX-License-Identifier: ISC */
/*
 * A whole vault file, opened, unlocked, listed, fetched, verified, changed. Input: mend u8
 * (vault_edit.h), then who opens and how u8, then edits (vault_edit.c).
 *
 * Without the vault's keys whoever edits the file brings about a refusal or nothing: what
 * is read is what the kit put there. With them, what verifies clean can be read to the
 * last secret, and changed.
 */
#include "base/alloc.h"
#include "base/file.h"
#include "domain/vault_members.h"
#include "domain/vault_token.h"
#include "fuzz.h"
#include "vault_edit.h"
#include "vault_kit.h"

#define WHO_SEEN 4 /* bits 0, 1: enum kit_who */
#define WHO_READ_ONLY 8
#define WHO_INSPECT 16
#define WHO_CHANGE 32
#define WHO_TOKEN 64
#define WHO_SEEN_NEWER 128

/* What is known of the session. */
struct session {
    struct vault *v;
    unsigned how;
    bool owned; /* only the owner of the keys could have made this file */
    bool clean; /* verified, all of it, without a finding */
};

static enum sv_status read_secret(const struct session *s, const char *name, uint64_t version)
{
    const struct reveal why = {.op = AUDIT_GET, .version = version};
    SECRET_OWNED struct secret *secret = NULL;
    struct sv_err err = {""};
    enum sv_status st = fuzz_told(vault_reveal(s->v, name, &why, NULL, &secret, &err), &err);

    CHECK((secret != NULL) == (st == SV_OK));
    if (st == SV_OK && !s->owned)
        CHECK(kit_is(name, version, secret));
    return st;
}

/* An owner may have put a secret's words into a name, and messages repeat names. */
static bool name_is_a_secret(const char *name)
{
    for (size_t i = 0; i < KIT_SECRETS; i++)
        if (strstr(name, kit_secrets[i].secret) != NULL)
            return true;
    return false;
}

static void read_profile(const struct session *s, const struct profile *p)
{
    PROFILE_LIST_OWNED struct profile_list history = {0};
    PROFILE_OWNED struct profile found = {.name = NULL};
    struct sv_err err = {""};
    bool open = s->clean && (s->how & WHO_INSPECT) == 0;
    enum sv_status st = fuzz_told(vault_find(s->v, p->name, &found, &err), &err);

    CHECK(st == SV_OK ? strcmp(found.name, p->name) == 0 : !s->clean);
    st = fuzz_told(vault_history(s->v, p->name, &history, &err), &err);
    CHECK(st == SV_OK || !s->clean);
    for (uint64_t n = p->version; n > 0 && p->version - n < 4; n--) {
        st = read_secret(s, p->name, n);
        CHECK(st == SV_OK || !open);
    }
    CHECK(read_secret(s, p->name, p->version + 1) != SV_OK);
}

static void read_all(const struct session *s)
{
    PROFILE_LIST_OWNED struct profile_list list = {0};
    struct sv_err err = {""};
    enum sv_status st = fuzz_told(vault_list_used(s->v, &list, &err), &err);
    bool can = s->v->keys != NULL && s->v->role != ROLE_AUDITOR;

    CHECK(st != SV_OK || can);
    CHECK(st == SV_OK || !can || !s->clean);
    if (st == SV_OK && !s->owned)
        CHECK(list.count == ((s->how & WHO_TOKEN) != 0 ? 1 : 2));
    /* That a row is not there is proved too. */
    for (size_t i = 0; i < KIT_SECRETS && !s->owned && (s->how & WHO_TOKEN) == 0; i++) {
        PROFILE_OWNED struct profile p = {.name = NULL};
        CHECK(fuzz_told(vault_find(s->v, kit_secrets[i].name, &p, &err), &err) != SV_MISSING);
    }
    for (size_t i = 0; i < list.count && i < 6; i++)
        if (!s->owned || !name_is_a_secret(list.items[i].name))
            read_profile(s, &list.items[i]);
    CHECK(read_secret(s, "nobody's", 0) != SV_OK);
}

static void each_finding(void *context, const char *finding)
{
    CHECK(finding[0] != '\0');
    fuzz_check_text(finding);
    ++*(uint64_t *)context;
}

static uint64_t verify(const struct session *s)
{
    struct sv_err err = {""};
    uint64_t findings = UINT64_MAX, told = 0;

    if (fuzz_told(vault_verify(s->v, &findings, each_finding, &told, &err), &err) != SV_OK)
        return UINT64_MAX;
    CHECK(told == findings);
    return findings;
}

static enum sv_status each_event(void *context, const struct audit_event *event, struct sv_err *err)
{
    (void)err, (void)event;
    ++*(unsigned *)context;
    return SV_OK;
}

static void look_around(const struct session *s)
{
    MEMBER_LIST_OWNED struct member_list members = {0};
    const struct audit_filter all = {0};
    struct audit_report report;
    struct vault_info info;
    struct vault_ways ways;
    struct sv_err err = {""};
    unsigned events = 0;

    (void)fuzz_told(vault_info(s->v, &info, &err), &err);
    (void)fuzz_told(vault_ways(s->v, &ways, &err), &err);
    if (fuzz_told(vault_members(s->v, &members, &err), &err) == SV_OK)
        for (size_t i = 0; i < members.count; i++)
            fuzz_check_text(members.items[i].label);
    TOKEN_LIST_OWNED struct token_list tokens = {0};
    if (fuzz_told(vault_tokens(s->v, &tokens, &err), &err) == SV_OK)
        for (size_t i = 0; i < tokens.count; i++)
            fuzz_check_text(tokens.items[i].label);
    (void)fuzz_told(vault_audit_read(s->v, &all, each_event, &events, &err), &err);
    (void)fuzz_told(vault_audit_verify(s->v, &report, &err), &err);
}

/* One change of each kind; SV_MISSING where there is nothing to change. */
static enum sv_status change_one(const struct session *s, const char *name, struct sv_err *err)
{
    PROFILE_OWNED struct profile p = {.port = 587, .tls = TLS_STARTTLS}, found = {.name = NULL};
    SECRET_OWNED struct secret *secret = fuzz_secret("another secret", 14);
    SECRET_OWNED struct secret *key = kit_keyfile(KIT_NOBODY);
    const struct slot_credentials cred = {.keyfile_hash = key};
    uint64_t version;
    enum sv_status st;

    switch (s->how >> 8 & 7) {
    case 0:
        p.name = sv_strdup("one more");
        p.host = sv_strdup("mail.example.com");
        return vault_add(s->v, &p, secret, err);
    case 1:
        st = vault_find(s->v, name, &found, err);
        return st != SV_OK ? st : vault_edit(s->v, &found, secret, AUDIT_EDIT, err);
    case 2:
        return vault_remove(s->v, name, err);
    case 3:
        return vault_rename(s->v, name, "another name", err);
    case 4:
        return vault_rollback(s->v, name, 0, &version, err);
    case 5:
        return vault_change_credentials(s->v, &cred, NULL, err);
    case 6:
        return vault_token_revoke(s->v, "token", false, NULL, err);
    default:
        return vault_member_remove(s->v, 1, NULL, NULL, err);
    }
}

/* What was clean can be changed, and is clean again. */
static void change(struct session *s)
{
    PROFILE_LIST_OWNED struct profile_list list = {0};
    struct sv_err err = {""};

    (void)fuzz_told(vault_list(s->v, &list, &err), &err);
    const char *name = list.count > 0 ? list.items[0].name : "nobody's";
    enum sv_status st = fuzz_told(change_one(s, name, &err), &err);
    if (!s->clean || st == SV_EXISTS || st == SV_MISSING || st == SV_DENIED || st == SV_USAGE)
        return;
    CHECK(st == SV_OK);
    CHECK(verify(s) == 0);
    s->owned = true; /* by now it is no more what the kit put there */
    read_all(s);
}

static void use(struct session *s)
{
    bool admin = s->v->keys != NULL && s->v->role == ROLE_ADMIN;

    s->clean = admin && verify(s) == 0;
    read_all(s);
    look_around(s);
    if (admin && (s->how & (WHO_CHANGE | WHO_READ_ONLY | WHO_INSPECT)) == WHO_CHANGE)
        change(s);
}

static void open_it(const struct vault_place *place, unsigned how, bool owned, bool foreign)
{
    SECRET_OWNED struct secret *key = kit_keyfile(how % KIT_WHO), *token = kit_token();
    const struct slot_credentials cred = {.keyfile_hash = key};
    VAULT_OWNED struct vault *v = NULL;
    struct sv_err err = {""};

    fuzz_hush(secret_peek(key), secret_len(key));
    fuzz_hush(secret_peek(token), secret_len(token));
    enum sv_status st = fuzz_told((how & WHO_INSPECT) != 0
                                      ? vault_open_inspect(&v, place, &err)
                                      : vault_open(&v, place, (how & WHO_READ_ONLY) != 0, &err),
                                  &err);
    CHECK((v != NULL) == (st == SV_OK));
    if (st != SV_OK)
        return;
    /* What this machine has seen after it is not forgotten. */
    CHECK(owned || (how & (WHO_SEEN | WHO_SEEN_NEWER)) != (WHO_SEEN | WHO_SEEN_NEWER));
    struct session s = {.v = v, .how = how, .owned = owned};
    st = fuzz_told((how & WHO_TOKEN) != 0 ? vault_unlock_token(v, token, &err)
                                          : vault_unlock(v, &cred, &err),
                   &err);
    CHECK(vault_is_unlocked(v) == (st == SV_OK));
    /* A key that nobody was given opens nothing, nor ours what another has signed. */
    CHECK(st != SV_OK || owned ||
          ((how % KIT_WHO != KIT_NOBODY || (how & WHO_TOKEN) != 0) && !foreign));
    use(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf_reader in = buf_reader_over(data, size);

    fuzz_begin();
    unsigned mend = buf_get_u8(&in), how = buf_get_u8(&in);
    enum kit_seen seen = (how & WHO_SEEN) == 0         ? KIT_UNSEEN
                         : (how & WHO_SEEN_NEWER) == 0 ? KIT_SEEN_SAME
                                                       : KIT_SEEN_NEWER;
    struct vault_place place = kit_reset(seen);
    bool owned = vault_edit_file(place.path, mend, &in);
    for (size_t i = 0; i < KIT_SECRETS; i++)
        fuzz_hush(kit_secrets[i].secret, strlen(kit_secrets[i].secret));
    open_it(&place, how | (mend >> 5) << 8, owned,
            (mend & (MEND_SIGN | MEND_FOREIGN)) == (MEND_SIGN | MEND_FOREIGN));
    return fuzz_end();
}
