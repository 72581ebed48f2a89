/* SPDX-License-Identifier: ISC */
/*
 * layout: a format that is a text with places for values.
 *
 *   $(WHAT)           the value, in the format's own quoting
 *   $(WHAT QUOTING)   in another one of format/quotings.def
 *
 * WHAT is one of
 *   host      without the brackets of an IPv6 address
 *   urlhost   with them, as a URL has it
 *   port      digits; never quoted
 *   user  secret  name (of the profile)
 *   from      the sender's address: the profile's, else its user name where that is one
 *   local  domain   the two sides of that
 *   ca        path of the file of the server's authorities
 *   mechanism auth   "SCRAM-SHA-256", "scram-sha-256"
 *   command   the command that prints the secret
 *   netrc     the command that prints the login as a netrc
 *
 * A line that begins with "?CONDITION " is written only when it holds, without these words;
 * several may follow one another, "?!CONDITION " is the contrary:
 *   starttls implicit none   the way to the server
 *   inline hook              the secret itself, or the command
 *   oauth                    the secret is an access token
 *   ca mechanism             there is one: a CA file; a mechanism that is not "auto"
 *   login cram-md5           the mechanism is that one
 *   user from domain         there is one
 *   alone                    the only login in the file
 * LAYOUT_JOIN ends a line without writing a line feed, so that pieces of one line can have
 * conditions of their own.
 */
#ifndef TOOL_LAYOUT_H
#define TOOL_LAYOUT_H

#include "tool/format.h"

#define LAYOUT_JOIN "\1"

/* SV_DATA for what the quoting cannot say. SV_INTERNAL for a word that is none of the above:
 * the unit tests write every format. */
enum sv_status layout_write(struct sink *out, const struct format *f, const struct format_input *in,
                            struct sv_err *err) SV_MUST_USE;

#endif
