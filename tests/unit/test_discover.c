/* SPDX-License-Identifier: ISC */
/* discover: what a name server and a domain's document may say, and may not. */
#include "support.h"

#include "smtp/autoconfig.h"
#include "smtp/discover_wire.h"
#include "smtp/dns_answer.h"

/* ---- domains ---- */

static void test_domains(void **state)
{
    (void)state;
    static const char *const good[] = {"example.org", "a.b", "xn--bcher-kva.example", "1-2.example",
                                       "192.0.2.1"};
    static const char *const bad[] = {
        "",      "example",     ".example.org", "example.org.",  "a..b",     "-a.example",
        "a-.b",  "a.b-",        "a b.example",  "ann@a.example", "a_b.exam", "\xC3\xBC.example",
        "[::1]", "a.example/x", "a.example:25", "%2e.example",   "\x1b.exam"};
    for (size_t i = 0; i < COUNT(good); i++)
        if (!discover_is_domain(good[i]))
            fail_msg("%s", good[i]);
    for (size_t i = 0; i < COUNT(bad); i++)
        if (discover_is_domain(bad[i]))
            fail_msg("%s", bad[i]);
    char label[70], whole[400] = "";
    memset(label, 'a', 64);
    strcpy(label + 63, ".b");
    assert_true(discover_is_domain(label));
    strcpy(label + 64, ".b");
    label[63] = 'a';
    assert_false(discover_is_domain(label));
    for (int i = 0; i < 130; i++)
        strcat(whole, "a.");
    assert_false(discover_is_domain(strcat(whole, "b")));
}

/* ---- the name service ---- */

struct message {
    uint8_t bytes[4096];
    size_t len;
};

static void put(struct message *m, const void *bytes, size_t len)
{
    memcpy(m->bytes + m->len, bytes, len);
    m->len += len;
}

static void put_u16(struct message *m, unsigned v)
{
    put(m, (uint8_t[]){(uint8_t)(v >> 8), (uint8_t)v}, 2);
}

/* "a.b": its labels, and the root behind them. */
static void put_name(struct message *m, const char *name)
{
    while (*name != '\0') {
        uint8_t len = (uint8_t)strcspn(name, ".");
        put(m, &len, 1);
        put(m, name, len);
        name += len + (name[len] == '.');
    }
    put(m, "", 1);
}

static struct message answer_of(unsigned records)
{
    struct message m = {.len = 0};
    put_u16(&m, 7);
    put_u16(&m, 0x8180);
    put_u16(&m, 1);
    put_u16(&m, records);
    put_u16(&m, 0);
    put_u16(&m, 0);
    put_name(&m, "_submission._tcp.example.org"); /* at 12 */
    put_u16(&m, 33);
    put_u16(&m, 1);
    return m;
}

static void put_srv(struct message *m, unsigned priority, unsigned weight, unsigned port,
                    const char *target)
{
    put_u16(m, 0xC00C); /* the name asked for */
    put_u16(m, 33);
    put_u16(m, 1);
    put(m, "\0\0\1\0", 4);
    size_t at = m->len;
    put_u16(m, 0);
    put_u16(m, priority);
    put_u16(m, weight);
    put_u16(m, port);
    put_name(m, target);
    m->bytes[at] = (uint8_t)((m->len - at - 2) >> 8);
    m->bytes[at + 1] = (uint8_t)(m->len - at - 2);
}

static bool srv_of(const struct message *m, struct dns_srv *list, size_t *count)
{
    uint8_t *exact = malloc(m->len);
    assert_non_null(exact);
    memcpy(exact, m->bytes, m->len);
    bool good = dns_answer_srv(exact, m->len, list, count);
    free(exact);
    return good;
}

static void test_srv(void **state)
{
    (void)state;
    struct dns_srv list[DNS_SRV_MAX];
    size_t count = 9;
    struct message m = answer_of(4);
    put_srv(&m, 20, 0, 587, "late.example.org");
    put_srv(&m, 10, 1, 587, "light.example.org");
    put_srv(&m, 10, 5, 2587, "Heavy.example.net");
    put_srv(&m, 0, 0, 0, "");
    assert_true(srv_of(&m, list, &count));
    assert_int_equal(count, 4);
    assert_string_equal(list[0].target, "");
    assert_string_equal(list[1].target, "Heavy.example.net");
    assert_true(list[1].port == 2587 && list[1].priority == 10);
    assert_string_equal(list[3].target, "late.example.org");
    /* A target that ends in the name asked for: "mail" and a pointer to "example.org". */
    m = answer_of(1);
    put_u16(&m, 0xC00C);
    put_u16(&m, 33);
    put_u16(&m, 1);
    put(&m, "\0\0\1\0\0\x0D\0\0\0\0\2\x4B\4mail\xC0\x1D", 4 + 2 + 13);
    assert_true(srv_of(&m, list, &count));
    assert_int_equal(count, 1);
    assert_string_equal(list[0].target, "mail.example.org");
    /* Of many the limit, and nothing beyond it. */
    m = answer_of(40);
    for (int i = 0; i < 40; i++)
        put_srv(&m, 1, 1, 25, "a.b");
    assert_true(srv_of(&m, list, &count));
    assert_int_equal(count, DNS_SRV_MAX);
    /* Another type is passed over. */
    m = answer_of(2);
    size_t first = m.len;
    put_srv(&m, 1, 1, 25, "a.b");
    put_srv(&m, 1, 1, 26, "c.d");
    m.bytes[first + 3] = 5;
    assert_true(srv_of(&m, list, &count));
    assert_int_equal(count, 1);
    assert_string_equal(list[0].target, "c.d");
}

static void test_mx(void **state)
{
    (void)state;
    struct dns_srv list[DNS_SRV_MAX];
    size_t count = 9;
    struct message m = answer_of(2);
    for (unsigned i = 0; i < 2; i++) {
        put_u16(&m, 0xC00C);
        put_u16(&m, 15);
        put_u16(&m, 1);
        put(&m, "\0\0\1\0", 4);
        put_u16(&m, 2 + 13);
        put_u16(&m, 20 - i);
        put_name(&m, i == 0 ? "b.example.x" : "a.example.x");
    }
    assert_true(dns_answer_mx(m.bytes, m.len, list, &count));
    assert_int_equal(count, 2);
    assert_string_equal(list[0].target, "a.example.x");
    assert_true(list[0].priority == 19 && list[0].port == 0);
    assert_true(srv_of(&m, list, &count));
    assert_int_equal(count, 0);
    m.bytes[m.len - 1] = 1; /* the name ends beyond the record */
    assert_false(dns_answer_mx(m.bytes, m.len, list, &count));
}

static void test_srv_refused(void **state)
{
    (void)state;
    struct dns_srv list[DNS_SRV_MAX];
    size_t count;
    struct message good = answer_of(1);
    put_srv(&good, 1, 1, 25, "mail.example.org");
    assert_true(srv_of(&good, list, &count));
    for (size_t len = 0; len < good.len; len++) {
        struct message cut = good;
        cut.len = len;
        assert_false(srv_of(&cut, list, &count));
        assert_int_equal(count, 0);
    }
    struct message m = good;
    m.bytes[2] = 0x01; /* a question */
    assert_false(srv_of(&m, list, &count));
    m = good;
    m.bytes[3] = 0x83; /* no such name */
    assert_false(srv_of(&m, list, &count));
    /* Names that point at themselves, ahead in a ring, or outside; bytes that no name has. */
    static const char *const targets[] = {"\xC0\x47",  "\xC0\x0C\xFF", "\xFF\xFF", "\x80\x00",
                                          "\4\x1b[2J", "\3a\0-",       "\1 ",      "\2a/"};
    static const size_t lengths[] = {2, 3, 2, 2, 6, 5, 3, 4};
    for (size_t i = 0; i < COUNT(targets); i++) {
        m = answer_of(1);
        put_u16(&m, 0xC00C);
        put_u16(&m, 33);
        put_u16(&m, 1);
        put(&m, "\0\0\1\0", 4);
        put_u16(&m, (unsigned)(6 + lengths[i]));
        put(&m, "\0\0\0\0\0\x19", 6);
        if (i == 0)
            m.bytes[m.len] = 0;
        put(&m, targets[i], lengths[i]);
        if (i == 0)
            m.bytes[m.len - 1] = (uint8_t)(m.len - 2);
        if (srv_of(&m, list, &count))
            fail_msg("target %zu is taken: \"%s\"", i, list[0].target);
    }
}

/* ---- the document ---- */

#define DOCUMENT(inside)                                                              \
    "<?xml version=\"1.0\"?>\n<clientConfig version=\"1.1\"><emailProvider id=\"x\">" \
    "<domain>example.org</domain><displayName>Ex &amp; Co</displayName>" inside       \
    "</emailProvider></clientConfig>"
#define SERVER(host, port, socket, more)                                     \
    "<outgoingServer type=\"smtp\"><hostname>" host "</hostname><port>" port \
    "</port><socketType>" socket "</socketType>" more "</outgoingServer>"

static struct discovered read_document(const char *text)
{
    struct discovered found = {.count = 0};
    autoconfig_parse(text, strlen(text), "example.org", &found);
    return found;
}

static void test_document(void **state)
{
    (void)state;
    struct discovered found = read_document(DOCUMENT(
        "<incomingServer type=\"imap\"><hostname>imap.example.org</hostname><port>993</port>"
        "<socketType>SSL</socketType></incomingServer>" SERVER(
            "plain.example.org", "25", "plain",
            "") SERVER("\n smtp.%EMAILDOMAIN% ", "465", "SSL",
                       "<username>%EMAILADDRESS%</username>"
                       "<authentication>password-cleartext</authentication>"
                       "<authentication>OAuth2</authentication>"
                       "<addThisServer>true</addThisServer>")
            SERVER("smtp2.example.org", "587", "STARTTLS",
                   "<username>%EMAILLOCALPART%</username><authentication>OAuth2</authentication>")
                SERVER("smtp2.example.org", "587", "STARTTLS", "")));
    assert_int_equal(found.end, DISCOVER_FOUND);
    assert_string_equal(found.name, "Ex & Co");
    assert_int_equal(found.count, 2);
    assert_string_equal(found.servers[0].host, "smtp.example.org");
    assert_true(found.servers[0].port == 465 && found.servers[0].tls == SMTP_IMPLICIT);
    assert_true(found.servers[0].username == DISCOVER_ADDRESS && !found.servers[0].oauth2);
    assert_string_equal(found.servers[1].host, "smtp2.example.org");
    assert_true(found.servers[1].username == DISCOVER_LOCAL_PART && found.servers[1].oauth2);
    assert_true(found.servers[1].tls == SMTP_STARTTLS);
    assert_int_equal(read_document(DOCUMENT("")).end, DISCOVER_NOTHING);
}

/* Servers that cannot be meant are left out; what is in the wrong place says nothing. */
static void test_document_servers(void **state)
{
    (void)state;
    static const char *const none[] = {
        DOCUMENT(SERVER("a.example", "0", "SSL", "")),
        DOCUMENT(SERVER("a.example", "65536", "SSL", "")),
        DOCUMENT(SERVER("a.example", "x", "SSL", "")),
        DOCUMENT(SERVER("a.example", "465", "", "")),
        DOCUMENT(SERVER("a b.example", "465", "SSL", "")),
        DOCUMENT(SERVER("a.example&#x9b;2J", "465", "SSL", "")),
        DOCUMENT(SERVER("ann@a.example", "465", "SSL", "")),
        DOCUMENT(SERVER("%EMAILADDRESS%", "465", "SSL", "")),
        DOCUMENT(SERVER("", "465", "SSL", "")),
        DOCUMENT("<outgoingServer><hostname>a.example</hostname><port>465</port><socketType>SSL"
                 "</socketType></outgoingServer>"),
        DOCUMENT("<more>" SERVER("a.example", "465", "SSL", "") "</more>"),
        "<clientConfig>" SERVER("a.example", "465", "SSL", "") "</clientConfig>",
        DOCUMENT("<outgoingServer type=\"smtp\"><x><hostname>a.example</hostname></x><port>465"
                 "</port><socketType>SSL</socketType></outgoingServer>"),
    };
    for (size_t i = 0; i < COUNT(none); i++) {
        struct discovered found = read_document(none[i]);
        if (found.end != DISCOVER_NOTHING || found.count != 0)
            fail_msg("document %zu: %d, %s", i, found.end, found.servers[0].host);
    }
}

static void malformed(const char *text, size_t len, const char *words)
{
    struct discovered found = {.count = 0};
    autoconfig_parse(text, len, "example.org", &found);
    if (found.end != DISCOVER_MALFORMED || strstr(found.why, words) == NULL || found.count != 0)
        fail_msg("%.60s: %d, \"%s\" lacks \"%s\"", text, found.end, found.why, words);
}

static void test_hostile_documents(void **state)
{
    (void)state;
#define BOMB "<!DOCTYPE c [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;\">]>"
    static const char *const bad[][2] = {
        {BOMB "<clientConfig>&b;</clientConfig>", "document type"},
        {"<!DOCTYPE c SYSTEM \"file:///etc/passwd\"><clientConfig/>", "document type"},
        {"<!DOCTYPE c [<!ENTITY x SYSTEM \"http://127.0.0.1/\">]><clientConfig>&x;</clientConfig>",
         "document type"},
        {DOCUMENT("&nbsp;"), "entity"},
        {"<html><body>404</body></html>", "another kind"},
        {"", "no element"},
        {"{}", "not well-formed"},
        {"<clientConfig>", "no element"},
        {"<clientConfig></x></clientConfig>", "mismatched"},
        {DOCUMENT(SERVER("a.example", "465", "SSL", "")) "more", "junk"},
        {"<clientConfig>\x1b</clientConfig>", "not well-formed"},
        {"<clientConfig>\xC0\xAF</clientConfig>", "not well-formed"},
    };
    for (size_t i = 0; i < COUNT(bad); i++)
        malformed(bad[i][0], strlen(bad[i][0]), bad[i][1]);
    static char text[10 * 1024 * 1024];
    memset(text, 'a', sizeof text);
    memcpy(text, "<clientConfig>", 14);
    malformed(text, sizeof text, "too large");
    char *at = text;
    for (int i = 0; i < 20; i++)
        at = stpcpy(at, "<clientConfig>");
    malformed(text, strlen(text), "too deep");
    /* A text of any length within the limit, but not kept. */
    at = stpcpy(text, "<clientConfig><emailProvider><displayName>");
    memset(at, 'x', 60000);
    (void)stpcpy(at + 60000, "</displayName></emailProvider></clientConfig>");
    assert_int_equal(read_document(text).end, DISCOVER_NOTHING);
    assert_string_equal(read_document(text).name, "");
}

/* ---- the wire ---- */

static void test_wire(void **state)
{
    (void)state;
    struct sv_err err = {""};
    struct discovered found = read_document(DOCUMENT(SERVER("a.example", "465", "SSL", ""))), back;
    uint8_t frame[WIRE_DISCOVERED_MAX];
    size_t len;
    found.mx_count = 1;
    strcpy(found.mx[0], "mx.a.example");
    assert_int_equal(discover_put_answer(frame, &len, &found, &err), SV_OK);
    assert_int_equal(discover_get_answer(frame, len, &back, &err), SV_OK);
    assert_memory_equal(&found.servers[0], &back.servers[0], sizeof back.servers[0]);
    assert_string_equal(back.name, found.name);
    assert_true(back.mx_count == 1 && strcmp(back.mx[0], "mx.a.example") == 0);
    for (size_t n = 0; n < len; n++)
        assert_int_equal(discover_get_answer(frame, n, &back, &err), SV_DATA);
    strcpy(found.servers[0].host, "a\x1b.example");
    assert_int_equal(discover_put_answer(frame, &len, &found, &err), SV_DATA);
    strcpy(found.servers[0].host, "a.example");
    found.count = 0;
    assert_int_equal(discover_put_answer(frame, &len, &found, &err), SV_DATA);
    found.count = DISCOVER_SERVERS_MAX + 1;
    assert_int_equal(discover_put_answer(frame, &len, &found, &err), SV_DATA);
    found.count = 1;
    assert_int_equal(discover_put_answer(frame, &len, &found, &err), SV_OK);
    strcpy(found.mx[0], "mx a.example");
    assert_int_equal(discover_put_answer(frame, &len, &found, &err), SV_DATA);
    found.mx_count = DISCOVER_MX_MAX + 1;
    assert_int_equal(discover_put_answer(frame, &len, &found, &err), SV_DATA);
}

static void test_wire_request(void **state)
{
    (void)state;
    struct sv_err err = {""};
    SECRET_OWNED struct secret *frame = NULL, *document = NULL, *other = NULL;
    char domain[256];
    const uint8_t *bytes;
    size_t len;
    assert_int_equal(discover_put_request(&frame, "ann@example.org", NULL, &err), SV_USAGE);
    assert_int_equal(discover_put_request(&frame, "example.org", NULL, &err), SV_OK);
    assert_int_equal(
        discover_get_request(secret_peek(frame), secret_len(frame), domain, &bytes, &len, &err),
        SV_OK);
    assert_string_equal(domain, "example.org");
    assert_null(bytes);
    assert_int_equal(secret_copy(&document, "<x/>", 4, &err), SV_OK);
    assert_int_equal(discover_put_request(&other, "example.org", document, &err), SV_OK);
    assert_int_equal(
        discover_get_request(secret_peek(other), secret_len(other), domain, &bytes, &len, &err),
        SV_OK);
    assert_true(len == 4 && memcmp(bytes, "<x/>", 4) == 0);
    assert_int_equal(
        discover_get_request(secret_peek(other), secret_len(other) - 1, domain, &bytes, &len, &err),
        SV_DATA);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_domains),
        cmocka_unit_test(test_srv),
        cmocka_unit_test(test_mx),
        cmocka_unit_test(test_srv_refused),
        cmocka_unit_test(test_document),
        cmocka_unit_test(test_document_servers),
        cmocka_unit_test(test_hostile_documents),
        cmocka_unit_test(test_wire),
        cmocka_unit_test(test_wire_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
