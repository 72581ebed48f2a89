/* SPDX-License-Identifier: ISC */
/*
 * memory: searches this process for secrets that nothing but a struct secret has ever
 * held. Every page that can be written is searched, in pieces of 16 bytes, so that half
 * of a key on a dead stack frame is found as well.
 */
#ifndef TESTS_ATTACK_MEMORY_H
#define TESTS_ATTACK_MEMORY_H

#include "attack.h"

#include <sodium.h>
#include <stdio.h>

#include "base/secret.h"

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

static inline void needle_add(const char *what, const uint8_t *bytes, size_t len)
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

UNCHECKED static inline bool stands_at(const uint8_t *at, const uint8_t masked[PIECE])
{
    for (size_t i = 0; i < PIECE; i++)
        if ((at[i] ^ MASK) != masked[i])
            return false;
    return true;
}

static const void *found_at;

/* The name of a needle in these bytes, or NULL. */
UNCHECKED static inline const char *search(const uint8_t *from, size_t len)
{
    for (size_t at = 0; at + PIECE <= len; at++)
        for (size_t n = 0; begins[from[at]] && n < needle_count; n++)
            if (stands_at(from + at, needles[n].masked))
                return found_at = from + at, needles[n].what;
    return NULL;
}

/* Valgrind keeps the registers of what it runs in memory of its own, where no program
 * has any. */
static inline bool is_valgrinds(unsigned long at)
{
    return getenv("SMTPVAULT_TEST_SLOW") && at >= 0x1000000000 && at < 0x1f00000000;
}

/* Searches the stack, the heap and all anonymous memory; arenas: what is locked too. */
static inline const char *search_all(bool arenas)
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

static inline void expect_nowhere(bool arenas, const char *when)
{
    const char *what = search_all(arenas);

    if (what)
        broken("a secret is in memory (%s, %s, at %p)", what, when, found_at);
}

/* ---- secrets that nothing but a struct secret has ever held ---- */

static inline struct secret *random_text(const char *what, size_t len)
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

static inline void forget_needles(void)
{
    needle_count = 0;
    memset(begins, 0, sizeof begins);
}

#endif
