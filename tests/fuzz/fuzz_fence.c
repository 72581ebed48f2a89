/* SPDX-License-Identifier: ISC */
/* AppArmor's rules: a word, the program that is asked for, and a file of any bytes. */
#include "fuzz.h"
#include "setup/fence.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf_reader in = buf_reader_over(data, size);
    fuzz_begin();
    FUZZ_OWNED char *program = fuzz_word(&in);
    size_t len;
    const uint8_t *rest = fuzz_rest(&in, &len);
    FUZZ_OWNED uint8_t *rules = fuzz_copy(rest, len);
    bool lets = fence_lets((const char *)rules, len, "helpers", program);
    CHECK(!lets || len > strlen("profile helpers"));
    return fuzz_end();
}
