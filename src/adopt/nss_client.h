/* SPDX-License-Identifier: ISC */
/* nss_client: what is encrypted in a profile of Thunderbird or Firefox, decrypted by
 * smtpvault-nss, which asks for nothing itself (nss/wire.h). */
#ifndef ADOPT_NSS_CLIENT_H
#define ADOPT_NSS_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/secret.h"
#include "cli/cli.h"

struct nss_request {
    const char *folder; /* absolute */
    const char *what;   /* in messages: "~/.thunderbird/x.default" */
    const char *from;   /* SOURCE of the primary password; NULL: tty */
    const struct blob *values;
    size_t aes; /* how many of them are encrypted by AES */
};

struct nss_answer {
    struct secret *plain; /* as mozilla.h has it */
    bool too_old;         /* the library that was there does not know AES */
};

/* Of the libraries that are there the first that decrypts them all, or else the one that
 * decrypts most. The primary password is asked for when there is one, again when it was wrong:
 * SV_DENIED. SV_CONFIG: there is no NSS; SV_DATA: it cannot open key4.db. */
enum sv_status nss_decrypt(struct cli *cli, const struct nss_request *request,
                           struct nss_answer *out, struct sv_err *err) SV_MUST_USE;

#endif
