/* SPDX-License-Identifier: ISC */
/* add_server: the parts of the conversation of add_talk.h, and its questions on servers. */
#ifndef LOGIN_ADD_SERVER_H
#define LOGIN_ADD_SERVER_H

#include "base/err.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "domain/profile.h"
#include "domain/provider.h"

/* p: what is known by now; provider: whose row helps, or NULL. */
struct add_talk {
    struct cli *cli;
    const struct args *args;
    struct profile *p;
    const struct provider *provider;
};

/* Takes an answer; SV_USAGE, SV_MISSING and SV_EXISTS ask for another. */
typedef enum sv_status add_answer(struct add_talk *t, const char *word, struct sv_err *err);

/* usual: what Enter alone means, or NULL. */
enum sv_status add_ask(struct add_talk *t, const char *question, const char *usual,
                       add_answer *take, struct sv_err *err) SV_MUST_USE;
enum sv_status add_set(struct add_talk *t, const char *key, const char *value,
                       struct sv_err *err) SV_MUST_USE;
/* The option of that name, or what was answered. */
const char *add_has(const struct add_talk *t, const char *key, const char *answered);
const char *add_address(const struct add_talk *t);

/* An address, a provider or a server, where no option says one; then who sends the mail of a
 * domain that the table does not have. (add_who.c) */
enum sv_status add_who(struct add_talk *t, struct sv_err *err) SV_MUST_USE;
enum sv_status add_sender(struct add_talk *t, struct sv_err *err) SV_MUST_USE;

/* Do other programs log in there? */
bool add_has_login(const struct provider *p);
/* Host, port and TLS, where neither an option nor the table says them: the region of a
 * provider that has several, a server that is the customer's own, the port of any other. */
enum sv_status add_server(struct add_talk *t, struct sv_err *err) SV_MUST_USE;

#endif
