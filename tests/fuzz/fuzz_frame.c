/* SPDX-License-Identifier: ISC */
/* Frames to and from the agent. Input: which operation's body to expect, then a frame. What
 * decodes encodes to the same bytes again; nothing is read beyond the frame. */
#include "agent/proto.h"
#include "fuzz.h"

static bool same(const struct secret *frame, const struct secret *again)
{
    return secret_len(frame) == secret_len(again) &&
           memcmp(secret_peek(frame), secret_peek(again), secret_len(frame)) == 0;
}

static void put_name_and_rest(struct buf_writer *w, struct buf_reader *r, int texts)
{
    char text[PROTO_PATH_MAX];
    for (int i = 0; i < texts; i++) {
        proto_get_text(r, text, sizeof text);
        if (r->bad)
            return;
        CHECK(memchr(text, 0, sizeof text) != NULL);
        proto_put_text(w, text);
    }
}

static void put_cards(struct buf_writer *w, struct buf_reader *r, bool secret)
{
    struct sv_err err = {""};
    while (r->left > 0 && !r->bad) {
        PROFILE_OWNED struct profile p = {.name = NULL};
        if (fuzz_told(proto_get_card(r, &p, &err), &err) != SV_OK) {
            r->bad = true;
            return;
        }
        CHECK(p.name != NULL);
        CHECK(proto_put_card(w, &p, &err) == SV_OK);
        if (secret) {
            SECRET_OWNED struct secret *s = NULL;
            if (fuzz_told(proto_get_secret(r, &s, &err), &err) != SV_OK) {
                r->bad = true;
                return;
            }
            CHECK(secret_len(s) <= PROFILE_SECRET_MAX);
            proto_put_secret(w, s);
        }
    }
}

static void put_events(struct buf_writer *w, struct buf_reader *r)
{
    struct sv_err err = {""};
    while (r->left > 0 && !r->bad) {
        struct audit_event event;
        if (fuzz_told(proto_get_event(r, &event, &err), &err) != SV_OK) {
            r->bad = true;
            return;
        }
        proto_put_event(w, &event);
    }
}

static void put_rule(struct buf_writer *w, struct buf_reader *r)
{
    struct policy_rule rule;
    struct sv_err err = {""};
    unsigned drop;
    if (fuzz_told(proto_get_policy_change(r, &rule, &drop, &err), &err) != SV_OK) {
        r->bad = true;
        return;
    }
    CHECK(proto_put_policy_change(w, &rule, drop, &err) == SV_OK);
}

static void put_tokens(struct buf_writer *w, struct buf_reader *r)
{
    struct token_info token;
    while (r->left > 0 && !r->bad) {
        proto_get_token_end(r, &token);
        if (!r->bad)
            proto_put_token_end(w, &token);
    }
}

/* Reads a body and writes it again. */
static void body(unsigned kind, struct buf_writer *w, struct buf_reader *r)
{
    struct agent_status status;
    struct vault_info info = {.epoch = 0};
    struct proto_paths paths;
    struct proto_filter filter;
    struct member member;
    if ((kind & 0x40) != 0) {
        put_rule(w, r);
        return;
    }
    if ((kind & 0x20) != 0) {
        put_tokens(w, r);
        return;
    }
    switch (kind % 8) {
    case 0:
        put_name_and_rest(w, r, 4);
        break;
    case 1:
        put_cards(w, r, false);
        break;
    case 2:
        put_cards(w, r, true);
        break;
    case 3:
        put_events(w, r);
        break;
    case 4:
        proto_get_status(r, &status);
        if (!r->bad)
            proto_put_status(w, &status);
        break;
    case 5:
        proto_get_info(r, &info, &paths);
        if (!r->bad)
            proto_put_info(w, &info);
        break;
    case 6:
        while (r->left > 0 && !r->bad) {
            proto_get_member(r, &member);
            if (!r->bad)
                proto_put_member(w, &member);
        }
        break;
    default:
        proto_get_filter(r, &filter);
        if (!r->bad)
            proto_put_filter(w, &filter.filter);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sv_err err = {""};
    SECRET_OWNED struct secret *frame = NULL, *again = NULL;
    struct buf_reader r;
    enum wire_op op;
    uint64_t vault;
    bool more = false;

    if (size < 2 || size - 1 > WIRE_FRAME_MAX)
        return 0;
    fuzz_begin();
    frame = fuzz_secret(data + 1, size - 1);
    CHECK(frame_new(&again, &err) == SV_OK);
    bool answer = (data[0] & 0x80) != 0;
    enum sv_status st = answer ? frame_read_answer(frame, &more, &r, &err)
                               : frame_read_request(frame, &op, &vault, &r, &err);
    if (st == SV_FINDINGS)
        CHECK(answer && err.text[0] == '\0');
    else
        st = fuzz_told(st, &err);
    if (st == SV_OK) {
        struct buf_writer w =
            answer ? frame_answer(again, SV_OK, more) : frame_request(again, op, vault);
        body(data[0], &w, &r);
        if (fuzz_told(proto_done(&r, &err), &err) == SV_OK) {
            CHECK(frame_end(again, &w, &err) == SV_OK);
            CHECK(same(frame, again));
        }
    }
    secret_free(frame);
    secret_free(again);
    frame = again = NULL;
    return fuzz_end();
}
