/* SPDX-License-Identifier: ISC */
#include "rotate/remind_words.h"

#include <stdio.h>
#include <string.h>

#include "agent/wire.h"
#include "base/alloc.h"
#include "base/text.h"
#include "cli/names.h"
#include "cli/session.h"
#include "login/test_login.h"

#define FILE_WORD "file:"

/* False: it is none. */
static bool kind_of(const char *word, enum remind_kind *kind)
{
    static const char *const words[] = {
        [REMIND_STDOUT] = "stdout", [REMIND_MAIL] = "mail", [REMIND_NOTIFY] = "notify"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(word, words[i]) == 0) {
            *kind = (enum remind_kind)i;
            return true;
        }
    *kind = REMIND_FILE;
    return text_starts_with(word, FILE_WORD) && word[strlen(FILE_WORD)] != '\0';
}

enum sv_status remind_words_check(const struct args *args, struct sv_err *err)
{
    const char *word, *to = args_value(args, "to");
    enum remind_kind kind;
    bool mails = false;
    for (size_t i = 0; (word = args_nth(args, "by", i)) != NULL; i++) {
        if (!kind_of(word, &kind))
            return sv_fail(err, SV_USAGE, "--by takes mail, notify, stdout or file:PATH, not %s",
                           NAME_SHOWN(word));
        mails = mails || kind == REMIND_MAIL;
    }
    if (to != NULL && !test_login_is_address(to))
        return sv_fail(err, SV_USAGE, "--to wants one address, as in --to ann@example.com");
    if (to != NULL && !mails)
        return sv_fail(err, SV_USAGE, "--to goes with --by mail");
    return SV_OK;
}

void remind_ways_clear(struct remind_ways *ways)
{
    for (size_t i = 0; ways->paths != NULL && i < ways->count; i++)
        sv_free(ways->paths[i]);
    sv_free(ways->paths);
    sv_free(ways->items);
    *ways = (struct remind_ways){.count = 0};
}

static uint64_t channel_of(const struct remind_way *way)
{
    uint64_t place = wire_place_hash(way->place != NULL ? way->place : "");
    return place ^ ((uint64_t)way->kind << 56);
}

static bool has(const struct remind_ways *ways, uint64_t channel)
{
    for (size_t i = 0; i < ways->count; i++)
        if (ways->items[i].channel == channel)
            return true;
    return false;
}

/* Takes the path over. */
static void add(struct remind_ways *ways, struct remind_way *way, char **path)
{
    way->channel = channel_of(way);
    if (has(ways, way->channel))
        return;
    ways->items[ways->count] = *way;
    ways->paths[ways->count++] = *path;
    *path = NULL;
}

/* It comes out only when all others went well. */
static void put_stdout_last(struct remind_ways *ways)
{
    for (size_t i = 0; i + 1 < ways->count; i++) {
        if (ways->items[i].kind != REMIND_STDOUT)
            continue;
        struct remind_way way = ways->items[i];
        char *path = ways->paths[i];
        ways->items[i] = ways->items[i + 1];
        ways->paths[i] = ways->paths[i + 1];
        ways->items[i + 1] = way;
        ways->paths[i + 1] = path;
    }
}

enum sv_status remind_words_read(struct remind_ways *ways, const struct args *args,
                                 struct sv_err *err)
{
    const char *word;
    size_t count = 0;
    while (args_nth(args, "by", count) != NULL)
        count++;
    ways->items = sv_alloc_array(count + 1, sizeof *ways->items);
    ways->paths = sv_alloc_array(count + 1, sizeof *ways->paths);
    if (ways->items == NULL || ways->paths == NULL)
        return sv_fail_nomem(err);
    for (size_t i = 0; i < count || i == 0; i++) {
        struct remind_way way = {.kind = REMIND_STDOUT};
        SV_AUTOFREE char *path = NULL;
        enum sv_status s = SV_OK;
        word = count > 0 ? args_nth(args, "by", i) : "stdout";
        (void)kind_of(word, &way.kind);
        if (way.kind == REMIND_FILE)
            s = session_absolute(word + strlen(FILE_WORD), &path, err);
        if (s != SV_OK)
            return s;
        way.place = way.kind == REMIND_MAIL ? args_value(args, "to") : path;
        add(ways, &way, &path);
    }
    put_stdout_last(ways);
    return SV_OK;
}
