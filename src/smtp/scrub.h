/* SPDX-License-Identifier: ISC */
/*
 * scrub: a server's words, fit to be shown and logged. Servers repeat what they
 * were given: addresses, session ids, now and then the password.
 */
#ifndef SMTP_SCRUB_H
#define SMTP_SCRUB_H

#include <stdbool.h>
#include <stddef.h>

#include "base/secret.h"

/* Copies `text` printable, with mail addresses, IP addresses, session ids, long
 * base64 and what stands in the query of a link (but for one plain word) told as
 * <address>, <ip>, <id>. `username` (may be "") is told as <user>. Cut at
 * capacity - 1. Returns dst. */
char *scrub_text(char *dst, size_t capacity, const char *text, const char *username);

/* The text holds the secret, as it is or as base64 of it alone or of the message
 * of RFC 4616 (NUL user NUL secret): then nothing of the text may be shown. */
bool scrub_repeats_secret(const char *text, const char *username, const struct secret *secret);

#endif
