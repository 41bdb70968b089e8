// sha256 of a stream, as the text of a digest.
#pragma once

#include <openssl/evp.h>
#include <stddef.h>

#define DIGEST_TEXT_MAX 72

/** NULL when there is no memory; the other two take that and answer nothing. */
EVP_MD_CTX *digest_open(void);
void digest_add(EVP_MD_CTX *hash, const void *bytes, size_t length);
/** Writes `sha256:<hex>`, or an empty text. */
void digest_close(EVP_MD_CTX *hash, char text[DIGEST_TEXT_MAX]);
