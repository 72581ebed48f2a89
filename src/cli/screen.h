/* SPDX-License-Identifier: ISC */
/*
 * screen: the terminal's other screen, for what shall not stay in the scrollback. While it
 * is shown, a signal that ends the program brings the usual one back first.
 */
#ifndef CLI_SCREEN_H
#define CLI_SCREEN_H

#include <stdbool.h>

/* Shows the other screen, empty; false on a terminal that knows none (TERM). */
bool screen_begin(int fd);
/* An empty screen again. */
void screen_clear(int fd);
/* The usual screen, as it was; nothing when there was no screen_begin. */
void screen_end(void);

#endif
