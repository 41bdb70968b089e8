// How long one timer of Node may be. One that is longer fires at once, with a warning in the log: a stop that was to wait
// for a month would kill at once, and a health check of every month would never rest.

/** Milliseconds; 24 days and some hours. */
export const longestTimerMs = 2 ** 31 - 1;
