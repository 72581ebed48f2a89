/* SPDX-License-Identifier: ISC */
/* Postfix's lookups. Input: a user name and a password with a length byte each, the rest
 * is what a client sends. What is said of a request does not hang on how it comes in
 * pieces; a profile answers for its own host or sender only; an answer that gives a login
 * reads back as that login. */
#include "agent/socketmap.h"
#include "base/text.h"
#include "fuzz.h"

static void check_choice(const struct socketmap_request *r, char *user)
{
    const struct profile list[] = {
        {.name = (char[]){"a"}, .host = (char[]){"host"}, .port = 25, .username = user},
        {.name = (char[]){"b"}, .host = (char[]){"HOST"}, .port = 587, .from = user},
        {.name = (char[]){"c"}, .host = (char[]){"[::1]"}, .port = 25, .from = (char[]){"a@b"}},
    };
    struct socketmap_choice choice = {.request = *r};
    struct sv_err err = {""};
    size_t index = 0;

    for (size_t i = 0; i < 3; i++)
        socketmap_consider(&choice, &list[i]);
    if (fuzz_told(socketmap_chosen(&choice, &err), &err) != SV_OK)
        return;
    while (index < 3 && strcmp(list[index].name, choice.name) != 0)
        index++;
    CHECK(index < 3 && socketmap_fits(r, &list[index]));
    CHECK(r->port == 0 || r->by_sender || r->port == list[index].port);
    CHECK(r->profile[0] == '\0' || strcmp(r->profile, list[index].name) == 0);
    if (!r->by_sender)
        CHECK(text_equal_nocase(r->host, "host") || strstr(r->host, "::1") != NULL);
}

static void check_requests(const uint8_t *bytes, size_t len, char *user)
{
    for (size_t at = 0;;) {
        struct socketmap_request r = {.host = "kept"}, early;
        size_t used, none;
        FUZZ_OWNED uint8_t *rest = fuzz_copy(bytes + at, len - at);
        enum socketmap_scan seen = socketmap_scan(rest, len - at, &used, &r);

        CHECK(used <= len - at);
        if (seen == SOCKETMAP_MORE || seen == SOCKETMAP_BROKEN) {
            CHECK(used == 0 && strcmp(r.host, "kept") == 0);
            CHECK(seen == SOCKETMAP_BROKEN || len - at < SOCKETMAP_REQUEST_MAX + 8);
            return;
        }
        for (size_t n = 0; n < used; n++)
            CHECK(socketmap_scan(rest, n, &none, &early) == SOCKETMAP_MORE && none == 0);
        if (seen == SOCKETMAP_LOOKUP) {
            CHECK(r.host[0] != '\0' && text_is_utf8(r.host, strlen(r.host)));
            CHECK(!text_has_control(r.host, strlen(r.host)));
            CHECK(r.profile[0] == '\0' || profile_check_name(r.profile, NULL) == SV_OK);
            check_choice(&r, user);
        }
        at += used;
    }
}

static void check_answer(char *user, const struct secret *password)
{
    const struct profile p = {.name = (char[]){"work"}, .username = user};
    struct sv_err err = {""};
    SECRET_OWNED struct secret *answer = NULL;

    if (fuzz_told(socketmap_put_login(&answer, &p, password, &err), &err) != SV_OK)
        return;
    FUZZ_OWNED char *text = fuzz_string(secret_peek(answer), secret_len(answer));
    char *body = strchr(text, ':') + 1;
    CHECK(strlen(text) == secret_len(answer));
    CHECK((size_t)strtoul(text, NULL, 10) == strlen(body) - 1);
    CHECK(strncmp(body, "OK ", 3) == 0 && text[strlen(text) - 1] == ',');
    char *colon = strchr(body, ':');
    CHECK((size_t)(colon - body - 3) == strlen(user) && strncmp(body + 3, user, strlen(user)) == 0);
    CHECK(strlen(colon + 1) - 1 == secret_len(password));
    CHECK(memcmp(colon + 1, secret_peek(password), secret_len(password)) == 0);
}

static void check_fault(unsigned status, const char *text)
{
    static const enum sv_status all[] = {
#define STATUS(name, exit, meaning) SV_##name,
        SMTPVAULT_STATUS_LIST(STATUS)
#undef STATUS
    };
    struct sv_err why = {""};
    uint8_t dst[SOCKETMAP_ANSWER_MAX];

    (void)snprintf(why.text, sizeof why.text, "%s", text);
    size_t len =
        socketmap_put_fault(dst, sizeof dst, all[status % (sizeof all / sizeof *all)], &why);
    CHECK(len > 0 && dst[len - 1] == ',');
    size_t digits = (size_t)((uint8_t *)memchr(dst, ':', len) - dst);
    CHECK((size_t)strtoul((char *)dst, NULL, 10) == len - digits - 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf_reader in = buf_reader_over(data, size);
    size_t len;

    fuzz_begin();
    FUZZ_OWNED char *user = fuzz_word(&in);
    uint8_t mode = buf_get_u8(&in);
    const uint8_t *bytes = fuzz_some(&in, mode, &len);
    struct secret *password = fuzz_secret(bytes, len);
    fuzz_hush(bytes, len);
    check_answer(user, password);
    check_fault(mode, user);
    secret_free(password);
    bytes = fuzz_rest(&in, &len);
    check_requests(bytes, len < 4096 ? len : 4096, user);
    return fuzz_end();
}
