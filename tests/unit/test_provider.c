/* SPDX-License-Identifier: ISC */
/* provider: the table keeps its own rules; finding, choosing, filling. */
#include "support.h"

#include "base/alloc.h"
#include "base/text.h"
#include "domain/provider.h"

static const struct provider *known(const char *id)
{
    const struct provider *p = provider_find(id);
    if (!p)
        fail_msg("%s is unknown", id);
    return p;
}

/* ---- the table ---- */

static bool one_of(const char *word, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(word, words[i]) == 0)
            return true;
    return false;
}

static void test_rows(void **state)
{
    (void)state;
    static const char *const categories[] = {"free-mail", "isp",           "transactional",
                                             "hosting",   "business-mail", "testing"};
    assert_true(provider_count >= 204);
    for (size_t i = 0; i < provider_count; i++) {
        const struct provider *p = &providers[i];
        if (i > 0 && strcmp(providers[i - 1].id, p->id) >= 0)
            fail_msg("%s stands behind %s", p->id, providers[i - 1].id);
        assert_int_equal(strspn(p->id, "abcdefghijklmnopqrstuvwxyz0123456789-"), strlen(p->id));
        assert_true(strlen(p->id) <= 64);
        assert_true(p->name[0] != '\0' && text_is_utf8(p->name, strlen(p->name)));
        assert_true(one_of(p->category, categories, COUNT(categories)));
        assert_true(p->username_form[0] != '\0' && p->secret_kind[0] != '\0');
        assert_true(p->aliases && p->domains);
        assert_true(p->unverified == (p->doubt != NULL));
        int64_t verified;
        assert_true(p->verified && strlen(p->verified) == 10 && !p->origin);
        assert_true(text_parse_time(p->verified, 0, &verified));
        assert_true(!p->secret_url || text_starts_with(p->secret_url, "https://"));
        assert_true(!p->docs_url || text_starts_with(p->docs_url, "http"));
        if (strcmp(p->secret_kind, "oauth2") == 0)
            assert_true(p->oauth && p->kind == KIND_OAUTH2);
        if (p->oauth)
            assert_true(text_starts_with(p->oauth->auth_url, "https://") &&
                        text_starts_with(p->oauth->token_url, "https://") && p->oauth->scopes);
    }
}

/* A word finds one row, and a domain belongs to one row. */
static void test_words_are_unique(void **state)
{
    (void)state;
    for (size_t i = 0; i < provider_count; i++) {
        const struct provider *p = &providers[i];
        assert_ptr_equal(provider_find(p->id), p);
        for (const char *const *alias = p->aliases; *alias; alias++)
            if (provider_find(*alias) != p)
                fail_msg("%s: the alias %s is another's", p->id, *alias);
        for (const char *const *domain = p->domains; *domain; domain++)
            if (provider_of_address(*domain) != p)
                fail_msg("%s: the domain %s is another's", p->id, *domain);
    }
}

/* Every server that is not a placeholder passes the door that a person's does. */
static void test_hosts_pass_the_door(void **state)
{
    (void)state;
    for (size_t i = 0; i < provider_count; i++) {
        for (size_t j = 0; j < providers[i].host_count; j++) {
            const struct provider_host *h = &providers[i].hosts[j];
            PROFILE_OWNED struct profile p = {.name = NULL};
            struct sv_err err = {{0}};
            enum sv_status status = profile_set(&p, profile_field("host"), h->host, &err);
            if ((status == SV_OK) == h->placeholder)
                fail_msg("%s: %s: %s", providers[i].id, h->host, err.text);
            assert_true(h->port > 0 && h->tls >= TLS_STARTTLS && h->tls <= TLS_NONE);
        }
    }
}

/* ---- every row is reachable, and its own rules let its own secrets through ---- */

/* A profile as `add` makes it from an address alone. */
static enum sv_status from_address(struct profile *p, const char *address, struct sv_err *err)
{
    const struct provider *found = provider_of_address(address);
    assert_int_equal(profile_set(p, profile_field("name"), "work", err), SV_OK);
    assert_int_equal(profile_set(p, profile_field("from"), address, err), SV_OK);
    enum sv_status status = provider_fill(found, p, err);
    return status == SV_OK ? profile_check(p, false, err) : status;
}

/* What has no server of its own to offer says so; nothing else is refused. */
static bool may_be_refused(const struct provider *p)
{
    return provider_best_host(p, NULL) == NULL || strcmp(p->secret_kind, "none") == 0;
}

static void test_domains_lead_to_a_login(void **state)
{
    (void)state;
    size_t reached = 0;
    for (size_t i = 0; i < provider_count; i++) {
        const struct provider *row = &providers[i];
        for (const char *const *domain = row->domains; *domain; domain++) {
            PROFILE_OWNED struct profile p = {.name = NULL};
            struct sv_err err = {""};
            char address[300];
            snprintf(address, sizeof address, "ann@%s", *domain);
            enum sv_status status = from_address(&p, address, &err);
            if ((status != SV_OK) != may_be_refused(row))
                fail_msg("%s: %s", address, err.text);
            if (status != SV_OK)
                continue;
            reached++;
            assert_string_equal(p.provider, row->id);
            assert_ptr_equal(provider_of_profile(&p), row);
        }
    }
    assert_true(reached > 500);
}

/* The letter that an item of a pattern begins with; at moves behind the item. */
static char sample_item(const char **at)
{
    char c = *(*at)++;
    if (c == '\\')
        return *(*at)++;
    if (c == '.')
        return 'x';
    if (c != '[')
        return c;
    c = **at == '\\' ? (*at)[1] : **at;
    *at = strchr(*at + 1, ']') + 1;
    return c;
}

static unsigned long sample_count(const char **at)
{
    unsigned long count = 1;
    if (**at == '+' || **at == '*') {
        count = 24; /* keys are long */
        (*at)++;
    } else if (**at == '{') {
        char *end;
        count = strtoul(*at + 1, &end, 10);
        *at = strchr(end, '}') + 1;
    }
    return count;
}

/* The shortest text, or nearly, that the first alternative from `at` on describes;
 * at moves behind its '|', or becomes NULL. */
static void sample(const char **at, char dst[400])
{
    size_t len = 0;
    while (**at != '\0' && **at != '|') {
        char c = sample_item(at);
        for (unsigned long n = sample_count(at); n > 0 && len < 399; n--)
            dst[len++] = c;
    }
    dst[len] = '\0';
    *at = **at == '|' ? *at + 1 : NULL;
}

/* A user name that the row's own rules take. */
static const char *sample_user(const struct provider *p, const char *secret, char dst[400])
{
    static const char fixed[] = "fixed:";
    if (text_starts_with(p->username_form, fixed))
        return p->username_form + strlen(fixed);
    if (strcmp(p->username_form, "same-as-secret") == 0)
        return secret;
    if (!p->shape || !p->shape->user)
        return "ann";
    const char *at = p->shape->user;
    sample(&at, dst);
    return dst;
}

static bool is_wrong(const struct provider *p, const char *text)
{
    struct shape_finding finding;
    struct sv_err err = {""};
    char user[400];
    SECRET_OWNED struct secret *secret = NULL;
    assert_int_equal(secret_new(&secret, strlen(text) + 1, &err), SV_OK);
    memcpy(secret_poke(secret), text, strlen(text));
    secret_set_len(secret, strlen(text));
    assert_int_equal(shape_check(p, sample_user(p, text, user), &secret, &finding, &err), SV_OK);
    return finding.wrong;
}

static void test_own_shapes(void **state)
{
    (void)state;
    size_t looked = 0, refused = 0;
    char text[400];
    for (size_t i = 0; i < provider_count; i++) {
        const struct provider *p = &providers[i];
        for (const char *at = p->shape ? p->shape->secret : NULL; at;) {
            sample(&at, text);
            looked++;
            if (is_wrong(p, text))
                fail_msg("%s: its own \"%s\" is wrong", p->id, text);
        }
        for (const struct provider_wrong *w = p->shape ? p->shape->wrong : NULL; w && w->pattern;
             w++) {
            const char *at = w->pattern;
            sample(&at, text);
            refused++;
            if (!is_wrong(p, text))
                fail_msg("%s: \"%s\" should be wrong: %s", p->id, text, w->why);
        }
    }
    assert_true(looked >= 8 && refused >= 5);
}

/* ---- finding ---- */

static void test_find(void **state)
{
    (void)state;
    assert_string_equal(known("gmail")->id, "gmail");
    assert_string_equal(known("GMail")->id, "gmail");
    assert_string_equal(known("google")->id, "gmail");
    assert_string_equal(known("ses")->id, "amazon-ses");
    assert_string_equal(known("o365")->id, "microsoft-365");
    assert_null(provider_find(""));
    assert_null(provider_find("gmai"));
    assert_string_equal(provider_nearest("gmial"), "gmail");
    assert_string_equal(provider_nearest("fastmial"), "fastmail");
    assert_null(provider_nearest("entirely-something-else"));
}

static void test_of_address(void **state)
{
    (void)state;
    assert_string_equal(provider_of_address("ann@gmail.com")->id, "gmail");
    assert_string_equal(provider_of_address("ann@GMAIL.com")->id, "gmail");
    assert_string_equal(provider_of_address("gmail.com")->id, "gmail");
    assert_string_equal(provider_of_address("a@b@hotmail.co.uk")->id, "outlook-com");
    assert_null(provider_of_address("ann@mail.gmail.com"));
    assert_null(provider_of_address("ann@example.com"));
    assert_null(provider_of_address("ann@"));
    assert_null(provider_of_address(""));
}

static void test_meant(void **state)
{
    (void)state;
    static const char *const slips[][2] = {
        {"ann@gmial.com", "gmail.com"},
        {"ann@GMIAL.com", "gmail.com"},
        {"ann@gmail.con", "gmail.com"},
        {"ann@gmail.co", "gmail.com"},
        {"ann@gmail", "gmail.com"},
        {"ann@gmx", "gmx.com"},
        {"gmial", "gmail.com"},
        {"ann@hotmial.con", "hotmail.com"},
        {"ann@outlok.com", "outlook.com"},
        {"yaho.com", "yahoo.com"},
        {"ann@icluod.com", "icloud.com"},
        {"ann@htomial.com", "hotmail.com"},
    };
    static const char *const honest[] = {
        "ann@gmail.com", "ann@firma.test", "ann@gmw.de",      "ann@mail.dk",
        "ann@localhost", "ann@",           "ann@.com",        "",
        "ann@yahoo.fi",  "ann@small.com",  "ann@example.org", "ann@mail.gmial.com",
        "ann@hallo.com",
    };
    for (size_t i = 0; i < COUNT(slips); i++) {
        const char *meant = provider_meant(slips[i][0]);
        if (meant == NULL || strcmp(meant, slips[i][1]) != 0)
            fail_msg("%s: %s", slips[i][0], meant ? meant : "nothing");
    }
    for (size_t i = 0; i < COUNT(honest); i++)
        if (provider_meant(honest[i]))
            fail_msg("%s: %s", honest[i], provider_meant(honest[i]));
}

static void test_of_mx(void **state)
{
    (void)state;
    assert_string_equal(provider_of_mx("alt1.ASPMX.l.google.com")->id, "gmail");
    assert_string_equal(provider_of_mx("x-com.mail.protection.outlook.com")->id, "microsoft-365");
    assert_string_equal(provider_of_mx("in1-smtp.messagingengine.com")->id, "fastmail");
    assert_null(provider_of_mx("mx.example.org"));
    assert_null(provider_of_mx("notgoogle.com"));
    assert_null(provider_of_mx("com"));
    assert_null(provider_of_mx("google.com.example"));
}

/* ---- choosing a server ---- */

static void best(const char *id, const char *region, const char *host, uint16_t port,
                 enum profile_tls tls)
{
    const struct provider_host *h = provider_best_host(known(id), region);
    assert_non_null(h);
    assert_string_equal(h->host, host);
    assert_int_equal(h->port, port);
    assert_int_equal(h->tls, tls);
}

static void test_best_host(void **state)
{
    (void)state;
    best("gmail", NULL, "smtp.gmail.com", 465, TLS_IMPLICIT);
    best("icloud", NULL, "smtp.mail.me.com", 587, TLS_STARTTLS);
    best("brevo", NULL, "smtp-relay.brevo.com", 465, TLS_IMPLICIT);
    best("amazon-ses", NULL, "email-smtp.us-east-1.amazonaws.com", 465, TLS_IMPLICIT);
    best("amazon-ses", "eu-central-1", "email-smtp.eu-central-1.amazonaws.com", 465, TLS_IMPLICIT);
    best("mailgun", "EU", "smtp.eu.mailgun.org", 465, TLS_IMPLICIT);
    best("rediffmail", NULL, "smtp.rediffmail.com", 465, TLS_IMPLICIT);
    assert_null(provider_best_host(known("amazon-ses"), "mars-north-1"));
    assert_null(provider_best_host(known("gmail"), "eu"));
    assert_null(provider_best_host(known("mailcow"), NULL));
    assert_null(provider_best_host(known("maildev"), NULL));
    assert_null(provider_best_host(known("hey"), NULL));
    for (size_t i = 0; i < provider_count; i++) {
        const struct provider_host *h = provider_best_host(&providers[i], NULL);
        assert_true(!h || (h->tls != TLS_NONE && !h->placeholder));
    }
}

/* ---- filling a profile ---- */

struct given {
    const char *key, *value;
};

static enum sv_status fill(struct profile *p, const char *id, const struct given *given,
                           struct sv_err *err)
{
    for (; given->key; given++)
        assert_int_equal(profile_set(p, profile_field(given->key), given->value, err), SV_OK);
    return provider_fill(known(id), p, err);
}
#define GIVEN(...) ((const struct given[]){__VA_ARGS__, {NULL, NULL}})

static void test_fill(void **state)
{
    (void)state;
    struct sv_err err = {{0}};
    PROFILE_OWNED struct profile p = {.name = NULL};
    assert_int_equal(fill(&p, "gmail", GIVEN({"from", "ann@gmail.com"}), &err), SV_OK);
    assert_string_equal(p.provider, "gmail");
    assert_string_equal(p.host, "smtp.gmail.com");
    assert_int_equal(p.port, 465);
    assert_int_equal(p.tls, TLS_IMPLICIT);
    assert_int_equal(p.kind, KIND_APP_PASSWORD);
    assert_string_equal(p.username, "ann@gmail.com");

    PROFILE_OWNED struct profile sendgrid = {.name = NULL};
    assert_int_equal(fill(&sendgrid, "sendgrid", GIVEN({"from", "a@x.example"}), &err), SV_OK);
    assert_string_equal(sendgrid.username, "apikey");
    assert_int_equal(sendgrid.kind, KIND_API_KEY);

    PROFILE_OWNED struct profile local = {.name = NULL};
    assert_int_equal(fill(&local, "web-de", GIVEN({"from", "ann@web.de"}), &err), SV_OK);
    assert_string_equal(local.username, "ann");

    PROFILE_OWNED struct profile generated = {.name = NULL};
    assert_int_equal(fill(&generated, "brevo", GIVEN({"from", "a@x.example"}), &err), SV_OK);
    assert_null(generated.username);
}

/* What is given by hand wins, and chooses the row. */
static void test_fill_by_hand(void **state)
{
    (void)state;
    struct sv_err err = {{0}};
    PROFILE_OWNED struct profile port = {.name = NULL};
    assert_int_equal(fill(&port, "gmail", GIVEN({"port", "587"}), &err), SV_OK);
    assert_int_equal(port.tls, TLS_STARTTLS);

    PROFILE_OWNED struct profile tls = {.name = NULL};
    assert_int_equal(fill(&tls, "gmail", GIVEN({"tls", "starttls"}), &err), SV_OK);
    assert_int_equal(tls.port, 587);

    PROFILE_OWNED struct profile host = {.name = NULL};
    assert_int_equal(
        fill(&host, "amazon-ses", GIVEN({"host", "email-smtp.eu-west-1.amazonaws.com"}), &err),
        SV_OK);
    assert_int_equal(host.port, 465);

    PROFILE_OWNED struct profile own = {.name = NULL};
    assert_int_equal(fill(&own, "gmail",
                          GIVEN({"host", "relay.example"}, {"username", "u"}, {"kind", "api-key"}),
                          &err),
                     SV_OK);
    assert_string_equal(own.host, "relay.example");
    assert_true(own.port == 0 && own.tls == TLS_UNSET && own.kind == KIND_API_KEY);
    assert_string_equal(own.username, "u");

    PROFILE_OWNED struct profile placeholder = {.name = NULL};
    assert_int_equal(fill(&placeholder, "mailcow", GIVEN({"host", "mail.example.org"}), &err),
                     SV_OK);
    assert_int_equal(placeholder.port, 587);
    assert_int_equal(placeholder.tls, TLS_STARTTLS);

    PROFILE_OWNED struct profile clear = {.name = NULL};
    assert_int_equal(fill(&clear, "maildev", GIVEN({"tls", "none"}), &err), SV_OK);
    assert_string_equal(clear.host, "localhost");
    assert_int_equal(clear.port, 1025);
}

static void fill_refused(const char *id, const struct given *given, const char *words)
{
    struct sv_err err = {{0}};
    PROFILE_OWNED struct profile p = {.name = NULL};
    enum sv_status status = fill(&p, id, given, &err);
    if (status != SV_USAGE || !strstr(err.text, words))
        fail_msg("%s: status %d, \"%s\" lacks \"%s\"", id, status, err.text, words);
    assert_null(p.host);
    assert_null(p.provider);
}

static void test_fill_refused(void **state)
{
    (void)state;
    static const struct given nothing[] = {{NULL, NULL}};
    fill_refused("mailcow", nothing, "--host");
    fill_refused("maildev", nothing, "--insecure");
    fill_refused("hey", nothing, "no SMTP login");
    fill_refused("tuta", nothing, "no SMTP login");
    fill_refused("gmail", GIVEN({"port", "2525"}), "--port");
    fill_refused("gmail", GIVEN({"tls", "none"}), "--tls");
    fill_refused("gmail", GIVEN({"port", "587"}, {"tls", "implicit"}), "--port");
}

static void test_fill_without_memory(void **state)
{
    (void)state;
    bool failed = true;
    for (unsigned long n = 1; failed; n++) {
        PROFILE_OWNED struct profile p = {.name = NULL};
        struct sv_err err = {{0}};
        assert_int_equal(profile_set(&p, profile_field("from"), "ann@gmail.com", &err), SV_OK);
        sv_alloc_fail_at(n);
        enum sv_status status = provider_fill(known("gmail"), &p, &err);
        failed = sv_alloc_failed();
        sv_alloc_fail_at(0);
        assert_true(failed == (status != SV_OK));
        assert_true(failed == (err.text[0] != '\0'));
        assert_true(n < 10);
    }
    sv_alloc_fail_at(1);
    assert_null(provider_nearest("gmial"));
    sv_alloc_fail_at(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_words_are_unique),
        cmocka_unit_test(test_hosts_pass_the_door),
        cmocka_unit_test(test_domains_lead_to_a_login),
        cmocka_unit_test(test_own_shapes),
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_of_address),
        cmocka_unit_test(test_meant),
        cmocka_unit_test(test_of_mx),
        cmocka_unit_test(test_best_host),
        cmocka_unit_test(test_fill),
        cmocka_unit_test(test_fill_by_hand),
        cmocka_unit_test(test_fill_refused),
        cmocka_unit_test(test_fill_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
