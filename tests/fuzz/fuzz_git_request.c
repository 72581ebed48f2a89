/* SPDX-License-Identifier: ISC */
/* What git sends to its credential helpers. Input: what comes in. A request is for a login
 * of its own protocol, server, port, user and path only; what comes behind an empty line does
 * not count; what was understood, written anew, is understood as the same; and what a login
 * would be called is a name that one can have. */
#include "base/text.h"
#include "cmd/git_keep.h"
#include "cmd/git_match.h"
#include "cmd/git_request.h"
#include "fuzz.h"

static enum sv_status parse(struct git_request *r, const void *bytes, size_t len,
                            struct sv_err *err)
{
    SECRET_OWNED struct secret *input = fuzz_secret(bytes, len);
    return fuzz_told(git_request_parse(r, input, err), err);
}

/* One text of a profile is another: then it is not for this login any more. */
static void check_other(const struct git_request *r, struct profile *p, char *text, bool fits,
                        bool resembles)
{
    size_t len = strlen(text);
    strcpy(text + len, ".");
    CHECK(git_match_fits(r, p) == fits);
    if (profile_is_mail(p))
        CHECK(git_match_resembles(r, p) == resembles);
    text[len] = '\0';
}

static void check_fits(const struct git_request *r)
{
    char host[GIT_HOST_MAX + 2], user[GIT_USER_MAX + 2], path[GIT_PATH_MAX + 2];
    char protocol[GIT_PROTOCOL_MAX + 2];
    bool mail = git_request_is_mail(r);
    (void)snprintf(host, sizeof host, "%s", r->host);
    (void)snprintf(user, sizeof user, "%s", r->user);
    (void)snprintf(path, sizeof path, "%s", r->path);
    (void)snprintf(protocol, sizeof protocol, "%s", r->protocol);
    struct profile p = {.host = host, .port = r->port, .username = user, .path = path};
    if (mail && p.port == 0)
        p.port = 25;
    p.protocol = mail ? NULL : protocol;
    CHECK(git_match_fits(r, &p) && !git_match_resembles(r, &p));
    p.port ^= 4096;
    CHECK(!git_match_fits(r, &p));
    p.port ^= 4096;
    check_other(r, &p, host, false, r->has_user);
    check_other(r, &p, user, !r->has_user, false);
    check_other(r, &p, path, mail || !r->has_path, false);
    if (!mail)
        check_other(r, &p, protocol, false, false);
}

/* Written anew, with more behind its end. */
static void check_again(const struct git_request *r)
{
    char text[GIT_HOST_MAX + GIT_USER_MAX + GIT_PATH_MAX + 256], port[8] = "";
    GIT_REQUEST_OWNED struct git_request again = {.usable = false};
    struct sv_err err = {""};
    if (r->port != 0)
        (void)snprintf(port, sizeof port, ":%u", (unsigned)r->port);
    int n =
        snprintf(text, sizeof text, "host=%s%s\nunknown=\nprotocol=%s\n%s%s%s%s%s%s\nhost=evil\n",
                 r->host, port, r->protocol, r->has_user ? "username=" : "",
                 r->has_user ? r->user : "", r->has_user ? "\n" : "", r->has_path ? "path=" : "",
                 r->has_path ? r->path : "", r->has_path ? "\n" : "");
    CHECK(parse(&again, text, (size_t)n, &err) == SV_OK && again.usable);
    CHECK(strcmp(again.protocol, r->protocol) == 0);
    CHECK(strcmp(again.host, r->host) == 0 && again.port == r->port);
    CHECK(again.has_user == r->has_user && strcmp(again.user, r->user) == 0);
    CHECK(again.has_path == r->has_path && strcmp(again.path, r->path) == 0);
    CHECK(again.given.password == NULL);
}

static void check_name(const struct git_request *r)
{
    char name[PROFILE_NAME_MAX + 1];
    struct sv_err err = {""};
    for (unsigned n = 1; n < 4; n++) {
        git_keep_name(name, r, n);
        CHECK(fuzz_told(profile_check_name(name, &err), &err) == SV_OK);
    }
}

static void check_request(const struct git_request *r)
{
    if (!r->usable)
        return;
    CHECK(r->protocol[0] != '\0' && (r->host[0] != '\0' || r->path[0] != '\0'));
    CHECK(!text_has_control(r->host, strlen(r->host)));
    CHECK(!text_has_control(r->user, strlen(r->user)));
    CHECK(!text_has_control(r->path, strlen(r->path)));
    check_fits(r);
    check_again(r);
    check_name(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sv_err err = {""};

    fuzz_begin();
    {
        GIT_REQUEST_OWNED struct git_request r = {.usable = false};
        FUZZ_OWNED uint8_t *bytes = fuzz_copy(data, size);
        if (size <= GIT_REQUEST_MAX && parse(&r, bytes, size, &err) == SV_OK)
            check_request(&r);
        else
            CHECK(!r.usable && r.given.password == NULL);
    }
    return fuzz_end();
}
