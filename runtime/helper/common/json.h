// Typed access to the members of a JSON object: each reader checks the type and the range and names the key.
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"

/** What a reader does when the key is missing or null. */
enum json_presence { JSON_OPTIONAL, JSON_REQUIRED };

/** `*out` is left alone when the member is missing. The string belongs to the object. */
int json_read_string(const json_t *object, const char *key, enum json_presence presence, const char **out,
		     struct error *err);

/** As json_read_string(); fails when the number is outside `min`..`max`. */
int json_read_integer(const json_t *object, const char *key, enum json_presence presence, int64_t min,
		      int64_t max, int64_t *out, struct error *err);

/** `*out` is left alone when the member is missing. */
int json_read_bool(const json_t *object, const char *key, bool *out, struct error *err);

/** `*out` becomes NULL when the member is missing; it belongs to the object. */
int json_read_object(const json_t *object, const char *key, enum json_presence presence, const json_t **out,
		     struct error *err);

/** As json_read_object(). */
int json_read_array(const json_t *object, const char *key, enum json_presence presence, const json_t **out,
		    struct error *err);
