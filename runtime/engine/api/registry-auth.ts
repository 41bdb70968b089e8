// Credentials for registries: the body of `POST /auth`, and the `X-Registry-Auth` header, base64url of the same JSON. As in
// Docker, a header that cannot be read is none.
import { z } from 'zod';
import type { RegistryAuth } from '../services.ts';

const text = z.string().nullish();

/** A credential as `POST /auth` and the header write it. */
export const registryAuth = z.object({
  username: text,
  password: text,
  /** base64 of `user:password`, the form of Docker's config file. */
  auth: text,
  identitytoken: text,
  serveraddress: text,
});

/** The credential of a request, undefined without one. It is never logged and not kept. */
export function parseRegistryAuth(value: string | string[] | undefined): RegistryAuth | undefined {
  if (typeof value !== 'string' || value === '') return undefined;
  let fields: z.infer<typeof registryAuth>;
  try {
    // Node reads both alphabets of base64 under this name.
    fields = registryAuth.parse(JSON.parse(Buffer.from(value, 'base64url').toString('utf8')));
  } catch {
    return undefined;
  }
  const auth = authOf(fields);
  return auth.username === undefined && auth.identityToken === undefined ? undefined : auth;
}

/** A credential without its empty fields. */
export function authOf(fields: z.infer<typeof registryAuth>): RegistryAuth {
  const [username, password] = fields.username
    ? [fields.username, fields.password]
    : userAndPassword(fields.auth);
  return {
    ...(username ? { username } : {}),
    ...(password ? { password } : {}),
    ...(fields.identitytoken ? { identityToken: fields.identitytoken } : {}),
    ...(fields.serveraddress ? { serverAddress: fields.serveraddress } : {}),
  };
}

function userAndPassword(auth: string | null | undefined): [string?, string?] {
  if (!auth) return [];
  const pair = Buffer.from(auth, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  return colon < 0 ? [] : [pair.slice(0, colon), pair.slice(colon + 1)];
}
