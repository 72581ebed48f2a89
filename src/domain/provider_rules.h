/* SPDX-License-Identifier: ISC */
/*
 * provider_rules: what may stand in the texts of a provider's row. Private to
 * provider_*.c; each answers NULL, or what is wrong, to stand behind the member's
 * name.
 */
#ifndef DOMAIN_PROVIDER_RULES_H
#define DOMAIN_PROVIDER_RULES_H

typedef const char *provider_rule(const char *text);

/* No control character. */
const char *provider_rule_line(const char *text);
/* Nor longer than fits a message. */
const char *provider_rule_sentence(const char *text);
/* An id, an alias, or a word that one row of providers.def has. */
const char *provider_rule_id(const char *text);
/* As profiles have them. */
const char *provider_rule_host(const char *text);
const char *provider_rule_domain(const char *text);
const char *provider_rule_category(const char *text);
const char *provider_rule_mechanisms(const char *text);
/* https only. */
const char *provider_rule_url(const char *text);
/* What is only read by people may do without TLS. */
const char *provider_rule_page(const char *text);
/* As provider_rule_url, or plain HTTP on this machine. */
const char *provider_rule_endpoint(const char *text);
/* What the user name is. */
const char *provider_rule_form(const char *text);
/* "2026-12-31". */
const char *provider_rule_date(const char *text);

#endif
