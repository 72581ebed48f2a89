/* SPDX-License-Identifier: ISC */
/*
 * scan_git: what was once added to the files of a git repository, of all branches, as
 * `git log -p` tells it: a secret that was taken out again is still there for everybody who
 * has the repository. git runs no program that the repository or its configuration names.
 */
#ifndef ADOPT_SCAN_GIT_H
#define ADOPT_SCAN_GIT_H

#include "cli/cli.h"
#include "scan/look.h"

/* Each finding comes with the commit and the file in which it was added. false ends. */
struct scan_git_found {
    bool (*call)(void *context, const char *commit, const char *path, const struct scan_finding *f);
    void *context;
};

/* path: the folder ".git", or a bare repository. SV_CONFIG: git is not there; SV_DATA: git
 * says that something is wrong with the repository. */
enum sv_status scan_git(const struct filter *words, const char *path,
                        const struct scan_git_found *found, struct sv_err *err) SV_MUST_USE;

#endif
