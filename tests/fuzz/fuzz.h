/* SPDX-License-Identifier: ISC */
/*
 * fuzz: what the targets share. A target is one file, fuzz_NAME.c, with libFuzzer's
 * entry point: it feeds foreign bytes to one parser and holds the answer against
 * what the parser's header promises. tests/fuzz/README.md has the list.
 *
 * A target is a pure function of its input: fuzz_begin starts the same random bytes
 * each time, fuzz_end demands that every secret was given back.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/secret.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* libFuzzer calls this one instead of its own mutations where a target has it. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);

void fuzz_begin(void);
int fuzz_end(void); /* 0, for `return fuzz_end();` */

/* Ends the program as a crash does. */
__attribute__((noreturn)) void fuzz_broken(const char *file, int line, const char *what);
#define CHECK(what)                                 \
    do {                                            \
        if (!(what))                                \
            fuzz_broken(__FILE__, __LINE__, #what); \
    } while (0)

/* Holds an outcome against include/smtpvault.h and base/err.h: the status is a
 * documented one; the message is there exactly when something failed, valid UTF-8
 * without control characters, and holds nothing that fuzz_hush was told. Empties
 * `err` and returns the status. */
enum sv_status fuzz_told(enum sv_status status, struct sv_err *err);
/* The same where SV_MISSING is an answer without words. */
enum sv_status fuzz_told_missing(enum sv_status status, struct sv_err *err);
/* From here to fuzz_end these bytes (when they are 12 or more) may be in no message. */
void fuzz_hush(const void *bytes, size_t len);
/* Neither the status nor the text: only that nothing hushed is in it. */
void fuzz_check_text(const char *text);

/* Bytes of their own, exactly as many, so that a read beyond the end is seen. */
uint8_t *fuzz_copy(const void *bytes, size_t len);
/* The same as a string with its NUL; a NUL in it ends it there. */
char *fuzz_string(const void *bytes, size_t len);
void fuzz_free_cleanup(void *slot);
#define FUZZ_OWNED __attribute__((cleanup(fuzz_free_cleanup)))

/* What is left of the input; at most `n` bytes of it. Never NULL. */
const uint8_t *fuzz_rest(struct buf_reader *in, size_t *len);
const uint8_t *fuzz_some(struct buf_reader *in, size_t n, size_t *len);
/* A length byte, then so many bytes as a string (fuzz_string). */
char *fuzz_word(struct buf_reader *in);

struct secret *fuzz_secret(const void *bytes, size_t len);
bool fuzz_secret_is(const struct secret *s, const void *bytes, size_t len);

/* A folder for this process, made at first use and removed at the end. */
const char *fuzz_dir(void);
/* FOLDER/name in one of eight buffers. */
const char *fuzz_path(const char *name);
void fuzz_write_file(const char *path, const void *bytes, size_t len);
uint8_t *fuzz_read_file(const char *path, size_t *len); /* FUZZ_OWNED; NULL: none */

/* Random bytes of the mutators, never of the targets. */
uint32_t fuzz_random(unsigned *seed, uint32_t bound);

#endif
