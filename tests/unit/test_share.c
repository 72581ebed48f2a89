/* SPDX-License-Identifier: ISC */
#include "crypto_support.h"

#include "crypto/share.h"

/* frozen: secret 80 ... 9f, coefficients 01 ... 20 and 41 ... 60, 3 of 5, set 12345678 */
static const char *const frozen[] = {
    "danab damuh jinum sagad sarag sigaj siral sogan sorar sugat suraz tagid tarig tigij tiril "
    "togin torir tugit turiz gulul ruvom tidig",
    "danad damuh jinum nukik navab makap muvos pikov povum rokuf rizuh vulok vazub zalup zuzis "
    "tiliv tozam solaf sitah tuhat jupaf tijaf",
    "danaf damuh jinum tulik tazab salap suzos vilov vozum zoluf zivuh pukok pavub rakup ruvis "
    "nikiv novam mokaf misah bizuk boriz jozol",
    "danag damuh jinum zogaj tapuz pufid minar jadot lomil bibun fupum ravav noluh vizip suhab "
    "dosok gajis hutuf kijaj sohid papat guhoj",
    "danah damuh jinum rofaj naruz vugid simar dabot gonil hidun kurum zazav tokuh pivip mujab "
    "jotok lahis busuf fihaj vagan musap gojut",
};

static struct secret *sample(void)
{
    uint8_t bytes[SHARE_WHOLE_LEN];
    count_up(bytes, sizeof bytes, 0x80);
    return secret_of(bytes, sizeof bytes);
}

static enum sv_status read_text(struct share *out, const char *text, struct sv_err *err)
{
    SECRET_OWNED struct secret *s = secret_of(text, strlen(text));
    return share_read(out, s, err);
}

static struct share share_of(const char *text)
{
    struct share s = {0};
    assert_int_equal(read_text(&s, text, NULL), SV_OK);
    return s;
}

static void clear_all(struct share *shares, size_t count)
{
    for (size_t i = 0; i < count; i++)
        share_clear(&shares[i]);
}

static void assert_refused(const char *text, const char *words)
{
    struct share s = {.index = 99};
    struct sv_err err = {0};
    assert_int_equal(read_text(&s, text, &err), SV_DATA);
    assert_int_equal(s.index, 99);
    if (strstr(err.text, words) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", err.text, words);
}

/* ---- known answers ---- */

static void test_frozen(void **state)
{
    (void)state;
    SECRET_OWNED struct secret *whole = sample(), *joined = NULL;
    struct share shares[5];
    for (size_t i = 0; i < 5; i++) {
        SECRET_OWNED struct secret *text = NULL;
        shares[i] = share_of(frozen[i]);
        assert_int_equal(shares[i].needed, 3);
        assert_int_equal(shares[i].count, 5);
        assert_int_equal(shares[i].index, i + 1);
        assert_int_equal(shares[i].set, 0x12345678);
        assert_int_equal(share_write(&text, &shares[i], NULL), SV_OK);
        assert_secret(text, frozen[i], strlen(frozen[i]));
    }
    assert_int_equal(share_join(&joined, shares + 2, 3, NULL), SV_OK);
    assert_true(secret_equal(joined, whole));
    clear_all(shares, 5);
}

static void test_round_trip(void **state)
{
    (void)state;
    SECRET_OWNED struct secret *whole = sample();
    static const unsigned kinds[][2] = {{2, 2}, {2, 16}, {16, 16}, {3, 5}, {9, 13}};
    for (size_t i = 0; i < COUNT(kinds); i++) {
        unsigned k = kinds[i][0], n = kinds[i][1];
        struct share made[SHAMIR_MAX] = {0}, read[SHAMIR_MAX] = {0};
        SECRET_OWNED struct secret *joined = NULL;
        assert_int_equal(share_split(made, k, n, whole, NULL), SV_OK);
        for (unsigned s = 0; s < n; s++) {
            SECRET_OWNED struct secret *text = NULL;
            assert_int_equal(share_write(&text, &made[n - 1 - s], NULL), SV_OK);
            assert_int_equal(secret_len(text), SHARE_TEXT_LEN);
            assert_int_equal(share_read(&read[s], text, NULL), SV_OK);
            assert_int_equal(read[s].set, made[0].set);
        }
        assert_int_equal(share_join(&joined, read, k, NULL), SV_OK);
        assert_true(secret_equal(joined, whole));
        clear_all(made, n);
        clear_all(read, n);
    }
}

static void test_wishes_refused(void **state)
{
    (void)state;
    SECRET_OWNED struct secret *whole = sample();
    static const unsigned kinds[][2] = {{0, 0}, {1, 1}, {1, 5}, {6, 5}, {2, 17}, {17, 17}};
    for (size_t i = 0; i < COUNT(kinds); i++) {
        struct share made[SHAMIR_MAX] = {0};
        assert_int_equal(share_split(made, kinds[i][0], kinds[i][1], whole, NULL), SV_USAGE);
        assert_null(made[0].piece);
    }
}

/* ---- as people type ---- */

static void test_tolerance(void **state)
{
    (void)state;
    static const char *const typed[] = {
        "DANAB DAMUH JINUM SAGAD SARAG SIGAJ SIRAL SOGAN SORAR SUGAT SURAZ TAGID TARIG TIGIJ TIRIL "
        "TOGIN TORIR TUGIT TURIZ GULUL RUVOM TIDIG",
        "  Danab-damuh-jinum-sagad\n sarag-sigaj-siral-sogan\r\n\tsorar sugat, suraz tagid\n"
        "tarig tigij tiril togin\n\n torir tugit turiz gulul\n ruvom tidig.\n",
        " 1  danab damuh jinum sagad\n 5. sarag sigaj siral sogan\n 9: sorar sugat suraz tagid\n"
        "13) tarig tigij tiril togin\n17  torir tugit turiz gulul\n21  ruvom tidig\n",
        "# share 1 of 5\ndanab damuh jinum sagad sarag sigaj siral sogan sorar sugat suraz tagid # "
        "a\n"
        "tarig tigij tiril togin torir tugit turiz gulul ruvom tidig\n# the end, no line feed",
        "danabdamuhjinum sagadsarag sigaj siralsogansorarsugatsuraz tagid tarig tigij tiril togin "
        "torir tugit turiz gulul ruvomtidig",
    };
    for (size_t i = 0; i < COUNT(typed); i++) {
        SHARE_OWNED struct share s = share_of(typed[i]);
        SECRET_OWNED struct secret *text = NULL;
        assert_int_equal(share_write(&text, &s, NULL), SV_OK);
        assert_secret(text, frozen[0], SHARE_TEXT_LEN);
    }
}

static void test_not_words(void **state)
{
    (void)state;
    char text[SHARE_TEXT_LEN + 1];
    assert_refused("", "no word");
    assert_refused("1 2 3", "no word");
    assert_refused("danab", "1 words");
    memcpy(text, frozen[0], sizeof text);
    text[SHARE_TEXT_LEN - 6] = '\0';
    assert_refused(text, "it has 21 words, and a share has 22: look for what is missing");
    memcpy(text, frozen[0], sizeof text);
    text[6] = '1'; /* damuh: 1amuh */
    assert_refused(text, "word 2 is mistyped");
    memcpy(text, frozen[0], sizeof text);
    text[13] = 'e'; /* a vowel that is none of them */
    assert_refused(text, "word 3 is mistyped");
    memcpy(text, frozen[0], sizeof text);
    text[20] = ' '; /* sa ad */
    assert_refused(text, "word 4 is mistyped");
    assert_refused("danab damuh jinum sagad sarag sigaj siral sogan sorar sugat suraz tagid tarig "
                   "tigij tiril togin torir tugit turiz gulul ruvom tidig danab",
                   "23 words, and a share has 22: look for what is too much");
}

/* ---- mistyped ---- */

/* Every letter of every word, made each other letter: always found, and its word named. */
static void test_every_wrong_letter_is_named(void **state)
{
    (void)state;
    char text[SHARE_TEXT_LEN + 1], want[32];
    memcpy(text, frozen[1], sizeof text);
    for (size_t at = 0; at < SHARE_TEXT_LEN; at++) {
        if (text[at] == ' ')
            continue;
        snprintf(want, sizeof want, "word %zu is mistyped", at / 6 + 1);
        for (char c = 'a'; c <= 'z'; c++) {
            if (c == frozen[1][at])
                continue;
            text[at] = c;
            assert_refused(text, want);
        }
        text[at] = frozen[1][at];
    }
}

/* Every bit of every two words: found, and never taken for one wrong word. */
static void test_two_wrong_words_are_found(void **state)
{
    (void)state;
    static const char consonants[] = "bdfghjklmnprstvz";
    char text[SHARE_TEXT_LEN + 1];
    memcpy(text, frozen[2], sizeof text);
    for (size_t a = 0; a < SHARE_WORDS; a++)
        for (size_t b = a + 1; b < SHARE_WORDS; b++)
            for (size_t c = 0; c < 16; c++) {
                size_t first = a * 6, second = b * 6 + 2;
                if (consonants[c] == frozen[2][first] || consonants[c] == frozen[2][second])
                    continue;
                text[first] = text[second] = consonants[c];
                assert_refused(text, "more than one word");
                text[first] = frozen[2][first];
                text[second] = frozen[2][second];
            }
}

static void test_words_out_of_place(void **state)
{
    (void)state;
    char text[SHARE_TEXT_LEN + 1];
    for (size_t i = 0; i + 1 < SHARE_WORDS; i++) {
        memcpy(text, frozen[3], sizeof text);
        memcpy(text + i * 6, frozen[3] + (i + 1) * 6, 5);
        memcpy(text + (i + 1) * 6, frozen[3] + i * 6, 5);
        assert_refused(text, "more than one word");
    }
}

static void test_says_no_word(void **state)
{
    (void)state;
    char text[SHARE_TEXT_LEN + 1];
    for (size_t i = 0; i < SHARE_TEXT_LEN; i++) {
        struct share s;
        struct sv_err err = {0};
        memcpy(text, frozen[3], sizeof text);
        text[i] = text[i] == 'z' ? 'x' : 'z';
        assert_int_equal(read_text(&s, text, &err), SV_DATA);
        for (size_t w = 0; w < SHARE_WORDS; w++) {
            char word[6] = {0};
            memcpy(word, text + w * 6, 5);
            assert_null(strstr(err.text, word));
        }
    }
}

/* ---- sets ---- */

static void test_sets(void **state)
{
    (void)state;
    SECRET_OWNED struct secret *whole = sample(), *joined = NULL;
    struct share a[3] = {0}, b[3] = {0};
    struct sv_err err = {0};
    char want[64];
    assert_int_equal(share_split(a, 3, 3, whole, NULL), SV_OK);
    assert_int_equal(share_split(b, 3, 3, whole, NULL), SV_OK);
    const struct share mixed[] = {a[0], b[1], a[2]}, twice[] = {a[0], a[1], a[0]};

    assert_int_equal(share_join(&joined, mixed, 3, &err), SV_DATA);
    snprintf(want, sizeof want, "share 2 is of set %08x, and share 1 of set %08x", b[0].set,
             a[0].set);
    assert_non_null(strstr(err.text, want));
    assert_int_equal(share_join(&joined, twice, 3, &err), SV_DATA);
    assert_non_null(strstr(err.text, "shares 1 and 3 are the same one (number 1 of 3)"));
    assert_int_equal(share_join(&joined, a, 2, &err), SV_DATA);
    assert_non_null(strstr(err.text, "3 shares"));
    assert_non_null(strstr(err.text, "2 were given: find one more"));
    assert_int_equal(share_join(&joined, a, 0, &err), SV_DATA);
    assert_null(joined);
    clear_all(a, 3);
    clear_all(b, 3);
}

/* More than are needed: the first of them do. */
static void test_more_than_needed(void **state)
{
    (void)state;
    SECRET_OWNED struct secret *whole = sample(), *joined = NULL;
    struct share all[16] = {0};
    assert_int_equal(share_split(all, 2, 16, whole, NULL), SV_OK);
    assert_int_equal(share_join(&joined, all, 16, NULL), SV_OK);
    assert_true(secret_equal(joined, whole));
    clear_all(all, 16);
}

static void test_allocation_failures(void **state)
{
    (void)state;
    SECRET_OWNED struct secret *whole = sample();
    size_t live = secret_live();
    unsigned long n = 1;
    for (bool failed = true; failed; n++) {
        struct share made[2] = {0}, read = {0};
        SECRET_OWNED struct secret *text = NULL;
        sv_alloc_fail_at(n);
        enum sv_status status = share_split(made, 2, 2, whole, NULL);
        if (status == SV_OK)
            status = share_write(&text, &made[0], NULL);
        if (status == SV_OK)
            status = share_read(&read, text, NULL);
        failed = sv_alloc_failed();
        sv_alloc_fail_at(0);
        assert_int_equal(status, failed ? SV_INTERNAL : SV_OK);
        assert_int_equal(read.piece != NULL, !failed);
        clear_all(made, 2);
        share_clear(&read);
        secret_free(text);
        text = NULL;
        assert_int_equal(secret_live(), live);
    }
    assert_true(n > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frozen),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_wishes_refused),
        cmocka_unit_test(test_tolerance),
        cmocka_unit_test(test_not_words),
        cmocka_unit_test(test_every_wrong_letter_is_named),
        cmocka_unit_test(test_two_wrong_words_are_found),
        cmocka_unit_test(test_words_out_of_place),
        cmocka_unit_test(test_says_no_word),
        cmocka_unit_test(test_sets),
        cmocka_unit_test(test_more_than_needed),
        cmocka_unit_test(test_allocation_failures),
        cmocka_unit_test(test_no_secret_lives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
