/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/text.h"
#include "smtp/https.h"
#include "smtp/wire_frame.h"

static bool is_this_machine(const struct https_place *place)
{
    return strcmp(place->host, "127.0.0.1") == 0 || strcmp(place->host, "::1") == 0 ||
           text_equal_nocase(place->host, "localhost");
}

/* The port behind the host, or none. */
static bool take_port(const char *text, size_t len, struct https_place *place)
{
    char digits[8];
    uint64_t port = 0;
    if (len == 0)
        return true;
    if (text[0] != ':' || len - 1 >= sizeof(digits))
        return false;
    memcpy(digits, text + 1, len - 1);
    digits[len - 1] = '\0';
    if (!text_parse_u64(digits, 1, UINT16_MAX, &port))
        return false;
    place->port = (uint16_t)port;
    return true;
}

static bool take_authority(const char *text, size_t len, struct https_place *place)
{
    const char *end;
    size_t host;
    if (len > 0 && text[0] == '[') {
        end = memchr(text, ']', len);
        if (end == NULL)
            return false;
        host = (size_t)(end - text) - 1;
        text++;
        len -= 2;
    } else {
        end = memchr(text, ':', len);
        host = end != NULL ? (size_t)(end - text) : len;
    }
    if (host == 0 || host >= sizeof(place->host))
        return false;
    memcpy(place->host, text, host);
    place->host[host] = '\0';
    const char *behind = text + host + (text[host] == ']' ? 1 : 0);
    return wire_is_host(place->host) && take_port(behind, len - host, place);
}

bool https_url_split(const char *url, struct https_place *place)
{
    static const char tls[] = "https://", plain[] = "http://";
    struct https_place found = {.port = 443};
    size_t scheme = sizeof(tls) - 1;
    if (strlen(url) >= HTTPS_URL_MAX || !wire_is_printable(url) ||
        strpbrk(url, " \"<>\\^`{|}#") != NULL)
        return false;
    if (text_starts_with(url, plain)) {
        found = (struct https_place){.port = 80, .plain = true};
        scheme = sizeof(plain) - 1;
    } else if (!text_starts_with(url, tls)) {
        return false;
    }
    const char *authority = url + scheme;
    if (!take_authority(authority, strcspn(authority, "/?"), &found))
        return false;
    if (found.plain && !is_this_machine(&found))
        return false;
    *place = found;
    return true;
}
