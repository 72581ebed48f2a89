/* SPDX-License-Identifier: ISC */
#include "crypto/md5.h"

#include <errno.h>
#include <nettle/md5.h>
#include <unistd.h>

#define PIECE 65536

bool md5_file(uint8_t out[MD5_LEN], int fd, uint64_t most)
{
    struct md5_ctx state;
    uint8_t piece[PIECE];
    ssize_t got;

    md5_init(&state);
    while ((got = read(fd, piece, sizeof piece)) > 0 || (got < 0 && errno == EINTR)) {
        if (got < 0)
            continue;
        if ((uint64_t)got > most)
            return false;
        most -= (uint64_t)got;
        md5_update(&state, (size_t)got, piece);
    }
    md5_digest(&state, MD5_LEN, out);
    return got == 0;
}
