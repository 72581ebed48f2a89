/* SPDX-License-Identifier: ISC */
#include "agent/credential.h"

#include <string.h>

#include "base/text.h"

#define RANDOM_MAX 16u
#define MIDDLE "/unit/"

/* Lower-case hex, as PRIx64 writes it. */
static size_t random_len(const char *text, size_t len)
{
    size_t n = 0;

    while (n < len && ((text[n] >= '0' && text[n] <= '9') || (text[n] >= 'a' && text[n] <= 'f')))
        n++;
    return n;
}

/* A name that is shown and compared: text, and no path. */
static bool take(char *dst, size_t max, const char *from, size_t len)
{
    if (len == 0 || len > max || memchr(from, '\0', len) != NULL ||
        memchr(from, '/', len) != NULL || !text_is_utf8(from, len) || text_has_control(from, len))
        return false;
    memcpy(dst, from, len);
    dst[len] = '\0';
    return true;
}

static bool parse(struct credential_peer *out, const char *name, size_t len)
{
    static const size_t middle = sizeof MIDDLE - 1;

    if (len < 1 || name[0] != '\0')
        return false;
    name++;
    len--;
    size_t n = random_len(name, len);
    if (n == 0 || n > RANDOM_MAX || len - n < middle || memcmp(name + n, MIDDLE, middle) != 0)
        return false;
    const char *unit = name + n + middle, *end = name + len;
    const char *slash = memchr(unit, '/', (size_t)(end - unit));
    return slash != NULL && take(out->unit, CREDENTIAL_UNIT_MAX, unit, (size_t)(slash - unit)) &&
           take(out->id, PROFILE_NAME_MAX, slash + 1, (size_t)(end - slash - 1));
}

enum sv_status credential_peer_parse(struct credential_peer *out, const char *sun_path, size_t len,
                                     struct sv_err *err)
{
    struct credential_peer peer;

    if (!parse(&peer, sun_path, len))
        return sv_fail(err, SV_DENIED,
                       "a process that is not systemd asked for a credential; this socket is for "
                       "LoadCredential= of a unit");
    *out = peer;
    return SV_OK;
}

enum sv_status credential_trust(const struct credential_peer *peer, uint32_t peer_uid,
                                uint32_t own_uid, const char *unit_seen, struct sv_err *err)
{
    if (peer_uid == 0)
        return SV_OK;
    if (peer_uid == own_uid && strcmp(peer->unit, unit_seen) == 0)
        return SV_OK;
    return sv_fail(err, SV_DENIED,
                   "a process of user %u that lies in %s asked in the name of %s for a credential",
                   peer_uid, *unit_seen != '\0' ? unit_seen : "no unit", peer->unit);
}

/* ---- aliases ---- */

static const char *alias_profile(const char *alias)
{
    const char *equals = strchr(alias, '=');

    return equals == NULL ? NULL : equals + 1;
}

enum sv_status credential_alias_check(const char *alias, struct sv_err *err)
{
    char unit[CREDENTIAL_UNIT_MAX + 1], id[PROFILE_NAME_MAX + 1];
    const char *profile = alias_profile(alias);
    const char *slash = profile == NULL ? NULL : memchr(alias, '/', (size_t)(profile - alias));
    const char *at = slash == NULL ? alias : slash + 1;

    if (profile == NULL || !take(id, PROFILE_NAME_MAX, at, (size_t)(profile - 1 - at)) ||
        (slash != NULL && !take(unit, CREDENTIAL_UNIT_MAX, alias, (size_t)(slash - alias))))
        return sv_fail(err, SV_USAGE,
                       "a credential is ID=PROFILE or UNIT/ID=PROFILE, as in "
                       "mailer.service/smtp=work");
    return profile_check_name(profile, err);
}

static bool alias_fits(const char *alias, const struct credential_peer *peer)
{
    const char *equals = alias_profile(alias) - 1;
    const char *slash = memchr(alias, '/', (size_t)(equals - alias));
    const char *id = slash == NULL ? alias : slash + 1;

    if (slash != NULL && (strlen(peer->unit) != (size_t)(slash - alias) ||
                          memcmp(alias, peer->unit, (size_t)(slash - alias)) != 0))
        return false;
    return strlen(peer->id) == (size_t)(equals - id) &&
           memcmp(id, peer->id, (size_t)(equals - id)) == 0;
}

const char *credential_profile(const struct credential_peer *peer, const char *const *aliases,
                               size_t count)
{
    const char *for_any = NULL;

    for (size_t i = 0; i < count; i++) {
        if (!alias_fits(aliases[i], peer))
            continue;
        if (memchr(aliases[i], '/', (size_t)(alias_profile(aliases[i]) - aliases[i])) != NULL)
            return alias_profile(aliases[i]);
        if (for_any == NULL)
            for_any = alias_profile(aliases[i]);
    }
    return for_any != NULL ? for_any : peer->id;
}
