/* SPDX-License-Identifier: ISC */
/*
 * message: the mail that "test --send" and "remind" send.
 */
#ifndef SMTP_MESSAGE_H
#define SMTP_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smtp/target.h"

#define MESSAGE_MAX 49152

/* local-part@domain, unquoted: it goes into MAIL FROM:<...> and a header, and nothing in it may
 * end either. */
bool message_is_mailbox(const char *address);

/* Whom the mail is from: target->from, or else the user name where it is an address, or
 * else "". */
const char *message_sender(const struct smtp_target *target);

/* Whether a subject and a text can be said, or are both "" (target.h). */
bool message_is_said(const char *subject, const char *text);

/* A whole RFC 5322 message with its end ".", lines ended by CR LF, none of which begins
 * with a dot that is not doubled; all of it ASCII, what is not or is too long for a line as
 * quoted-printable (RFC 2045, section 6.7). `id` stands left in its Message-ID. Returns its
 * length; 0: it does not fit. */
size_t message_write(char dst[MESSAGE_MAX], const struct smtp_target *target, const char *id,
                     int64_t now);

#endif
