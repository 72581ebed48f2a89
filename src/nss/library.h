/* SPDX-License-Identifier: ISC */
/*
 * library: Mozilla's NSS, opened when it is needed. A program that keeps logins brings one of
 * its own, which reads what that program writes: it goes before the system's, which may be
 * years older. Only places that belong to the system are looked at, whatever a profile says.
 */
#ifndef NSS_LIBRARY_H
#define NSS_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The first place from `place` on that may have one: *place becomes its number, the answer its
 * folder, "" for wherever the loader finds the system's; NULL: none is left. */
const char *library_find(uint32_t *place);

struct library_item { /* SECItem of NSS: seccomon.h */
    int type;
    unsigned char *data;
    unsigned len;
};
struct library {
    int (*initialize)(const char *folder, const char *cert_prefix, const char *key_prefix,
                      const char *modules, uint32_t flags);
    int (*error)(void);
    void *(*key_slot)(void);
    int (*needs_login)(void *slot);
    int (*check_password)(void *slot, const char *password);
    int (*decrypt)(struct library_item *data, struct library_item *result, void *context);
    bool knows_aes; /* in what it decrypts */
};
/* Loads all that NSS will want, so that nothing is loaded later. It stays for good. */
bool library_open(struct library *lib, const char *folder);
/* Opens the databases of a profile's folder for reading: no module that its pkcs11.txt names is
 * loaded. 0, or NSS's error. */
int library_start(const struct library *lib, const char *folder);

#endif
