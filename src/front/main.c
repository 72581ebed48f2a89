/* SPDX-License-Identifier: ISC */
/*
 * main of the front, which is what users call smtpvault: a small program without any
 * library but libc, linked into it, that starts as fast as an empty one. It fetches one
 * value from the agent. Everything else is done by the full program, which takes its
 * place, words and environment untouched.
 */
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "agent/wire.h"
#include "front/fetch.h"
#include "front/place.h"
#include "front/token.h"
#include "smtpvault.h"

/* Relative to the folder of this program: where the build leaves the full one, and
 * where `make install` does, wherever the whole was moved. */
static const char *const beside[] = {"libexec/smtpvault", "../libexec/smtpvault/smtpvault"};

/* The folder of this program, its slash included; the place behind it, or NULL. */
static char *own_folder(char dst[PATH_MAX])
{
    ssize_t len = readlink("/proc/self/exe", dst, PATH_MAX - 1);
    if (len <= 0)
        return NULL;
    dst[len] = '\0';
    char *slash = strrchr(dst, '/');
    return slash != NULL ? slash + 1 : NULL;
}

/* Comes back only when the full program cannot be started. */
static int start_full(char **argv, char **envp, bool privileged)
{
    char path[PATH_MAX + 64];
    /* Whoever calls a privileged program may have chosen the folder where it lies. */
    char *file = privileged ? NULL : own_folder(path);
    for (size_t i = 0; file != NULL && i < sizeof beside / sizeof beside[0]; i++) {
        memcpy(file, beside[i], strlen(beside[i]) + 1);
        (void)execve(path, argv, envp);
    }
    (void)execve(FRONT_FULL, argv, envp);
    static const char text[] = "smtpvault: cannot start " FRONT_FULL
                               ", the part of this program that does most of its work; install "
                               "smtpvault again\n";
    ssize_t written = write(STDERR_FILENO, text, sizeof text - 1);
    (void)written; /* the status says it too */
    return SV_CONFIG;
}

int main(int argc, char **argv, char **envp)
{
    struct ask ask;
    struct place place;
    bool privileged = getauxval(AT_SECURE) != 0;
    uid_t uid = getuid();
    bool ours = argc > 1 && !privileged && ask_read(&ask, argv);
    if (ours && ask.token_from == NULL)
        ask.token_from = place_variable(envp, "SMTPVAULT_TOKEN_FROM");
    if (ours && (ask.token_from == NULL || token_is_file(ask.token_from)) &&
        place_find(&place, envp, ask.vault, uid)) {
        int fd = place_connect(&place, uid, WIRE_PATIENCE_MS);
        int status = fd >= 0 ? fetch(fd, &ask, place.vault) : FETCH_PASS;
        if (status != FETCH_PASS)
            return status;
    }
    return start_full(argv, envp, privileged);
}
