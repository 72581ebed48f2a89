/* SPDX-License-Identifier: ISC */
/*
 * bench_unlock [ROUNDS]: what opening a passphrase slot costs beside a bare Argon2id of
 * libargon2 with the same parameters. The two take turns, so that whatever else the
 * machine does falls on both; medians and their ratio are printed, for the floor and
 * for the default. Everything above 1 is what slots add to the key derivation; less
 * than 1 comes of the huge pages that bare libargon2 does not ask for.
 */
#include <argon2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "crypto/slot.h"

#define ROUNDS 7
#define ROUNDS_MAX 101

static const char passphrase[] = "correct horse battery staple";

static void must(enum sv_status status, const struct sv_err *err)
{
    if (status == SV_OK)
        return;
    fprintf(stderr, "bench_unlock: %s\n", err->text);
    exit(status);
}

static double now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double bare_ms(const struct argon2_cost *cost)
{
    uint8_t salt[ARGON2_SALT_LEN] = {0}, key[KEY_LEN];
    double begun = now_ms();
    int code = argon2id_hash_raw(cost->passes, cost->memory_kib, cost->lanes, passphrase,
                                 sizeof passphrase - 1, salt, sizeof salt, key, sizeof key);

    if (code != ARGON2_OK) {
        fprintf(stderr, "bench_unlock: %s\n", argon2_error_message(code));
        exit(SV_INTERNAL);
    }
    return now_ms() - begun;
}

static double slot_ms(const struct blob *slot, const struct slot_place *place,
                      const struct slot_credentials *cred)
{
    SECRET_OWNED struct secret *bundle = NULL;
    struct sv_err err = {0};
    double begun = now_ms();

    must(slot_open(&bundle, NULL, slot->bytes, slot->len, place, cred, &err), &err);
    return now_ms() - begun;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *ms, size_t n)
{
    qsort(ms, n, sizeof *ms, compare);
    return ms[n / 2];
}

static void compare_at(const struct argon2_cost *cost, size_t rounds)
{
    const struct slot_place place = {.epoch = 1, .number = 0};
    double bare[ROUNDS_MAX], ours[ROUNDS_MAX];
    SECRET_OWNED struct secret *word = NULL;
    BLOB_OWNED struct blob slot = {0};
    struct slot_public pub;
    struct sv_err err = {0};
    uint8_t root[KEY_LEN] = {0};

    must(secret_copy(&word, passphrase, sizeof passphrase - 1, &err), &err);
    struct slot_credentials cred = {.passphrase = word};
    must(slot_make(&slot, &place, SLOT_PASSPHRASE, ROLE_ADMIN, cost, &cred, root, sizeof root, &pub,
                   &err),
         &err);
    for (size_t i = 0; i < rounds; i++) {
        bare[i] = bare_ms(cost);
        ours[i] = slot_ms(&slot, &place, &cred);
    }
    double bare_median = median(bare, rounds), ours_median = median(ours, rounds);
    printf("unlock t=%u m=%u MiB p=%u: slot_open %.1f ms, bare Argon2id %.1f ms, ratio %.3f\n",
           cost->passes, cost->memory_kib / 1024, cost->lanes, ours_median, bare_median,
           ours_median / bare_median);
}

int main(int argc, char **argv)
{
    struct argon2_cost floor_cost = argon2_default;
    long rounds = argc > 1 ? strtol(argv[1], NULL, 10) : ROUNDS;

    if (rounds < 1 || rounds > ROUNDS_MAX) {
        fprintf(stderr, "usage: bench_unlock [1 .. %d]\n", ROUNDS_MAX);
        return SV_USAGE;
    }
    floor_cost.memory_kib = ARGON2_MIN_KIB;
    compare_at(&floor_cost, (size_t)rounds);
    compare_at(&argon2_default, (size_t)rounds);
    return 0;
}
