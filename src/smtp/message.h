/* SPDX-License-Identifier: ISC */
/*
 * message: the mail that "test --send" sends.
 */
#ifndef SMTP_MESSAGE_H
#define SMTP_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smtp/target.h"

#define MESSAGE_MAX 3072

/* local-part@domain, unquoted: it goes into MAIL FROM:<...> and a header, and nothing in it may
 * end either. */
bool message_is_mailbox(const char *address);

/* Whom the mail is from: target->from, or else the user name where it is an address, or
 * else "". */
const char *message_sender(const struct smtp_target *target);

/* A whole RFC 5322 message with its end ".", lines ended by CR LF, none of which begins
 * with a dot otherwise. `id` stands left in its Message-ID. Returns its length. */
size_t message_write(char dst[MESSAGE_MAX], const struct smtp_target *target, const char *id,
                     int64_t now);

#endif
