/* SPDX-License-Identifier: ISC */
#include "crypto_support.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "crypto/argon2id_raw.h"
#include "crypto/headroom.h"

/* Far below the floors: argon2_derive has none. */
static const struct argon2_cost cheap = {.passes = 1, .memory_kib = 256, .lanes = 4};

/* ---- the memory, watched (the Makefile wraps these three) ---- */

static struct {
    size_t size; /* of the mapping to look at, 0 for none */
    bool refuse;
    void *memory;
    bool undumped;
    bool wiped;
    int given_back;
} watch;

void *__real_mmap(void *at, size_t size, int prot, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t size, int prot, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t size, int prot, int flags, int fd, off_t offset)
{
    if (size != watch.size)
        return __real_mmap(at, size, prot, flags, fd, offset);
    if (watch.refuse) {
        errno = ENOMEM;
        return MAP_FAILED;
    }
    watch.memory = __real_mmap(at, size, prot, flags, fd, offset);
    return watch.memory;
}

int __real_madvise(void *memory, size_t size, int advice);
int __wrap_madvise(void *memory, size_t size, int advice);
int __wrap_madvise(void *memory, size_t size, int advice)
{
    int failed = __real_madvise(memory, size, advice);
    if (size == watch.size && memory == watch.memory && advice == MADV_DONTDUMP)
        watch.undumped = failed == 0;
    return failed;
}

int __real_munmap(void *memory, size_t size);
int __wrap_munmap(void *memory, size_t size);
int __wrap_munmap(void *memory, size_t size)
{
    if (size == watch.size && memory == watch.memory) {
        watch.given_back++;
        watch.wiped = sodium_is_zero(memory, size);
    }
    return __real_munmap(memory, size);
}

/* ---- known answers ---- */

struct rfc_input {
    uint8_t passphrase[32], salt[16], secret[8], ad[12];
};

static struct rfc_input rfc_bytes(void)
{
    struct rfc_input in;
    memset(in.passphrase, 1, sizeof in.passphrase);
    memset(in.salt, 2, sizeof in.salt);
    memset(in.secret, 3, sizeof in.secret);
    memset(in.ad, 4, sizeof in.ad);
    return in;
}

static struct argon2id_input rfc_spans(const struct rfc_input *in)
{
    return (struct argon2id_input){
        .passphrase = {in->passphrase, sizeof in->passphrase},
        .salt = {in->salt, sizeof in->salt},
        .secret = {in->secret, sizeof in->secret},
        .ad = {in->ad, sizeof in->ad},
        .cost = {.passes = 3, .memory_kib = 32, .lanes = 4},
    };
}

static const char rfc_tag[] = "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659";

/* RFC 9106 section 5.3. */
static void test_rfc9106_5_3(void **state)
{
    (void)state;
    struct rfc_input in = rfc_bytes();
    struct argon2id_input spans = rfc_spans(&in);
    uint8_t tag[32];
    assert_int_equal(argon2id_raw(tag, sizeof tag, &spans, NULL), SV_OK);
    assert_hex(tag, sizeof tag, rfc_tag);
}

static void test_memory_is_wiped_and_not_dumped(void **state)
{
    (void)state;
    struct rfc_input in = rfc_bytes();
    struct argon2id_input spans = rfc_spans(&in);
    uint8_t tag[32];
    spans.cost.memory_kib = 992; /* of a size that nobody else maps */
    watch.size = (size_t)992 * 1024;
    assert_int_equal(argon2id_raw(tag, sizeof tag, &spans, NULL), SV_OK);
    watch.size = 0;
    assert_non_null(watch.memory);
    assert_true(watch.undumped);
    assert_int_equal(watch.given_back, 1);
    assert_true(watch.wiped);
}

/* ---- derive ---- */

struct recipe {
    const char *passphrase;
    uint8_t salt[ARGON2_SALT_LEN];
    const uint8_t *keyfile_hash;
    const char *ad;
    struct argon2_cost cost;
};

static void derive(uint8_t out[KEY_LEN], const struct recipe *r)
{
    SECRET_OWNED struct secret *passphrase = secret_of(r->passphrase, strlen(r->passphrase));
    SECRET_OWNED struct secret *key = NULL;
    assert_int_equal(secret_new(&key, KEY_LEN, NULL), SV_OK);
    assert_int_equal(argon2_derive(key, passphrase, r->salt, r->keyfile_hash, r->ad, strlen(r->ad),
                                   &r->cost, NULL),
                     SV_OK);
    assert_int_equal(secret_len(key), KEY_LEN);
    memcpy(out, secret_peek(key), KEY_LEN);
}

static void test_every_input_counts(void **state)
{
    (void)state;
    static const uint8_t hash_a[KEY_LEN] = {1}, hash_b[KEY_LEN] = {2};
    struct recipe base = {.passphrase = "correct", .ad = "slot", .cost = cheap}, r[10];
    uint8_t keys[COUNT(r)][KEY_LEN], again[KEY_LEN];
    for (size_t i = 0; i < COUNT(r); i++)
        r[i] = base;
    r[1].passphrase = "correcu";
    r[2].salt[31] = 1;
    r[3].keyfile_hash = hash_a;
    r[4].keyfile_hash = hash_b;
    r[5].ad = "slou";
    r[6].ad = "";
    r[7].cost.passes = 2;
    r[8].cost.memory_kib = 272;
    r[9].cost.lanes = 2;
    for (size_t i = 0; i < COUNT(r); i++) {
        derive(keys[i], &r[i]);
        for (size_t j = 0; j < i; j++)
            assert_memory_not_equal(keys[i], keys[j], KEY_LEN);
    }
    derive(again, &base);
    assert_memory_equal(again, keys[0], KEY_LEN);
}

static void test_no_room(void **state)
{
    (void)state;
    uint8_t salt[ARGON2_SALT_LEN] = {0};
    SECRET_OWNED struct secret *passphrase = secret_of("x", 1);
    SECRET_OWNED struct secret *key = NULL;
    assert_int_equal(secret_new(&key, KEY_LEN - 1, NULL), SV_OK);
    assert_int_equal(argon2_derive(key, passphrase, salt, NULL, NULL, 0, &cheap, NULL),
                     SV_INTERNAL);
    assert_int_equal(secret_len(key), 0);
}

static void test_cost_check(void **state)
{
    (void)state;
    static const struct {
        struct argon2_cost cost;
        enum sv_status want;
    } rows[] = {
        {{3, 65536, 4}, SV_OK},
        {{3, 65536, 1}, SV_OK},
        {{64, 4194304, 16}, SV_OK},
        {{2, 65536, 4}, SV_DATA},
        {{65, 65536, 4}, SV_DATA},
        {{3, 65535, 4}, SV_DATA},
        {{3, 4194305, 4}, SV_DATA},
        {{3, 65536, 0}, SV_DATA},
        {{3, 65536, 17}, SV_DATA},
        {{0, 0, 0}, SV_DATA},
        {{UINT32_MAX, 65536, 4}, SV_DATA},
        {{3, UINT32_MAX, 4}, SV_DATA},
        {{3, 65536, UINT32_MAX}, SV_DATA},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct sv_err err = {0};
        assert_int_equal(argon2_cost_check(&rows[i].cost, &err), rows[i].want);
        assert_int_equal(err.text[0] != '\0', rows[i].want != SV_OK);
    }
    assert_int_equal(argon2_cost_check(&argon2_default, NULL), SV_OK);
    assert_int_equal(argon2_default.memory_kib, 256 * 1024);
}

/* ---- a poor world ---- */

/* Where no thread can be started at all, the key is the same. */
static int derive_without_threads(void *context)
{
    struct rfc_input in = rfc_bytes();
    struct argon2id_input spans = rfc_spans(&in);
    struct rlimit none = {0, 0};
    uint8_t tag[32], want[32];
    (void)context;
    if (setrlimit(RLIMIT_NPROC, &none) != 0 || support_drop_rights() != 0)
        return 2;
    if (fork() != -1)
        return 3; /* the limit does not bite: this test would prove nothing */
    if (argon2id_raw(tag, sizeof tag, &spans, NULL) != SV_OK)
        return 4;
    (void)unhex(want, sizeof want, rfc_tag);
    return memcmp(tag, want, sizeof tag) == 0 ? 0 : 5;
}

static void test_without_threads(void **state)
{
    (void)state;
    assert_child_ok(derive_without_threads, NULL);
}

static void test_without_memory(void **state)
{
    (void)state;
    struct rfc_input in = rfc_bytes();
    struct argon2id_input spans = rfc_spans(&in);
    struct sv_err err = {0};
    uint8_t tag[32] = {0};
    spans.cost.memory_kib = 1024 * 1024;
    watch.size = (size_t)1 << 30;
    watch.refuse = true;
    assert_int_equal(argon2id_raw(tag, sizeof tag, &spans, &err), SV_INTERNAL);
    watch.size = 0;
    watch.refuse = false;
    assert_true(sodium_is_zero(tag, sizeof tag));
    assert_non_null(strstr(err.text, "1024 MiB"));
}

static void test_allocation_failures(void **state)
{
    (void)state;
    uint8_t salt[ARGON2_SALT_LEN] = {0};
    SECRET_OWNED struct secret *passphrase = secret_of("x", 1);
    SECRET_OWNED struct secret *key = NULL;
    unsigned long n = 1;
    assert_int_equal(secret_new(&key, KEY_LEN, NULL), SV_OK);
    for (;; n++) {
        sv_alloc_fail_at(n);
        enum sv_status status = argon2_derive(key, passphrase, salt, NULL, NULL, 0, &cheap, NULL);
        int failed = sv_alloc_failed();
        sv_alloc_fail_at(0);
        if (!failed) {
            assert_int_equal(status, SV_OK);
            break;
        }
        assert_int_equal(status, SV_INTERNAL);
        assert_int_equal(secret_len(key), 0);
        assert_true(sodium_is_zero(secret_peek(key), KEY_LEN));
    }
    assert_true(n > 1);
}

/* Bounds only: how fast this machine is proves nothing. */
static void test_calibrate(void **state)
{
    (void)state;
    struct argon2_cost cost = {0};
    assert_int_equal(argon2_calibrate(&cost, NULL), SV_OK);
    assert_int_equal(argon2_cost_check(&cost, NULL), SV_OK);
    assert_int_equal(cost.passes, argon2_default.passes);
    assert_int_equal(cost.lanes, argon2_default.lanes);
    assert_true(cost.memory_kib <= 1024 * 1024);
    assert_true(cost.memory_kib == ARGON2_MIN_KIB || cost.memory_kib <= headroom_kib());
}

/* Reading the limits may fail without harm; the memory itself may not. */
static void test_calibrate_without_memory(void **state)
{
    (void)state;
    struct argon2_cost cost = {0};
    unsigned long n = 1;
    for (;; n++) {
        sv_alloc_fail_at(n);
        (void)headroom_kib();
        if (!sv_alloc_failed())
            break;
    }
    sv_alloc_fail_at(n); /* the first allocation after those of headroom */
    assert_int_equal(argon2_calibrate(&cost, NULL), SV_INTERNAL);
    assert_true(sv_alloc_failed());
    sv_alloc_fail_at(0);
    assert_int_equal(cost.passes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rfc9106_5_3),
        cmocka_unit_test(test_memory_is_wiped_and_not_dumped),
        cmocka_unit_test(test_every_input_counts),
        cmocka_unit_test(test_no_room),
        cmocka_unit_test(test_cost_check),
        cmocka_unit_test(test_without_memory),
        cmocka_unit_test(test_allocation_failures),
        cmocka_unit_test(test_calibrate),
        cmocka_unit_test(test_calibrate_without_memory),
        cmocka_unit_test(test_no_secret_lives),
    };
    /* Under valgrind the child died of a signal in two of some two hundred runs, and never
     * without: what it makes of a thread that is refused says nothing of us. */
    const struct CMUnitTest refused[] = {cmocka_unit_test(test_without_threads)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    if (getenv("SMTPVAULT_TEST_SLOW") == NULL)
        failed += cmocka_run_group_tests(refused, NULL, NULL);
    return failed;
}
