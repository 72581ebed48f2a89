/* SPDX-License-Identifier: ISC */
#include "crypto/share_words.h"

#include <sodium.h>
#include <stdbool.h>
#include <string.h>

#define WORD_LETTERS 5

static const char consonants[] = "bdfghjklmnprstvz";
static const char vowels[] = "aiou";

void share_words_wipe(struct share_words *words)
{
    sodium_memzero(words, sizeof *words);
}

/* ---- the code: no table, no branch on a word ---- */

static uint16_t gf_mul(uint16_t a, uint16_t b)
{
    uint32_t x = a, sum = 0;

    for (unsigned bit = 0; bit < 16; bit++) {
        sum ^= x & (0u - (b >> bit & 1u));
        x = (x << 1 ^ (0x1100bu & (0u - (x >> 15)))) & 0xffffu;
    }
    return (uint16_t)sum;
}

/* (x - 1)(x - 2)(x - 4) = x^3 + 7 x^2 + 14 x + 8: a division, word by word. */
void share_words_protect(struct share_words *words)
{
    uint16_t rest[SHARE_CHECK_WORDS] = {0};

    for (size_t i = 0; i < SHARE_WORDS - SHARE_CHECK_WORDS; i++) {
        uint16_t head = words->at[i] ^ rest[0];
        rest[0] = rest[1] ^ gf_mul(head, 7);
        rest[1] = rest[2] ^ gf_mul(head, 14);
        rest[2] = gf_mul(head, 8);
    }
    for (size_t i = 0; i < SHARE_CHECK_WORDS; i++)
        words->at[SHARE_WORDS - SHARE_CHECK_WORDS + i] = rest[i];
    sodium_memzero(rest, sizeof rest);
}

/* The polynomial of all words at a root of the code: 0 when they are right. */
static uint16_t syndrome(const struct share_words *words, uint16_t root)
{
    uint16_t sum = 0;

    for (size_t i = 0; i < SHARE_WORDS; i++)
        sum = gf_mul(sum, root) ^ words->at[i];
    return sum;
}

enum sv_status share_words_check(const struct share_words *words, struct sv_err *err)
{
    uint16_t s0 = syndrome(words, 1), s1 = syndrome(words, 2), s2 = syndrome(words, 4);
    uint16_t power = 1; /* 2^(places behind the word) */

    if ((s0 | s1 | s2) == 0)
        return SV_OK;
    for (size_t i = SHARE_WORDS; i-- > 0; power = gf_mul(power, 2))
        if (s0 != 0 && s1 == gf_mul(s0, power) && s2 == gf_mul(s1, power))
            return sv_fail(err, SV_DATA, "word %zu is mistyped: look at it again", i + 1);
    return sv_fail(err, SV_DATA,
                   "more than one word is mistyped or out of its place: type the "
                   "share again");
}

/* ---- letters ---- */

/* letters[n], looking at each of them. */
static char letter_of(const char *letters, unsigned count, unsigned n)
{
    unsigned found = 0;

    for (unsigned i = 0; i < count; i++)
        found |= (uint8_t)letters[i] & (0u - (unsigned)(((i ^ n) - 1u) >> 31));
    return (char)found;
}

/* The place of a letter among `count`, and 0x100 when it is none of them. */
static unsigned place_of(const char *letters, unsigned count, unsigned letter)
{
    unsigned found = 0x100;

    for (unsigned i = 0; i < count; i++) {
        unsigned same = 0u - ((((uint8_t)letters[i] ^ letter) - 1u) >> 31);
        found = (found & ~same) | (i & same);
    }
    return found;
}

static void put_word(char out[WORD_LETTERS], unsigned word)
{
    out[0] = letter_of(consonants, 16, word >> 12);
    out[1] = letter_of(vowels, 4, word >> 10 & 3);
    out[2] = letter_of(consonants, 16, word >> 6 & 15);
    out[3] = letter_of(vowels, 4, word >> 4 & 3);
    out[4] = letter_of(consonants, 16, word & 15);
}

static bool get_word(uint16_t *out, const uint8_t letters[WORD_LETTERS])
{
    unsigned place[WORD_LETTERS], bad = 0;

    for (unsigned i = 0; i < WORD_LETTERS; i++) {
        unsigned lower = letters[i] | 0x20u;
        place[i] = i % 2 == 0 ? place_of(consonants, 16, lower) : place_of(vowels, 4, lower);
        bad |= place[i];
    }
    *out = (uint16_t)(place[0] << 12 | place[1] << 10 | place[2] << 6 | place[3] << 4 | place[4]);
    return (bad & 0x100) == 0;
}

enum sv_status share_words_write(struct secret **text, const struct share_words *words,
                                 struct sv_err *err)
{
    struct secret *made = NULL;
    enum sv_status status = secret_new(&made, SHARE_TEXT_LEN, err);

    if (status != SV_OK)
        return status;
    secret_set_len(made, SHARE_TEXT_LEN);
    char *at = (char *)secret_poke(made);
    for (size_t i = 0; i < SHARE_WORDS; i++) {
        if (i > 0)
            at[i * (WORD_LETTERS + 1) - 1] = ' ';
        put_word(at + i * (WORD_LETTERS + 1), words->at[i]);
    }
    *text = made;
    return SV_OK;
}

/* ---- what people type ---- */

static bool is_letter(uint8_t c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* A run of letters and digits. */
struct run {
    const uint8_t *at;
    size_t len;
    bool number; /* digits only: that of a line */
};

static bool next_run(struct run *run, const uint8_t **at, const uint8_t *end)
{
    const uint8_t *p = *at;

    while (p < end && !is_letter(*p) && !is_digit(*p)) {
        const uint8_t *line = *p == '#' ? memchr(p, '\n', (size_t)(end - p)) : p;
        p = line == NULL ? end : line + 1;
    }
    *run = (struct run){.at = p, .number = true};
    for (; p < end && (is_letter(*p) || is_digit(*p)); p++)
        run->number = run->number && is_digit(*p);
    run->len = (size_t)(p - run->at);
    *at = p;
    return run->len > 0;
}

static enum sv_status fail_word(size_t number, struct sv_err *err)
{
    return sv_fail(err, SV_DATA,
                   "word %zu is mistyped: a word has five letters, consonant and vowel in turn, "
                   "like lusab",
                   number);
}

enum sv_status share_words_read(struct share_words *out, const struct secret *text,
                                struct sv_err *err)
{
    const uint8_t *at = secret_peek(text), *end = at + secret_len(text);
    size_t count = 0;
    struct run run;

    while (next_run(&run, &at, end)) {
        if (run.number)
            continue;
        if (run.len % WORD_LETTERS != 0 && count < SHARE_WORDS)
            return fail_word(count + 1, err);
        for (size_t i = 0; i < run.len; i += WORD_LETTERS, count++)
            if (count < SHARE_WORDS && !get_word(&out->at[count], run.at + i))
                return fail_word(count + 1, err);
    }
    if (count == SHARE_WORDS)
        return SV_OK;
    if (count == 0)
        return sv_fail(err, SV_DATA, "there is no word in it: a share has %d", SHARE_WORDS);
    return sv_fail(err, SV_DATA, "it has %zu words, and a share has %d: look for what is %s", count,
                   SHARE_WORDS, count < SHARE_WORDS ? "missing" : "too much");
}

bool share_is_long_enough(const struct secret *text)
{
    const uint8_t *at = secret_peek(text), *end = at + secret_len(text);
    size_t letters = 0;

    for (; at < end; at++)
        letters += is_letter(*at);
    return letters >= SHARE_WORDS * WORD_LETTERS;
}
