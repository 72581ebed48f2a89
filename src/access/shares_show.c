/* SPDX-License-Identifier: ISC */
/* shares_show: recovery shares on their way out. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "access/member.h"
#include "access/qr.h"
#include "base/alloc.h"
#include "base/env.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/print.h"
#include "cli/prompt.h"
#include "cli/screen.h"
#include "format/json.h"

#define WORDS_IN_LINE 5
#define LINE_LEN (WORDS_IN_LINE * 6)
#define LINES ((SHARE_TEXT_LEN + LINE_LEN) / LINE_LEN)
#define BESIDE_COLUMNS 33 /* what stands beside a QR code */

enum sv_status shares_parse(const char *text, unsigned *needed, unsigned *count, struct sv_err *err)
{
    char first[4] = "";
    const char *slash = strchr(text, '/');
    uint64_t k = 0, n = 0;
    if (slash != NULL && (size_t)(slash - text) < sizeof first)
        memcpy(first, text, (size_t)(slash - text));
    if (slash == NULL || !text_parse_u64(first, 2, SHAMIR_MAX, &k) ||
        !text_parse_u64(slash + 1, 2, SHAMIR_MAX, &n) || k > n)
        return sv_fail(err, SV_USAGE,
                       "--shares is how many are needed, and of how many: 3/5 (2/2 to %d/%d)",
                       SHAMIR_MAX, SHAMIR_MAX);
    *needed = (unsigned)k;
    *count = (unsigned)n;
    return SV_OK;
}

enum sv_status shares_check_way_out(const struct cli *cli, bool print, struct sv_err *err)
{
    if (print)
        return SV_OK;
    if (cli->json || !print_is_terminal(STDOUT_FILENO) || !prompt_possible(cli))
        return sv_fail(err, SV_LOCKED,
                       "recovery shares are secrets, and this is no terminal to show them on: run "
                       "it on one, or give --print and see to it where they go");
    return SV_OK;
}

/* A few words of a text, as many as a line has. */
static void put_words(struct sink *out, const struct secret *text, size_t line)
{
    size_t at = line * LINE_LEN;
    size_t len = SHARE_TEXT_LEN - at < LINE_LEN ? SHARE_TEXT_LEN - at : LINE_LEN - 1;
    sink_put(out, secret_peek(text) + at, len);
}

/* ---- all at once ---- */

static enum sv_status print_one(struct cli *cli, struct json *j, const struct share *share,
                                struct sv_err *err)
{
    SECRET_OWNED struct secret *text = NULL;
    enum sv_status s = share_write(&text, share, err);
    if (s == SV_OK && cli->json)
        json_secret(j, text);
    if (s != SV_OK || cli->json)
        return s;
    sink_printf(cli->out, "# share %u of %u (any %u open the vault), set %08" PRIx32 "\n",
                share->index, share->count, share->needed, share->set);
    for (size_t i = 0; i < LINES; i++) {
        put_words(cli->out, text, i);
        sink_puts(cli->out, "\n");
    }
    if (share->index < share->count)
        sink_puts(cli->out, "\n");
    return SV_OK;
}

static enum sv_status print_all(struct cli *cli, const struct share *shares, struct sv_err *err)
{
    struct json j;
    enum sv_status s = SV_OK;
    json_begin(&j, cli->out);
    if (cli->json) {
        json_object(&j);
        json_key(&j, "schema");
        json_int(&j, 1);
        json_key(&j, "needed");
        json_int(&j, shares->needed);
        json_key(&j, "shares");
        json_array(&j);
    }
    for (unsigned i = 0; s == SV_OK && i < shares->count; i++)
        s = print_one(cli, &j, &shares[i], err);
    if (s != SV_OK || !cli->json)
        return s;
    json_array_end(&j);
    json_object_end(&j);
    sink_puts(cli->out, "\n");
    return json_end(&j, err);
}

/* ---- one by one ---- */

/* The terminal speaks UTF-8, as far as the environment says. */
static bool speaks_utf8(void)
{
    const char *locale = env_get("LC_ALL");
    if (locale == NULL)
        locale = env_get("LC_CTYPE");
    if (locale == NULL)
        locale = env_get("LANG");
    return locale != NULL &&
           (text_matches("*[Uu][Tt][Ff]-8*", locale) || text_matches("*[Uu][Tt][Ff]8*", locale));
}

static bool has_room(int fd, const struct qr *qr)
{
    struct winsize size;
    return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_row > qr_lines(qr) &&
           size.ws_col >= qr->width + 2 + BESIDE_COLUMNS;
}

/* Lines of the text beside the code: what it is, the words, what to do. */
static void put_beside(struct sink *out, const struct share *share, const struct secret *text,
                       size_t line)
{
    if (line == 0)
        sink_printf(out, "Share %u of %u, set %08" PRIx32, share->index, share->count, share->set);
    else if (line == 1)
        sink_printf(out, "Any %u of them open the vault.", share->needed);
    else if (line >= 3 && line < 3 + LINES)
        put_words(out, text, line - 3);
    else if (line == 4 + LINES)
        sink_puts(out, "Write the words down: it is not");
    else if (line == 5 + LINES)
        sink_puts(out, "shown again, and kept nowhere.");
}

static void put_screen(struct sink *out, int fd, bool room_for_code, const struct share *share,
                       const struct secret *text)
{
    QR_OWNED struct qr qr = {0};
    bool code = room_for_code && speaks_utf8() && qr_make(&qr, text) && has_room(fd, &qr);
    size_t lines = code ? qr_lines(&qr) : 6 + LINES;
    for (size_t i = 0; i < lines; i++) {
        if (code)
            qr_put_line(out, &qr, i);
        sink_puts(out, code ? "  " : "");
        put_beside(out, share, text, i);
        sink_puts(out, "\n");
    }
}

static enum sv_status show_one(struct cli *cli, int fd, bool other_screen,
                               const struct share *share, struct sv_err *err)
{
    SECRET_OWNED struct secret *text = NULL;
    SINK_OWNED struct sink *out = sink_new(true);
    SV_AUTOFREE char *answer = NULL;
    if (out == NULL)
        return sv_fail_nomem(err);
    enum sv_status s = share_write(&text, share, err);
    if (s != SV_OK)
        return s;
    put_screen(out, fd, other_screen, share, text);
    prompt_forget(cli); /* a second Enter hides none that nobody has read */
    s = sink_release(out, fd, "the terminal", err);
    if (s == SV_OK)
        s = prompt_line(cli,
                        share->index < share->count ? "Enter: the next share, for another person. "
                                                    : "Enter: done. ",
                        &answer, err);
    screen_clear(fd);
    return s;
}

enum sv_status shares_show(struct cli *cli, const struct share *shares, bool print,
                           struct sv_err *err)
{
    FD_OWNED int fd = -1;
    if (print)
        return print_all(cli, shares, err);
    enum sv_status s = prompt_open(cli, &fd, err);
    if (s != SV_OK)
        return s;
    bool other_screen = screen_begin(fd);
    for (unsigned i = 0; s == SV_OK && i < shares->count; i++)
        s = show_one(cli, fd, other_screen, &shares[i], err);
    screen_end();
    return s;
}
