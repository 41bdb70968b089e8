// Docker's kinds of plugins, and which of each are built into this engine.

/** The drivers that there are, in the order in which they are shown. */
export const drivers = {
  Volume: ['local'],
  Network: ['bridge', 'host', 'ipvlan', 'macvlan', 'null', 'overlay'],
  Log: ['json-file', 'local'],
} as const;
