/* SPDX-License-Identifier: ISC */
#include "domain/provider_rules.h"

#include <stdint.h>
#include <string.h>

#include "base/text.h"
#include "domain/profile_rules.h"

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"

const char *provider_rule_line(const char *text)
{
    return text_has_control(text, strlen(text)) ? "has a control character" : NULL;
}

const char *provider_rule_sentence(const char *text)
{
    return strlen(text) > 200 ? "is longer than 200 bytes" : provider_rule_line(text);
}

const char *provider_rule_id(const char *text)
{
    size_t len = strlen(text);
    return len > 0 && len <= 64 && strspn(text, LOWER DIGITS "-") == len && text[0] != '-'
               ? NULL
               : "is 1 to 64 of a-z, 0-9 and \"-\", and does not begin with \"-\"";
}

const char *provider_rule_host(const char *text)
{
    struct sv_err aside = {""};
    return rules_host(text, &aside) == SV_OK ? NULL : "is no host name or address";
}

const char *provider_rule_domain(const char *text)
{
    return provider_rule_host(text) || text[0] == '[' ? "is no domain" : NULL;
}

const char *provider_rule_category(const char *text)
{
    static const char *const known[] = {"free-mail", "isp",           "transactional",
                                        "hosting",   "business-mail", "testing"};
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (strcmp(text, known[i]) == 0)
            return NULL;
    return "is free-mail, isp, transactional, hosting, business-mail or testing";
}

const char *provider_rule_mechanisms(const char *text)
{
    return strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ" DIGITS "- ") == strlen(text)
               ? NULL
               : "is mechanisms with a blank between (\"PLAIN LOGIN\")";
}

static bool is_url(const char *text, const char *scheme)
{
    return text_starts_with(text, scheme) && strlen(text) < 512 && !strpbrk(text, " \"<>\\") &&
           !provider_rule_line(text);
}

const char *provider_rule_url(const char *text)
{
    return is_url(text, "https://") ? NULL : "is no https:// address";
}

const char *provider_rule_page(const char *text)
{
    return is_url(text, "http://") ? NULL : provider_rule_url(text);
}

/* A token endpoint on this machine may do without TLS. */
const char *provider_rule_endpoint(const char *text)
{
    static const char *const local[] = {"http://127.0.0.1:", "http://localhost:", "http://[::1]:"};
    for (size_t i = 0; i < sizeof(local) / sizeof(local[0]); i++)
        if (is_url(text, local[i]))
            return NULL;
    return provider_rule_url(text);
}

/* "fixed:apikey", or a word such as "email", "local-part", "provider-generated". */
const char *provider_rule_form(const char *text)
{
    static const char fixed[] = "fixed:";
    if (text_starts_with(text, fixed) && text[strlen(fixed)] != '\0')
        return NULL;
    return provider_rule_id(text) ? "is \"email\", \"local-part\", \"fixed:WORD\" or another word"
                                  : NULL;
}

const char *provider_rule_date(const char *text)
{
    int64_t when;
    return strlen(text) == 10 && text[4] == '-' && text_parse_time(text, 0, &when)
               ? NULL
               : "is a day: \"2026-12-31\"";
}
