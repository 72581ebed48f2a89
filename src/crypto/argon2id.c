/* SPDX-License-Identifier: ISC */
/*
 * argon2id: libargon2 with our memory under it.
 *
 * libargon2 20171227, when it cannot start a thread midway, returns at once: it
 * leaves the threads that did start running on its dead stack frame, and never
 * gives the memory back. A second try in the same process would race with them.
 * So it is asked whether the threads can be had *before*, all at the same time,
 * and if they cannot, the library runs without any (the result is the same).
 */
#include "crypto/argon2id.h"

#include <argon2.h>
#include <pthread.h>
#include <sys/mman.h>

#include "base/alloc.h"
#include "base/defence.h"
#include "base/env.h"
#include "crypto/argon2id_raw.h"
#include "crypto/headroom.h"

_Static_assert(ARGON2_MAX_PARALLEL <= ARGON2_MAX_LANES, "libargon2 takes as many lanes as we do");

const struct argon2_cost argon2_default = {.passes = 3, .memory_kib = 256 * 1024, .lanes = 4};

/* What calibration aims at: the rest of the promised second is for days on which
 * the machine is busier than today. */
#define TARGET_MS 700
#define CALIBRATED_MAX_KIB (1024u * 1024)
#define CALIBRATED_STEP_KIB (16u * 1024)

enum sv_status argon2_cost_check(const struct argon2_cost *cost, struct sv_err *err)
{
    if (!DEFENDED(COST_LIMITS))
        return SV_OK;
    if (cost->passes >= ARGON2_MIN_PASSES && cost->passes <= ARGON2_MAX_PASSES &&
        cost->memory_kib >= ARGON2_MIN_KIB && cost->memory_kib <= ARGON2_MAX_KIB &&
        cost->lanes >= 1 && cost->lanes <= ARGON2_MAX_PARALLEL)
        return SV_OK;
    return sv_fail(err, SV_DATA,
                   "a key slot asks for an Argon2id of %u passes over %u KiB in %u lanes, outside "
                   "what is accepted (%u to %u passes, %u to %u MiB, 1 to %u lanes): "
                   "the vault was altered or damaged; restore a backup",
                   cost->passes, cost->memory_kib, cost->lanes, ARGON2_MIN_PASSES,
                   ARGON2_MAX_PASSES, ARGON2_MIN_KIB / 1024, ARGON2_MAX_KIB / 1024,
                   ARGON2_MAX_PARALLEL);
}

/* Too large for RLIMIT_MEMLOCK, so it cannot be locked as secrets are; it is kept
 * out of core dumps. Huge pages save a tenth of the time and more. */
static int memory_take(uint8_t **memory, size_t size)
{
    if (sv_alloc_should_fail())
        return ARGON2_MEMORY_ALLOCATION_ERROR;
    void *mapping = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapping == MAP_FAILED)
        return ARGON2_MEMORY_ALLOCATION_ERROR;
    (void)madvise(mapping, size, MADV_DONTDUMP);
    (void)madvise(mapping, size, MADV_HUGEPAGE);
    *memory = mapping;
    return ARGON2_OK;
}

/* libargon2 wipes before it calls this (its FLAG_clear_internal_memory, which it
 * does not export and which is always on); tests/unit/test_argon2id.c proves it. */
static void memory_give_back(uint8_t *memory, size_t size)
{
    (void)munmap(memory, size);
}

static void *wait_for_gate(void *gate)
{
    (void)pthread_mutex_lock(gate);
    (void)pthread_mutex_unlock(gate);
    return NULL;
}

/* True when `count` threads could be alive at the same time just now. */
static bool threads_can_start(uint32_t count)
{
    pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
    pthread_t threads[ARGON2_MAX_PARALLEL];
    uint32_t started = 0;

    if (count > ARGON2_MAX_PARALLEL)
        return false;
    (void)pthread_mutex_lock(&gate);
    while (started < count && pthread_create(&threads[started], NULL, wait_for_gate, &gate) == 0)
        started++;
    (void)pthread_mutex_unlock(&gate);
    for (uint32_t i = 0; i < started; i++)
        (void)pthread_join(threads[i], NULL);
    return started == count;
}

static enum sv_status fail_argon2(int code, uint32_t memory_kib, struct sv_err *err)
{
    if (code == ARGON2_MEMORY_ALLOCATION_ERROR) {
        return sv_fail(err, SV_INTERNAL,
                       "no memory for the passphrase's key: Argon2id needs %u MiB; end other "
                       "programs or raise this one's memory limit",
                       memory_kib / 1024);
    }
    if (code == ARGON2_THREAD_FAIL) {
        return sv_fail(err, SV_INTERNAL,
                       "a thread for the passphrase's key could not be started midway (limit on "
                       "processes?); try again");
    }
    return sv_fail(err, SV_INTERNAL, "Argon2id failed: %s", argon2_error_message(code));
}

/* libargon2 has no const; it changes nothing unless the CLEAR flags ask for it. */
static uint8_t *unconst(struct argon2id_span span)
{
    return (uint8_t *)(uintptr_t)span.bytes;
}

enum sv_status argon2id_raw(uint8_t *out, size_t out_len, const struct argon2id_input *input,
                            struct sv_err *err)
{
    const struct argon2_cost *cost = &input->cost;
    argon2_context context = {
        .out = out,
        .outlen = (uint32_t)out_len,
        .pwd = unconst(input->passphrase),
        .pwdlen = (uint32_t)input->passphrase.len,
        .salt = unconst(input->salt),
        .saltlen = (uint32_t)input->salt.len,
        .secret = unconst(input->secret),
        .secretlen = (uint32_t)input->secret.len,
        .ad = unconst(input->ad),
        .adlen = (uint32_t)input->ad.len,
        .t_cost = cost->passes,
        .m_cost = cost->memory_kib,
        .lanes = cost->lanes,
        .threads = cost->lanes > 1 && threads_can_start(cost->lanes) ? cost->lanes : 1,
        .version = ARGON2_VERSION_13,
        .allocate_cbk = memory_take,
        .free_cbk = memory_give_back,
        .flags = ARGON2_DEFAULT_FLAGS,
    };
    int code = argon2id_ctx(&context);

    return code == ARGON2_OK ? SV_OK : fail_argon2(code, cost->memory_kib, err);
}

enum sv_status argon2_derive(struct secret *out, const struct secret *passphrase,
                             const uint8_t salt[ARGON2_SALT_LEN], const uint8_t *keyfile_hash,
                             const void *ad, size_t ad_len, const struct argon2_cost *cost,
                             struct sv_err *err)
{
    struct argon2id_input input = {
        .passphrase = {secret_peek(passphrase), secret_len(passphrase)},
        .salt = {salt, ARGON2_SALT_LEN},
        .secret = {keyfile_hash, keyfile_hash == NULL ? 0 : KEY_LEN},
        .ad = {ad, ad_len},
        .cost = *cost,
    };

    if (secret_capacity(out) < KEY_LEN)
        return sv_fail(err, SV_INTERNAL, "no room for a derived key");
    secret_set_len(out, KEY_LEN);
    enum sv_status status = argon2id_raw(secret_poke(out), KEY_LEN, &input, err);
    if (status != SV_OK)
        secret_set_len(out, 0);
    return status;
}

/* Milliseconds of one derivation, at least 1. */
static enum sv_status measure(const struct argon2_cost *cost, int64_t *ms, struct sv_err *err)
{
    static const uint8_t nothing[ARGON2_SALT_LEN];
    struct argon2id_input input = {
        .passphrase = {nothing, sizeof nothing},
        .salt = {nothing, sizeof nothing},
        .cost = *cost,
    };
    uint8_t key[KEY_LEN];
    int64_t start = env_monotonic_ms();
    enum sv_status status = argon2id_raw(key, sizeof key, &input, err);

    if (status == SV_OK) {
        int64_t took = env_monotonic_ms() - start;
        *ms = took > 0 ? took : 1;
    }
    return status;
}

/* The memory that would take TARGET_MS, if `kib` took `ms`, at most `limit`. */
static uint32_t project(uint32_t kib, int64_t ms, uint64_t limit)
{
    uint64_t wish = (uint64_t)kib * TARGET_MS / (uint64_t)ms;
    wish = wish < limit ? wish : limit;
    wish -= wish % CALIBRATED_STEP_KIB;
    return wish > ARGON2_MIN_KIB ? (uint32_t)wish : ARGON2_MIN_KIB;
}

enum sv_status argon2_calibrate(struct argon2_cost *cost, struct sv_err *err)
{
    struct argon2_cost trial = argon2_default;
    uint64_t limit = headroom_kib();
    int64_t ms = 0;

    limit = limit < CALIBRATED_MAX_KIB ? limit : CALIBRATED_MAX_KIB;
    trial.memory_kib = ARGON2_MIN_KIB;
    enum sv_status status = measure(&trial, &ms, err);
    if (status != SV_OK)
        return status;
    /* Time grows faster than memory, as the caches help less: a slow machine is known
     * by now, on the others the guess is made again from half way. */
    uint32_t halfway = project(trial.memory_kib, ms, limit) / 2;
    if (halfway > ARGON2_MIN_KIB) {
        trial.memory_kib =
            halfway < argon2_default.memory_kib ? halfway : argon2_default.memory_kib;
        status = measure(&trial, &ms, err);
        if (status != SV_OK)
            return status;
    }
    trial.memory_kib = project(trial.memory_kib, ms, limit);
    *cost = trial;
    return SV_OK;
}

bool argon2_is_weak(const struct argon2_cost *cost, int64_t took_ms, struct argon2_cost *better)
{
    uint64_t work = (uint64_t)cost->memory_kib * cost->passes, limit = headroom_kib();
    struct argon2_cost wish = argon2_default;

    if (!DEFENDED(UPGRADE))
        return false;
    limit = limit < argon2_default.memory_kib ? limit : argon2_default.memory_kib;
    wish.memory_kib = project((uint32_t)(work / wish.passes), took_ms > 0 ? took_ms : 1, limit);
    if (2 * work >= (uint64_t)wish.memory_kib * wish.passes)
        return false;
    if (wish.passes < cost->passes) {
        wish.memory_kib = (uint32_t)((uint64_t)wish.memory_kib * wish.passes / cost->passes);
        wish.passes = cost->passes;
    }
    if (wish.memory_kib < cost->memory_kib)
        return false;
    *better = wish;
    return true;
}
