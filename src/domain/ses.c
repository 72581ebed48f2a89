/* SPDX-License-Identifier: ISC */
#include "domain/ses.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "crypto/hmac.h"
#include "domain/shape_pattern.h"

/* The first byte of the password. */
#define VERSION_4 0x04
#define PASSWORD_LEN 44
#define KEY_PREFIX "AWS4"
#define KEY_MAX (sizeof KEY_PREFIX - 1 + PROFILE_SECRET_MAX)

bool ses_region(const char *host, char region[SES_REGION_MAX])
{
    static const char service[] = "email-smtp";
    const char *at = host;

    while (at != NULL && strncasecmp(at, service, sizeof service - 1) != 0) {
        at = strchr(at, '.');
        at = at != NULL ? at + 1 : NULL;
    }
    if (at == NULL)
        return false;
    at += sizeof service - 1;
    if (strncasecmp(at, "-fips", 5) == 0)
        at += 5;
    if (*at != '.')
        return false;
    size_t len = strcspn(++at, ".");
    if (len == 0 || len >= SES_REGION_MAX)
        return false;
    const char *rest = at + len;
    if (!text_equal_nocase(rest, ".amazonaws.com") &&
        !text_equal_nocase(rest, ".amazonaws.com.cn") &&
        !text_equal_nocase(rest, ".vpce.amazonaws.com"))
        return false;
    for (size_t i = 0; i < len; i++)
        region[i] = (char)(at[i] >= 'A' && at[i] <= 'Z' ? at[i] - 'A' + 'a' : at[i]);
    region[len] = '\0';
    return true;
}

static void derive(uint8_t key[HMAC_LEN], const struct secret *first, const char *region)
{
    /* The date really is a constant. */
    const char *const steps[] = {region, "ses", "aws4_request", "SendRawEmail"};

    hmac_sha256(key, secret_peek(first), secret_len(first), "11111111", 8);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        hmac_sha256(key, key, HMAC_LEN, steps[i], strlen(steps[i]));
}

enum sv_status ses_password(struct secret **out, const struct secret *iam_secret,
                            const char *region, struct sv_err *err)
{
    SECRET_OWNED struct secret *first = NULL;
    SECRET_OWNED struct secret *raw = NULL;
    SECRET_OWNED struct secret *password = NULL;
    enum sv_status s;

    if ((s = secret_new(&first, KEY_MAX, err)) != SV_OK ||
        (s = secret_append(first, KEY_PREFIX, sizeof KEY_PREFIX - 1, err)) != SV_OK ||
        (s = secret_append(first, secret_peek(iam_secret), secret_len(iam_secret), err)) != SV_OK ||
        (s = secret_new(&raw, 1 + HMAC_LEN, err)) != SV_OK ||
        (s = secret_new(&password, PASSWORD_LEN + 1, err)) != SV_OK)
        return s;
    secret_set_len(raw, 1 + HMAC_LEN);
    uint8_t *bytes = secret_poke(raw);
    bytes[0] = VERSION_4;
    derive(bytes + 1, first, region);
    secret_set_len(password, PASSWORD_LEN + 1);
    sodium_bin2base64((char *)secret_poke(password), PASSWORD_LEN + 1, bytes, 1 + HMAC_LEN,
                      sodium_base64_VARIANT_ORIGINAL);
    secret_set_len(password, PASSWORD_LEN);
    *out = password;
    password = NULL;
    return SV_OK;
}

enum ses_look ses_look(const struct secret *secret)
{
    /* Base64 of 33 bytes: the first one shows in the first two characters. */
    static const struct {
        const char *pattern;
        enum ses_look look;
    } looks[] = {
        {"A[KS]IA[A-Z0-9]{16}", SES_KEY_ID},
        {"[A-Za-z0-9/+]{40}", SES_IAM_SECRET},
        {"B[A-P][A-Za-z0-9+/]{42}", SES_SMTP_PASSWORD},
        {"A[g-v][A-Za-z0-9+/]{42}", SES_OLD_PASSWORD},
    };

    for (size_t i = 0; i < sizeof looks / sizeof looks[0]; i++)
        if (shape_matches(looks[i].pattern, secret_peek(secret), secret_len(secret), SHAPE_EXACT))
            return looks[i].look;
    return SES_OTHER;
}

void ses_judge(const struct secret *secret, const char *username, struct shape_finding *finding)
{
    static const char *const words[] = {
        [SES_SMTP_PASSWORD] = "this is an SMTP password already (44 characters that begin with B), "
                              "derived for one region: it is of --kind api-key",
        [SES_OLD_PASSWORD] =
            "this is an SMTP password by the old recipe, which no region takes any "
            "more: give the IAM secret access key itself (40 characters)",
        [SES_KEY_ID] = "this is an access key id: it is the user name",
        [SES_OTHER] = "an IAM secret access key has 40 characters: letters, digits, + and /",
    };
    enum ses_look look = ses_look(secret);

    *finding = (struct shape_finding){.wrong = look != SES_IAM_SECRET};
    if (finding->wrong)
        (void)snprintf(finding->text, sizeof finding->text, "Amazon SES: %s", words[look]);
    else if (username != NULL && text_starts_with(username, "ASIA")) {
        finding->wrong = true;
        (void)snprintf(finding->text, sizeof finding->text,
                       "Amazon SES: the user name %.24s belongs to temporary credentials, which "
                       "SMTP refuses: make an access key for an IAM user (its id begins with AKIA)",
                       username);
    }
}

enum sv_status ses_login_secret(const struct profile *p, struct secret **secret, struct sv_err *err)
{
    struct secret *password = NULL;
    char region[SES_REGION_MAX];

    if (p->kind != KIND_IAM_SECRET)
        return SV_OK;
    if (!ses_region(p->host, region))
        return sv_fail(err, SV_CONFIG,
                       "the profile keeps an IAM secret, and its server names no region of Amazon "
                       "SES: give it one with \"smtpvault edit\"");
    enum sv_status s = ses_password(&password, *secret, region, err);
    if (s == SV_OK) {
        secret_free(*secret);
        *secret = password;
    }
    return s;
}
