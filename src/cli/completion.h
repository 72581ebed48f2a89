/* SPDX-License-Identifier: ISC */
/* completion: the scripts, each written into a sink. */
#ifndef CLI_COMPLETION_H
#define CLI_COMPLETION_H

#include "base/sink.h"

void completion_bash(struct sink *out);
void completion_zsh(struct sink *out);
void completion_fish(struct sink *out);

#endif
