/* SPDX-License-Identifier: ISC */
#include "smtp/redirect.h"

#include <sodium.h>
#include <string.h>

#include "base/text.h"

void redirect_clear(struct redirect *r)
{
    secret_free(r->code);
    r->code = NULL;
}

/* ---- a query ---- */

struct span {
    const char *at;
    size_t len;
};

/* application/x-www-form-urlencoded into a text; false when it does not fit, holds a NUL or
 * is malformed. */
static bool decode(struct span from, char *dst, size_t capacity)
{
    size_t len = 0;
    for (size_t i = 0; i < from.len; i++) {
        char c = from.at[i] == '+' ? ' ' : from.at[i];
        if (c == '%') {
            int high = i + 2 < from.len ? text_hex_value(from.at[i + 1]) : -1;
            int low = high >= 0 ? text_hex_value(from.at[i + 2]) : -1;
            if (low < 0)
                return false;
            c = (char)(high * 16 + low);
            i += 2;
        }
        if (c == '\0' || len + 1 >= capacity)
            return false;
        dst[len++] = c;
    }
    dst[len] = '\0';
    return true;
}

/* 1: it is there once, 0: it is not, 2: it is there more often. */
static int find(struct span query, const char *name, struct span *value)
{
    int found = 0;
    size_t len = strlen(name);
    while (query.len > 0) {
        const char *end = memchr(query.at, '&', query.len);
        size_t part = end != NULL ? (size_t)(end - query.at) : query.len;
        if (part > len && query.at[len] == '=' && memcmp(query.at, name, len) == 0) {
            *value = (struct span){.at = query.at + len + 1, .len = part - len - 1};
            found = found == 0 ? 1 : 2;
        }
        size_t step = end != NULL ? part + 1 : part;
        query.at += step;
        query.len -= step;
    }
    return found;
}

static bool is_ours(struct span query, const char *state)
{
    char told[REDIRECT_STATE_MAX];
    struct span value;
    size_t len = strlen(state);
    return len > 0 && find(query, "state", &value) == 1 && decode(value, told, sizeof(told)) &&
           strlen(told) == len && sodium_memcmp(told, state, len) == 0;
}

static void take_refusal(struct span query, struct span error, struct redirect *r)
{
    char words[512];
    struct span description;
    if (!decode(error, r->error, sizeof(r->error)) || r->error[0] == '\0' ||
        !text_is_visible(r->error, ' ')) {
        r->error[0] = '\0';
        return;
    }
    r->seen = REDIRECT_REFUSED;
    if (find(query, "error_description", &description) == 1 &&
        decode(description, words, sizeof(words)))
        text_printable(r->description, sizeof(r->description), words, strlen(words));
}

static enum sv_status take_query(struct span query, const char *state, struct redirect *out,
                                 struct sv_err *err)
{
    REDIRECT_OWNED struct redirect r = {.seen = REDIRECT_WRONG};
    struct span code, error;
    int codes = find(query, "code", &code), errors = find(query, "error", &error);
    if (!is_ours(query, state) || codes + errors != 1) {
        *out = r;
        return SV_OK;
    }
    if (errors == 1) {
        take_refusal(query, error, &r);
        *out = r;
        return SV_OK;
    }
    enum sv_status status = secret_new(&r.code, REDIRECT_CODE_MAX + 1, err);
    if (status != SV_OK)
        return status;
    char *text = (char *)secret_poke(r.code);
    if (decode(code, text, REDIRECT_CODE_MAX + 1) && text[0] != '\0' &&
        text_is_visible(text, ' ')) {
        r.seen = REDIRECT_CODE;
        secret_set_len(r.code, strlen(text));
    } else {
        redirect_clear(&r);
    }
    *out = r;
    r.code = NULL;
    return SV_OK;
}

/* ---- a request ---- */

enum sv_status redirect_read(const char *bytes, size_t len, const char *state, struct redirect *out,
                             struct sv_err *err)
{
    static const char get[] = "GET ", end_of_head[] = "\r\n\r\n";
    size_t known = sizeof(get) - 1;
    *out = (struct redirect){.seen = REDIRECT_WRONG};
    if (memcmp(bytes, get, len < known ? len : known) != 0)
        return SV_OK;
    if (memmem(bytes, len, end_of_head, sizeof(end_of_head) - 1) == NULL) {
        out->seen = len < REDIRECT_REQUEST_MAX ? REDIRECT_MORE : REDIRECT_WRONG;
        return SV_OK;
    }
    const char *target = bytes + known;
    const char *line_end = memchr(target, '\r', len - known);
    const char *target_end = memchr(target, ' ', (size_t)(line_end - target));
    if (target_end == NULL || (size_t)(line_end - target_end) != sizeof(" HTTP/1.1") - 1 ||
        memcmp(target_end, " HTTP/1.", sizeof(" HTTP/1.") - 1) != 0)
        return SV_OK;
    if (target_end - target < 2 || memcmp(target, "/?", 2) != 0) {
        out->seen = REDIRECT_OTHER;
        return SV_OK;
    }
    struct span query = {.at = target + 2, .len = (size_t)(target_end - target) - 2};
    return take_query(query, state, out, err);
}

/* ---- an address ---- */

static struct span query_of(const char *address)
{
    const char *query = strchr(address, '?');
    if (query == NULL)
        return (struct span){.at = address, .len = 0};
    return (struct span){.at = query + 1, .len = strcspn(query + 1, "# \t\r\n")};
}

enum sv_status redirect_read_address(const char *address, const char *state, struct redirect *out,
                                     struct sv_err *err)
{
    return take_query(query_of(address), state, out, err);
}

/* Does it end within our state? */
static bool is_cut(struct span value, const char *state)
{
    char told[REDIRECT_STATE_MAX];
    return decode(value, told, sizeof(told)) && strlen(told) < strlen(state) &&
           memcmp(told, state, strlen(told)) == 0;
}

const char *redirect_address_fault(const char *address, const char *state)
{
    struct span query = query_of(address), value;
    int answers = find(query, "code", &value) + find(query, "error", &value);
    int states = find(query, "state", &value);
    if (states == 0)
        return answers == 0 ? "it has neither \"code=\" nor \"state=\""
                            : "it has no \"state=\", so a part of it is missing";
    if (states == 1 && is_cut(value, state))
        return "its \"state=\" is cut short";
    if (!is_ours(query, state))
        return "its \"state=\" is that of another attempt";
    return answers == 0 ? "it has no \"code=\": it is the address that was to be opened, or a part "
                          "of it is missing"
                        : "its \"code=\" cannot be read";
}
