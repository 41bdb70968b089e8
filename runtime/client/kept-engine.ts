// An engine that we started, as those see it who show it.

/** What can be had of it beyond its API. */
export interface KeptEngine {
  /** The last lines of its own log. */
  log(): Promise<string>;
  /** Ends it if it runs, by force if it hangs, and starts it. Resolves when it answers; rejects with a sentence. */
  restart(): Promise<void>;
}
