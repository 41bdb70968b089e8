// sha256 by OpenSSL, which uses the processor's own instructions.
#include "worker/digest.h"

#include <stdio.h>

EVP_MD_CTX *digest_open(void)
{
	EVP_MD_CTX *hash = EVP_MD_CTX_new();
	if (hash && EVP_DigestInit_ex(hash, EVP_sha256(), NULL) == 1)
		return hash;
	EVP_MD_CTX_free(hash);
	return NULL;
}

void digest_add(EVP_MD_CTX *hash, const void *bytes, size_t length)
{
	if (hash)
		EVP_DigestUpdate(hash, bytes, length);
}

void digest_close(EVP_MD_CTX *hash, char text[DIGEST_TEXT_MAX])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned length = 0;
	text[0] = '\0';
	if (!hash)
		return;
	EVP_DigestFinal_ex(hash, digest, &length);
	EVP_MD_CTX_free(hash);
	int n = snprintf(text, DIGEST_TEXT_MAX, "sha256:");
	for (unsigned i = 0; i < length; i++)
		n += snprintf(text + n, DIGEST_TEXT_MAX - (size_t)n, "%02x", digest[i]);
}
