/* SPDX-License-Identifier: ISC */
/*
 * Constant time by the clock, after O. Reparaz, J. Balasch and I. Verbauwhede, "Dude, is my code
 * constant time?" (2017): each function is run with an input that stays the same and with ones
 * that are drawn anew, in random order; Welch's t says whether the two take different times.
 * Slow runs, which are the machine's, are cropped at several places, and the worst t counts.
 *
 *   ct_timing SECONDS      how long to measure each function
 *
 * Beyond |t| = 10 a difference is certain. A leaky comparison must be found, or the measurement
 * is worth nothing. It says what it measured on this machine; it is no proof (make ct is).
 */
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sodium.h>

#include "base/secret.h"
#include "crypto/hash.h"
#include "crypto/token.h"

#define CERTAIN 10.0
#define BATCH 20000
#define CROPS 12

#define must(call)                                                            \
    do {                                                                      \
        if ((call) != SV_OK) {                                                \
            fprintf(stderr, "%s:%d: %s failed\n", __FILE__, __LINE__, #call); \
            exit(2);                                                          \
        }                                                                     \
    } while (0)

/* ---- the clock ---- */

static uint64_t ticks(void)
{
#if defined(__x86_64__)
    unsigned aux;
    __builtin_ia32_lfence();
    uint64_t now = __builtin_ia32_rdtscp(&aux);
    __builtin_ia32_lfence();
    return now;
#else
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
#endif
}

static double seconds(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- Welch's t, updated run by run (B. P. Welford, 1962) ---- */

struct welch {
    double n[2], mean[2], squares[2];
};

static void welch_add(struct welch *w, int class, double x)
{
    double off = x - w->mean[class];

    w->n[class]++;
    w->mean[class] += off / w->n[class];
    w->squares[class] += off * (x - w->mean[class]);
}

static double welch_t(const struct welch *w)
{
    double spread = 0;

    for (int c = 0; c < 2; c++) {
        if (w->n[c] < 100)
            return 0;
        spread += w->squares[c] / (w->n[c] - 1) / w->n[c];
    }
    return spread > 0 ? (w->mean[0] - w->mean[1]) / sqrt(spread) : 0;
}

/* ---- what is measured ---- */

/* Both classes' inputs are made before a batch, at the same cost and in the same memory. */
struct subject {
    const char *name;
    bool leaks;
    void (*prepare)(size_t place, bool random);
    void (*run)(size_t place);
};

static struct secret *inputs[BATCH];
static struct secret *fixed_key, *fixed_token;
static volatile int sink;

static void prepare_key(size_t place, bool random)
{
    uint8_t bytes[KEY_LEN];

    randombytes_buf(bytes, sizeof bytes);
    memcpy(secret_poke(inputs[place]), random ? bytes : secret_peek(fixed_key), KEY_LEN);
    secret_set_len(inputs[place], KEY_LEN);
}

static void run_equal(size_t place)
{
    sink = secret_equal(inputs[place], fixed_key);
}

static void run_leaky(size_t place)
{
    const volatile uint8_t *a = secret_peek(inputs[place]), *b = secret_peek(fixed_key);
    size_t i = 0;

    while (i < KEY_LEN && a[i] == b[i])
        i++;
    sink = (int)i;
}

static void prepare_token(size_t place, bool random)
{
    struct secret *made = NULL;

    must(token_make(&made, NULL, NULL));
    memcpy(secret_poke(inputs[place]), secret_peek(random ? made : fixed_token), TOKEN_TEXT_LEN);
    secret_set_len(inputs[place], TOKEN_TEXT_LEN);
    secret_free(made);
}

/* Mistyped both ways, so that the comparison of the check decides. */
static void prepare_mistyped(size_t place, bool random)
{
    prepare_token(place, random);
    uint8_t *last = secret_poke(inputs[place]) + TOKEN_TEXT_LEN - (random ? 1 : 5);
    *last = *last == 'a' ? 'b' : 'a';
}

static void run_token(size_t place)
{
    struct secret *keys = NULL;

    sink = (int)token_parse(&keys, inputs[place], NULL);
    secret_free(keys);
}

static const struct subject subjects[] = {
    {"a leaky comparison (must be found)", true, prepare_key, run_leaky},
    {"comparing secrets", false, prepare_key, run_equal},
    {"a token's text", false, prepare_token, run_token},
    {"a mistyped token", false, prepare_mistyped, run_token},
};

/* ---- measuring ---- */

static int by_size(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

/* Where to crop: ever nearer to the fastest runs, from the first batch on. */
static void crops_choose(uint64_t crops[CROPS], const uint64_t *times)
{
    static uint64_t sorted[BATCH];

    memcpy(sorted, times, sizeof sorted);
    qsort(sorted, BATCH, sizeof sorted[0], by_size);
    crops[0] = UINT64_MAX;
    for (size_t i = 1; i < CROPS; i++)
        crops[i] = sorted[(size_t)(BATCH * (1 - pow(0.5, 10.0 * (double)i / CROPS)))];
}

static void batch(const struct subject *s, uint64_t *times, uint8_t *classes)
{
    randombytes_buf(classes, BATCH);
    for (size_t i = 0; i < BATCH; i++) {
        classes[i] &= 1;
        s->prepare(i, classes[i]);
    }
    for (size_t i = 0; i < BATCH; i++) {
        uint64_t before = ticks();
        s->run(i);
        times[i] = ticks() - before;
    }
}

static bool measure(const struct subject *s, double limit)
{
    static uint64_t times[BATCH], crops[CROPS];
    static uint8_t classes[BATCH];
    struct welch tests[CROPS] = {0};
    double begun = seconds(), worst = 0;
    uint64_t runs = 0;

    batch(s, times, classes); /* to warm up, and to choose the crops */
    crops_choose(crops, times);
    do {
        batch(s, times, classes);
        for (size_t i = 0; i < BATCH; i++)
            for (size_t c = 0; c < CROPS; c++)
                if (times[i] < crops[c])
                    welch_add(&tests[c], classes[i], (double)times[i]);
        runs += BATCH;
    } while (seconds() - begun < limit);
    for (size_t c = 0; c < CROPS; c++)
        worst = fmax(worst, fabs(welch_t(&tests[c])));
    bool good = (worst > CERTAIN) == s->leaks;
    printf("%-6s %-36s %10" PRIu64 " runs  |t| = %.2f\n", good ? "ok" : "not ok", s->name, runs,
           worst);
    return good;
}

int main(int argc, char **argv)
{
    double limit = argc == 2 ? atof(argv[1]) : 0;
    bool good = true;

    if (limit <= 0) {
        fprintf(stderr, "usage: ct_timing SECONDS\n");
        return 64;
    }
    must(secret_process_harden(NULL));
    must(secret_new(&fixed_key, KEY_LEN, NULL));
    secret_set_len(fixed_key, KEY_LEN);
    randombytes_buf(secret_poke(fixed_key), KEY_LEN);
    must(token_make(&fixed_token, NULL, NULL));
    for (size_t i = 0; i < BATCH; i++)
        must(secret_new(&inputs[i], TOKEN_TEXT_LEN, NULL));
    for (size_t i = 0; i < sizeof subjects / sizeof subjects[0]; i++)
        good &= measure(&subjects[i], limit);
    for (size_t i = 0; i < BATCH; i++)
        secret_free(inputs[i]);
    secret_free(fixed_key);
    secret_free(fixed_token);
    return good ? 0 : 1;
}
