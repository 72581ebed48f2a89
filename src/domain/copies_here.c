/* SPDX-License-Identifier: ISC */
/* A copy on this machine: which machine that is, and what its bytes are known by. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "crypto/random.h"
#include "domain/copies.h"

#define MACHINE_ID "/etc/machine-id" /* machine-id(5): told to nobody as it is */
#define MACHINE_ID_LEN 32
#define READ_TRIES 3

void copies_host(char host[COPY_HOST_MAX + 1])
{
    char name[256] = "";

    if (gethostname(name, sizeof name - 1) != 0 || name[0] == '\0')
        memcpy(name, "unnamed", sizeof "unnamed");
    text_printable(host, COPY_HOST_MAX + 1, name, strlen(name));
}

/* A disk that fails once is asked again: by another number this machine would be another one,
 * whose copies nobody here looks after. */
static enum sv_status read_machine_id(struct blob *id, struct sv_err *err)
{
    enum sv_status st;
    int tries = 0;

    do {
        errno = 0;
        st = file_read_blob(MACHINE_ID, 256, id, err);
    } while (st == SV_IO && errno != EACCES && ++tries < READ_TRIES);
    return st;
}

/* Of one that is not there, or is kept from us, or is no file, that will be so tomorrow. */
static bool will_stay(enum sv_status st)
{
    return st == SV_OK || st == SV_MISSING || st == SV_DENIED || st == SV_DATA ||
           (st == SV_IO && errno == EACCES);
}

enum sv_status copies_here(uint8_t machine[16], struct sv_err *err)
{
    BLOB_OWNED struct blob id = {0};
    struct sv_err why = {""};
    char host[COPY_HOST_MAX + 1];
    struct hash h;
    enum sv_status st = read_machine_id(&id, &why);

    if (!will_stay(st))
        return sv_fail(err, st, "which machine this is cannot be read: %s", why.text);
    hash_begin(&h, NULL, 16, "machine");
    if (st == SV_OK && id.len >= MACHINE_ID_LEN) {
        hash_field(&h, id.bytes, MACHINE_ID_LEN);
    } else {
        copies_host(host);
        hash_field(&h, host, strlen(host));
    }
    hash_end(&h, machine);
    return SV_OK;
}

enum sv_status copy_here(struct copy *out, const char *path, const char *format, struct sv_err *err)
{
    size_t len = strlen(path), format_len = strlen(format);

    if (len > COPY_PATH_MAX || !text_is_utf8(path, len))
        return sv_fail(err, SV_DATA,
                       "a path that is longer than %d bytes or not UTF-8 cannot be "
                       "recorded",
                       COPY_PATH_MAX);
    if (path[0] != '/' || format_len == 0 || format_len > COPY_FORMAT_MAX)
        return sv_fail(err, SV_INTERNAL, "no copy is recorded like that");
    memset(out, 0, sizeof *out);
    enum sv_status st = copies_here(out->machine, err);
    if (st)
        return st;
    random_bytes(out->salt, sizeof out->salt);
    copies_host(out->host);
    memcpy(out->path, path, len);
    memcpy(out->format, format, format_len);
    return SV_OK;
}

void copy_digest(uint8_t out[32], const struct copy *c, const void *bytes, size_t len)
{
    struct hash h;

    hash_begin(&h, c->salt, 32, "copy");
    hash_field(&h, bytes, len);
    hash_end(&h, out);
}
