/* SPDX-License-Identifier: ISC */
/*
 * credential: what systemd says when LoadCredential=ID:/path/of/a/socket of a unit makes
 * it connect (systemd.exec(5)): it binds its own end to the abstract name
 *
 *   "\0" RANDOM "/unit/" UNIT "/" ID
 *
 * with RANDOM a 64-bit number in hex, sends nothing, and reads the credential until the
 * end. ID is the profile's name: LoadCredential=work:/run/smtpvault/credentials puts the
 * password of the profile "work" into $CREDENTIALS_DIRECTORY/work. An alias gives another
 * profile for an ID, for a program that wants a fixed name.
 *
 * Any process may bind such a name, so it says nothing by itself: see credential_trust.
 */
#ifndef AGENT_CREDENTIAL_H
#define AGENT_CREDENTIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "domain/profile.h"

#define CREDENTIAL_UNIT_MAX 255u /* systemd's UNIT_NAME_MAX */

struct credential_peer {
    char unit[CREDENTIAL_UNIT_MAX + 1];
    char id[PROFILE_NAME_MAX + 1];
};

/* sun_path[0..len) of the peer's address, with the NUL before it. SV_DENIED: it is not
 * such a name. */
enum sv_status credential_peer_parse(struct credential_peer *out, const char *sun_path, size_t len,
                                     struct sv_err *err) SV_MUST_USE;

/* Whether a peer speaks for the unit that it names: root does, who runs the system's
 * manager; a process of our own user does when it lies in that unit's cgroup (unit_seen,
 * "" for none), as the child does by which a user's manager loads credentials. SV_DENIED
 * otherwise. */
enum sv_status credential_trust(const struct credential_peer *peer, uint32_t peer_uid,
                                uint32_t own_uid, const char *unit_seen,
                                struct sv_err *err) SV_MUST_USE;

/* An alias "ID=PROFILE" or "UNIT/ID=PROFILE". SV_USAGE when it is neither. */
enum sv_status credential_alias_check(const char *alias, struct sv_err *err) SV_MUST_USE;

/* The profile that the peer asks for: of the first alias that names its unit and fits it, or
 * of the first that fits any unit's, else its ID. */
const char *credential_profile(const struct credential_peer *peer, const char *const *aliases,
                               size_t count);

/* systemd takes a connection that ends at once for an empty credential, and starts the
 * unit with it. What is longer than this it refuses, and the unit fails with
 * 243/CREDENTIALS: so this many zeros are the answer to a request that is refused. */
#define CREDENTIAL_REFUSAL_LEN (1024u * 1024u + 1u)

#endif
