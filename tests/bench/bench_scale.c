/* SPDX-License-Identifier: ISC */
/*
 * bench_scale [--rows]: how the vault grows: 100, 10 000 and 100 000 profiles, all three
 * open in one process that goes from one to the next with each operation, so that a
 * busy machine is busy for all. The median counts; x is the largest by the smallest.
 *
 *   fetch    a proved row, its entry in the log on the disk, and then its secret
 *   card     a proved row and its card, without an entry
 *   list     all cards
 *   search   all cards, and those with a word in their name
 *   add      one profile
 *   remove   a member, which begins a new epoch
 *   verify   everything that needs no key, beside b2sum of the same file
 *   full     the same and every box opened
 *
 * With --rows it prints a line for each figure: name, value, goal or "-".
 */
#include <fcntl.h>
#include <ftw.h>
#include <sodium.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/text.h"
#include "domain/vault.h"
#include "domain/vault_members.h"

#define SIZES 3
#define ROUNDS_MAX 401
#define PAIRS 11

static const size_t sizes[SIZES] = {100, 10000, 100000};
static char dir[] = "/var/tmp/smtpvault-scale-XXXXXX";
static bool rows_only;

struct subject {
    size_t count;
    char path[64], state[64];
    struct vault *v;
    struct slot_credentials cred;
    unsigned turn; /* of the next operation */
    uint32_t leaver;
};

static int forget(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static void must(enum sv_status st, const struct sv_err *err)
{
    if (st == SV_OK)
        return;
    (void)fprintf(stderr, "bench_scale: %s\n", err->text);
    (void)nftw(dir, forget, 8, FTW_DEPTH | FTW_PHYS);
    exit(st);
}

static double now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

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

/* ---- the subjects ---- */

static void name_of(char out[32], size_t i)
{
    snprintf(out, 32, "team%02zu/login%06zu", i % 40, i);
}

static void profile_fill(struct profile *p, size_t i)
{
    char name[32];

    memset(p, 0, sizeof *p);
    name_of(name, i);
    p->name = sv_strdup(name);
    p->host = sv_strdup("mail.example.com");
    p->username = sv_strdup("someone@example.com");
    p->port = 465;
    p->tls = TLS_IMPLICIT;
}

static void fill(struct subject *s)
{
    struct profile *profiles = calloc(s->count, sizeof *profiles);
    struct secret **secrets = calloc(s->count, sizeof *secrets);
    struct secret *one = NULL;
    struct sv_err err = {""};

    must(secret_copy(&one, "correct-horse-battery-staple", 28, &err), &err);
    for (size_t i = 0; i < s->count; i++) {
        profile_fill(&profiles[i], i);
        secrets[i] = one;
    }
    must(vault_add_many(s->v, profiles, secrets, s->count, &err), &err);
    for (size_t i = 0; i < s->count; i++)
        profile_clear(&profiles[i]);
    secret_free(one);
    free(profiles);
    free(secrets);
}

static void subject_begin(struct subject *s, size_t count, struct secret *key)
{
    struct vault_place place = {.path = s->path, .state_root = s->state};
    struct sv_err err = {""};

    s->count = count;
    s->cred.keyfile_hash = key;
    snprintf(s->path, sizeof s->path, "%s/%zu.db", dir, count);
    snprintf(s->state, sizeof s->state, "%s/state", dir);
    must(vault_create(&s->v, &place, &s->cred, NULL, &err), &err);
    fill(s);
    /* A session that has just been opened, as for all others. */
    vault_close(s->v);
    must(vault_open(&s->v, &place, false, &err), &err);
    must(vault_unlock(s->v, &s->cred, &err), &err);
}

/* ---- the operations ---- */

static void do_card(struct subject *s)
{
    PROFILE_OWNED struct profile p = {0};
    struct sv_err err = {""};
    char name[32];

    name_of(name, randombytes_uniform((uint32_t)s->count));
    must(vault_find(s->v, name, &p, &err), &err);
}

static void do_fetch(struct subject *s)
{
    const struct reveal why = {.op = AUDIT_GET};
    SECRET_OWNED struct secret *secret = NULL;
    struct sv_err err = {""};
    char name[32];

    name_of(name, randombytes_uniform((uint32_t)s->count));
    must(vault_reveal(s->v, name, &why, NULL, &secret, &err), &err);
}

static void do_list(struct subject *s)
{
    PROFILE_LIST_OWNED struct profile_list list = {0};
    struct sv_err err = {""};

    must(vault_list(s->v, &list, &err), &err);
    if (list.count < s->count)
        must(SV_INTERNAL, &err);
}

static void do_search(struct subject *s)
{
    PROFILE_LIST_OWNED struct profile_list list = {0};
    struct sv_err err = {""};
    size_t found = 0;

    must(vault_list(s->v, &list, &err), &err);
    for (size_t i = 0; i < list.count; i++)
        found += text_matches("team07/*", list.items[i].name);
    if (found == 0)
        must(SV_INTERNAL, &err);
}

static void do_add(struct subject *s)
{
    PROFILE_OWNED struct profile p = {0};
    SECRET_OWNED struct secret *secret = NULL;
    struct sv_err err = {""};

    profile_fill(&p, 1000000 + s->turn++);
    must(secret_copy(&secret, "correct-horse-battery-staple", 28, &err), &err);
    must(vault_add(s->v, &p, secret, &err), &err);
}

static void before_remove(struct subject *s)
{
    SECRET_OWNED struct secret *key = NULL;
    struct sv_err err = {""};
    char label[32];

    snprintf(label, sizeof label, "leaver %u", s->turn++);
    must(secret_new(&key, 32, &err), &err);
    must(secret_append(key, label, strlen(label), &err), &err);
    must(secret_append(key, "................................", 32 - strlen(label), &err), &err);
    struct slot_credentials cred = {.keyfile_hash = key};
    struct member_new who = {.label = label, .role = ROLE_READER, .cred = &cred};
    must(vault_member_add(s->v, &who, &s->leaver, &err), &err);
}

static void do_remove(struct subject *s)
{
    OFFBOARDING_OWNED struct offboarding o = {0};
    struct sv_err err = {""};

    must(vault_member_remove(s->v, s->leaver, NULL, &o, &err), &err);
}

static void verify(struct subject *s, bool boxes)
{
    struct vault_verifying how = {.boxes = boxes};
    struct sv_err err = {""};
    uint64_t findings = 0;

    must(vault_verify_as(s->v, &how, &findings, &err), &err);
    if (findings > 0)
        must(SV_DATA, &err);
}

static void do_verify(struct subject *s)
{
    verify(s, false);
}

static void do_full(struct subject *s)
{
    verify(s, true);
}

static void do_b2sum(struct subject *s)
{
    char program[] = "b2sum";
    char *const argv[] = {program, s->path, NULL};
    posix_spawn_file_actions_t actions;
    struct sv_err err = {""};
    int status = -1;
    pid_t pid;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    if (posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ) != 0 ||
        waitpid(pid, &status, 0) != pid || status != 0)
        must(sv_fail(&err, SV_IO, "b2sum does not run"), &err);
    posix_spawn_file_actions_destroy(&actions);
}

static const struct operation {
    const char *name;
    size_t rounds;
    void (*before)(struct subject *s);
    void (*run)(struct subject *s);
    double goal; /* largest by smallest; 0: none */
    const char *row;
} operations[] = {
    {"fetch", 201, NULL, do_fetch, 1.5, "verified fetch, 100 000 profiles against 100"},
    {"card", 401, NULL, do_card, 0, "a card alone, without log and secret, likewise"},
    {"add", 41, NULL, do_add, 2, "one write, 100 000 profiles against 100"},
    {"list", 3, NULL, do_list, 0, NULL},
    {"search", 3, NULL, do_search, 0, NULL},
    {"verify", 3, NULL, do_verify, 0, NULL},
    {"full", 3, NULL, do_full, 0, NULL},
    {"remove", 1, before_remove, do_remove, 0, NULL},
};
#define OPERATIONS (sizeof operations / sizeof operations[0])

/* ---- measuring ---- */

/* The most memory that was resident since the kernel was last told to forget. */
static long peak_kib(bool reset)
{
    FILE *f = fopen("/proc/self/status", "r");
    char line[256];
    long kib = 0;

    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "VmHWM: %ld", &kib) == 1)
            break;
    if (f)
        (void)fclose(f);
    f = reset ? fopen("/proc/self/clear_refs", "w") : NULL;
    if (f) {
        (void)fputs("5", f);
        (void)fclose(f);
    }
    return kib;
}

struct result {
    double ms[SIZES];
    long kib; /* with the largest */
};

static void measure(const struct operation *op, struct subject *subjects, struct result *out)
{
    static double took[SIZES][ROUNDS_MAX];

    for (size_t r = 0; r < op->rounds; r++) {
        for (size_t i = 0; i < SIZES; i++) {
            if (op->before)
                op->before(&subjects[i]);
            if (i == SIZES - 1)
                (void)peak_kib(true);
            double begun = now_ms();
            op->run(&subjects[i]);
            took[i][r] = now_ms() - begun;
            if (i == SIZES - 1 && peak_kib(false) > out->kib)
                out->kib = peak_kib(false);
        }
    }
    for (size_t i = 0; i < SIZES; i++)
        out->ms[i] = median(took[i], op->rounds);
}

static void print_operation(const struct operation *op, const struct result *r)
{
    if (!rows_only)
        printf("%-8s %10.3f %10.3f %10.3f ms   x %7.2f   %6.1f MiB\n", op->name, r->ms[0], r->ms[1],
               r->ms[2], r->ms[2] / r->ms[0], (double)r->kib / 1024);
    if (rows_only && op->row && op->goal > 0)
        printf("%s\t%.2f\t%.2f\n", op->row, r->ms[2] / r->ms[0], op->goal);
    else if (rows_only && op->row)
        printf("%s\t%.2f\t-\n", op->row, r->ms[2] / r->ms[0]);
    (void)fflush(stdout);
}

static double ms_of(void (*run)(struct subject *s), struct subject *s)
{
    double begun = now_ms();

    run(s);
    return now_ms() - begun;
}

/* Each beside a b2sum of its own, so that what else runs slows both. */
static void compare_verify(struct subject *s)
{
    double locked[PAIRS], full[PAIRS];

    for (size_t i = 0; i < PAIRS; i++) {
        double b2sum = ms_of(do_b2sum, s);
        locked[i] = ms_of(do_verify, s) / b2sum;
        full[i] = ms_of(do_full, s) / ms_of(do_b2sum, s);
    }
    double x = median(locked, PAIRS), y = median(full, PAIRS);
    if (rows_only) {
        printf("verify, every row hashed, against b2sum of the file\t%.2f\t2.00\n", x);
        printf("verify --full with every box opened, against the same\t%.2f\t-\n", y);
        return;
    }
    printf("verify at 100 000: x %.2f (%.2f-%.2f) of b2sum of the file; with every box opened "
           "x %.2f\n",
           x, locked[0], locked[PAIRS - 1], y);
}

static void print_files(const struct subject *subjects)
{
    struct stat sb;

    if (rows_only)
        return;
    printf("%-8s", "file");
    for (size_t i = 0; i < SIZES; i++)
        printf(" %7.2f MB", stat(subjects[i].path, &sb) == 0 ? (double)sb.st_size / 1e6 : 0);
    printf("\n");
}

int main(int argc, char **argv)
{
    static struct subject subjects[SIZES];
    static struct result results[OPERATIONS];
    struct secret *key = NULL;
    struct sv_err err = {""};

    rows_only = argc == 2 && strcmp(argv[1], "--rows") == 0;
    if ((argc != 1 && !rows_only) || mkdtemp(dir) == NULL)
        return SV_USAGE;
    must(secret_process_harden(&err), &err);
    must(secret_copy(&key, "a key file's hash, for the bench", 32, &err), &err);
    for (size_t i = 0; i < SIZES; i++)
        subject_begin(&subjects[i], sizes[i], key);
    if (!rows_only)
        printf("%-8s %10s %10s %10s         growth   peak\n", "profiles", "100", "10 000",
               "100 000");
    print_files(subjects);
    for (size_t i = 0; i < OPERATIONS; i++) {
        measure(&operations[i], subjects, &results[i]);
        print_operation(&operations[i], &results[i]);
    }
    compare_verify(&subjects[SIZES - 1]);
    for (size_t i = 0; i < SIZES; i++)
        vault_close(subjects[i].v);
    secret_free(key);
    return nftw(dir, forget, 8, FTW_DEPTH | FTW_PHYS) == 0 ? 0 : SV_IO;
}
