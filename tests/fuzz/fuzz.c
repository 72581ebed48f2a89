/* SPDX-License-Identifier: ISC */
#include "fuzz.h"

#include <fcntl.h>
#include <ftw.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

#define HUSHED_MAX 8
#define HUSHED_LEN_MIN 12 /* what is shorter may be a word of ours */

/* ---- the same random bytes for the same input ---- */

static uint64_t random_state;

/* xorshift64*: known keys, no secret is made of it. */
static uint32_t random_next(void)
{
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return (uint32_t)((random_state * 0x2545f4914f6cdd1dULL) >> 32);
}

static void random_fill(void *const buf, const size_t size)
{
    uint8_t *at = buf;

    for (size_t i = 0; i < size; i++)
        at[i] = (uint8_t)random_next();
}

static const char *random_name(void)
{
    return "fuzz";
}

static struct randombytes_implementation repeatable = {
    .implementation_name = random_name, .random = random_next, .buf = random_fill};

/* ---- begin and end ---- */

static struct {
    const uint8_t *bytes;
    size_t len;
} hushed[HUSHED_MAX];
static size_t hushed_count;
static size_t live_before;

static void prepare(void)
{
    static bool prepared;

    if (prepared)
        return;
    prepared = true;
    CHECK(randombytes_set_implementation(&repeatable) == 0);
    random_state = 1;
    CHECK(sodium_init() >= 0);
}

void fuzz_begin(void)
{
    prepare();
    random_state = 0x9e3779b97f4a7c15ULL;
    hushed_count = 0;
    live_before = secret_live();
}

int fuzz_end(void)
{
    CHECK(secret_live() == live_before);
    return 0;
}

void fuzz_broken(const char *file, int line, const char *what)
{
    (void)fprintf(stderr, "%s:%d: not so: %s\n", file, line, what);
    abort();
}

/* ---- outcomes ---- */

void fuzz_hush(const void *bytes, size_t len)
{
    if (len < HUSHED_LEN_MIN)
        return;
    CHECK(hushed_count < HUSHED_MAX);
    hushed[hushed_count].bytes = bytes;
    hushed[hushed_count++].len = len;
}

void fuzz_check_text(const char *text)
{
    size_t len = strlen(text);

    CHECK(text_is_utf8(text, len));
    CHECK(!text_has_control(text, len));
    for (size_t i = 0; i < hushed_count; i++)
        CHECK(memmem(text, len, hushed[i].bytes, hushed[i].len) == NULL);
}

static enum sv_status outcome(enum sv_status status, struct sv_err *err, bool silent)
{
    CHECK(strcmp(sv_status_text(status), "unknown status") != 0);
    CHECK(memchr(err->text, '\0', sizeof err->text) != NULL);
    CHECK((err->text[0] != '\0') == (status != SV_OK && !silent));
    fuzz_check_text(err->text);
    err->text[0] = '\0';
    return status;
}

enum sv_status fuzz_told(enum sv_status status, struct sv_err *err)
{
    return outcome(status, err, false);
}

enum sv_status fuzz_told_missing(enum sv_status status, struct sv_err *err)
{
    return outcome(status, err, status == SV_MISSING);
}

/* ---- bytes ---- */

uint8_t *fuzz_copy(const void *bytes, size_t len)
{
    uint8_t *copy = malloc(len > 0 ? len : 1);

    CHECK(copy != NULL);
    if (len > 0)
        memcpy(copy, bytes, len);
    return copy;
}

char *fuzz_string(const void *bytes, size_t len)
{
    char *text = malloc(len + 1);

    CHECK(text != NULL);
    if (len > 0)
        memcpy(text, bytes, len);
    text[len] = '\0';
    return text;
}

void fuzz_free_cleanup(void *slot)
{
    free(*(void **)slot);
}

const uint8_t *fuzz_some(struct buf_reader *in, size_t n, size_t *len)
{
    static const uint8_t nothing[1];

    if (n > in->left)
        n = in->left;
    const uint8_t *at = n > 0 ? buf_get_view(in, n) : NULL;
    *len = at != NULL ? n : 0;
    return at != NULL ? at : nothing;
}

const uint8_t *fuzz_rest(struct buf_reader *in, size_t *len)
{
    return fuzz_some(in, in->left, len);
}

char *fuzz_word(struct buf_reader *in)
{
    size_t len = buf_get_u8(in);
    const uint8_t *at = fuzz_some(in, len, &len);

    return fuzz_string(at, len);
}

struct secret *fuzz_secret(const void *bytes, size_t len)
{
    struct secret *s = NULL;

    CHECK(secret_copy(&s, bytes, len, NULL) == SV_OK);
    return s;
}

bool fuzz_secret_is(const struct secret *s, const void *bytes, size_t len)
{
    return secret_len(s) == len && memcmp(secret_peek(s), bytes, len) == 0;
}

uint32_t fuzz_random(unsigned *seed, uint32_t bound)
{
    return bound == 0 ? 0 : (uint32_t)rand_r(seed) % bound;
}

/* ---- files ---- */

static char folder[64];

static int forget(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static void folder_remove(void)
{
    (void)nftw(folder, forget, 8, FTW_DEPTH | FTW_PHYS);
}

const char *fuzz_dir(void)
{
    if (folder[0] != '\0')
        return folder;
    const char *tmp = getenv("TMPDIR");
    if (tmp == NULL || strlen(tmp) > 32)
        tmp = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    (void)snprintf(folder, sizeof folder, "%s/sv-fuzz-XXXXXX", tmp);
    CHECK(mkdtemp(folder) != NULL);
    CHECK(atexit(folder_remove) == 0);
    return folder;
}

const char *fuzz_path(const char *name)
{
    static char ring[8][160];
    static unsigned at;
    char *here = ring[at++ % 8];

    (void)snprintf(here, sizeof ring[0], "%s/%s", fuzz_dir(), name);
    return here;
}

void fuzz_write_file(const char *path, const void *bytes, size_t len)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    CHECK(fd >= 0);
    CHECK(write(fd, bytes, len) == (ssize_t)len);
    CHECK(close(fd) == 0);
}

uint8_t *fuzz_read_file(const char *path, size_t *len)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return NULL;
    CHECK(fstat(fd, &st) == 0);
    *len = (size_t)st.st_size;
    uint8_t *bytes = malloc(*len + 1);
    CHECK(bytes != NULL);
    CHECK(read(fd, bytes, *len) == st.st_size);
    CHECK(close(fd) == 0);
    return bytes;
}
