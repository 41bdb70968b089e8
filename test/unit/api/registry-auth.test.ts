// Credentials in the X-Registry-Auth header.
import { expect, it } from 'vitest';
import { parseRegistryAuth } from '../../../runtime/engine/api/registry-auth.ts';

const encoded = (value: unknown, alphabet: BufferEncoding = 'base64url'): string =>
  Buffer.from(JSON.stringify(value)).toString(alphabet);

it.each([
  ['nothing', undefined, undefined],
  ['an empty object', encoded({}), undefined],
  ['no base64', '!!', undefined],
  ['no JSON', 'aaaa', undefined],
  [
    'name and password',
    encoded({ username: 'u', password: 'p?>', serveraddress: 'https://r' }),
    { username: 'u', password: 'p?>', serverAddress: 'https://r' },
  ],
  [
    'the other alphabet of base64',
    encoded({ username: 'ü?>', password: 'p' }, 'base64'),
    { username: 'ü?>', password: 'p' },
  ],
  [
    'the form of the config file',
    encoded({ auth: Buffer.from('u:p:q').toString('base64') }),
    { username: 'u', password: 'p:q' },
  ],
  ['an identity token', encoded({ identitytoken: 't' }), { identityToken: 't' }],
])('reads %s', (_what, header, expected) => {
  expect(parseRegistryAuth(header)).toEqual(expected);
});
