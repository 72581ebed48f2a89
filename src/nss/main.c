/* SPDX-License-Identifier: ISC */
/*
 * smtpvault-nss: decrypts the logins of a profile of Thunderbird or Firefox (wire.h). It is a
 * program of its own since NSS keeps copies of what it decrypts in memory that nobody wipes:
 * they end with the process. It writes to its standard output only, and to no file.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/confine.h"
#include "base/file.h"
#include "base/secret.h"
#include "nss/fence.h"
#include "nss/library.h"
#include "nss/wire.h"

#define FILES_MAX 64

/* false: the other end has closed its side. */
static bool read_all(void *dst, size_t len)
{
    for (uint8_t *at = dst; len > 0;) {
        ssize_t n = read(STDIN_FILENO, at, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        at += n;
        len -= (size_t)n;
    }
    return true;
}

static enum sv_status say(const void *bytes, size_t len, struct sv_err *err)
{
    return file_write_all(STDOUT_FILENO, bytes, len) == 0
               ? SV_OK
               : sv_fail_errno(err, SV_IO, errno, "smtpvault-nss cannot give its answer");
}

static enum sv_status answer(enum nss_code code, uint32_t place, uint32_t detail,
                             struct sv_err *err)
{
    uint8_t bytes[NSS_ANSWER_LEN];
    struct buf_writer w = buf_writer_over(bytes, sizeof bytes);
    buf_put_u8(&w, (uint8_t)code);
    buf_put_u32(&w, place);
    buf_put_u32(&w, detail);
    return say(bytes, sizeof bytes, err);
}

static enum sv_status read_request(uint32_t *place, char folder[PATH_MAX], struct sv_err *err)
{
    uint8_t head[8];
    if (!read_all(head, sizeof head))
        return sv_fail(err, SV_USAGE, "smtpvault-nss is run by \"smtpvault import\"");
    uint32_t len = le32_get(head + 4);
    *place = le32_get(head);
    if (len == 0 || len > NSS_FOLDER_MAX || !read_all(folder, len) || folder[0] != '/')
        return sv_fail(err, SV_DATA, "smtpvault-nss was given no folder");
    folder[len] = '\0';
    return SV_OK;
}

/* A NUL stands behind it: a new secret is zero. *out NULL: the other end gave none. */
static enum sv_status read_password(struct secret **out, struct sv_err *err)
{
    uint8_t head[4];
    if (!read_all(head, sizeof head))
        return SV_OK;
    uint32_t len = le32_get(head);
    SECRET_OWNED struct secret *password = NULL;
    if (len > NSS_PASSWORD_MAX)
        return sv_fail(err, SV_DATA, "smtpvault-nss was given a password that is too long");
    enum sv_status s = secret_new(&password, NSS_PASSWORD_MAX + 1, err);
    if (s != SV_OK)
        return s;
    secret_set_len(password, len);
    if (!read_all(secret_poke(password), len))
        return sv_fail(err, SV_DATA, "the password given to smtpvault-nss ended too early");
    *out = password;
    password = NULL;
    return SV_OK;
}

/* *open: the key can be used. */
static enum sv_status log_in(const struct library *lib, uint32_t place, bool *open,
                             struct sv_err *err)
{
    void *slot = lib->key_slot();
    if (slot == NULL)
        return answer(NSS_CLOSED, place, 0, err);
    *open = lib->needs_login(slot) == 0;
    for (enum nss_code code = NSS_ASKS; !*open; code = NSS_WRONG) {
        SECRET_OWNED struct secret *password = NULL;
        enum sv_status s = answer(code, place, 0, err);
        if (s == SV_OK)
            s = read_password(&password, err);
        if (s != SV_OK || password == NULL)
            return s;
        *open = lib->check_password(slot, (const char *)secret_peek(password)) == 0;
    }
    return answer(NSS_READY, place, lib->knows_aes, err);
}

static enum sv_status decrypt(const struct library *lib, const uint8_t *value, size_t len,
                              struct sv_err *err)
{
    struct library_item in = {.data = (unsigned char *)value, .len = (unsigned)len};
    struct library_item out = {.data = NULL};
    uint8_t head[5] = {0};
    bool done = len > 0 && lib->decrypt(&in, &out, NULL) == 0;
    if (done) {
        head[0] = 1;
        le32_put(head + 1, out.len);
    }
    enum sv_status s = say(head, sizeof head, err);
    return s == SV_OK && done && out.len > 0 ? say(out.data, out.len, err) : s;
}

static enum sv_status decrypt_all(const struct library *lib, struct sv_err *err)
{
    uint8_t head[4];
    if (!read_all(head, sizeof head))
        return SV_OK; /* it wanted to know no more */
    uint32_t len = le32_get(head);
    SV_AUTOFREE uint8_t *bytes = len <= NSS_VALUES_MAX ? sv_alloc(len) : NULL;
    if (bytes == NULL)
        return sv_fail_nomem(err);
    if (!read_all(bytes, len))
        return sv_fail(err, SV_DATA, "what was given to smtpvault-nss ended too early");
    struct buf_reader r = buf_reader_over(bytes, len);
    enum sv_status s = SV_OK;
    while (s == SV_OK && r.left > 0) {
        size_t size;
        const uint8_t *value = buf_get_block(&r, NSS_VALUES_MAX, &size);
        if (r.bad)
            return sv_fail(err, SV_DATA, "smtpvault-nss was given values that are none");
        s = decrypt(lib, value, size, err);
    }
    return s;
}

static enum sv_status serve(struct sv_err *err)
{
    struct library lib = {.knows_aes = false};
    char folder[PATH_MAX];
    uint32_t place;
    bool open = false;
    enum sv_status s = confine("smtpvault-nss", FILES_MAX, err);
    if (s == SV_OK)
        s = read_request(&place, folder, err);
    if (s != SV_OK)
        return s;
    const char *where = library_find(&place);
    if (where == NULL)
        return answer(NSS_NONE, 0, 0, err);
    s = fence_enter(folder, where, err);
    if (s != SV_OK)
        return s;
    if (!library_open(&lib, where))
        return answer(NSS_BROKEN, place, 0, err);
    int error = library_start(&lib, folder);
    if (error != 0)
        return answer(NSS_CLOSED, place, (uint32_t)-error, err);
    s = fence_close(err);
    if (s == SV_OK)
        s = log_in(&lib, place, &open, err);
    return s == SV_OK && open ? decrypt_all(&lib, err) : s;
}

int main(void)
{
    struct sv_err err = {0};
    enum sv_status status = serve(&err);
    if (status != SV_OK) {
        (void)file_write_all(STDERR_FILENO, err.text, strlen(err.text));
        (void)file_write_all(STDERR_FILENO, "\n", 1);
    }
    _exit((int)status); /* NSS's own endings have nothing to do here */
}
