/* SPDX-License-Identifier: ISC */
#include "smtp/message.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "smtp/wire_frame.h"

#define LINE_MAX_PLAIN 900
#define LINE_MAX_QUOTED 76

/* RFC 5322 section 3.3, whatever the locale. */
static char *date_of(char dst[40], int64_t now)
{
    static const char days[] = "SunMonTueWedThuFriSat";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    time_t when = (time_t)now;
    struct tm tm = {0};
    gmtime_r(&when, &tm);
    snprintf(dst, 40, "%.3s, %02d %.3s %04d %02d:%02d:%02d +0000", days + 3 * tm.tm_wday,
             tm.tm_mday, months + 3 * tm.tm_mon, tm.tm_year + 1900, tm.tm_hour, tm.tm_min,
             tm.tm_sec);
    return dst;
}

bool message_is_mailbox(const char *address)
{
    const char *at = strrchr(address, '@');
    return at != NULL && at != address && at[1] != '\0' && wire_is_printable(address) &&
           strpbrk(address, " <>()[]\\,;:\"") == NULL;
}

const char *message_sender(const struct smtp_target *target)
{
    if (target->from[0] != '\0')
        return target->from;
    return message_is_mailbox(target->username) ? target->username : "";
}

bool message_is_said(const char *subject, const char *text)
{
    if ((subject[0] == '\0') != (text[0] == '\0') ||
        (subject[0] != '\0' && !text_is_visible(subject, ' ')) || !text_is_utf8(text, strlen(text)))
        return false;
    for (const char *at = text; *at != '\0'; at += at[0] == '\n') {
        size_t len = strcspn(at, "\n");
        if (text_has_control(at, len))
            return false;
        at += len;
    }
    return true;
}

/* ---- the text ---- */

/* Bytes that have a place in it; full: they had not. */
struct written {
    char *dst;
    size_t len;
    bool full;
};

static void put(struct written *w, const char *bytes, size_t len)
{
    w->full = w->full || len > MESSAGE_MAX - w->len;
    if (w->full)
        return;
    memcpy(w->dst + w->len, bytes, len);
    w->len += len;
}

/* As it is: of ASCII, and of lines that any server takes (RFC 5321, section 4.5.3.1.6). */
static bool is_plain(const char *text)
{
    size_t column = 0;
    for (const char *at = text; *at != '\0'; at++) {
        column = *at == '\n' ? 0 : column + 1;
        if ((unsigned char)*at >= 0x80 || column > LINE_MAX_PLAIN)
            return false;
    }
    return true;
}

static void put_plain_line(struct written *w, const char *line, size_t len)
{
    if (len > 0 && line[0] == '.')
        put(w, ".", 1);
    put(w, line, len);
    put(w, "\r\n", 2);
}

static void put_quoted_line(struct written *w, const char *line, size_t len)
{
    static const char hex[] = "0123456789ABCDEF";
    size_t column = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)line[i];
        bool plain = c > ' ' && c < 0x7f && c != '=' && (c != '.' || column > 0);
        plain = plain || (c == ' ' && i + 1 < len);
        const char as[3] = {'=', hex[c >> 4], hex[c & 15]};
        size_t need = plain ? 1 : sizeof as;
        if (column + need > LINE_MAX_QUOTED - 1) {
            put(w, "=\r\n", 3);
            column = 0;
            i--;
            continue;
        }
        put(w, plain ? line + i : as, need);
        column += need;
    }
    put(w, "\r\n", 2);
}

static void put_text(struct written *w, const char *text)
{
    bool plain = is_plain(text);
    for (const char *at = text; *at != '\0'; at += at[0] == '\n') {
        size_t len = strcspn(at, "\n");
        if (plain)
            put_plain_line(w, at, len);
        else
            put_quoted_line(w, at, len);
        at += len;
    }
}

/* What a test says. */
static void set_default(char text[400], const char **subject, const struct smtp_target *target)
{
    *subject = "Test of a mail login";
    snprintf(text, 400,
             "This is a test. The login at %s works,\n"
             "and mail sent with it arrives. Nothing needs to be done.\n",
             target->host);
}

size_t message_write(char dst[MESSAGE_MAX], const struct smtp_target *target, const char *id,
                     int64_t now)
{
    char date[40], head[1600], own[400];
    struct written w = {.dst = dst};
    const char *from = message_sender(target), *at = strrchr(from, '@');
    const char *subject = target->subject, *text = target->text;
    if (text[0] == '\0') {
        set_default(own, &subject, target);
        text = own;
    }
    int n =
        snprintf(head, sizeof head,
                 "Date: %s\r\n"
                 "From: <%s>\r\n"
                 "To: <%s>\r\n"
                 "Subject: %s\r\n"
                 "Message-ID: <%s@%s>\r\n"
                 "MIME-Version: 1.0\r\n"
                 "Content-Type: text/plain; charset=utf-8\r\n"
                 "Content-Transfer-Encoding: %s\r\n"
                 "Auto-Submitted: auto-generated\r\n" /* RFC 3834: nobody answers it */
                 "\r\n",
                 date_of(date, now), from, target->send_to, subject, id,
                 at != NULL ? at + 1 : "localhost", is_plain(text) ? "7bit" : "quoted-printable");
    if (n < 0 || (size_t)n >= sizeof head)
        return 0;
    put(&w, head, (size_t)n);
    put_text(&w, text);
    put(&w, ".\r\n", 3);
    return w.full ? 0 : w.len;
}
