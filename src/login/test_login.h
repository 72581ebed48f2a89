/* SPDX-License-Identifier: ISC */
/* test_login: one login at a profile's server, and its verdict in the log. */
#ifndef LOGIN_TEST_LOGIN_H
#define LOGIN_TEST_LOGIN_H

#include "base/err.h"
#include "cli/cli.h"
#include "domain/profile.h"
#include "smtp/target.h"

struct login_wish {
    const char *ca_file;  /* in place of the profile's; or NULL */
    uint32_t total_ms;    /* 0: as smtp_test has it */
    bool from_check;      /* MAIL FROM after the login */
    const char *send_to;  /* NULL, or an address that gets a message */
    const char *subject;  /* NULL, or what the message says in place of that it is a test; */
    const char *text;     /* then the log says that it was a reminder */
    bool accept_change;   /* a server that offers less than it did is learnt anew */
    uint64_t version;     /* whose secret: 0 the current one's; an older or pending one's, and its
                           * user name, prove something of that one alone: nothing is learnt */
    bool made_up;         /* or a random secret, which no server has; version 0 */
    uint16_t port;        /* 0, or another port of the profile's host, */
    enum profile_tls tls; /* so encrypted: nothing is learnt, nor held against the profile */
    uint32_t connect_ms;  /* 0: as smtp_test has it */
};

/* The profile's host as the network helper takes it: an IPv6 address without its brackets. */
enum sv_status test_login_host(char *dst, size_t capacity, const struct profile *p,
                               struct sv_err *err) SV_MUST_USE;

/* It is one that the table of providers has, not typed by anybody. */
bool test_login_host_is_known(const struct profile *p);

/* SV_USAGE: what git keeps here beside the mail logins has no mail server. */
enum sv_status test_login_check_mail(const struct profile *p, struct sv_err *err) SV_MUST_USE;

/* What a verdict says of the secret. */
enum outcome test_login_outcome(const struct smtp_result *r);

/* One that MAIL FROM and RCPT TO take: no quoted local part, no list. */
bool test_login_is_address(const char *text);

/* helper: self_helper's. *p gets the profile as it is kept; owner: profile_clear. SV_OK
 * whenever there is a verdict. The secret is revealed when the server's offer stands and falls
 * short of nothing that was learnt of it (posture.h), and goes only to the server that the
 * profile has then. */
enum sv_status test_login(struct cli *cli, const char *helper, const char *name,
                          const struct login_wish *wish, struct profile *p,
                          struct smtp_result *result, struct sv_err *err) SV_MUST_USE;

/* The same in steps, so that many run side by side (target.h). name, helper and wish outlive
 * it. SV_USAGE where no test can be made of the profile. */
struct test_login;
enum sv_status test_login_begin(struct test_login **out, struct cli *cli, const char *helper,
                                const char *name, const struct login_wish *wish,
                                struct sv_err *err) SV_MUST_USE;
struct smtp_run *test_login_run(const struct test_login *t); /* to step and to wait for */
/* Once the run is over: records the verdict, learns from it, and gives what test_login does. */
enum sv_status test_login_end(struct test_login *t, struct profile *p, struct smtp_result *result,
                              struct sv_err *err) SV_MUST_USE;
void test_login_free(struct test_login *t);
void test_login_free_cleanup(struct test_login **t);
#define TEST_LOGIN_OWNED __attribute__((cleanup(test_login_free_cleanup)))

#endif
