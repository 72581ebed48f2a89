/* SPDX-License-Identifier: ISC */
#include "adopt/nss_client.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "cli/ask.h"
#include "cli/child.h"
#include "cli/names.h"
#include "cli/print.h"
#include "cli/self.h"
#include "cli/source.h"
#include "nss/wire.h"

#define PLAIN_MAX (2 * NSS_VALUES_MAX) /* its heads are longer than what they stand for */

struct client {
    struct cli *cli;
    const struct nss_request *request;
    const char *program;
    struct secret *password; /* once it was right: for another library */
    struct child child;
};

static void client_clear(struct client *c)
{
    child_cleanup(&c->child);
    secret_free(c->password);
}

struct answer {
    enum nss_code code;
    uint32_t place, detail;
};

static enum sv_status start(struct client *c, struct sv_err *err)
{
    static char lang[] = "LANG=C.UTF-8", path[] = "PATH=/usr/bin:/bin";
    /* No table in a temporary file, whatever the disk. */
    static char cache[] = "NSS_SDB_USE_CACHE=no";
    char *const envp[] = {lang, path, cache, NULL};
    const char *const argv[] = {c->program, NULL};
    return child_start_with(&c->child, argv, envp, true, err);
}

/* It has ended, or says what is no answer. */
static enum sv_status fail_silent(struct client *c, struct sv_err *err)
{
    int status = child_wait(&c->child);
    return sv_fail(err, SV_INTERNAL, "the helper %s ended without an answer (status %d)",
                   c->program, status);
}

static enum sv_status tell(struct client *c, const void *bytes, size_t len, struct sv_err *err)
{
    return file_write_all(c->child.to, bytes, len) == 0 ? SV_OK : fail_silent(c, err);
}

static enum sv_status hear(struct client *c, struct answer *out, struct sv_err *err)
{
    uint8_t bytes[NSS_ANSWER_LEN];
    size_t have = 0;
    while (have < sizeof bytes) {
        ssize_t n = read(c->child.from, bytes + have, sizeof bytes - have);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return fail_silent(c, err);
        have += (size_t)n;
    }
    struct buf_reader r = buf_reader_over(bytes, sizeof bytes);
    out->code = (enum nss_code)buf_get_u8(&r);
    out->place = buf_get_u32(&r);
    out->detail = buf_get_u32(&r);
    return SV_OK;
}

static enum sv_status ask_folder(struct client *c, uint32_t place, struct sv_err *err)
{
    uint8_t bytes[8 + NSS_FOLDER_MAX];
    struct buf_writer w = buf_writer_over(bytes, sizeof bytes);
    buf_put_u32(&w, place);
    buf_put_block(&w, c->request->folder, strlen(c->request->folder));
    if (w.full)
        return sv_fail(err, SV_DATA, "the path of %s is too long", c->request->what);
    return tell(c, bytes, w.len, err);
}

/* ---- the primary password ---- */

static enum sv_status send_password(struct client *c, const struct secret *password,
                                    struct sv_err *err)
{
    uint8_t head[4];
    le32_put(head, (uint32_t)secret_len(password));
    enum sv_status s = tell(c, head, sizeof head, err);
    return s == SV_OK ? tell(c, secret_peek(password), secret_len(password), err) : s;
}

static enum sv_status fail_nobody(const struct client *c, struct sv_err *err)
{
    return sv_fail(err, SV_LOCKED,
                   "%s has a primary password and there is %s: %sgive --source-passphrase-from "
                   "SOURCE",
                   c->request->what, ask_nobody(c->cli), c->cli->no_input ? "" : ASK_HELP ", or ");
}

static enum sv_status ask_password(struct client *c, struct answer *a, struct sv_err *err)
{
    struct sv_err wrong = {""};
    char question[300];
    const char *from = c->request->from;
    if (source_asks(from) && ask_way(c->cli, from) == ASK_NOBODY)
        return fail_nobody(c, err);
    (void)snprintf(question, sizeof question, "Primary password of %s: ", c->request->what);
    struct source_ask ask = {
        .what = "primary password", .question = question, .limit = NSS_PASSWORD_MAX};
    for (int try = 1;; try++) {
        SECRET_OWNED struct secret *password = NULL;
        enum sv_status s = source_read(c->cli, from, &ask, &password, err);
        if (s == SV_OK)
            s = send_password(c, password, err);
        if (s == SV_OK)
            s = hear(c, a, err);
        if (s != SV_OK)
            return s;
        if (a->code != NSS_WRONG) {
            c->password = password;
            password = NULL;
            return SV_OK;
        }
        s = sv_fail(err, SV_DENIED, "that is not the primary password of %s", c->request->what);
        if (!source_asks(from) || try == ASK_TRIES)
            return s;
        wrong = *err;
        ask.wrong = wrong.text;
        print_error(s, err);
    }
}

/* ---- one library ---- */

/* Up to where the values are wanted: *a NSS_READY, or why this one is of no use. */
static enum sv_status open_folder(struct client *c, uint32_t place, struct answer *a,
                                  struct sv_err *err)
{
    enum sv_status s = start(c, err);
    if (s == SV_OK)
        s = ask_folder(c, place, err);
    if (s == SV_OK)
        s = hear(c, a, err);
    if (s != SV_OK || a->code != NSS_ASKS)
        return s;
    if (c->password == NULL)
        return ask_password(c, a, err);
    s = send_password(c, c->password, err);
    return s == SV_OK ? hear(c, a, err) : s;
}

/* How many it could not decrypt; SIZE_MAX: that is no answer to so many values. */
static size_t count_failures(const struct secret *plain, const struct blob *values)
{
    struct buf_reader asked = buf_reader_over(values->bytes, values->len);
    struct buf_reader got = buf_reader_over(secret_peek(plain), secret_len(plain));
    size_t failures = 0, len;
    while (asked.left > 0) {
        (void)buf_get_block(&asked, NSS_VALUES_MAX, &len);
        failures += buf_get_u8(&got) != 1;
        (void)buf_get_block(&got, NSS_VALUES_MAX, &len);
    }
    return buf_reader_done(&got) && buf_reader_done(&asked) ? failures : SIZE_MAX;
}

static enum sv_status decrypt(struct client *c, struct secret **plain, size_t *failures,
                              struct sv_err *err)
{
    const struct blob *values = c->request->values;
    SECRET_OWNED struct secret *got = NULL;
    uint8_t head[4];
    le32_put(head, (uint32_t)values->len);
    enum sv_status s = tell(c, head, sizeof head, err);
    if (s == SV_OK && values->len > 0)
        s = tell(c, values->bytes, values->len, err);
    if (s != SV_OK)
        return s;
    file_close_cleanup(&c->child.to);
    s = file_drain_secret(c->child.from, PLAIN_MAX, "what NSS decrypts", &got, err);
    if (s != SV_OK)
        return s;
    *failures = count_failures(got, values);
    if (*failures == SIZE_MAX)
        return fail_silent(c, err);
    (void)child_wait(&c->child);
    *plain = got;
    got = NULL;
    return SV_OK;
}

/* ---- all of them ---- */

static enum sv_status fail_none(const struct client *c, const struct answer *closed,
                                struct sv_err *err)
{
    if (closed->code != NSS_CLOSED)
        return sv_fail(err, SV_CONFIG,
                       "the logins in %s are read by Mozilla's NSS, which is not here: install the "
                       "package libnss3",
                       c->request->what);
    return sv_fail(err, SV_DATA,
                   "NSS cannot open key4.db and cert9.db in %s (its error -%u): they are damaged, "
                   "or were left in the middle of a change; start and end their program once, then "
                   "try again",
                   c->request->what, (unsigned)closed->detail);
}

static enum sv_status try_all(struct client *c, struct nss_answer *best, struct sv_err *err)
{
    struct answer a = {.code = NSS_BROKEN}, closed = {.code = NSS_NONE};
    size_t least = SIZE_MAX, failures = 0;
    for (uint32_t place = 0; least > 0; place = a.place + 1) {
        SECRET_OWNED struct secret *plain = NULL;
        enum sv_status s = open_folder(c, place, &a, err);
        if (s == SV_OK && a.code == NSS_READY)
            s = decrypt(c, &plain, &failures, err);
        else if (s == SV_OK)
            (void)child_wait(&c->child);
        if (s != SV_OK)
            return s;
        if (a.code == NSS_NONE)
            break;
        if (a.code == NSS_CLOSED)
            closed = a;
        if (a.code != NSS_READY || failures >= least)
            continue;
        secret_free(best->plain);
        *best =
            (struct nss_answer){.plain = plain, .too_old = a.detail == 0 && c->request->aes > 0};
        plain = NULL;
        least = failures;
    }
    return best->plain != NULL ? SV_OK : fail_none(c, &closed, err);
}

enum sv_status nss_decrypt(struct cli *cli, const struct nss_request *request,
                           struct nss_answer *out, struct sv_err *err)
{
    SV_AUTOFREE char *program = NULL;
    struct nss_answer best = {.plain = NULL};
    enum sv_status s = self_nss(&program, err);
    if (s != SV_OK)
        return s;
    __attribute__((cleanup(client_clear))) struct client c = {
        .cli = cli, .request = request, .program = program, .child = CHILD_NONE};
    s = try_all(&c, &best, err);
    if (s != SV_OK) {
        secret_free(best.plain);
        return s;
    }
    *out = best;
    return SV_OK;
}
