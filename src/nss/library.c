/* SPDX-License-Identifier: ISC */
#include "nss/library.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Of nss.h. */
#define INIT_READ_ONLY 0x1U
#define INIT_NO_MODULES 0x4U
#define INIT_NO_ROOTS 0x10U

static const char *const places[] = {
    "/usr/lib/thunderbird", "/usr/lib/firefox-esr", "/usr/lib/firefox", "/usr/lib64/thunderbird",
    "/usr/lib64/firefox",   "/opt/thunderbird",     "/opt/firefox",     ""};
#define PLACES (sizeof places / sizeof places[0])

static bool is_file(const char *folder, const char *name, char path[PATH_MAX])
{
    int n = snprintf(path, PATH_MAX, "%s/%s", folder, name);
    return n > 0 && n < PATH_MAX && access(path, R_OK) == 0;
}

const char *library_find(uint32_t *place)
{
    char path[PATH_MAX];
    for (; *place < PLACES; ++*place)
        if (places[*place][0] == '\0' || is_file(places[*place], "libnss3.so", path))
            return places[*place];
    return NULL;
}

static void *load(const char *folder, const char *name)
{
    char path[PATH_MAX];
    if (folder[0] == '\0')
        return dlopen(name, RTLD_NOW | RTLD_GLOBAL | RTLD_NODELETE);
    return is_file(folder, name, path) ? dlopen(path, RTLD_NOW | RTLD_GLOBAL | RTLD_NODELETE)
                                       : NULL;
}

static bool find_symbols(struct library *lib, void *from)
{
    const struct {
        const char *name;
        void *slot;
    } symbols[] = {
        {"NSS_Initialize", &lib->initialize},
        {"PORT_GetError", &lib->error},
        {"PK11_GetInternalKeySlot", &lib->key_slot},
        {"PK11_NeedLogin", &lib->needs_login},
        {"PK11_CheckUserPassword", &lib->check_password},
        {"PK11SDR_Decrypt", &lib->decrypt},
    };
    for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; i++) {
        void *symbol = dlsym(from, symbols[i].name);
        if (symbol == NULL)
            return false;
        memcpy(symbols[i].slot, &symbol, sizeof symbol);
    }
    /* It came with the mechanism as an argument. */
    lib->knows_aes = dlsym(from, "PK11SDR_EncryptWithMechanism") != NULL;
    return true;
}

bool library_open(struct library *lib, const char *folder)
{
    /* In the order in which they need each other: the loader takes what is there under the same
     * name. A build may have some of them in one. */
    static const char *const first[] = {"libnspr4.so", "libplc4.so", "libplds4.so",
                                        "libnssutil3.so", "libmozsqlite3.so"};
    static const char *const last[] = {"libsoftokn3.so", "libfreeblpriv3.so", "libfreebl3.so"};
    for (size_t i = 0; folder[0] != '\0' && i < sizeof first / sizeof first[0]; i++)
        (void)load(folder, first[i]);
    void *nss = load(folder, "libnss3.so");
    if (nss == NULL || !find_symbols(lib, nss))
        return false;
    for (size_t i = 0; i < sizeof last / sizeof last[0]; i++)
        (void)load(folder, last[i]);
    return true;
}

int library_start(const struct library *lib, const char *folder)
{
    char where[PATH_MAX + 4];
    (void)snprintf(where, sizeof where, "sql:%s", folder);
    if (lib->initialize(where, "", "", "", INIT_READ_ONLY | INIT_NO_MODULES | INIT_NO_ROOTS) == 0)
        return 0;
    int error = lib->error();
    return error != 0 ? error : -1;
}
