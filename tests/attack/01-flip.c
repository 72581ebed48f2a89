/* SPDX-License-Identifier: ISC */
/*
 * Attack 1, a bit flipped anywhere.
 * Without SIGNATURE: a changed byte of the signed state was accepted
 * Without HEADER: a changed byte of the header was accepted
 *
 * Every byte of a small vault is changed, one at a time: what comes back is a refusal
 * or the same answers. Free space (zeros) is sampled, unless everything is asked for.
 */
#include "vault.h"

static void make_small_vault(struct fixture *f)
{
    attack_begin(f);
    fixture_add(f, "work", "one");
    fixture_add(f, "home", "two");
    change_password(f, "work", "three");
    fixture_close(f);
}

static void put_byte(int fd, size_t at, uint8_t byte)
{
    assert_int_equal(pwrite(fd, &byte, 1, (off_t)at), 1);
}

static void try_byte(struct fixture *f, int fd, const struct snapshot *s, size_t at, uint8_t mask,
                     const char *want, size_t *refused_count)
{
    char got[512];

    put_byte(fd, at, s->bytes[at] ^ mask);
    enum sv_status st = attack_read_all(f, got, sizeof got);
    put_byte(fd, at, s->bytes[at]);
    *refused_count += st != SV_OK;
    if (st != SV_OK ? strncmp(got, want, strlen(got)) != 0 : strcmp(got, want) != 0)
        broken("byte %zu with mask %u gives another answer: %s", at, mask, got);
    if (st != SV_OK && st != SV_DATA && st != SV_IO)
        fail_msg("byte %zu with mask %u: status %d: %s", at, mask, st, f->err.text);
}

/* Bytes in use are taken one by one, those of free space in strides. */
static size_t next_byte(const struct snapshot *s, size_t at, size_t stride)
{
    for (size_t i = 0; i < stride && ++at < s->len;)
        i += s->bytes[at] ? stride : 1;
    return at;
}

static void a_changed_byte_is_refused_or_means_nothing(void **state)
{
    /* Under valgrind a sample must do. */
    const size_t step = getenv("SMTPVAULT_TEST_SLOW") ? 251 : 1, stride = attack_all() ? 1 : 64;
    struct fixture fx, *f = &fx;
    char want[512], got[512];
    size_t tried = 0, refused_count = 0;
    (void)state;

    make_small_vault(f);
    must(attack_read_all(f, want, sizeof want));
    SNAPSHOT_OWNED struct snapshot s = snapshot_take(f->path);
    int fd = open(f->path, O_RDWR);
    assert_true(fd >= 0);
    for (size_t at = 0; at < s.len; at = next_byte(&s, at + step - 1, stride), tried++) {
        try_byte(f, fd, &s, at, (uint8_t)(1u << (at % 8)), want, &refused_count);
        for (unsigned bit = 0; attack_all() && bit < 8; bit++)
            try_byte(f, fd, &s, at, (uint8_t)(bit == at % 8 ? 0xff : 1u << bit), want,
                     &refused_count);
    }
    printf("%zu of %zu bytes, %zu refused\n", tried, s.len, refused_count);
    close(fd);
    must(attack_read_all(f, got, sizeof got));
    assert_string_equal(got, want);
    assert_true(refused_count > tried / 4); /* else the flips were not seen at all */
    fixture_end(f);
}

/* Of what is signed no bit is free of meaning: it is refused before a key is asked
 * for, and on a machine that has never seen the vault. */
static void no_bit_of_what_is_signed_may_change(void **state)
{
    static const struct {
        const char *begins, *what;
        size_t len;
    } parts[] = {{"smtpvault-vault\n", "the header", HEADER_LEN},
                 {"svstate1", "the signed state", STATE_LEN}};
    struct fixture fx, *f = &fx;
    (void)state;

    make_small_vault(f);
    SNAPSHOT_OWNED struct snapshot s = snapshot_take(f->path);
    int fd = open(f->path, O_RDWR);
    assert_true(fd >= 0);
    attack_new_machine(f);
    for (size_t i = 0; i < COUNT(parts); i++) {
        const uint8_t *from = memmem(s.bytes, s.len, parts[i].begins, strlen(parts[i].begins));
        assert_non_null(from);
        for (size_t bit = 0; bit < 8 * parts[i].len; bit++) {
            size_t at = (size_t)(from - s.bytes) + bit / 8;
            struct vault *v = NULL;
            put_byte(fd, at, s.bytes[at] ^ (uint8_t)(1u << bit % 8));
            enum sv_status st = vault_open(&v, &f->place, true, &f->err);
            vault_close(v);
            put_byte(fd, at, s.bytes[at]);
            if (st != SV_DATA)
                broken("a changed byte of %s was accepted", parts[i].what);
        }
    }
    close(fd);
    fixture_end(f);
}

ATTACK_MAIN(cmocka_unit_test(no_bit_of_what_is_signed_may_change),
            cmocka_unit_test(a_changed_byte_is_refused_or_means_nothing))
