/* SPDX-License-Identifier: ISC */
/* What people take for an export, and what they have to do to get one. */
#include <string.h>

#include "import/source.h"

static const struct {
    const char *magic; /* at the beginning; NULL: the name tells */
    size_t len;
    const char *name;
    const char *why;
} rows[] = {
    {"\x03\xD9\xA2\x9A", 4, NULL,
     "is a KeePass database, which is encrypted: export it, with \"keepassxc-cli export "
     "--format xml FILE | smtpvault import --from keepassxc-xml -\""},
    {"-----BEGIN PGP MESSAGE-----", 27, NULL,
     "is encrypted by OpenPGP: \"gpg --decrypt FILE | smtpvault import --from FORMAT -\""},
    {"Salted__", 8, NULL, "is encrypted by OpenSSL: decrypt it first"},
    {"age-encryption.org/", 19, NULL,
     "is encrypted by age: \"age --decrypt FILE | smtpvault import --from FORMAT -\""},
    {NULL, 0, "logins.json",
     "is where Thunderbird and Firefox keep logins, encrypted: give the folder it lies in"},
    {NULL, 0, "key4.db", "is where Thunderbird and Firefox keep keys: give the folder it lies in"},
    {"SQLite format 3", 15, NULL,
     "is a database and no export: let its program write a CSV or JSON file"},
};

const char *import_foreign(const char *path, const void *first, size_t len)
{
    const char *name = import_basename(path);
    size_t end = strlen(name);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].magic ? len >= rows[i].len && memcmp(first, rows[i].magic, rows[i].len) == 0
                          : strcmp(name, rows[i].name) == 0)
            return rows[i].why;
    if (end > 4 && strcmp(name + end - 4, ".gpg") == 0)
        return rows[1].why;
    return NULL;
}
