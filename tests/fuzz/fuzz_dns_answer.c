/* SPDX-License-Identifier: ISC */
/* A name server's answer. Targets are names of letters, digits, hyphens and dots, and
 * stand in the order in which they are to be tried. */
#include "fuzz.h"
#include "smtp/dns_answer.h"

static void check_list(const struct dns_srv *list, size_t count, bool good, bool mx)
{
    CHECK(count <= DNS_SRV_MAX && (good || count == 0));
    for (size_t i = 0; i < count; i++) {
        const char *target = list[i].target;
        CHECK(memchr(target, '\0', sizeof list[i].target) != NULL);
        CHECK(strspn(target, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") ==
              strlen(target));
        CHECK(mx ? list[i].port == 0 : list[i].port != 0 || target[0] == '\0');
        CHECK(i == 0 || list[i - 1].priority <= list[i].priority);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dns_srv list[DNS_SRV_MAX];
    size_t count = 99;
    fuzz_begin();
    FUZZ_OWNED uint8_t *exact = fuzz_copy(data, size);
    bool good = dns_answer_srv(exact, size, list, &count);
    check_list(list, count, good, false);
    good = dns_answer_mx(exact, size, list, &count);
    check_list(list, count, good, true);
    return fuzz_end();
}
