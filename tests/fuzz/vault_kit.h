/* SPDX-License-Identifier: ISC */
/*
 * vault_kit: a whole vault to take apart. It is made once a process, with the test's key
 * files: an administrator, a reader, an auditor, a token, the profiles "work" (two versions)
 * and "bulk", and the log and anchor of the machine that made it.
 */
#ifndef TESTS_FUZZ_VAULT_KIT_H
#define TESTS_FUZZ_VAULT_KIT_H

#include "base/file.h"
#include "domain/vault_impl.h"
#include "fuzz.h"

enum kit_who { KIT_ADMIN, KIT_READER, KIT_AUDITOR, KIT_NOBODY, KIT_WHO };

/* What a profile's version held when the kit was made. */
struct kit_secret {
    const char *name;
    uint64_t version;
    const char *secret;
};
extern const struct kit_secret kit_secrets[];
#define KIT_SECRETS 3

/* The vault's file as it was made, and the folder of a machine that has not seen it, or has
 * made it, or has seen one more change since. Call it between fuzz_begin and fuzz_end. */
enum kit_seen { KIT_UNSEEN, KIT_SEEN_SAME, KIT_SEEN_NEWER, KIT_SEEN };
struct vault_place kit_reset(enum kit_seen seen);

/* The key that opens: owned by the caller. */
struct secret *kit_keyfile(enum kit_who who);
/* The text of a token that opens "work": owned by the caller. */
struct secret *kit_token(void);
/* All keys of the vault: owned by the caller. */
struct secret *kit_keys(void);
/* Of the file as it was made. */
const struct vault_state *kit_state(void);
/* The chain value before the last one: what a fork of that commit begins from. */
const uint8_t *kit_chain_before(void);

/* Whether this is what the kit put there. */
bool kit_is(const char *name, uint64_t version, const struct secret *secret);

#endif
