/* SPDX-License-Identifier: ISC */
/* shares_read: recovery shares on their way in. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "access/member.h"
#include "base/file.h"
#include "cli/print.h"
#include "cli/prompt.h"
#include "cli/screen.h"
#include "cli/source.h"

/* Those that were given so far. */
struct collection {
    struct share shares[SHAMIR_MAX];
    size_t count;
};

static void collection_clear(struct collection *c)
{
    for (size_t i = 0; i < c->count; i++)
        share_clear(&c->shares[i]);
}

/* Reads a share and puts it to the others; the message names it by its place. */
static enum sv_status take(struct collection *c, const struct secret *text, struct sv_err *err)
{
    SHARE_OWNED struct share share = {0};
    struct sv_err found = {""};
    enum sv_status s = share_read(&share, text, &found);
    if (s != SV_OK)
        return sv_fail(err, s, "share %zu: %s", c->count + 1, found.text);
    s = share_fits(c->shares, c->count, &share, err);
    if (s != SV_OK)
        return s;
    if (c->count == SHAMIR_MAX)
        return sv_fail(err, SV_USAGE, "no set has more than %d shares", SHAMIR_MAX);
    c->shares[c->count++] = share;
    share.piece = NULL;
    return SV_OK;
}

static enum sv_status from_sources(struct cli *cli, const struct args *args, struct collection *c,
                                   struct sv_err *err)
{
    enum sv_status s = SV_OK;
    const char *source;
    for (size_t i = 0; s == SV_OK && (source = args_nth(args, "share-from", i)) != NULL; i++) {
        SECRET_OWNED struct secret *text = NULL;
        char what[32];
        snprintf(what, sizeof what, "share %zu", i + 1);
        struct source_ask ask = {.what = what, .question = "", .limit = SHARE_INPUT_MAX};
        s = source_read(cli, source, &ask, &text, err);
        if (s == SV_OK)
            s = take(c, text, err);
    }
    return s;
}

/* Lines until there are words enough, or an empty one. */
static enum sv_status ask_words(struct cli *cli, const char *question, struct secret **out,
                                struct sv_err *err)
{
    SECRET_OWNED struct secret *all = NULL;
    enum sv_status s = secret_new(&all, SHARE_INPUT_MAX, err);
    while (s == SV_OK) {
        SECRET_OWNED struct secret *line = NULL;
        s = prompt_visible(cli, secret_len(all) == 0 ? question : "", SHARE_INPUT_MAX, &line, err);
        if (s == SV_OK)
            s = secret_append(all, secret_peek(line), secret_len(line), err);
        if (s == SV_OK)
            s = secret_append(all, "\n", 1, err);
        if (s == SV_OK && (secret_len(line) == 0 || share_is_long_enough(all))) {
            *out = all;
            all = NULL;
            break;
        }
    }
    return s;
}

static void put_question(char *dst, size_t capacity, const struct collection *c)
{
    if (c->count == 0)
        snprintf(dst, capacity,
                 "Recovery shares, in any order. Type the words of one, then Enter.\nShare 1: ");
    else
        snprintf(dst, capacity,
                 "That is number %u of %u of set %08" PRIx32 "; %zu more %s needed.\nShare %zu: ",
                 c->shares[c->count - 1].index, c->shares[0].count, c->shares[0].set,
                 c->shares[0].needed - c->count, c->shares[0].needed - c->count == 1 ? "is" : "are",
                 c->count + 1);
}

/* A mistake is told, and the same share asked for again; Ctrl-D or Ctrl-C gives up. */
static enum sv_status ask_all(struct cli *cli, int fd, struct collection *c, struct sv_err *err)
{
    while (c->count == 0 || c->count < c->shares[0].needed) {
        SECRET_OWNED struct secret *text = NULL;
        char question[256];
        put_question(question, sizeof question, c);
        enum sv_status s = ask_words(cli, question, &text, err);
        if (s != SV_OK)
            return s;
        s = take(c, text, err);
        screen_clear(fd);
        if (s != SV_OK && s != SV_DATA)
            return s;
        if (s == SV_DATA)
            print_error(s, err);
    }
    return SV_OK;
}

static enum sv_status from_terminal(struct cli *cli, struct collection *c, struct sv_err *err)
{
    FD_OWNED int fd = -1;
    enum sv_status s = prompt_open(cli, &fd, err);
    if (s != SV_OK)
        return sv_fail(err, s,
                       "there is no terminal to ask for shares on: give each with --share-from "
                       "SOURCE");
    (void)screen_begin(fd);
    s = ask_all(cli, fd, c, err);
    screen_end();
    return s;
}

enum sv_status shares_collect(struct cli *cli, const struct args *args, struct secret **whole,
                              struct sv_err *err)
{
    __attribute__((cleanup(collection_clear))) struct collection c = {.count = 0};
    enum sv_status s = args_nth(args, "share-from", 0) != NULL ? from_sources(cli, args, &c, err)
                                                               : from_terminal(cli, &c, err);
    return s == SV_OK ? share_join(whole, c.shares, c.count, err) : s;
}
