/* SPDX-License-Identifier: ISC */
/*
 * bench_unlock [ROUNDS]: what opening a passphrase slot costs beside a bare Argon2id of
 * libargon2 with the same parameters, lanes and kind of memory (huge pages asked for),
 * so that whatever is above 1 is what slots add to the key derivation.
 *
 * The two take turns, and the order turns round each time, so that whatever else the
 * machine does falls on both. Each round gives one ratio by the clock and one by the
 * processor time of all threads; the medians count. A round before them brings the
 * memory in and is thrown away.
 */
#include <argon2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "crypto/slot.h"

#define ROUNDS 25
#define ROUNDS_MAX 101

static char passphrase[] = "correct horse battery staple";

static void must(enum sv_status status, const struct sv_err *err)
{
    if (status == SV_OK)
        return;
    fprintf(stderr, "bench_unlock: %s\n", err->text);
    exit(status);
}

/* Milliseconds: of the clock, and of this process's threads. */
struct cost_ms {
    double clock, processor;
};

static double read_ms(clockid_t id)
{
    struct timespec t;

    clock_gettime(id, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static struct cost_ms now(void)
{
    return (struct cost_ms){read_ms(CLOCK_MONOTONIC), read_ms(CLOCK_PROCESS_CPUTIME_ID)};
}

static struct cost_ms since(struct cost_ms begun)
{
    struct cost_ms end = now();

    return (struct cost_ms){end.clock - begun.clock, end.processor - begun.processor};
}

/* ---- the two sides ---- */

static int memory_take(uint8_t **memory, size_t size)
{
    void *mapping = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (mapping == MAP_FAILED)
        return ARGON2_MEMORY_ALLOCATION_ERROR;
    (void)madvise(mapping, size, MADV_HUGEPAGE);
    *memory = mapping;
    return ARGON2_OK;
}

static void memory_give_back(uint8_t *memory, size_t size)
{
    (void)munmap(memory, size);
}

static struct cost_ms bare(const struct argon2_cost *cost)
{
    uint8_t salt[ARGON2_SALT_LEN] = {0}, key[KEY_LEN];
    argon2_context context = {
        .out = key,
        .outlen = sizeof key,
        .pwd = (uint8_t *)passphrase,
        .pwdlen = sizeof passphrase - 1,
        .salt = salt,
        .saltlen = sizeof salt,
        .t_cost = cost->passes,
        .m_cost = cost->memory_kib,
        .lanes = cost->lanes,
        .threads = cost->lanes,
        .version = ARGON2_VERSION_13,
        .allocate_cbk = memory_take,
        .free_cbk = memory_give_back,
        .flags = ARGON2_DEFAULT_FLAGS,
    };
    struct cost_ms begun = now();
    int code = argon2id_ctx(&context);

    if (code != ARGON2_OK) {
        fprintf(stderr, "bench_unlock: %s\n", argon2_error_message(code));
        exit(SV_INTERNAL);
    }
    return since(begun);
}

struct ours {
    struct slot_place place;
    struct slot_credentials cred;
    struct blob slot;
};

static struct cost_ms unlock(const struct ours *o)
{
    SECRET_OWNED struct secret *bundle = NULL;
    struct sv_err err = {0};
    struct cost_ms begun = now();

    must(slot_open(&bundle, NULL, o->slot.bytes, o->slot.len, &o->place, &o->cred, &err), &err);
    return since(begun);
}

/* ---- comparing ---- */

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *values, size_t n)
{
    qsort(values, n, sizeof *values, by_value);
    return values[n / 2];
}

static void compare(const struct ours *o, const struct argon2_cost *cost, size_t rounds)
{
    double slot_ms[ROUNDS_MAX], bare_ms[ROUNDS_MAX], clock[ROUNDS_MAX], processor[ROUNDS_MAX];

    (void)bare(cost);
    (void)unlock(o);
    for (size_t i = 0; i < rounds; i++) {
        struct cost_ms theirs = {0}, mine;
        if (i % 2 == 0)
            theirs = bare(cost);
        mine = unlock(o);
        if (i % 2 == 1)
            theirs = bare(cost);
        slot_ms[i] = mine.clock;
        bare_ms[i] = theirs.clock;
        clock[i] = mine.clock / theirs.clock;
        processor[i] = mine.processor / theirs.processor;
    }
    double by_clock = median(clock, rounds);
    printf(
        "  t=%u m=%3u MiB p=%u: slot %6.1f ms, bare Argon2id %6.1f ms: x %.3f (%.2f-%.2f) by the "
        "clock, x %.3f of processor time\n",
        cost->passes, cost->memory_kib / 1024, cost->lanes, median(slot_ms, rounds),
        median(bare_ms, rounds), by_clock, clock[0], clock[rounds - 1], median(processor, rounds));
}

static void compare_at(const struct argon2_cost *cost, size_t rounds)
{
    SECRET_OWNED struct secret *word = NULL;
    struct ours o = {.place = {.epoch = 1, .number = 0}};
    struct slot_public pub;
    struct sv_err err = {0};
    uint8_t root[KEY_LEN] = {0};

    must(secret_copy(&word, passphrase, sizeof passphrase - 1, &err), &err);
    o.cred.passphrase = word;
    must(slot_make(&o.slot, &o.place, SLOT_PASSPHRASE, ROLE_ADMIN, cost, &o.cred, root, sizeof root,
                   &pub, &err),
         &err);
    compare(&o, cost, rounds);
    blob_clear(&o.slot);
}

int main(int argc, char **argv)
{
    struct argon2_cost floor_cost = argon2_default;
    long rounds = argc > 1 ? strtol(argv[1], NULL, 10) : ROUNDS;

    if (rounds < 1 || rounds > ROUNDS_MAX) {
        fprintf(stderr, "usage: bench_unlock [1 .. %d]\n", ROUNDS_MAX);
        return SV_USAGE;
    }
    printf("Unlock with a passphrase, beside a bare Argon2id (medians of %ld rounds):\n", rounds);
    floor_cost.memory_kib = ARGON2_MIN_KIB;
    compare_at(&floor_cost, (size_t)rounds);
    compare_at(&argon2_default, (size_t)rounds);
    return 0;
}
