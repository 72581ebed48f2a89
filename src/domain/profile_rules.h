/* SPDX-License-Identifier: ISC */
/*
 * profile_rules: what a person may write into a field. Private to profile_*.c;
 * each rule answers SV_OK, or SV_USAGE with the sentence that helps.
 */
#ifndef DOMAIN_PROFILE_RULES_H
#define DOMAIN_PROFILE_RULES_H

#include "base/err.h"
#include "domain/profile.h"

/* UTF-8 of 1 .. f->limit bytes without control characters; a note may hold line
 * breaks and tabs. */
enum sv_status rules_text(const struct field *f, const char *value, struct sv_err *err) SV_MUST_USE;

/* A DNS name of letters, digits and hyphens (labels of RFC 1123 section 2.1), an
 * IPv4 address, or an IPv6 address in brackets (RFC 5321 section 4.1.3). */
enum sv_status rules_host(const char *host, struct sv_err *err) SV_MUST_USE;

/* local@domain: one '@', no blanks, no angle brackets, a domain as in rules_host. */
enum sv_status rules_address(const char *address, struct sv_err *err) SV_MUST_USE;

/* An absolute path: it is read later, and elsewhere than where it was given. */
enum sv_status rules_path(const struct field *f, const char *path, struct sv_err *err) SV_MUST_USE;

/* What a URL begins with: a letter, then letters, digits, '+', '-' and '.' (RFC 3986 section
 * 3.1). */
enum sv_status rules_protocol(const char *protocol, struct sv_err *err) SV_MUST_USE;

/* 1 .. 64 bytes without control characters, commas, or a blank at either end. */
enum sv_status rules_tag(const char *tag, struct sv_err *err) SV_MUST_USE;

#endif
