/* SPDX-License-Identifier: ISC */
/*
 * Where secrets are in this process: while the vault is unlocked in locked memory
 * only, and nowhere once it is closed. Every page that can be written is searched
 * for passwords, passphrases and the keys behind them, in pieces of 16 bytes, so
 * that half of a key on a dead stack frame is found as well.
 */
#include "vault_fixture.h"

#include <fcntl.h>
#include <sodium.h>

#include "base/file.h"
#include "domain/vault_impl.h"
#include "format/format.h"

#if defined(__SANITIZE_ADDRESS__)
#define UNCHECKED __attribute__((no_sanitize("address")))
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define UNCHECKED __attribute__((no_sanitize("address")))
#endif
#endif
#ifndef UNCHECKED
#define UNCHECKED
#endif

#define PIECE 16
#define NEEDLES_MAX 32
#define MASK 0x5a
#define MAPPING_MAX ((size_t)256 << 20) /* what is larger is a sanitizer's shadow */

/* What is searched for, masked: this list must not be found itself. */
static struct {
    const char *what;
    uint8_t masked[PIECE];
} needles[NEEDLES_MAX];
static size_t needle_count;
static bool begins[256]; /* with which bytes */

static void needle_add(const char *what, const uint8_t *bytes, size_t len)
{
    for (size_t at = 0; at + PIECE <= len; at += PIECE) {
        assert_true(needle_count < NEEDLES_MAX);
        needles[needle_count].what = what;
        for (size_t i = 0; i < PIECE; i++)
            needles[needle_count].masked[i] = bytes[at + i] ^ MASK;
        begins[bytes[at]] = true;
        needle_count++;
    }
}

UNCHECKED static bool stands_at(const uint8_t *at, const uint8_t masked[PIECE])
{
    for (size_t i = 0; i < PIECE; i++)
        if ((at[i] ^ MASK) != masked[i])
            return false;
    return true;
}

static const void *found_at;

/* The name of a needle in these bytes, or NULL. */
UNCHECKED static const char *search(const uint8_t *from, size_t len)
{
    for (size_t at = 0; at + PIECE <= len; at++)
        for (size_t n = 0; begins[from[at]] && n < needle_count; n++)
            if (stands_at(from + at, needles[n].masked))
                return found_at = from + at, needles[n].what;
    return NULL;
}

/* Valgrind keeps the registers of what it runs in memory of its own, where no program
 * has any. */
static bool is_valgrinds(unsigned long at)
{
    return getenv("SMTPVAULT_TEST_SLOW") && at >= 0x1000000000 && at < 0x1f00000000;
}

/* Searches the stack, the heap and all anonymous memory; arenas: what is locked too. */
static const char *search_all(bool arenas)
{
    const char *what = NULL;
    FILE *maps = fopen("/proc/self/smaps", "re");
    char line[512], mode[8] = "", name[256] = "";
    unsigned long from = 0, to = 0, searched = 0;

    assert_non_null(maps);
    while (what == NULL && fgets(line, sizeof line, maps)) {
        unsigned long a, b;
        char m[8];
        if (sscanf(line, "%lx-%lx %7s", &a, &b, m) == 3) {
            from = a;
            to = b;
            snprintf(mode, sizeof mode, "%s", m);
            if (sscanf(line, "%*s %*s %*s %*s %*s %255s", name) != 1)
                name[0] = 0;
        }
        if (strncmp(line, "VmFlags:", 8) != 0 || strncmp(mode, "rw", 2) != 0 ||
            to - from > MAPPING_MAX || is_valgrinds(from) || name[0] == '/' ||
            (!arenas && strstr(line, " lo")))
            continue;
        what = search((const uint8_t *)(uintptr_t)from, to - from);
        searched += to - from;
    }
    fclose(maps);
    assert_true(what != NULL || searched > 64 * 1024);
    return what;
}

static void expect_nowhere(bool arenas, const char *when)
{
    const char *what = search_all(arenas);

    if (what)
        fail_msg("%s: %s is in memory, at %p", when, what, found_at);
}

/* ---- secrets that nothing but a struct secret has ever held ---- */

static struct secret *random_text(const char *what, size_t len)
{
    struct secret *s = NULL;

    assert_int_equal(secret_new(&s, len, NULL), SV_OK);
    secret_set_len(s, len);
    randombytes_buf(secret_poke(s), len);
    for (size_t i = 0; i < len; i++)
        secret_poke(s)[i] = 'a' + secret_peek(s)[i] % 26;
    needle_add(what, secret_peek(s), len);
    return s;
}

static void know_keys(struct fixture *f)
{
    const struct key_tree *k = keys_peek(f->v->keys);
    SECRET_OWNED struct secret *seal = NULL;
    ROW_OWNED struct vault_row row = {0};
    char path[300];

    needle_add("the root key", k->root, KEY_LEN);
    needle_add("the reading key", k->read, KEY_LEN);
    needle_add("the wrapping key", k->wrap, KEY_LEN);
    needle_add("the index key", k->index, KEY_LEN);
    needle_add("the directory key", k->directory, KEY_LEN);
    needle_add("the signing key", k->sign_sk, KEY_LEN);
    needle_add("the audit key", k->audit_sk, KEY_LEN);
    must(db_begin_read(f->v->db, &f->err));
    must(vault_row_find(f->v, f->v->state.root, "work", &row, &f->err));
    db_rollback(f->v->db);
    needle_add("a profile's key", object_wrap_peek(row.wrap)->dek, KEY_LEN);
    snprintf(path, sizeof path, "%s/seal", f->v->state_dir);
    must(file_read_secret(path, 1000, &seal, &f->err));
    needle_add("the log's live key", secret_peek(seal) + 41, KEY_LEN);
}

/* A bit of everything that handles secrets, with one in the place of another. */
static void live(struct fixture *f, const struct secret *password)
{
    const struct reveal why = {.op = AUDIT_GET};
    PROFILE_OWNED struct profile p = {.port = 465, .tls = TLS_IMPLICIT}, got = {0};
    SECRET_OWNED struct secret *s = NULL;
    struct audit_report report;
    uint64_t findings, version;

    p.name = sv_strdup("work");
    p.host = sv_strdup("mail.example.com");
    must(vault_add(f->v, &p, password, &f->err));
    must(vault_reveal(f->v, "work", &why, &got, &s, &f->err));
    assert_true(secret_equal(s, password));
    p.port = 587;
    must(vault_edit(f->v, &p, password, AUDIT_EDIT, &f->err));
    must(vault_rollback(f->v, "work", 1, &version, &f->err));
    must(vault_rename(f->v, "work", "other", &f->err));
    must(vault_rename(f->v, "other", "work", &f->err));
    must(vault_verify(f->v, &findings, NULL, NULL, &f->err));
    must(vault_audit_verify(f->v, &report, &f->err));
}

static void secrets_are_in_locked_memory_and_then_nowhere(void **state)
{
    static const struct argon2_cost cost = {.passes = 3, .memory_kib = ARGON2_MIN_KIB, .lanes = 4};
    struct fixture fx, *f = &fx;
    struct slot_credentials cred = {0};
    SECRET_OWNED struct secret *wrong = NULL;
    struct secret *password, *passphrase;
    (void)state;
    needle_count = 0;
    memset(begins, 0, sizeof begins);
    fixture_begin(f);
    password = random_text("a password", 64);
    passphrase = random_text("the passphrase", 64);
    live(f, password);
    cred.passphrase = passphrase;
    must(vault_change_credentials(f->v, &cred, &cost, &f->err));
    fixture_close(f);
    must(vault_open(&f->v, &f->place, false, &f->err));
    must(vault_unlock(f->v, &cred, &f->err));
    know_keys(f);
    expect_nowhere(false, "unlocked");
    vault_lock(f->v);
    secret_free(password);
    secret_free(passphrase);
    expect_nowhere(true, "locked");
    wrong = random_text("a wrong passphrase", 64);
    cred.passphrase = wrong;
    must_fail(SV_DENIED, vault_unlock(f->v, &cred, &f->err));
    secret_free(wrong);
    wrong = NULL;
    fixture_close(f);
    expect_nowhere(true, "closed");
    fixture_end(f);
}

/* The search must find what is there. */
static void the_search_finds(void **state)
{
    SECRET_OWNED struct secret *s = NULL;
    uint8_t *heap = malloc(100), stack[32] = {0};
    (void)state;
    assert_non_null(heap);
    needle_count = 0;
    s = random_text("it", 32);
    memcpy(heap + 3, secret_peek(s) + 16, 16);
    assert_non_null(search_all(false));
    sodium_memzero(heap, 100);
    expect_nowhere(false, "wiped from the heap");
    memcpy(stack + 1, secret_peek(s), 16);
    assert_non_null(search_all(false));
    sodium_memzero(stack, sizeof stack);
    expect_nowhere(false, "wiped from the stack");
    assert_non_null(search_all(true));
    free(heap);
    needle_count = 0;
}

/* Every format with the secret itself in it, and what programs write it with. */
static void formats_leave_nothing(void **state)
{
    PROFILE_OWNED struct profile p = {.port = 465, .tls = TLS_IMPLICIT};
    SECRET_OWNED struct secret *s = NULL;
    struct sv_err err = {""};
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    (void)state;
    needle_count = 0;
    memset(begins, 0, sizeof begins);
    assert_true(null >= 0);
    s = random_text("a password", 64);
    p.name = sv_strdup("work");
    p.host = sv_strdup("mail.example.com");
    p.username = sv_strdup("ann@example.com");
    for (size_t i = 0; i < format_count; i++) {
        struct format_input in = {.profile = &p, .secret = s, .program = "/usr/bin/smtpvault"};
        SINK_OWNED struct sink *out = sink_new(true);
        SECRET_OWNED struct secret *whole = NULL;
        assert_non_null(out);
        if (format_write(&formats[i], out, &in, 1, &err) != SV_OK)
            fail_msg("%s: %s", formats[i].name, err.text);
        assert_int_equal(sink_to_secret(out, &whole, &err), SV_OK);
        assert_int_equal(sink_release(out, null, "nowhere", &err), SV_OK);
        expect_nowhere(false, formats[i].name);
    }
    close(null);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_search_finds),
        cmocka_unit_test(formats_leave_nothing),
        cmocka_unit_test(secrets_are_in_locked_memory_and_then_nowhere),
    };
    struct sv_err err;
    int failed;

    if (secret_process_harden(&err) != SV_OK)
        return 1;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    if (secret_live() != 0) {
        fprintf(stderr, "%zu secrets are still alive\n", secret_live());
        return 1;
    }
    return failed;
}
