/* SPDX-License-Identifier: ISC */
/* oauth_form: application/x-www-form-urlencoded, as RFC 6749 appendix B wants it. */
#ifndef SMTP_OAUTH_FORM_H
#define SMTP_OAUTH_FORM_H

#include "base/buf.h"
#include "smtp/oauth.h"

/* Bytes in percent-encoding but for the unreserved of RFC 3986 section 2.3. */
void oauth_form_encode(struct buf_writer *w, const void *bytes, size_t len);
/* "name=value", behind a '&' unless it is the first of its form or query. */
void oauth_form_put(struct buf_writer *w, const char *name, const char *value);
void oauth_form_put_secret(struct buf_writer *w, const char *name, const struct secret *value);

#endif
