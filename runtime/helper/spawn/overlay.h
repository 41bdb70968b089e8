// The root file system of a container: an overlay, mounted only in its own mount namespace.
#pragma once

#include "common/error.h"
#include "spawn/init-layer.h"
#include "spawn/request.h"

/**
 * Fills the init layer if that was not done yet, mounts the overlay on the folder `point` and returns an O_PATH
 * descriptor of its root.
 */
int overlay_mount(const struct overlay_spec *spec, const char *point, const struct init_stub *stubs, size_t count,
		  struct error *err);

/** The same, of an init layer that is filled or need not be. */
int overlay_mount_filled(const struct overlay_spec *spec, const char *point, struct error *err);

/** Mounts init layer and layers alone on `point`, read-only, and returns an O_PATH descriptor of the root. */
int overlay_mount_view(const struct overlay_spec *spec, const char *point, struct error *err);
