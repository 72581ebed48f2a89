/* SPDX-License-Identifier: ISC */
/*
 * The words of a command line. Input: command u8, then words, each a length byte and
 * its bytes. No message repeats a value, whatever it is behind; a source of secrets
 * that is refused is not repeated either.
 */
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/source.h"
#include "fuzz.h"

#define WORDS_MAX 24

/* The name of an option that nobody knows is told; bytes that are in one are no secret. */
static bool is_in_a_name(char *const *argv, int argc, const char *value)
{
    for (int i = 0; i < argc; i++) {
        const char *at = argv[i][0] == '-' ? strstr(argv[i], value) : NULL;
        const char *equals = strchr(argv[i], '=');
        if (at != NULL && (equals == NULL || at <= equals))
            return true;
    }
    return false;
}

/* What stands behind '=' of an option, or is a word of its own. */
static void hush_values(char *const *argv, int argc)
{
    for (int i = 0; i < argc && i < 8; i++) {
        const char *equals = argv[i][0] == '-' ? strchr(argv[i], '=') : NULL;
        const char *value = equals != NULL ? equals + 1 : argv[i];
        if ((argv[i][0] != '-' || equals != NULL) && !is_in_a_name(argv, argc, value))
            fuzz_hush(value, strlen(value));
    }
}

static void check_args(const struct args *args, int argc)
{
    struct sv_err err = {""};

    CHECK(args_count(args) <= (size_t)argc);
    for (size_t i = 0; i < args_count(args); i++)
        CHECK(args_word(args, i) != NULL);
    CHECK(args_word(args, args_count(args)) == NULL);
    (void)fuzz_told(args_check_count(args, &err), &err);
}

static void take(struct buf_reader *in)
{
    ARGS_OWNED struct args *args = NULL;
    char *argv[WORDS_MAX + 1] = {NULL};
    struct cli cli = {.exit_status = -1};
    struct sv_err err = {""};
    int argc = 0, used = -1;
    size_t number = buf_get_u8(in) % (command_count + 1);
    const struct command *c = number < command_count ? commands[number] : NULL;

    while (argc < WORDS_MAX && in->left > 0)
        argv[argc++] = fuzz_word(in);
    hush_values(argv, argc);
    if (fuzz_told(args_parse(&args, c, &cli, argc, argv, &used, &err), &err) == SV_OK) {
        CHECK(used >= 0 && used <= argc);
        if (c != NULL)
            check_args(args, argc);
        if (cli.passphrase_from != NULL)
            (void)fuzz_told(source_check(&cli, cli.passphrase_from, &err), &err);
    }
    for (int i = 0; i < argc && i < 2; i++) {
        enum sv_status st = fuzz_told(source_check(&cli, argv[i], &err), &err);
        CHECK(st == SV_OK || st == SV_USAGE);
        if (argv[i][0] != '\0' && strlen(argv[i]) < 40)
            (void)command_find(argv[i]);
    }
    for (int i = 0; i < argc; i++)
        free(argv[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf_reader in = buf_reader_over(data, size);

    fuzz_begin();
    take(&in);
    return fuzz_end();
}
