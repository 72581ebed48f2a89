/* SPDX-License-Identifier: ISC */
/* What git sends to its credential helpers. Input: what comes in. A request is for a login
 * of its own server, port and user only; what comes behind an empty line does not count;
 * what was understood, written anew, is understood as the same. */
#include "base/text.h"
#include "cli/git_request.h"
#include "fuzz.h"

static enum sv_status parse(struct git_request *r, const void *bytes, size_t len,
                            struct sv_err *err)
{
    SECRET_OWNED struct secret *input = fuzz_secret(bytes, len);
    return fuzz_told(git_request_parse(r, input, err), err);
}

static void check_fits(const struct git_request *r)
{
    char host[GIT_HOST_MAX + 2], user[GIT_USER_MAX + 2];
    (void)snprintf(host, sizeof host, "%s", r->host);
    (void)snprintf(user, sizeof user, "%s", r->user);
    struct profile p = {.host = host, .port = r->port != 0 ? r->port : 25, .username = user};
    CHECK(git_request_fits(r, &p) && !git_request_resembles(r, &p));
    p.port ^= 4096;
    CHECK(!git_request_fits(r, &p) && git_request_resembles(r, &p) == r->has_user);
    p.port ^= 4096;
    strcat(host, ".");
    CHECK(!git_request_fits(r, &p) && git_request_resembles(r, &p) == r->has_user);
    host[strlen(host) - 1] = '\0';
    strcat(user, "x");
    CHECK(git_request_fits(r, &p) == !r->has_user && !git_request_resembles(r, &p));
}

/* Written anew, with more behind its end. */
static void check_again(const struct git_request *r)
{
    char text[GIT_HOST_MAX + GIT_USER_MAX + 128], port[8] = "";
    GIT_REQUEST_OWNED struct git_request again = {.smtp = false};
    struct sv_err err = {""};
    if (r->port != 0)
        (void)snprintf(port, sizeof port, ":%u", (unsigned)r->port);
    int n = snprintf(text, sizeof text, "host=%s%s\nunknown=\nprotocol=smtp\n%s%s%s\nhost=evil\n",
                     r->host, port, r->has_user ? "username=" : "", r->has_user ? r->user : "",
                     r->has_user ? "\n" : "");
    CHECK(parse(&again, text, (size_t)n, &err) == SV_OK && again.smtp);
    CHECK(strcmp(again.host, r->host) == 0 && again.port == r->port);
    CHECK(again.has_user == r->has_user && strcmp(again.user, r->user) == 0);
    CHECK(again.password == NULL);
}

static void check_request(const struct git_request *r, const uint8_t *bytes, size_t len)
{
    if (r->password != NULL && secret_len(r->password) > 0)
        CHECK(memmem(bytes, len, secret_peek(r->password), secret_len(r->password)) != NULL);
    if (!r->smtp)
        return;
    CHECK(r->host[0] != '\0' && text_is_utf8(r->host, strlen(r->host)));
    CHECK(!text_has_control(r->host, strlen(r->host)));
    CHECK(!text_has_control(r->user, strlen(r->user)));
    check_fits(r);
    check_again(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sv_err err = {""};

    fuzz_begin();
    {
        GIT_REQUEST_OWNED struct git_request r = {.smtp = false};
        FUZZ_OWNED uint8_t *bytes = fuzz_copy(data, size);
        if (size <= GIT_REQUEST_MAX && parse(&r, bytes, size, &err) == SV_OK)
            check_request(&r, bytes, size);
        else
            CHECK(!r.smtp && r.password == NULL);
    }
    return fuzz_end();
}
