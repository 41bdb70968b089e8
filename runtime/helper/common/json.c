// Typed access to the members of a JSON object.
#include "common/json.h"

#include <inttypes.h>

/** 1: found, 0: missing and optional, -1: missing. */
static int find(const json_t *object, const char *key, enum json_presence presence, json_t **out, struct error *err)
{
	*out = json_is_object(object) ? json_object_get(object, key) : NULL;
	if (*out && !json_is_null(*out))
		return 1;
	if (presence == JSON_REQUIRED)
		return error_set(err, EINVAL, "request", "\"%s\" is missing", key);
	return 0;
}

static int wrong(const char *key, const char *wanted, struct error *err)
{
	return error_set(err, EINVAL, "request", "\"%s\" is not %s", key, wanted);
}

int json_read_string(const json_t *object, const char *key, enum json_presence presence, const char **out,
		     struct error *err)
{
	json_t *value;
	int found = find(object, key, presence, &value, err);
	if (found <= 0)
		return found;
	if (!json_is_string(value))
		return wrong(key, "a string", err);
	*out = json_string_value(value);
	return 0;
}

int json_read_integer(const json_t *object, const char *key, enum json_presence presence, int64_t min,
		      int64_t max, int64_t *out, struct error *err)
{
	json_t *value;
	int found = find(object, key, presence, &value, err);
	if (found <= 0)
		return found;
	if (!json_is_integer(value))
		return wrong(key, "an integer", err);
	int64_t number = json_integer_value(value);
	if (number < min || number > max)
		return error_set(err, EINVAL, "request", "\"%s\" is %" PRId64 ", not in %" PRId64 "..%" PRId64, key,
				 number, min, max);
	*out = number;
	return 0;
}

int json_read_bool(const json_t *object, const char *key, bool *out, struct error *err)
{
	json_t *value;
	int found = find(object, key, JSON_OPTIONAL, &value, err);
	if (found <= 0)
		return found;
	if (!json_is_boolean(value))
		return wrong(key, "a boolean", err);
	*out = json_is_true(value);
	return 0;
}

int json_read_object(const json_t *object, const char *key, enum json_presence presence, const json_t **out,
		     struct error *err)
{
	json_t *value;
	*out = NULL;
	int found = find(object, key, presence, &value, err);
	if (found <= 0)
		return found;
	if (!json_is_object(value))
		return wrong(key, "an object", err);
	*out = value;
	return 0;
}

int json_read_array(const json_t *object, const char *key, enum json_presence presence, const json_t **out,
		    struct error *err)
{
	json_t *value;
	*out = NULL;
	int found = find(object, key, presence, &value, err);
	if (found <= 0)
		return found;
	if (!json_is_array(value))
		return wrong(key, "an array", err);
	*out = value;
	return 0;
}
