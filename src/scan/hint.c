/* SPDX-License-Identifier: ISC */
#include "scan/hint.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

char *scan_hint(char *dst, size_t capacity, const char *secret, size_t len)
{
    /* Of Twilio SendGrid, Brevo, Resend, Mailgun, Postmark's none, Mandrill, Amazon. */
    static const char *const prefixes[] = {"SG.",  "xsmtpsib-", "xkeysib-", "re_",
                                           "key-", "md-",       "AKIA"};
    size_t characters = text_columns(secret, len);

    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        size_t n = strlen(prefixes[i]);
        if (len >= n + 16 && memcmp(secret, prefixes[i], n) == 0) {
            snprintf(dst, capacity, "%zu characters, %s...", characters, prefixes[i]);
            return dst;
        }
    }
    snprintf(dst, capacity, "%zu character%s", characters, characters == 1 ? "" : "s");
    return dst;
}

static bool begins(const char *value, size_t len, const char *word)
{
    size_t n = strlen(word);
    return len >= n && strncasecmp(value, word, n) == 0;
}

/* `pass show mail`, whole or up to its first blank; without one the backticks are quotes. */
static bool is_command(const char *value, size_t len)
{
    return len > 1 && value[0] == '`' && (value[len - 1] != '`' || memchr(value, ' ', len));
}

bool scan_is_placeholder(const char *value, size_t len)
{
    static const char *const begin[] = {
        "$",         "{{",        "<",           "%(",     "%{",   "#{",      "smtpvault://",
        "op://",     "vault:",    "ref+",        "!",      "your", "example", "changeme",
        "change_me", "change-me", "placeholder", "replace"};
    static const char *const whole[] = {"null", "none", "nil",      "undefined", "true", "false",
                                        "yes",  "no",   "password", "secret",    "pass", "string",
                                        "todo", "xxx",  "''",       "\"\""};
    bool same = len > 0;

    for (size_t i = 0; i < sizeof(begin) / sizeof(begin[0]); i++) {
        if (begins(value, len, begin[i])) {
            return true;
        }
    }
    for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++) {
        if (strlen(whole[i]) == len && begins(value, len, whole[i])) {
            return true;
        }
    }
    for (size_t i = 0; i < len; i++) {
        same = same && value[i] == value[0];
    }
    return len == 0 || same || is_command(value, len);
}
