/* SPDX-License-Identifier: ISC */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A message that was cut must not end within a UTF-8 character: terminals and
 * JSON readers would choke on half of one. */
static void text_cut_at_character(char text[SV_ERR_TEXT_MAX])
{
    size_t len = strnlen(text, SV_ERR_TEXT_MAX - 1);
    size_t start = len;
    while (start > 0 && len - start < 3 && ((unsigned char)text[start - 1] & 0xC0) == 0x80)
        start--;
    if (start == 0)
        return;
    unsigned char lead = (unsigned char)text[start - 1];
    size_t want = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    if (want > len - (start - 1))
        text[start - 1] = '\0';
}

SV_PRINTF(3, 0)
static void text_format(char text[SV_ERR_TEXT_MAX], size_t from, const char *fmt, va_list args)
{
    int n = vsnprintf(text + from, SV_ERR_TEXT_MAX - from, fmt, args);
    if (n < 0)
        text[from] = '\0';
    else if ((size_t)n >= SV_ERR_TEXT_MAX - from)
        text_cut_at_character(text);
}

enum sv_status sv_fail(struct sv_err *err, enum sv_status status, const char *fmt, ...)
{
    if (err == NULL)
        return status;
    /* Formatted aside, so that a message may quote the one it replaces. */
    char text[SV_ERR_TEXT_MAX];
    va_list args;
    va_start(args, fmt);
    text_format(text, 0, fmt, args);
    va_end(args);
    memcpy(err->text, text, strlen(text) + 1);
    return status;
}

static enum sv_status status_of_errno(int errno_value, enum sv_status otherwise)
{
    switch (errno_value) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case EIO:
    case EROFS:
    case EMFILE:
    case ENFILE:
    case ENXIO:
    case ENODEV:
    case ESTALE:
        return SV_IO;
    default:
        return otherwise;
    }
}

enum sv_status sv_fail_errno(struct sv_err *err, enum sv_status status, int errno_value,
                             const char *fmt, ...)
{
    status = status_of_errno(errno_value, status);
    if (err == NULL)
        return status;
    char text[SV_ERR_TEXT_MAX];
    va_list args;
    va_start(args, fmt);
    text_format(text, 0, fmt, args);
    va_end(args);

    /* The reason is the part nobody can guess: a long message gives way to it. */
    const char *reason = strerrordesc_np(errno_value);
    if (reason == NULL)
        reason = "unknown error";
    size_t tail = 2 + strlen(reason);
    if (strlen(text) + tail > SV_ERR_TEXT_MAX - 1) {
        text[SV_ERR_TEXT_MAX - 1 - tail] = '\0';
        text_cut_at_character(text);
    }
    size_t head = strlen(text);
    memcpy(err->text, text, head);
    memcpy(err->text + head, ": ", 2);
    memcpy(err->text + head + 2, reason, strlen(reason) + 1);
    return status;
}

void sv_err_clear(struct sv_err *err)
{
    if (err != NULL)
        err->text[0] = '\0';
}

enum sv_status sv_fail_nomem(struct sv_err *err)
{
    return sv_fail(err, SV_INTERNAL, "out of memory");
}

const char *sv_status_text(enum sv_status status)
{
    switch (status) {
#define STATUS_TEXT(name, exit, meaning) \
    case SV_##name:                      \
        return meaning;
        SMTPVAULT_STATUS_LIST(STATUS_TEXT)
#undef STATUS_TEXT
    }
    return "unknown status";
}
