/* SPDX-License-Identifier: ISC */
/*
 * What this machine's log keeps of a token beside its entries (struct audit_keep), under keys of
 * the token's psk, which is the same in every epoch: its holder can write them, and an
 * administrator finds them without reading the log.
 */
#include <inttypes.h>
#include <string.h>

#include "base/defence.h"
#include "domain/vault_impl.h"

void token_keeps(struct audit_keep keeps[TOKEN_KEEPS], uint8_t *keys, const uint8_t psk[KEY_LEN],
                 uint64_t most)
{
    keeps[0] = audit_keep_of(keys, psk, "token-uses-at", "token-uses", NULL, 0);
    keeps[0].value = 1;
    keeps[0].add = true;
    keeps[0].most = most;
    keeps[1] = audit_keep_of(keys + KEY_LEN, psk, "token-used-at", "token-used", NULL, 0);
    keeps[1].now = true;
}

void token_session_keeps(struct audit_keep keeps[TOKEN_KEEPS], uint8_t *keys,
                         const struct token_session *s)
{
    token_keeps(keeps, keys, token_session_psk(s),
                DEFENDED(TOKEN_USES) ? token_session_policy(s)->most_uses : 0);
}

enum sv_status token_session_used_up(const struct token_session *s, struct sv_err *err)
{
    const struct token_policy *p = token_session_policy(s);

    return sv_fail(err, SV_DENIED,
                   "the token \"%s\" was used as often as it may be (%" PRIu64
                   "): ask the vault's owner for a new one",
                   p->label, p->most_uses);
}
