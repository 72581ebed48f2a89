/* SPDX-License-Identifier: ISC */
#include "audit/keyring.h"

#include <string.h>

enum sv_status audit_keyring_init(struct audit_keyring *ring, const struct secret *keys,
                                  struct sv_err *err)
{
    size_t len = secret_len(keys);

    memset(ring, 0, sizeof *ring);
    if (len == 0 || len % KEY_LEN != 0)
        return sv_fail(err, SV_INTERNAL, "%zu bytes are no list of audit keys", len);
    ring->keys = keys;
    for (size_t at = 0; at < len; at += KEY_LEN) {
        uint8_t pk[KEY_LEN];
        pkseal_public(pk, secret_peek(keys) + at);
        if (!blob_append(&ring->publics, pk, sizeof pk)) {
            audit_keyring_clear(ring);
            return sv_fail_nomem(err);
        }
    }
    return SV_OK;
}

void audit_keyring_clear(struct audit_keyring *ring)
{
    blob_clear(&ring->publics);
}

bool audit_keyring_find(const struct audit_keyring *ring, const uint8_t pk[KEY_LEN],
                        struct pkseal_reader *reader)
{
    for (size_t at = 0; at < ring->publics.len; at += KEY_LEN)
        if (memcmp(ring->publics.bytes + at, pk, KEY_LEN) == 0) {
            *reader =
                (struct pkseal_reader){secret_peek(ring->keys) + at, ring->publics.bytes + at};
            return true;
        }
    return false;
}
