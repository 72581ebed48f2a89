/* SPDX-License-Identifier: ISC */
/*
 * discover: asks a mail domain itself for its servers (smtp/discover.h), with consent,
 * and shows what it says before anything of it is used.
 */
#ifndef LOGIN_DISCOVER_H
#define LOGIN_DISCOVER_H

#include <stdbool.h>

#include "cli/cli.h"
#include "domain/provider.h"
#include "smtp/discover.h"

/* Looks, for whoever asked for it by name: address or domain. ca_file NULL: the system's
 * authorities. SV_OK when there is a server, or a provider of the table that receives the
 * domain's mail. SV_MISSING when there is neither, SV_UNREACHABLE when nobody
 * answered, SV_DATA when all that came was malformed. */
enum sv_status discover_look(struct cli *cli, const char *address, const char *ca_file,
                             struct discovered *found, struct sv_err *err) SV_MUST_USE;

/* The provider of the table that receives the domain's mail, or NULL; *mx by which host. */
const struct provider *discover_receiver(const struct discovered *found, const char **mx);

/* What a person took: a provider of the table, or a server. */
struct discover_choice {
    bool taken;
    const struct provider *provider; /* NULL: the server */
    struct discover_server server;
};
/* The same for a person who has just agreed to it, on a terminal: shows what was found and
 * asks whether to take it. Whatever kept it from finding something is SV_MISSING. */
enum sv_status discover_offer(struct cli *cli, const char *address, struct discover_choice *choice,
                              struct sv_err *err) SV_MUST_USE;
/* Who is asked and what they learn; dst as large as a message. Returns dst. */
char *discover_consent(char dst[SV_ERR_TEXT_MAX], const char *address);

/* "named by autoconfig.example.org", or "named by DNS, which is not signed", and whether
 * the host lies outside of the domain. Returns dst. */
#define DISCOVER_TRUST_MAX 700
char *discover_trust(char dst[DISCOVER_TRUST_MAX], const char *domain,
                     const struct discover_server *server);

/* `providers --discover ADDRESS`: what was found, as a table or, with --json, as a file of
 * a provider of one's own. */
enum sv_status discover_print(struct cli *cli, const char *address, const struct discovered *found,
                              struct sv_err *err) SV_MUST_USE;

#endif
