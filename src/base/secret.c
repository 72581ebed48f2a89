/* SPDX-License-Identifier: ISC */
/*
 * An arena is one mapping:
 *
 *   guard page | data: locked, not dumped, wiped on fork | guard page | books
 *
 * The data is cut into blocks of 64 bytes; a secret is a run of them: a 16-byte
 * header, its bytes, an 8-byte tail. Free blocks are always zero, so that making
 * a secret clears nothing. The books (struct arena and one byte a block) lie
 * outside the locked data: they hold no secret and must outlive a fork.
 *
 * The first arena stays for good and is small, because RLIMIT_MEMLOCK may be as
 * low as 64 KiB. Further ones come when it is full and go when they are empty.
 *
 * Secrets belong to one thread. A child after fork(2) has none: the kernel wiped
 * its arenas, and it disowns them (arenas_disown); freeing an inherited handle is
 * harmless there.
 */
#include "base/secret.h"

#include <errno.h>
#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/defence.h"

#if defined(__SANITIZE_ADDRESS__)
#define SECRET_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SECRET_ASAN 1
#endif
#endif
#ifdef SECRET_ASAN
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(at, size) ((void)(at), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(at, size) ((void)(at), (void)(size))
#endif

#define BLOCK ((size_t)64)
#define FIRST_ARENA ((size_t)48 << 10)
#define MORE_ARENA ((size_t)256 << 10)
#define CAPACITY_MAX ((size_t)64 << 20)

struct secret {
    uint32_t len;
    uint32_t capacity;
    uint32_t reach;  /* the bytes from here on are zero */
    uint32_t canary; /* half of canary_for; the tail is all of it */
    uint8_t bytes[];
};
#define TAIL sizeof(uint64_t)

struct arena {
    struct arena *next;
    uint8_t *mapping;
    size_t mapping_size;
    uint8_t *data;
    size_t data_size;
    size_t blocks;
    size_t free_blocks;
    size_t lowest; /* no block before this one is free */
    uint8_t used[];
};

static struct arena *arenas;
static struct arena *disowned; /* those of the parent, in a child */
static uint64_t canary_key;
static size_t live;

/* ---- arenas ---- */

static size_t round_up(size_t n, size_t to)
{
    return (n + to - 1) / to * to;
}

static void arenas_disown(void)
{
    while (arenas != NULL) {
        struct arena *a = arenas;
        arenas = a->next;
        a->next = disowned;
        disowned = a;
        /* Where the kernel knows no MADV_WIPEONFORK (before Linux 4.14). */
        for (size_t i = 0; i < a->blocks; i++)
            if (a->used[i]) {
                ASAN_UNPOISON_MEMORY_REGION(a->data + i * BLOCK, BLOCK);
                sodium_memzero(a->data + i * BLOCK, BLOCK);
            }
    }
    live = 0;
}

static enum sv_status secret_prepare(struct sv_err *err)
{
    static bool prepared;
    if (prepared)
        return SV_OK;
    if (getrandom(&canary_key, sizeof canary_key, 0) != (ssize_t)sizeof canary_key)
        return sv_fail_errno(err, SV_INTERNAL, errno, "cannot get random bytes from the kernel");
    int failed = pthread_atfork(NULL, NULL, arenas_disown);
    if (failed != 0)
        return sv_fail_errno(err, SV_INTERNAL, failed, "cannot guard secrets against fork");
    prepared = true;
    return SV_OK;
}

static enum sv_status fail_to_lock(struct sv_err *err, size_t size, int errno_value)
{
    struct rlimit limit = {0};
    (void)getrlimit(RLIMIT_MEMLOCK, &limit);
    return sv_fail(
        err, SV_IO,
        "cannot lock %zu KiB of memory for secrets (%s; the limit is %llu KiB): raise it "
        "with \"ulimit -l 8192\", or LimitMEMLOCK=8M in a systemd unit",
        size >> 10, strerrordesc_np(errno_value), (unsigned long long)(limit.rlim_cur >> 10));
}

static enum sv_status arena_map(struct arena **out, size_t size, struct sv_err *err)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size = round_up(size, page);
    size_t blocks = size / BLOCK;
    size_t whole = page + size + page + round_up(sizeof(struct arena) + blocks, page);
    uint8_t *mapping =
        mmap(NULL, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapping == MAP_FAILED)
        return sv_fail_nomem(err);
    uint8_t *data = mapping + page;
    if (mprotect(mapping, page, PROT_NONE) != 0 || mprotect(data + size, page, PROT_NONE) != 0) {
        int failed = errno;
        (void)munmap(mapping, whole);
        return sv_fail_errno(err, SV_INTERNAL, failed, "cannot fence memory for secrets");
    }
    /* mlock2, because the sanitizers replace mlock by a function that does nothing. */
    if (mlock2(data, size, 0) != 0) {
        int failed = errno;
        (void)munmap(mapping, whole);
        return fail_to_lock(err, size, failed);
    }
    /* Advice an old kernel does not know is no fault: without DONTDUMP there is
     * still RLIMIT_CORE 0, without WIPEONFORK arenas_disown. */
    (void)madvise(data, size, MADV_DONTDUMP);
    (void)madvise(data, size, MADV_WIPEONFORK);

    struct arena *a = (struct arena *)(void *)(data + size + page);
    *a = (struct arena){.mapping = mapping,
                        .mapping_size = whole,
                        .data = data,
                        .data_size = size,
                        .blocks = blocks,
                        .free_blocks = blocks};
    ASAN_POISON_MEMORY_REGION(data, size);
    *out = a;
    return SV_OK;
}

static enum sv_status arena_add(struct arena **out, size_t need, struct sv_err *err)
{
    enum sv_status status = secret_prepare(err);
    if (status != SV_OK)
        return status;
    size_t wish = arenas == NULL ? FIRST_ARENA : MORE_ARENA;
    struct arena *a = NULL;
    status = arena_map(&a, need > wish ? need : wish, err);
    /* Under a low limit what is needed may fit where a whole new arena does not. */
    if (status == SV_IO && need < wish)
        status = arena_map(&a, need, err);
    if (status != SV_OK)
        return status;
    struct arena **end = &arenas;
    while (*end != NULL)
        end = &(*end)->next;
    *end = a;
    *out = a;
    return SV_OK;
}

static bool arena_holds(const struct arena *a, const void *at)
{
    uintptr_t p = (uintptr_t)at, from = (uintptr_t)a->data;
    return p >= from && p - from < a->data_size;
}

/* First fit: the index of `need` free blocks in a row, or a->blocks. */
static size_t arena_find(struct arena *a, size_t need)
{
    if (a->free_blocks < need)
        return a->blocks;
    while (a->lowest < a->blocks && a->used[a->lowest])
        a->lowest++;
    size_t run = 0;
    for (size_t i = a->lowest; i < a->blocks; i++) {
        run = a->used[i] ? 0 : run + 1;
        if (run == need)
            return i + 1 - need;
    }
    return a->blocks;
}

static void arena_take(struct arena *a, size_t first, size_t need)
{
    memset(a->used + first, 1, need);
    a->free_blocks -= need;
}

static void arena_give_back(struct arena *a, size_t first, size_t count)
{
    memset(a->used + first, 0, count);
    a->free_blocks += count;
    if (first < a->lowest)
        a->lowest = first;
    if (a == arenas || a->free_blocks < a->blocks)
        return;
    struct arena **slot = &arenas;
    while (*slot != a)
        slot = &(*slot)->next;
    *slot = a->next;
    ASAN_UNPOISON_MEMORY_REGION(a->data, a->data_size);
    (void)munmap(a->mapping, a->mapping_size);
}

/* ---- secrets ---- */

static size_t blocks_for(size_t capacity)
{
    return (sizeof(struct secret) + capacity + TAIL + BLOCK - 1) / BLOCK;
}

static uint64_t canary_for(const struct secret *s)
{
    return canary_key ^ (uint64_t)(uintptr_t)s ^ ((uint64_t)s->capacity << 32);
}

static uint64_t tail_read(const struct secret *s)
{
    uint64_t tail;
    memcpy(&tail, s->bytes + s->capacity, TAIL);
    return tail;
}

enum sv_status secret_new(struct secret **out, size_t capacity, struct sv_err *err)
{
    if (capacity > CAPACITY_MAX)
        return sv_fail(err, SV_DATA, "a secret of %zu bytes is too large (at most %zu)", capacity,
                       CAPACITY_MAX);
    if (sv_alloc_should_fail())
        return sv_fail_nomem(err);
    size_t need = blocks_for(capacity);
    struct arena *a = arenas;
    size_t first = 0;
    while (a != NULL && (first = arena_find(a, need)) == a->blocks)
        a = a->next;
    if (a == NULL) {
        enum sv_status status = arena_add(&a, need * BLOCK, err);
        if (status != SV_OK)
            return status;
        first = 0;
    }
    arena_take(a, first, need);

    struct secret *s = (struct secret *)(void *)(a->data + first * BLOCK);
    ASAN_UNPOISON_MEMORY_REGION(s, sizeof *s + capacity);
    if (!DEFENDED(WIPE))
        memset(s, 0, need * BLOCK);
    s->capacity = (uint32_t)capacity;
    uint64_t canary = canary_for(s);
    s->canary = (uint32_t)canary;
#ifndef SECRET_ASAN
    memcpy(s->bytes + capacity, &canary, TAIL);
#endif
    live++;
    *out = s;
    return SV_OK;
}

enum sv_status secret_copy(struct secret **out, const void *bytes, size_t len, struct sv_err *err)
{
    struct secret *s = NULL;
    enum sv_status status = secret_new(&s, len, err);
    if (status != SV_OK)
        return status;
    if (len > 0)
        memcpy(s->bytes, bytes, len);
    s->len = s->reach = (uint32_t)len;
    *out = s;
    return SV_OK;
}

void secret_free(struct secret *s)
{
    if (s == NULL)
        return;
    struct arena *a = arenas;
    while (a != NULL && !arena_holds(a, s))
        a = a->next;
    if (a == NULL) {
        for (a = disowned; a != NULL; a = a->next)
            if (arena_holds(a, s))
                return;
        abort(); /* not a secret */
    }
    /* A foreign, freed or overrun secret: memory cannot be trusted any more. */
    if (s->canary != (uint32_t)canary_for(s))
        abort();
#ifndef SECRET_ASAN
    if (tail_read(s) != canary_for(s))
        abort();
#else
    (void)tail_read;
#endif
    size_t count = blocks_for(s->capacity);
    size_t first = (size_t)((uint8_t *)s - a->data) / BLOCK;
    ASAN_UNPOISON_MEMORY_REGION(s, count * BLOCK);
    if (DEFENDED(WIPE))
        sodium_memzero(s, sizeof *s + s->capacity + TAIL);
    ASAN_POISON_MEMORY_REGION(s, count * BLOCK);
    live--;
    arena_give_back(a, first, count);
}

void secret_free_cleanup(struct secret **slot)
{
    secret_free(*slot);
}

size_t secret_len(const struct secret *s)
{
    return s->len;
}

size_t secret_capacity(const struct secret *s)
{
    return s->capacity;
}

void secret_set_len(struct secret *s, size_t len)
{
    if (len > s->capacity)
        abort();
    s->len = (uint32_t)len;
    if (len < s->reach)
        sodium_memzero(s->bytes + len, s->reach - len);
}

void secret_written(struct secret *s, size_t len)
{
    if (len > s->capacity)
        abort();
    s->len = s->reach = (uint32_t)len;
}

enum sv_status secret_append(struct secret *s, const void *bytes, size_t len, struct sv_err *err)
{
    if (len > s->capacity - s->len)
        return sv_fail(err, SV_DATA, "a secret of more than %u bytes does not fit here",
                       (unsigned)s->capacity);
    if (len > 0)
        memcpy(s->bytes + s->len, bytes, len);
    s->len += (uint32_t)len;
    if (s->reach < s->len)
        s->reach = s->len;
    return SV_OK;
}

const uint8_t *secret_peek(const struct secret *s)
{
    return s->bytes;
}

uint8_t *secret_poke(struct secret *s)
{
    s->reach = s->capacity;
    return s->bytes;
}

bool secret_equal(const struct secret *a, const struct secret *b)
{
    return a->len == b->len && sodium_memcmp(a->bytes, b->bytes, a->len) == 0;
}

size_t secret_live(void)
{
    return live;
}

enum sv_status secret_process_harden(struct sv_err *err)
{
    if (sodium_init() < 0)
        return sv_fail(err, SV_INTERNAL, "libsodium cannot be initialised");
    if (!DEFENDED(CORE))
        return SV_OK;
    if (setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}) != 0)
        return sv_fail_errno(err, SV_INTERNAL, errno, "cannot forbid core dumps");
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        return sv_fail_errno(err, SV_INTERNAL, errno, "cannot close this process to debuggers");
    return SV_OK;
}
