/* SPDX-License-Identifier: ISC */
/* The side that asks: words, and one look by the helper. */
#include "smtp/ports.h"

#include "base/env.h"
#include "smtp/helper.h"

#define CONNECT_MS 4000
#define CONNECT_MS_MAX 60000
#define QUIT_MS 500

#define X(name, word) word,
static const char *const reach_words[] = {PORT_REACH_LIST(X)};
static const char *const speech_words[] = {PORT_SPEECH_LIST(X)};
static const char *const name_words[] = {PORT_NAME_LIST(X)};
static const char *const verdict_words[] = {PORTS_VERDICT_LIST(X)};
#undef X

const char *port_reach_word(enum port_reach reach)
{
    return reach_words[reach];
}

const char *port_speech_word(enum port_speech speech)
{
    return speech_words[speech];
}

const char *port_name_word(enum port_name name)
{
    return name_words[name];
}

const char *ports_verdict_word(enum ports_verdict verdict)
{
    return verdict_words[verdict];
}

static enum sv_status complete_request(struct ports_request *r, struct sv_err *err)
{
    if (r->connect_ms == 0)
        r->connect_ms = CONNECT_MS;
    if (r->connect_ms > CONNECT_MS_MAX)
        r->connect_ms = CONNECT_MS_MAX;
    return helper_ca_path(r->ca_file, sizeof(r->ca_file), err);
}

enum sv_status ports_probe(const char *helper, const struct ports_request *request,
                           struct ports_answer *answer, struct sv_err *err)
{
    struct ports_request r = *request;
    SECRET_OWNED struct secret *frame = NULL;
    uint8_t seen[WIRE_PORTS_SEEN_MAX];
    size_t len = 0;
    enum sv_status status = complete_request(&r, err);
    if (status == SV_OK)
        status = ports_put_request(&frame, &r, err);
    HELPER_OWNED struct helper run = HELPER_NONE;
    if (status == SV_OK)
        status = helper_start(&run, helper, err);
    if (status != SV_OK)
        return status;
    int64_t deadline = env_monotonic_ms() + PORTS_NAME_MS + r.connect_ms + PORTS_SPEECH_MS + 2000;
    helper_send(&run, frame, true);
    enum helper_reading reading = helper_read(&run, WIRE_PORTS_SEEN, deadline, seen, &len);
    int ended = helper_end(&run, reading == HELPER_LATE ? 0 : QUIT_MS);
    if (reading != HELPER_WHOLE)
        return helper_fail(&run, reading, ended, err);
    status = ports_get_answer(seen, len, answer, err);
    if (status == SV_OK && answer->count != r.count)
        return sv_fail(err, SV_INTERNAL, "the network helper %s answered for other ports", helper);
    return status;
}
