/* SPDX-License-Identifier: ISC */
/*
 * The words that the front answers by itself. Input: words, each a byte: one of the words
 * below, or a length and its bytes. What the front understands, the full program must
 * understand in the same way; it may leave alone what it likes.
 */
#include "cli/args.h"
#include "cli/cli.h"
#include "domain/version.h"
#include "front/ask.h"
#include "fuzz.h"

#define WORDS_MAX 12

static char *word(struct buf_reader *in)
{
    static const char *const known[] = {"get",
                                        "work",
                                        "password",
                                        "username",
                                        "--vault",
                                        "--vault=v.db",
                                        "--version",
                                        "-n",
                                        "--version=",
                                        "--version",
                                        "2",
                                        "previous",
                                        "current",
                                        "--no-newline",
                                        "--vault=",
                                        "--json",
                                        "-q",
                                        "--",
                                        "",
                                        "v.db",
                                        "--no-agent",
                                        "-nn",
                                        "0",
                                        " work",
                                        "name",
                                        "get=",
                                        "--vault",
                                        "--version=3",
                                        "--token-from",
                                        "--token-from=file:t"};
    size_t count = sizeof known / sizeof known[0];
    uint8_t choice = buf_get_u8(in);
    return choice < count ? strdup(known[choice]) : fuzz_word(in);
}

/* The full program's understanding of the same words. */
static void compare(const struct ask *ask, int argc, char *const *argv)
{
    ARGS_OWNED struct args *head = NULL, *args = NULL;
    struct cli cli = {.exit_status = -1};
    struct sv_err err = {""};
    int used = 0;

    CHECK(args_parse(&head, NULL, &cli, argc - 1, argv + 1, &used, &err) == SV_OK);
    const struct command *c = command_find(argv[1 + used]);
    CHECK(c != NULL && strcmp(c->name, "get") == 0);
    CHECK(args_parse(&args, c, &cli, argc - used - 2, argv + used + 2, NULL, &err) == SV_OK);
    CHECK(args_check_count(args, &err) == SV_OK);
    CHECK(!cli.json && !cli.help && !cli.version && !cli.no_agent && !cli.way_given);
    CHECK((ask->token_from == NULL) == (cli.token_from == NULL));
    CHECK(ask->token_from == NULL || strcmp(ask->token_from, cli.token_from) == 0);

    const char *field = args_word(args, 1), *version = args_value(args, "version");
    CHECK(strcmp(ask->name, args_word(args, 0)) == 0);
    if (field == NULL || strcmp(field, "password") == 0)
        CHECK(ask->field[0] == '\0');
    else
        CHECK(strcmp(ask->field, field) == 0 && profile_field(field) != NULL);
    CHECK(strcmp(ask->version, version != NULL ? version : "") == 0);
    CHECK(version_check(version, &err) == SV_OK);
    CHECK(ask->newline == !args_flag(args, "no-newline"));
    CHECK((ask->vault == NULL) == (cli.vault_file == NULL));
    CHECK(ask->vault == NULL || strcmp(ask->vault, cli.vault_file) == 0);
    CHECK(strlen(ask->name) <= ASK_NAME_MAX && strlen(ask->field) <= ASK_WORD_MAX &&
          strlen(ask->version) <= ASK_WORD_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf_reader in = buf_reader_over(data, size);
    char *argv[WORDS_MAX + 1] = {NULL};
    struct ask ask;
    int argc = 0;

    fuzz_begin();
    argv[argc++] = strdup("smtpvault");
    while (argc < WORDS_MAX && in.left > 0)
        argv[argc++] = word(&in);
    if (ask_read(&ask, argv))
        compare(&ask, argc, argv);
    for (int i = 0; i < argc; i++)
        free(argv[i]);
    return fuzz_end();
}
