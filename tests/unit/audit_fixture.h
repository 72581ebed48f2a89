/* SPDX-License-Identifier: ISC */
/*
 * What the tests of the log share: a log in a folder of its own with a key pair,
 * entries to put, verdicts to ask for, and another program that meddles.
 */
#ifndef UNIT_AUDIT_FIXTURE_H
#define UNIT_AUDIT_FIXTURE_H

#include "db_fixture.h"

#include "audit/audit.h"
#include "base/secret.h"
#include "crypto/seal.h"

static const uint8_t vault_id[16] = "a vault's number";
static const uint8_t audit_sk[32] = "the secret key of the auditor..";
static const uint8_t other_sk[32] = "the secret key of an other one.";

struct log {
    struct temp *t;
    char dir[64];
    uint8_t pk[32];
    uint8_t other_pk[32];
};

static inline int log_setup(void **state)
{
    struct log *l = calloc(1, sizeof *l);
    void *temp = NULL;

    assert_non_null(l);
    assert_int_equal(temp_setup(&temp), 0);
    l->t = temp;
    snprintf(l->dir, sizeof l->dir, "%s/state/log", l->t->dir);
    pkseal_public(l->pk, audit_sk);
    pkseal_public(l->other_pk, other_sk);
    *state = l;
    return 0;
}

static inline int log_teardown(void **state)
{
    struct log *l = *state;
    void *temp = l->t;

    chmod(l->dir, 0700);
    temp_teardown(&temp);
    free(l);
    return secret_live() == 0 ? 0 : -1;
}

/* DIR/name of the log's folder, in temp_path's ring. */
static inline const char *log_path(struct log *l, const char *name)
{
    char inside[64];

    snprintf(inside, sizeof inside, "state/log/%.40s", name);
    return temp_path(l->t, inside);
}

static inline struct audit *log_open(struct log *l, const struct audit_mark *remembered)
{
    struct temp *t = l->t;
    struct audit *a = NULL;

    expect(SV_OK, audit_open(&a, l->dir, vault_id, l->pk, remembered, &t->err));
    return a;
}

static inline struct audit_event log_event(const char *profile)
{
    struct audit_event e = {.op = AUDIT_GET, .result = AUDIT_OK, .via = VIA_PASSPHRASE};

    snprintf(e.profile, sizeof e.profile, "%s", profile);
    return e;
}

static inline void log_append(struct log *l, struct audit *a, const char *profile)
{
    struct temp *t = l->t;
    struct audit_event e = log_event(profile);

    expect(SV_OK, audit_append(a, &e, NULL, NULL, &t->err));
}

/* A log of LOG_BEGIN and `count` entries "0", "1", ... and where it stands. */
static inline struct audit_mark log_make(struct log *l, int count)
{
    AUDIT_OWNED struct audit *a = log_open(l, NULL);
    struct audit_mark mark;

    for (int i = 0; i < count; i++) {
        char name[16];
        snprintf(name, sizeof name, "%d", i);
        log_append(l, a, name);
    }
    audit_mark_now(a, &mark);
    return mark;
}

/* audit_read and audit_verify with one key. */
static inline enum sv_status log_read(struct audit *a, const uint8_t sk[32],
                                      const struct audit_filter *filter, audit_visit *visit,
                                      void *context, struct sv_err *err)
{
    SECRET_OWNED struct secret *keys = NULL;
    enum sv_status st = secret_copy(&keys, sk, 32, err);

    return st != SV_OK ? st : audit_read(a, keys, filter, visit, context, err);
}

static inline enum sv_status log_check(struct audit *a, const uint8_t sk[32],
                                       const struct audit_check *check, struct audit_report *report,
                                       struct sv_err *err)
{
    SECRET_OWNED struct secret *keys = NULL;
    enum sv_status st = secret_copy(&keys, sk, 32, err);

    return st != SV_OK ? st : audit_verify(a, keys, check, report, err);
}

static inline struct audit_report log_verify(struct log *l, const struct audit_mark *remembered)
{
    struct temp *t = l->t;
    AUDIT_OWNED struct audit *a = NULL;
    struct audit_report report;

    expect(SV_OK, audit_open_inspect(&a, l->dir, vault_id, &t->err));
    expect(SV_OK, log_check(a, audit_sk, &(struct audit_check){.remembered = remembered}, &report,
                            &t->err));
    return report;
}

static inline void expect_clean(struct log *l, const struct audit_mark *remembered,
                                uint64_t entries)
{
    struct audit_report r = log_verify(l, remembered);

    if (r.findings != 0)
        fail_msg("%d findings: %s", (int)r.findings, r.first);
    assert_int_equal(r.entries, entries);
    assert_int_equal(r.mark.size, entries);
    assert_string_equal(r.first, "");
}

static inline void expect_finding(struct log *l, const struct audit_mark *remembered,
                                  const char *words)
{
    struct audit_report r = log_verify(l, remembered);

    if (r.findings == 0)
        fail_msg("no finding, where \"%s\" was expected", words);
    if (strstr(r.first, words) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", r.first, words);
}

static inline void expect_refused(struct log *l, const struct audit_mark *remembered,
                                  const char *words)
{
    struct temp *t = l->t;
    struct audit *a = NULL;

    expect(SV_DATA, audit_open(&a, l->dir, vault_id, l->pk, remembered, &t->err));
    assert_null(a);
    expect_text(words);
    expect_text("smtpvault audit resume --accept-loss");
}

/* What another program does to audit.db. */
static inline void log_meddle(struct log *l, const char *sql)
{
    meddle(log_path(l, "audit.db"), sql);
}

struct listed {
    struct audit_event events[64];
    int count;
};

static inline enum sv_status log_collect(void *context, const struct audit_event *event,
                                         struct sv_err *err)
{
    struct listed *list = context;

    (void)err;
    if (list->count < 64)
        list->events[list->count] = *event;
    list->count++;
    return SV_OK;
}

#define LOG_CASE(f) cmocka_unit_test_setup_teardown(f, log_setup, log_teardown)

#endif
