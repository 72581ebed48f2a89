/* SPDX-License-Identifier: ISC */
#include "access/qr.h"

#include <dlfcn.h>
#include <sodium.h>
#include <string.h>

#define LIBRARY "libqrencode.so.4"

/* What we use of qrencode.h, version 4. */
#define LEVEL_LOW 0
#define MODE_8 2
struct code {
    int version, width;
    unsigned char *data; /* width * width, bit 0: dark */
};
typedef struct code *encode_text(const char *text, int version, int level, int hint,
                                 int case_sensitive);
typedef void free_code(struct code *code);

void qr_clear(struct qr *qr)
{
    secret_free(qr->modules);
    qr->modules = NULL;
}

static bool take(struct qr *out, const struct code *code)
{
    size_t inner = (size_t)code->width, width = inner + 2 * QR_QUIET;
    struct secret *modules = NULL;
    if (secret_new(&modules, width * width, NULL) != SV_OK)
        return false;
    secret_set_len(modules, width * width);
    uint8_t *at = secret_poke(modules);
    for (size_t y = 0; y < inner; y++)
        for (size_t x = 0; x < inner; x++)
            at[(y + QR_QUIET) * width + x + QR_QUIET] = code->data[y * inner + x] & 1;
    *out = (struct qr){.width = width, .modules = modules};
    return true;
}

static bool encode(struct qr *out, encode_text *make, free_code *give_back,
                   const struct secret *text)
{
    SECRET_OWNED struct secret *copy = NULL;
    /* One byte more: a new secret is zero, so the text ends there. */
    if (secret_new(&copy, secret_len(text) + 1, NULL) != SV_OK)
        return false;
    secret_set_len(copy, secret_len(text) + 1);
    memcpy(secret_poke(copy), secret_peek(text), secret_len(text));
    struct code *code = make((const char *)secret_peek(copy), 0, LEVEL_LOW, MODE_8, 0);
    if (code == NULL)
        return false;
    bool taken = take(out, code);
    sodium_memzero(code->data, (size_t)code->width * (size_t)code->width);
    give_back(code);
    return taken;
}

bool qr_make(struct qr *out, const struct secret *text)
{
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    encode_text *make;
    free_code *give_back;
    if (library == NULL)
        return false;
    void *first = dlsym(library, "QRcode_encodeString"), *second = dlsym(library, "QRcode_free");
    memcpy(&make, &first, sizeof make);
    memcpy(&give_back, &second, sizeof give_back);
    bool made = first != NULL && second != NULL && encode(out, make, give_back, text);
    (void)dlclose(library);
    return made;
}

size_t qr_lines(const struct qr *qr)
{
    return (qr->width + 1) / 2;
}

void qr_put_line(struct sink *out, const struct qr *qr, size_t line)
{
    static const char *const blocks[] = {" ", "\342\226\200", "\342\226\204", "\342\226\210"};
    const uint8_t *upper = secret_peek(qr->modules) + 2 * line * qr->width;
    const uint8_t *lower = 2 * line + 1 < qr->width ? upper + qr->width : NULL;
    sink_puts(out, "\033[38;5;16;48;5;231m");
    for (size_t x = 0; x < qr->width; x++)
        sink_puts(out, blocks[upper[x] | (lower != NULL ? lower[x] << 1 : 0)]);
    sink_puts(out, "\033[0m");
}
