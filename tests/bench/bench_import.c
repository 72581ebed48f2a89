/* SPDX-License-Identifier: ISC */
/*
 * bench_import [--rows] SMTPVAULT: an import of 10 000 entries of Bitwarden's JSON, from the
 * start of the program to its end, in turn with writing 10 000 such logins, sealed, in one
 * transaction, which is the least that it can cost. With --rows it prints name, value, goal.
 */
#include <fcntl.h>
#include <ftw.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "domain/vault.h"

#define COUNT 10000
#define ROUNDS 7

extern char **environ;
static char dir[] = "/var/tmp/smtpvault-import-XXXXXX";
static char key[64], text[64], state[64];

static int forget(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static void must(enum sv_status st, const struct sv_err *err)
{
    if (st == SV_OK)
        return;
    (void)fprintf(stderr, "bench_import: %s\n", err->text);
    (void)nftw(dir, forget, 8, FTW_DEPTH | FTW_PHYS);
    exit(st);
}

static double now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* Of the processor alone, in ms: a busy machine makes both wait. */
static double cpu_ms(int who)
{
    struct rusage u;

    (void)getrusage(who, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e3 +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e3;
}

struct took {
    double ms, cpu;
};

static struct took took_since(double begun, double cpu_begun, int who)
{
    return (struct took){now_ms() - begun, cpu_ms(who) - cpu_begun};
}

/* ---- the same logins, as JSON and as profiles ---- */

static void write_json(void)
{
    FILE *f = fopen(text, "w");

    if (f == NULL)
        exit(SV_IO);
    fputs("{\n  \"encrypted\": false,\n  \"folders\": [{\"id\": \"f\", \"name\": \"Work\"}],\n"
          "  \"items\": [\n",
          f);
    for (int i = 0; i < COUNT; i++)
        fprintf(
            f,
            "    {\n      \"passwordHistory\": null,\n"
            "      \"revisionDate\": \"2024-01-02T03:04:05.678Z\",\n"
            "      \"creationDate\": \"2023-01-02T03:04:05.678Z\",\n"
            "      \"deletedDate\": null,\n      \"id\": \"%08x-0000-4000-8000-000000000000\",\n"
            "      \"organizationId\": null,\n      \"folderId\": \"f\",\n"
            "      \"type\": 1,\n      \"reprompt\": 0,\n      \"name\": \"p%05d\",\n"
            "      \"notes\": null,\n      \"favorite\": false,\n      \"login\": {\n"
            "        \"fido2Credentials\": [],\n        \"uris\": [{\"match\": null, \"uri\": "
            "\"smtps://mail.example.com\"}],\n        \"username\": \"u@example.com\",\n"
            "        \"password\": \"correct-horse-battery-staple\",\n        \"totp\": null\n"
            "      },\n      \"collectionIds\": null\n    }%s\n",
            (unsigned)i, i, i + 1 < COUNT ? "," : "");
    fputs("  ]\n}\n", f);
    if (fclose(f) != 0)
        exit(SV_IO);
}

static void profile_fill(struct profile *p, struct secret **secret, int i, struct sv_err *err)
{
    char name[32];

    snprintf(name, sizeof name, "p%05d", i);
    p->name = sv_strdup(name);
    p->host = sv_strdup("mail.example.com");
    p->username = sv_strdup("u@example.com");
    p->port = 465;
    p->tls = TLS_IMPLICIT;
    must(profile_add_tag(p, "Work", err), err);
    must(secret_copy(secret, "correct-horse-battery-staple", 28, err), err);
}

/* ---- one round of each ---- */

static struct vault *fresh_vault(const char *path, const struct slot_credentials *cred)
{
    struct vault_place place = {.path = path, .state_root = state};
    struct vault *v = NULL;
    struct sv_err err = {""};

    must(vault_create(&v, &place, cred, NULL, &err), &err);
    return v;
}

static struct took least(const struct slot_credentials *cred, const char *path)
{
    static struct profile profiles[COUNT];
    static struct secret *secrets[COUNT];
    struct vault *v = fresh_vault(path, cred);
    struct sv_err err = {""};

    memset(profiles, 0, sizeof profiles);
    for (int i = 0; i < COUNT; i++)
        profile_fill(&profiles[i], &secrets[i], i, &err);
    double begun = now_ms(), cpu = cpu_ms(RUSAGE_SELF);
    must(vault_add_many(v, profiles, secrets, COUNT, &err), &err);
    struct took took = took_since(begun, cpu, RUSAGE_SELF);
    for (int i = 0; i < COUNT; i++) {
        profile_clear(&profiles[i]);
        secret_free(secrets[i]);
    }
    vault_close(v);
    return took;
}

static struct took import(const struct slot_credentials *cred, const char *path, char *program)
{
    const char *argv[] = {program,      "--vault", path,     "--keyfile", key,
                          "--no-agent", "-q",      "import", "--from",    "bitwarden-json",
                          "--yes",      text,      NULL};
    pid_t pid;
    int status;

    vault_close(fresh_vault(path, cred));
    double begun = now_ms(), cpu = cpu_ms(RUSAGE_CHILDREN);
    if (posix_spawn(&pid, program, NULL, NULL, (char *const *)argv, environ) != 0 ||
        waitpid(pid, &status, 0) != pid || status != 0)
        exit(SV_INTERNAL);
    return took_since(begun, cpu, RUSAGE_CHILDREN);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *values)
{
    qsort(values, ROUNDS, sizeof *values, by_value);
    return values[ROUNDS / 2];
}

static void measure(const struct slot_credentials *cred, char *program, bool rows)
{
    double ours[ROUNDS], bare[ROUNDS], ratio[ROUNDS], cpu[ROUNDS];
    char path[96];

    for (int i = 0; i < ROUNDS; i++) {
        snprintf(path, sizeof path, "%s/least%d.db", dir, i);
        struct took a = least(cred, path);
        snprintf(path, sizeof path, "%s/ours%d.db", dir, i);
        struct took b = import(cred, path, program);
        ours[i] = b.ms;
        bare[i] = a.ms;
        ratio[i] = b.ms / a.ms;
        cpu[i] = b.cpu / a.cpu;
    }
    if (rows)
        printf("import of 10 000 (Bitwarden JSON) against writing as many sealed rows"
               "\t%.2f\t1.50\n",
               median(ratio));
    else
        printf("import of %d (Bitwarden JSON, whole program): %.0f ms; writing as many sealed "
               "rows: %.0f ms: x %.2f; of the processor x %.2f\n",
               COUNT, median(ours), median(bare), median(ratio), median(cpu));
}

int main(int argc, char **argv)
{
    bool rows = argc == 3 && strcmp(argv[1], "--rows") == 0;
    struct slot_credentials cred = {.keyfile_hash = NULL};
    struct secret *content = NULL, *hash = NULL;
    struct sv_err err = {""};

    if ((argc != 2 && !rows) || mkdtemp(dir) == NULL)
        return SV_USAGE;
    snprintf(key, sizeof key, "%s/key", dir);
    snprintf(text, sizeof text, "%s/bitwarden.json", dir);
    (void)setenv("XDG_STATE_HOME", dir, 1);
    (void)snprintf(state, sizeof state, "%s/smtpvault", dir);
    (void)umask(077);
    must(secret_process_harden(&err), &err);
    must(keyfile_make(&content, &err), &err);
    must(file_create(key, secret_peek(content), secret_len(content), 0600, &err), &err);
    must(keyfile_hash(&hash, content, &err), &err);
    cred.keyfile_hash = hash;
    write_json();
    measure(&cred, argv[argc - 1], rows);
    secret_free(hash);
    secret_free(content);
    return nftw(dir, forget, 8, FTW_DEPTH | FTW_PHYS) == 0 ? 0 : SV_IO;
}
