/* SPDX-License-Identifier: ISC */
/*
 * say: a verdict in words. In cause and advice {port} stands for the target's
 * port and {other} for the command that sets the other usual way into a
 * submission server: implicit TLS on 465, or STARTTLS on 587 (RFC 8314 section
 * 3), {offered} for the mechanisms that the server offers, {names} for those of
 * its certificate. {form} is what to check of the user name, and {login} the command
 * that stores it and the secret anew, the first only where it is no address already.
 * {name} is left for smtp_say.
 */
#ifndef SMTP_SAY_H
#define SMTP_SAY_H

#include "smtp/classify.h"

void say(const struct smtp_evidence *evidence, struct smtp_result *result,
         enum smtp_verdict verdict, enum smtp_actor who, const char *cause, const char *advice);

#endif
