# SPDX-License-Identifier: ISC
"""The passwords that every tool is tried with, the nastiest first: what breaks quoting in
configuration files, in shells and in URLs. All are among those of tests/unit/hostile.h."""

PASSWORDS = [
    b"plain", b"'\"'\"'", b"a\\\"b", b" lead", b"trail ", b"ha #sh", b"\"`id`\"", b"${HOME}", b"trail\\",
    b"%41", b"p\xc3\xa4ssw\xc3\xb6rd\xe2\x82\xac", b"<%= 1 %>",
    b"in side", b"dou\"ble", b"sin'gle", b"back\\slash", b"two\\\\slashes", b"literal\\n",
    b"#lead", b"semi;colon", b"$HOME", b"$(id)", b"$$", b"%s%n", b"back`tick", b"co:lon", b"a@b",
    b"wh?at", b"a&b", b"a=b", b"a;b,c", b"!bang", b"\"quoted\"", b"'quoted'", b"~root", b"{a,b}",
    b"<b>&amp;", b"*", b"-lead", b"\\x41\\u0041\\101", b"#{1+1}", b"{{ x }}",
]
