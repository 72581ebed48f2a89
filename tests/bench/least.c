/* SPDX-License-Identifier: ISC */
/*
 * The least that a fetch through any agent with a durable log can cost: a program starts,
 * asks another one, that waits for the disk once, and the answer comes back. Two pages of a
 * file that has its size already are written each time, as SQLite writes a short
 * transaction to its write-ahead log.
 *
 *   least serve SOCKET FILE    until it is killed
 *   least ask SOCKET           status 0 with an answer
 */
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define WRITTEN 8240
#define ROUNDS 64 /* writes before the file is gone through again */

static int serve(int listener, const char *path)
{
    static const char pages[WRITTEN];
    char word[8];
    int fd = open(path, O_RDWR | O_CREAT, 0600);

    for (int i = 0; i < ROUNDS; i++)
        if (fd < 0 || pwrite(fd, pages, WRITTEN, (off_t)i * WRITTEN) != WRITTEN)
            return 1;
    for (int i = 0;; i = (i + 1) % ROUNDS) {
        int peer = accept(listener, NULL, NULL);
        if (peer < 0 || recv(peer, word, sizeof word, 0) < 0 ||
            pwrite(fd, pages, WRITTEN, (off_t)i * WRITTEN) != WRITTEN || fdatasync(fd) != 0)
            return 1;
        (void)send(peer, "secret", 6, MSG_NOSIGNAL);
        (void)close(peer);
    }
}

static int ask(int fd, const struct sockaddr_un *place)
{
    char answer[8];

    return connect(fd, (const struct sockaddr *)place, sizeof *place) != 0 ||
           send(fd, "name", 4, MSG_NOSIGNAL) != 4 || recv(fd, answer, sizeof answer, 0) != 6;
}

int main(int argc, char **argv)
{
    struct sockaddr_un place = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);

    if (argc < 3 || fd < 0 || strlen(argv[2]) >= sizeof place.sun_path)
        return 64;
    memcpy(place.sun_path, argv[2], strlen(argv[2]));
    if (argc == 3)
        return ask(fd, &place);
    return bind(fd, (struct sockaddr *)&place, sizeof place) != 0 || listen(fd, 16) != 0 ||
           serve(fd, argv[3]);
}
