/* SPDX-License-Identifier: ISC */
#include "front/token.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/defence.h"

static const char file[] = "file:";

bool token_is_file(const char *source)
{
    return strncmp(source, file, sizeof file - 1) == 0;
}

/* As file_check_private() has it. */
static bool is_private(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
           (st.st_uid == geteuid() || st.st_uid == 0) &&
           (!DEFENDED(FILE_MODE) || (st.st_mode & 066) == 0);
}

static size_t read_all(int fd, uint8_t *dst, size_t room)
{
    size_t len = 0;
    while (len < room) {
        ssize_t n = read(fd, dst + len, room - len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        len += (size_t)n;
    }
    return len;
}

size_t token_read(uint8_t *dst, const char *source)
{
    if (!token_is_file(source))
        return 0;
    int fd = open(source + sizeof file - 1, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return 0;
    size_t len = is_private(fd) ? read_all(fd, dst, TOKEN_LEN + 2) : 0;
    close(fd);
    if (len == TOKEN_LEN + 1 && dst[TOKEN_LEN] == '\n')
        len--;
    return len == TOKEN_LEN ? len : 0;
}
