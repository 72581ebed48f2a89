/* SPDX-License-Identifier: ISC */
/* The tree hash of RFC 6962, against the published vectors of the certificate
 * transparency project and against another way of computing it. */
#include "support.h"

#include "audit/merkle.h"
#include "base/buf.h"
#include "base/text.h"

static const struct {
    const char *bytes;
    size_t len;
} leaves[] = {{"", 0},
              {"\x00", 1},
              {"\x10", 1},
              {"\x20\x21", 2},
              {"\x30\x31", 2},
              {"\x40\x41\x42\x43", 4},
              {"\x50\x51\x52\x53\x54\x55\x56\x57", 8},
              {"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f", 16}};

static const char *const roots[] = {
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};

/* Leaves LE64(0) .. LE64(999), by Python's hashlib. */
static const char *const root_of_1000 =
    "2ead098f942159838db37f138003c41ba2cdc6c04d42366c530027b1db6b7f75";

static void assert_root(const struct frontier *f, const char *hex)
{
    uint8_t root[MERKLE_LEN];
    char text[2 * MERKLE_LEN + 1];

    frontier_root(f, root);
    assert_string_equal(text_hex(text, root, sizeof root), hex);
}

static void known_roots(void **state)
{
    struct frontier f = {0};
    uint8_t leaf[MERKLE_LEN];

    (void)state;
    assert_root(&f, roots[0]);
    for (size_t i = 0; i < COUNT(leaves); i++) {
        merkle_leaf(leaf, leaves[i].bytes, leaves[i].len);
        frontier_push(&f, leaf);
        assert_int_equal(f.size, i + 1);
        assert_root(&f, roots[i + 1]);
    }
}

static void long_tree(void **state)
{
    struct frontier f = {0};
    uint8_t leaf[MERKLE_LEN], number[8];

    (void)state;
    for (uint64_t i = 0; i < 1000; i++) {
        le64_put(number, i);
        merkle_leaf(leaf, number, sizeof number);
        frontier_push(&f, leaf);
    }
    assert_root(&f, root_of_1000);
}

/* MTH of RFC 6962 section 2.1, as it is written there. */
static void mth(uint8_t out[MERKLE_LEN], uint64_t first, uint64_t count)
{
    uint8_t left[MERKLE_LEN], right[MERKLE_LEN], number[8];
    uint64_t k = 1;

    if (count == 1) {
        le64_put(number, first);
        merkle_leaf(out, number, sizeof number);
        return;
    }
    while (2 * k < count)
        k *= 2;
    mth(left, first, k);
    mth(right, first + k, count - k);
    merkle_node(out, left, right);
}

static void every_small_size(void **state)
{
    struct frontier f = {0};
    uint8_t leaf[MERKLE_LEN], number[8], root[MERKLE_LEN], expected[MERKLE_LEN];

    (void)state;
    for (uint64_t i = 0; i < 130; i++) {
        le64_put(number, i);
        merkle_leaf(leaf, number, sizeof number);
        frontier_push(&f, leaf);
        mth(expected, 0, i + 1);
        frontier_root(&f, root);
        assert_memory_equal(root, expected, sizeof root);
        assert_int_equal(frontier_count(f.size), (size_t)__builtin_popcountll(i + 1));
    }
}

/* A leaf is no node: the prefixes keep them apart. */
static void prefixes_count(void **state)
{
    uint8_t pair[2 * MERKLE_LEN] = {7}, leaf[MERKLE_LEN], node[MERKLE_LEN];

    (void)state;
    merkle_leaf(leaf, pair, sizeof pair);
    merkle_node(node, pair, pair + MERKLE_LEN);
    assert_memory_not_equal(leaf, node, sizeof leaf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_roots),
        cmocka_unit_test(long_tree),
        cmocka_unit_test(every_small_size),
        cmocka_unit_test(prefixes_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
