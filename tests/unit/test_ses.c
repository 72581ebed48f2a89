/* SPDX-License-Identifier: ISC */
/* ses: the password that SMTP is shown, against vectors of others; regions out of server
 * names; which of the two secrets was pasted. */
#include "support.h"

#include "base/text.h"
#include "crypto/hmac.h"
#include "domain/ses.h"

static void hmac_is(const void *key, size_t key_len, const char *message, const char *hex)
{
    uint8_t out[HMAC_LEN];
    char text[2 * HMAC_LEN + 1];
    hmac_sha256(out, key, key_len, message, strlen(message));
    assert_string_equal(text_hex(text, out, sizeof out), hex);
}

/* RFC 4231, cases 1, 2 and 6 (a key longer than a block). */
static void test_hmac(void **state)
{
    (void)state;
    uint8_t key[131];
    memset(key, 0x0b, 20);
    hmac_is(key, 20, "Hi There",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    hmac_is("Jefe", 4, "what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    memset(key, 0xaa, sizeof key);
    hmac_is(key, sizeof key, "Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

/* The first four: hashicorp/terraform-provider-aws, internal/service/iam/access_key_test.go.
 * The last: the sample key of AWS's documentation, computed by another program. */
static void test_vectors(void **state)
{
    (void)state;
    static const struct {
        const char *region, *secret, *password;
    } vectors[] = {
        {"eu-central-1", "some+secret+key", "BMXhUYlu5Z3gSXVQORxlVa7XPaz91aGWdfHxvkOZdWZ2"},
        {"eu-central-1", "another+secret+key", "BBbphbrQmrKMx42d1N6+C7VINYEBGI5v9VsZeTxwskfh"},
        {"us-west-1", "some+secret+key", "BH+jbMzper5WwlwUar9E1ySBqHa9whi0GPo+sJ0mVYJj"},
        {"us-west-1", "another+secret+key", "BKVmjjMDFk/qqw8EROW99bjCS65PF8WKvK5bSr4Y6EqF"},
        {"us-east-1", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
         "BLBM/9hSUELfq8Gw+rU1YcBjkOxGbhT2XG763xVLGWL9"},
    };
    for (size_t i = 0; i < COUNT(vectors); i++) {
        SECRET_OWNED struct secret *iam = NULL;
        SECRET_OWNED struct secret *password = NULL;
        struct sv_err err = {{0}};
        assert_int_equal(secret_copy(&iam, vectors[i].secret, strlen(vectors[i].secret), &err),
                         SV_OK);
        assert_int_equal(ses_password(&password, iam, vectors[i].region, &err), SV_OK);
        assert_int_equal(secret_len(password), strlen(vectors[i].password));
        assert_memory_equal(secret_peek(password), vectors[i].password, secret_len(password));
        assert_int_equal(ses_look(password), SES_SMTP_PASSWORD);
    }
}

static void test_regions(void **state)
{
    (void)state;
    static const char *const named[][2] = {
        {"email-smtp.eu-central-1.amazonaws.com", "eu-central-1"},
        {"EMAIL-SMTP.EU-Central-1.AmazonAWS.com", "eu-central-1"},
        {"email-smtp-fips.us-gov-west-1.amazonaws.com", "us-gov-west-1"},
        {"email-smtp.cn-north-1.amazonaws.com.cn", "cn-north-1"},
        {"vpce-0a1b2c-d3e4f5.email-smtp.us-east-1.vpce.amazonaws.com", "us-east-1"},
    };
    static const char *const none[] = {
        "",
        "email-smtp",
        "email-smtp.",
        "email-smtp.amazonaws.com",
        "email-smtp..amazonaws.com",
        "email-smtp.eu-central-1.amazonaws.com.evil.example",
        "email-smtp.eu-central-1.example.com",
        "email-smtpx.eu-central-1.amazonaws.com",
        "smtp.gmail.com",
        "email-smtp.a-region-with-a-name-of-more-than-32-letters.amazonaws.com",
    };
    char region[SES_REGION_MAX];
    for (size_t i = 0; i < COUNT(named); i++) {
        assert_true(ses_region(named[i][0], region));
        assert_string_equal(region, named[i][1]);
    }
    assert_false(ses_region(NULL, region));
    for (size_t i = 0; i < COUNT(none); i++)
        if (ses_region(none[i], region))
            fail_msg("%s: %s", none[i], region);
    /* Every server of the table names the region that stands beside it. */
    const struct provider *p = provider_find("amazon-ses");
    for (size_t i = 0; i < p->host_count; i++) {
        assert_true(ses_region(p->hosts[i].host, region));
        assert_string_equal(region, p->hosts[i].region);
    }
}

static struct shape_finding judge(const char *text, const char *username)
{
    SECRET_OWNED struct secret *s = NULL;
    struct sv_err err = {{0}};
    struct shape_finding finding;
    assert_int_equal(secret_copy(&s, text, strlen(text), &err), SV_OK);
    ses_judge(s, username, &finding);
    return finding;
}

static void test_judge(void **state)
{
    (void)state;
    static const char iam[] = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    assert_false(judge(iam, "AKIAIOSFODNN7EXAMPLE").wrong);
    assert_false(judge(iam, NULL).wrong);
    static const struct {
        const char *secret, *username, *words;
    } wrong[] = {
        {"BLBM/9hSUELfq8Gw+rU1YcBjkOxGbhT2XG763xVLGWL9", NULL, "SMTP password already"},
        {"An60U4ZD3sd4fg+FvXUjayOipTt8LO4rUUmhpdX6ctDy", NULL, "old recipe"},
        {"AKIAIOSFODNN7EXAMPLE", NULL, "it is the user name"},
        {"ASIAIOSFODNN7EXAMPLE", NULL, "it is the user name"},
        {"hunter2", NULL, "40 characters"},
        {iam, "ASIAIOSFODNN7EXAMPLE", "temporary"},
    };
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct shape_finding f = judge(wrong[i].secret, wrong[i].username);
        if (!f.wrong || strstr(f.text, wrong[i].words) == NULL)
            fail_msg("%zu: \"%s\"", i, f.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hmac),
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_regions),
        cmocka_unit_test(test_judge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
