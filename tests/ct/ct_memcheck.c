/* SPDX-License-Identifier: ISC */
/*
 * No branch and no address depends on a secret: each case does with hidden keys and plaintexts
 * what the program does, and memcheck must have nothing to say. Two leaky cases must be caught,
 * or the whole proves nothing. Run under valgrind: `make ct`.
 */
#include "ct.h"

#include <sodium.h>
#include <unistd.h>

#include "audit/audit.h"
#include "audit/seal.h"
#include "crypto/keys.h"
#include "crypto/seal.h"
#include "crypto/shamir.h"
#include "crypto/slot.h"
#include "crypto/token.h"
#include "domain/object.h"

#define must(call)                                                            \
    do {                                                                      \
        if ((call) != SV_OK) {                                                \
            fprintf(stderr, "%s:%d: %s failed\n", __FILE__, __LINE__, #call); \
            exit(2);                                                          \
        }                                                                     \
    } while (0)
#define demand(true) must((true) ? SV_OK : SV_INTERNAL)

#define BOX_MAX 2048

static const uint8_t plain_text[300] = "a password, and what else stands beside it";

static void key_fill(uint8_t key[KEY_LEN], uint8_t first)
{
    for (size_t i = 0; i < KEY_LEN; i++)
        key[i] = (uint8_t)(first + i * 7);
}

/* The result is what it should be: looked at as the public may not. */
static bool shows(const struct secret *s, const void *want, size_t len)
{
    ct_show(secret_peek(s), secret_len(s));
    return secret_len(s) == len && memcmp(secret_peek(s), want, len) == 0;
}

/* ---- boxes ---- */

static void box_roundtrip(enum seal_padding padding)
{
    struct seal_context ctx = {.epoch = 1, .kind = SEAL_CARD, .row = 2};
    SECRET_OWNED struct secret *plain = ct_secret(plain_text, sizeof plain_text), *opened = NULL,
                               *none = NULL;
    uint8_t box[BOX_MAX], key[KEY_LEN], wrong[KEY_LEN];
    size_t len = seal_len(padding, sizeof plain_text);

    key_fill(key, 1);
    key_fill(wrong, 2);
    ct_hide(key, sizeof key);
    ct_hide(wrong, sizeof wrong);
    must(seal_box(box, key, &ctx, padding, secret_peek(plain), secret_len(plain), NULL));
    ct_show(box, len); /* what is written to the file */
    must(seal_open(&opened, key, &ctx, padding, box, len, NULL));
    demand(shows(opened, plain_text, sizeof plain_text));
    demand(seal_open(&none, wrong, &ctx, padding, box, len, NULL) == SV_DATA);
    box[len - 1] ^= 1; /* a wrong tag under the right commitment */
    demand(seal_open(&none, key, &ctx, padding, box, len, NULL) == SV_DATA);
}

static void boxes(void)
{
    box_roundtrip(SEAL_EXACT);
    box_roundtrip(SEAL_PADDED);
}

static void boxes_to_a_public_key(void)
{
    struct seal_context ctx = {.epoch = 1, .kind = SEAL_TOKEN, .row = 2};
    SECRET_OWNED struct secret *opened = NULL, *none = NULL;
    uint8_t box[BOX_MAX], sk[KEY_LEN], pk[KEY_LEN], psk[KEY_LEN], plain[64] = "a key";
    size_t len = pkseal_len(SEAL_EXACT, sizeof plain);
    struct pkseal_reader reader = {sk, pk};

    key_fill(sk, 3);
    key_fill(psk, 4);
    ct_hide(sk, sizeof sk);
    ct_hide(psk, sizeof psk);
    ct_hide(plain, sizeof plain);
    pkseal_public(pk, sk);
    must(pkseal_box(box, pk, psk, &ctx, SEAL_EXACT, plain, sizeof plain, NULL));
    ct_show(box, len);
    must(pkseal_open(&opened, &reader, psk, &ctx, SEAL_EXACT, box, len, NULL));
    ct_show(plain, sizeof plain);
    demand(shows(opened, plain, sizeof plain));
    psk[0] ^= 1;
    demand(pkseal_open(&none, &reader, psk, &ctx, SEAL_EXACT, box, len, NULL) == SV_DATA);
}

/* What compares secrets as such. */
static void comparisons(void)
{
    uint8_t bytes[KEY_LEN], other[KEY_LEN];

    key_fill(bytes, 5);
    key_fill(other, 5);
    other[0] ^= 1;
    SECRET_OWNED struct secret *a = ct_secret(bytes, sizeof bytes);
    SECRET_OWNED struct secret *same = ct_secret(bytes, sizeof bytes);
    SECRET_OWNED struct secret *b = ct_secret(other, sizeof other);
    demand(secret_equal(a, same));
    demand(!secret_equal(a, b));
}

/* ---- the key tree ---- */

static void key_trees(void)
{
    uint8_t root[KEY_LEN], sk[KEY_LEN], pk[KEY_LEN], psk[KEY_LEN];
    SECRET_OWNED struct secret *keys = NULL;

    key_fill(root, 6);
    ct_hide(root, sizeof root);
    must(keys_from_root(&keys, root, NULL));
    keys_from_seed(sk, pk, psk, root);
    (void)object_id(root, OBJECT_PROFILE, "work", 4);
}

/* ---- slots ---- */

struct slot_case {
    enum slot_type type;
    struct slot_credentials make, open, wrong;
};

static void slot_roundtrip(const struct slot_case *s)
{
    struct slot_place place = {.epoch = 1, .number = 2};
    SECRET_OWNED struct secret *bundle = NULL, *seed = NULL, *none = NULL;
    uint8_t root[KEY_LEN];
    BLOB_OWNED struct blob row = {0};
    struct slot_public pub;

    key_fill(root, 7);
    ct_hide(root, sizeof root);
    must(slot_make(&row, &place, s->type, ROLE_ADMIN, NULL, &s->make, root, sizeof root, &pub,
                   NULL));
    ct_show(row.bytes, row.len);
    must(slot_open(&bundle, &seed, row.bytes, row.len, &place, &s->open, NULL));
    ct_show(root, sizeof root);
    demand(shows(bundle, root, sizeof root));
    demand(slot_open(&none, NULL, row.bytes, row.len, &place, &s->wrong, NULL) == SV_DENIED);
}

/* Argon2id is left out: Argon2i's half of a first pass hides the passphrase, and the rest is
 * made of what that gives. It is the library's, and documented so. */
static void slots(void)
{
    uint8_t bytes[KEY_LEN], other[KEY_LEN], pk[KEY_LEN];

    key_fill(bytes, 8);
    key_fill(other, 9);
    SECRET_OWNED struct secret *key = ct_secret(bytes, sizeof bytes);
    SECRET_OWNED struct secret *wrong = ct_secret(other, sizeof other);
    pkseal_public(pk, secret_peek(key));
    const struct slot_case cases[] = {
        {SLOT_KEYFILE, {.keyfile_hash = key}, {.keyfile_hash = key}, {.keyfile_hash = wrong}},
        {SLOT_IDENTITY, {.identity_pk = pk}, {.identity = key}, {.identity = wrong}},
        {SLOT_RECOVERY, {.recovery = key}, {.recovery = key}, {.recovery = wrong}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        slot_roundtrip(&cases[i]);
}

static void shares(void)
{
    struct secret *pieces[5];
    uint8_t bytes[KEY_LEN];

    key_fill(bytes, 10);
    SECRET_OWNED struct secret *whole = ct_secret(bytes, sizeof bytes), *joined = NULL;
    must(shamir_split(pieces, 3, 5, whole, NULL));
    const struct shamir_piece some[] = {{1, pieces[0]}, {3, pieces[2]}, {5, pieces[4]}};
    for (size_t i = 0; i < 3; i++)
        ct_hide(secret_peek(some[i].bytes), secret_len(some[i].bytes));
    must(shamir_join(&joined, some, 3, NULL));
    demand(shows(joined, bytes, sizeof bytes));
    for (size_t i = 0; i < 5; i++)
        secret_free(pieces[i]);
}

/* ---- tokens ---- */

/* All behind the prefix is hidden; then one that is mistyped. */
static void tokens(void)
{
    SECRET_OWNED struct secret *text = NULL, *keys = NULL, *none = NULL;

    must(token_make(&text, NULL, NULL));
    ct_hide(secret_peek(text) + TOKEN_PREFIX_LEN, TOKEN_TEXT_LEN - TOKEN_PREFIX_LEN);
    must(token_parse(&keys, text, NULL));
    (void)object_id(token_keys_peek(keys)->psk, OBJECT_TOKEN, "12345678", 8);
    secret_poke(text)[TOKEN_PREFIX_LEN] ^= 1;
    demand(token_parse(&none, text, NULL) == SV_DATA);
    secret_poke(text)[TOKEN_PREFIX_LEN] ^= 0x81;
    demand(token_parse(&none, text, NULL) == SV_DATA);
}

/* The row of a token, and a profile with the key that stands in it. */
static void rows_of_tokens(void)
{
    struct object_space space = {.epoch = 1};
    SECRET_OWNED struct secret *text = NULL, *keys = NULL, *wrap = NULL, *opened = NULL,
                               *content = NULL;
    SECRET_OWNED struct secret *card = ct_secret(plain_text, 100);
    SECRET_OWNED struct secret *secret = ct_secret(plain_text, 200);
    BLOB_OWNED struct blob row = {0};

    must(token_make(&text, &keys, NULL));
    const struct token_keys *k = token_keys_peek(keys);
    const struct object_reader reader = {.pk = k->pk, .psk = k->psk};
    ct_hide(k->sk, sizeof k->sk);
    ct_hide(k->psk, sizeof k->psk);
    must(object_wrap_new(&wrap, OBJECT_TOKEN, 1, NULL, NULL));
    ct_hide(object_wrap_peek(wrap)->dek, KEY_LEN);
    must(object_seal_to(&row, &space, 5, &reader, wrap, card, secret, NULL));
    ct_show(row.bytes, row.len);
    must(object_open_wrap_to(&opened, &space, 5, &reader, k->sk, row.bytes, row.len, NULL));
    ct_show(secret_peek(opened), offsetof(struct object_wrap, dek)); /* kind and version */
    must(object_open_secret(&content, &space, 5, opened, row.bytes, row.len, NULL));
    demand(shows(content, plain_text, 200));
}

/* ---- the log ---- */

static void log_fill(const char *dir, const uint8_t vault_id[16], const uint8_t pk[KEY_LEN])
{
    struct audit_event e = {.op = AUDIT_GET, .result = AUDIT_OK};
    AUDIT_OWNED struct audit *a = NULL;

    must(audit_open(&a, dir, vault_id, pk, NULL, NULL));
    for (int i = 0; i < 3; i++)
        must(audit_append(a, &e, NULL, NULL, NULL));
}

/* Every tag of a small log, checked under keys that come of a hidden one. */
static void tags_of_the_log(void)
{
    static const uint8_t vault_id[16] = "a vault's id";
    const struct audit_check check = {.partial = false};
    char root[] = "/tmp/smtpvault-ct-XXXXXX", dir[64], command[96];
    uint8_t sk[KEY_LEN], pk[KEY_LEN];
    struct audit_report report;

    demand(mkdtemp(root) != NULL);
    snprintf(dir, sizeof dir, "%s/log", root);
    key_fill(sk, 11);
    pkseal_public(pk, sk);
    log_fill(dir, vault_id, pk);
    {
        SECRET_OWNED struct secret *keys = ct_secret(sk, sizeof sk);
        AUDIT_OWNED struct audit *a = NULL;
        must(audit_open_inspect(&a, dir, vault_id, NULL));
        must(audit_verify(a, keys, &check, &report, NULL));
    }
    snprintf(command, sizeof command, "rm -rf '%s'", root);
    demand(system(command) == 0);
    demand(report.entries == 4 && report.findings == 0);
}

/* ---- what must be caught ---- */

static volatile int sink;

/* Stops at the first byte that differs. */
static void a_leaky_comparison(void)
{
    uint8_t a[KEY_LEN], b[KEY_LEN];

    key_fill(a, 12);
    key_fill(b, 12);
    b[20] ^= 1;
    ct_hide(a, sizeof a);
    size_t i = 0;
    while (i < sizeof a && a[i] == b[i])
        i++;
    sink = (int)i;
}

static void a_leaky_table(void)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
    uint8_t secret = 7;

    ct_hide(&secret, 1);
    sink = letters[secret & 31];
}

/* ---- */

struct ct_case {
    const char *name;
    void (*run)(void);
    bool leaks;
};

static const struct ct_case cases[] = {
    {"a leaky comparison is caught", a_leaky_comparison, true},
    {"a leaky table is caught", a_leaky_table, true},
    {"sealing and opening, right key, wrong key, wrong tag", boxes, false},
    {"sealing to a public key and opening", boxes_to_a_public_key, false},
    {"comparing secrets", comparisons, false},
    {"the key tree", key_trees, false},
    {"slots: key file, identity, recovery; right and wrong", slots, false},
    {"shares, split and joined", shares, false},
    {"a token's text, right and mistyped", tokens, false},
    {"a token's row", rows_of_tokens, false},
    {"the tags of the log", tags_of_the_log, false},
};

int main(void)
{
    int failed = 0;

    if (!RUNNING_ON_VALGRIND) {
        fprintf(stderr, "ct_memcheck says nothing without valgrind: make ct\n");
        return 2;
    }
    must(secret_process_harden(NULL));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        unsigned before = VALGRIND_COUNT_ERRORS;
        cases[i].run();
        unsigned errors = VALGRIND_COUNT_ERRORS - before;
        bool good = (errors > 0) == cases[i].leaks;
        printf("%s %s: %u\n", good ? "ok" : "not ok", cases[i].name, errors);
        failed += !good;
    }
    if (secret_live() != 0)
        printf("not ok: %zu secrets are alive\n", secret_live());
    return failed != 0 || secret_live() != 0;
}
