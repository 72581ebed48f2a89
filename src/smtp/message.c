/* SPDX-License-Identifier: ISC */
#include "smtp/message.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "smtp/wire_frame.h"

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

size_t message_write(char dst[MESSAGE_MAX], const struct smtp_target *target, const char *id,
                     int64_t now)
{
    char date[40];
    const char *from = message_sender(target), *at = strrchr(from, '@');
    int n = snprintf(dst, MESSAGE_MAX,
                     "Date: %s\r\n"
                     "From: <%s>\r\n"
                     "To: <%s>\r\n"
                     "Subject: Test of a mail login\r\n"
                     "Message-ID: <%s@%s>\r\n"
                     "MIME-Version: 1.0\r\n"
                     "Content-Type: text/plain; charset=utf-8\r\n"
                     "Auto-Submitted: auto-generated\r\n" /* RFC 3834: nobody answers it */
                     "\r\n"
                     "This is a test. The login at %s works,\r\n"
                     "and mail sent with it arrives. Nothing needs to be done.\r\n"
                     ".\r\n",
                     date_of(date, now), from, target->send_to, id,
                     at != NULL ? at + 1 : "localhost", target->host);
    return n > 0 && n < MESSAGE_MAX ? (size_t)n : 0;
}
