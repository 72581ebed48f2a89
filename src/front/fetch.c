/* SPDX-License-Identifier: ISC */
#include "front/fetch.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "agent/wire.h"
#include "base/defence.h"
#include "front/token.h"
#include "smtpvault.h"

/* From <linux/mman.h>, which not every libc brings along. */
#define LOCK_ON_FAULT 1u

#define PAGE 4096u
/* A frame and a line feed, in pages of their own. */
#define ROOM ((WIRE_FRAME_MAX + 1 + PAGE - 1) / PAGE * PAGE)
static uint8_t frame[ROOM] __attribute__((aligned(PAGE)));

_Static_assert(WIRE_REQUEST_HEAD + 4 * 2 + ASK_NAME_MAX + 2 * ASK_WORD_MAX + TOKEN_LEN + 2 <=
                   WIRE_FRAME_MAX,
               "the longest request is no frame");

static int fail(int status, const char *text, size_t len)
{
    struct iovec parts[] = {{(void *)(uintptr_t) "smtpvault: ", 11},
                            {(void *)(uintptr_t)text, len},
                            {(void *)(uintptr_t) "\n", 1}};
    ssize_t written = writev(STDERR_FILENO, parts, 3);
    (void)written; /* the status says it too */
    return status;
}

static int fail_text(int status, const char *text)
{
    return fail(status, text, strlen(text));
}

static bool harden(void)
{
    if (!DEFENDED(CORE))
        return true;
    /* Only pages that are touched are locked: most secrets fit the first. */
    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 &&
           setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}) == 0 &&
           syscall(SYS_mlock2, frame, sizeof frame, LOCK_ON_FAULT) == 0 &&
           madvise(frame, sizeof frame, MADV_DONTDUMP) == 0;
}

/* Behind `used` nothing was written. */
static void wipe(size_t used)
{
    if (DEFENDED(WIPE))
        explicit_bzero(frame, used);
}

static uint8_t *put(uint8_t *at, const char *text)
{
    size_t len = strlen(text);
    *at++ = (uint8_t)(len & 0xff);
    *at++ = (uint8_t)(len >> 8);
    memcpy(at, text, len);
    return at + len;
}

/* Its end; NULL when there is one, and the full program shall read it. */
static uint8_t *put_token(uint8_t *at, const char *source)
{
    if (source == NULL)
        return put(at, "");
    size_t len = token_read(at + 2, source);
    *at++ = (uint8_t)len;
    *at++ = 0;
    return len > 0 ? at + len : NULL;
}

static bool request(int fd, const struct ask *ask, uint64_t vault)
{
    frame[0] = WIRE_VERSION;
    frame[1] = WIRE_FETCH;
    for (unsigned i = 0; i < 8; i++)
        frame[2 + i] = (uint8_t)(vault >> (8 * i));
    uint8_t *end = put(frame + WIRE_REQUEST_HEAD, ask->name);
    end = put(end, ask->field);
    end = put(end, ask->version);
    end = put_token(end, ask->token_from);
    size_t len = end != NULL ? (size_t)(end - frame) : 0;
    bool sent = len > 0 && send(fd, frame, len, MSG_NOSIGNAL) == (ssize_t)len;
    wipe(PAGE);
    return sent;
}

/* The agent's own words, but nothing that could move a terminal's cursor. */
static int refused(int status, uint8_t *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] < ' ' || text[i] == 127)
            text[i] = '?';
        if (i > 0 && text[i - 1] == 0xc2 && text[i] >= 0x80 && text[i] <= 0x9f)
            text[i - 1] = text[i] = '?';
    }
    return fail(status, (const char *)text, len);
}

static int give(const uint8_t *value, size_t len)
{
    /* A reader that went away is a failed write with a status of its own, and so is a
     * limit on the size of files. */
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN);
    while (len > 0) {
        ssize_t n = write(STDOUT_FILENO, value, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            break;
        value += n;
        len -= (size_t)n;
    }
    if (len > 0 || close(STDOUT_FILENO) != 0) {
        char text[160] = "cannot write to standard output: ";
        strncat(text, strerror(errno), sizeof text - strlen(text) - 1);
        return fail_text(SV_IO, text);
    }
    return SV_OK;
}

static int answered(size_t len, bool newline)
{
    if (len > 0 && frame[0] != WIRE_VERSION)
        return FETCH_PASS;
    if (len == WIRE_ANSWER_HEAD && frame[1] == WIRE_OTHER_VAULT)
        return FETCH_PASS;
    if (len < WIRE_ANSWER_HEAD || len > WIRE_FRAME_MAX || !wire_is_status(frame[1]) ||
        frame[2] != 0)
        return fail_text(SV_UNREACHABLE, "the agent's answer makes no sense: end the agent with "
                                         "\"smtpvault lock\" and unlock again");
    uint8_t *body = frame + WIRE_ANSWER_HEAD;
    size_t size = len - WIRE_ANSWER_HEAD;
    if (frame[1] != SV_OK)
        return refused(frame[1], body, size);
    if (newline)
        body[size++] = '\n';
    return give(body, size);
}

/* A person is being asked. */
static bool is_wait(ssize_t got)
{
    return got == (ssize_t)WIRE_ANSWER_HEAD && frame[0] == WIRE_VERSION && frame[1] == SV_OK &&
           frame[2] == 1;
}

static int receive(int fd, bool newline)
{
    ssize_t got;
    do
        got = recv(fd, frame, WIRE_FRAME_MAX, MSG_TRUNC);
    while ((got < 0 && errno == EINTR) || is_wait(got));
    if (got < 0 && errno == EAGAIN)
        return fail_text(SV_LOCKED, "the agent is busy or stopped, and has not answered within 15 "
                                    "seconds; try again, or let \"smtpvault status\" tell its "
                                    "process");
    /* It has locked just now: the full program finds no agent, and says what opens the vault. */
    if (got <= 0)
        return FETCH_PASS;
    int status = answered((size_t)got, newline);
    wipe((size_t)got < WIRE_FRAME_MAX ? (size_t)got + 1 : sizeof frame);
    return status;
}

int fetch(int fd, const struct ask *ask, uint64_t vault)
{
    return harden() && request(fd, ask, vault) ? receive(fd, ask->newline) : FETCH_PASS;
}
