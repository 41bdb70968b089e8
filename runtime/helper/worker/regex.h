// Regular expressions whose time is linear in the text: parsed to a tree, compiled to a small program over bytes, run as a
// deterministic automaton that is made while it runs, in bounded memory. No back references and no look-around, therefore.
//
// Syntax: literals, `.`, classes `[a-z]` `[^...]` `\d \w \s \D \W \S`, groups `(...)` `(?:...)`, `|`, `* + ? {m,n}` (lazy forms are
// taken, they match the same lines), `^ $ \b \B`, escapes `\t \n \r \xHH \uHHHH`. Text is UTF-8; case is folded for ASCII only.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

struct regex;

/** Compiles a pattern, or says why it cannot be. It lives as long as the process. */
struct regex *regex_compile(const char *pattern, size_t size, bool ignore_case, struct error *err);

/** Whether any part of the text matches. */
bool regex_matches(struct regex *regex, const uint8_t *text, size_t size);
