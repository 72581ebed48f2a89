/* SPDX-License-Identifier: ISC */
/* new_way: the passphrase or key file that shall open a vault from now on, from the
 * options new-passphrase-from, new-keyfile, no-passphrase and argon2. */
#ifndef ACCESS_NEW_WAY_H
#define ACCESS_NEW_WAY_H

#include "cli/cli.h"
#include "crypto/slot.h"

/* Owner: new_way_clear, which takes away a key file that was made for nothing. */
struct new_way {
    struct secret *passphrase, *keyfile;
    const char *made; /* a key file that was made here, or NULL */
    bool keep;        /* it may be wanted: set before the vault is changed */
    bool has_cost;
    struct argon2_cost cost;
};
void new_way_clear(struct new_way *way);
#define NEW_WAY_OWNED __attribute__((cleanup(new_way_clear)))
enum sv_status new_way_check(struct cli *cli, const struct args *args,
                             struct sv_err *err) SV_MUST_USE;
/* whom: for the question, or NULL. */
enum sv_status new_way_read(struct cli *cli, const struct args *args, const char *whom,
                            struct new_way *way, struct sv_err *err) SV_MUST_USE;
struct slot_credentials new_way_credentials(const struct new_way *way);

#endif
