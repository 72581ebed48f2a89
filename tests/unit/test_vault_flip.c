/* SPDX-License-Identifier: ISC */
/*
 * Every byte of a small vault is changed, one at a time: what comes back is a
 * refusal or the same answers.
 */
#include "vault_attack.h"

static void make_small_vault(struct fixture *f)
{
    PROFILE_OWNED struct profile p = {0};
    SECRET_OWNED struct secret *s = NULL;

    fixture_begin(f);
    fixture_add(f, "work", "one");
    fixture_add(f, "home", "two");
    must(vault_find(f->v, "work", &p, &f->err));
    must(secret_copy(&s, "three", 5, &f->err));
    must(vault_edit(f->v, &p, s, AUDIT_EDIT, &f->err));
    fixture_close(f);
}

static void put_byte(int fd, size_t at, uint8_t byte)
{
    assert_int_equal(pwrite(fd, &byte, 1, (off_t)at), 1);
}

/* Bytes in use are taken one by one, those of free space (zeros) in strides. */
static size_t next_byte(const struct snapshot *s, size_t at, size_t stride)
{
    for (size_t i = 0; i < stride && ++at < s->len;)
        i += s->bytes[at] ? stride : 1;
    return at;
}

static void a_changed_byte_is_refused_or_means_nothing(void **state)
{
    /* Under valgrind a sample must do. */
    const size_t step = getenv("SMTPVAULT_TEST_SLOW") ? 251 : 1;
    struct fixture fx, *f = &fx;
    char want[512], got[512];
    size_t tried = 0, refused = 0;
    (void)state;

    make_small_vault(f);
    must(attack_read_all(f, want, sizeof want));
    SNAPSHOT_OWNED struct snapshot s = snapshot_take(f->path);
    int fd = open(f->path, O_RDWR);
    assert_true(fd >= 0);
    for (size_t at = 0; at < s.len; at = next_byte(&s, at + step - 1, 64), tried++) {
        put_byte(fd, at, s.bytes[at] ^ (uint8_t)(1u << (at % 8)));
        enum sv_status st = attack_read_all(f, got, sizeof got);
        put_byte(fd, at, s.bytes[at]);
        refused += st != SV_OK;
        if (st != SV_OK ? strncmp(got, want, strlen(got)) != 0 : strcmp(got, want) != 0)
            fail_msg("byte %zu: %s", at, got);
        if (st != SV_OK && st != SV_DATA && st != SV_IO)
            fail_msg("byte %zu: status %d: %s", at, st, f->err.text);
    }
    printf("%zu of %zu bytes, %zu refused\n", tried, s.len, refused);
    close(fd);
    must(attack_read_all(f, got, sizeof got));
    assert_string_equal(got, want);
    assert_true(refused > tried / 4); /* else the flips were not seen at all */
    fixture_end(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_changed_byte_is_refused_or_means_nothing),
    };
    struct sv_err err;

    return secret_process_harden(&err) != SV_OK || cmocka_run_group_tests(tests, NULL, NULL) != 0 ||
           secret_live() != 0;
}
