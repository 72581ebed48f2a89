/* SPDX-License-Identifier: ISC */
/*
 * autoconfig: the XML by which a mail domain tells programs its servers, in the form
 * that Thunderbird made ("config-v1.1.xml"). It is a foreign document: nothing that
 * it declares is expanded (one with a DOCTYPE is refused), and size, depth and texts
 * are bounded.
 */
#ifndef SMTP_AUTOCONFIG_H
#define SMTP_AUTOCONFIG_H

#include "smtp/discover.h"

/* Adds the document's servers for sending, in its order, to *out. Servers without
 * TLS, and such as no host can be called, are left out. out->end is
 * DISCOVER_FOUND, DISCOVER_NOTHING or DISCOVER_MALFORMED (then with why).
 * `domain` stands for %EMAILDOMAIN%. */
void autoconfig_parse(const void *bytes, size_t len, const char *domain, struct discovered *out);

#endif
