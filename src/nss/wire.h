/* SPDX-License-Identifier: ISC */
/*
 * wire: what smtpvault-nss is asked on its standard input and answers on its standard output,
 * one step after the other. Numbers are little-endian; a block is a u32 length and its bytes.
 *
 *   asked     u32 place, block folder       which library to begin with: 0, the first of all
 *   answers   u8 code, u32 place, u32 detail
 *
 * NSS_ASKS and NSS_WRONG want a block with the primary password, which is answered in the same
 * way; the other end may as well close its side. After NSS_READY:
 *
 *   asked     u32 bytes that follow, blocks     the encrypted values, as DER
 *   answers   u8 1, block                       for each one in turn: what it says
 *             u8 0, block of length 0           ... or NSS cannot decrypt it
 */
#ifndef NSS_WIRE_H
#define NSS_WIRE_H

#include <limits.h>

enum nss_code {
    NSS_NONE = 1, /* no library is left to be tried; place: 0 */
    NSS_BROKEN,   /* this one cannot be loaded */
    NSS_CLOSED,   /* it cannot open the folder's key4.db and cert9.db; detail: its error, as -N */
    NSS_ASKS,     /* the key is encrypted under a primary password */
    NSS_WRONG,    /* that was another */
    NSS_READY     /* detail: 1, it knows AES as Firefox 144 and later write it; 0 */
};

#define NSS_ANSWER_LEN 9
#define NSS_FOLDER_MAX (PATH_MAX - 1)
#define NSS_PASSWORD_MAX 1024
#define NSS_VALUES_MAX (48U * 1024 * 1024)

#endif
