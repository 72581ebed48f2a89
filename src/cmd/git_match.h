/* SPDX-License-Identifier: ISC */
/*
 * git_match: which login is meant by what git asks for. The only place that compares hosts,
 * ports, users and paths of a git_request with those of a profile.
 */
#ifndef CMD_GIT_MATCH_H
#define CMD_GIT_MATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "cmd/git_request.h"
#include "domain/vault.h"

/* Is it for this login: its protocol, its host, its port and, where they are named, its user
 * and its path? Hosts are compared without case and otherwise byte by byte. Without a port a
 * program connects to 25, or to 465 with TLS, to send mail; otherwise to its protocol's own. */
bool git_match_fits(const struct git_request *r, const struct profile *p);
/* Does it ask in this login's name for a server that is another's? Of a mail login its user is
 * named and not its server; of another one the host looks like its own. */
bool git_match_resembles(const struct git_request *r, const struct profile *p);
/* Do two names of hosts look alike to somebody who reads them in passing, and are not the
 * same: 1 for l, one letter more, a dot behind, the one with more behind it? */
bool git_match_alike(const char *asked, const char *known);

struct git_match {
    const struct profile *one;     /* the only one that fits, or NULL */
    const struct profile *retired; /* one that would, were it not retired, or NULL */
    const struct profile *like;    /* one that looks like it while none fits, or NULL */
    size_t count;                  /* that fit */
};
/* only: the name of the one that may be taken, or NULL. general: others than mail logins too;
 * of several of them one for the very path that is named, or for no path, is meant. */
struct git_match git_match_choose(const struct profile_list *list, const struct git_request *r,
                                  const char *only, bool general);

#endif
