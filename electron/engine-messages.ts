// What the shell and the engine's host process say to each other. Parsed at both doors.
import { z } from 'zod';
import { keeperAnswer, keeperAsk } from '../runtime/client/kept-engine.ts';

/** The host's only argument, as JSON. */
export const hostOptions = z
  .object({
    /** The socket at which the engine answers, or will. */
    socketPath: z.string().startsWith('/'),
    node: z.string().min(1),
    /** The folder of the engine's bundles. */
    distFolder: z.string().startsWith('/'),
    engineArguments: z.array(z.string()),
    /** Where the engine's files are to be copied before they are used; else they are used where they are. */
    copyTo: z.string().startsWith('/').optional(),
  })
  .strict();
export type HostOptions = z.infer<typeof hostOptions>;

/** From the host. */
export const hostMessage = z.discriminatedUnion('type', [
  /** Something a person may want to know; `rights`: why a password is asked for. */
  z.object({ type: z.literal('say'), sentence: z.string(), rights: z.boolean() }).strict(),
  /** It answers. `ours`: it was started here, and can be started again. */
  z.object({ type: z.literal('ready'), ours: z.boolean() }).strict(),
  z.object({ type: z.literal('answer'), answer: keeperAnswer }).strict(),
  z.object({ type: z.literal('failed'), reason: z.string() }).strict(),
]);
export type HostMessage = z.infer<typeof hostMessage>;

/** To the host: the engine is to end, and the host with it. */
export const stopMessage = z.literal('stop');

/** To the host, as JSON: something about the engine that it keeps. */
export const askMessage = keeperAsk;
