/* SPDX-License-Identifier: ISC */
/* The name of a peer that wants a credential. Input: an alias with its length byte, the
 * rest is the peer's name: one spelling for a unit and an id, and only what the peer named
 * or the alias gives is its profile. */
#include "agent/credential.h"
#include "base/text.h"
#include "fuzz.h"

static void check_peer(const struct credential_peer *peer, const char *name, size_t len,
                       const char *alias)
{
    char again[512];
    const char *unit = memchr(name + 1, '/', len - 1);
    struct sv_err err = {""};

    int n = snprintf(again, sizeof again, "/unit/%s/%s", peer->unit, peer->id);
    CHECK((size_t)n == len - (size_t)(unit - name) && memcmp(again, unit, (size_t)n) == 0);
    CHECK(text_is_utf8(peer->unit, strlen(peer->unit)) && strchr(peer->id, '/') == NULL);
    CHECK(fuzz_told(credential_trust(peer, 0, 1, "", &err), &err) == SV_OK);
    CHECK(fuzz_told(credential_trust(peer, 1, 1, peer->unit, &err), &err) == SV_OK);
    CHECK(fuzz_told(credential_trust(peer, 1, 2, peer->unit, &err), &err) == SV_DENIED);
    CHECK(fuzz_told(credential_trust(peer, 1, 1, "", &err), &err) == SV_DENIED);
    CHECK(strcmp(credential_profile(peer, NULL, 0), peer->id) == 0);
    if (fuzz_told(credential_alias_check(alias, &err), &err) != SV_OK)
        return;
    const char *profile = credential_profile(peer, &alias, 1);
    (void)snprintf(again, sizeof again, "%s/%s=", peer->unit, peer->id);
    bool fits = strncmp(alias, again, strlen(again)) == 0;
    (void)snprintf(again, sizeof again, "%s=", peer->id);
    fits = fits || strncmp(alias, again, strlen(again)) == 0;
    CHECK(strcmp(profile, fits ? strchr(alias, '=') + 1 : peer->id) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf_reader in = buf_reader_over(data, size);
    struct credential_peer peer;
    struct sv_err err = {""};
    size_t len;

    fuzz_begin();
    FUZZ_OWNED char *alias = fuzz_word(&in);
    const uint8_t *bytes = fuzz_some(&in, 110, &len);
    FUZZ_OWNED uint8_t *name = fuzz_copy(bytes, len);
    (void)fuzz_told(credential_alias_check(alias, &err), &err);
    if (fuzz_told(credential_peer_parse(&peer, (char *)name, len, &err), &err) == SV_OK)
        check_peer(&peer, (char *)name, len, alias);
    return fuzz_end();
}
