/* SPDX-License-Identifier: ISC */
/*
 * replay FILE|FOLDER...: feeds corpus files to a target without libFuzzer, so that
 * any compiler can. Prints how many; a broken promise ends it as a crash does.
 */
#include <dirent.h>
#include <sys/stat.h>

#include "fuzz.h"

static unsigned long fed;

static void feed_file(const char *path)
{
    size_t len = 0;
    FUZZ_OWNED uint8_t *bytes = fuzz_read_file(path, &len);

    CHECK(bytes != NULL);
    FUZZ_OWNED uint8_t *exact = fuzz_copy(bytes, len);
    /* The last name printed is the one that broke. */
    (void)fprintf(stderr, "%s\n", path);
    CHECK(LLVMFuzzerTestOneInput(exact, len) == 0);
    fed++;
}

static void feed_folder(const char *path)
{
    struct dirent **names = NULL;
    int count = scandir(path, &names, NULL, alphasort);

    for (int i = 0; i < count; i++) {
        char file[4096];
        if (names[i]->d_name[0] != '.') {
            (void)snprintf(file, sizeof file, "%s/%s", path, names[i]->d_name);
            feed_file(file);
        }
        free(names[i]);
    }
    free(names);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        struct stat st;
        if (stat(argv[i], &st) != 0) {
            perror(argv[i]);
            return 1;
        }
        if (S_ISDIR(st.st_mode))
            feed_folder(argv[i]);
        else
            feed_file(argv[i]);
    }
    printf("%lu\n", fed);
    return fed > 0 ? 0 : 1;
}
