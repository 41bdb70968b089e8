// The contract's methods on registries: who is logged in where. A password goes to the engine, which asks the registry, and then to where
// the docker CLI keeps it; it never comes back.
import { loginAnswer } from '../client/engine-answers.ts';
import type { EngineClient } from '../client/engine-client.ts';
import { EngineFailure } from '../client/engine-failure.ts';
import type { RegistryCredentials } from '../client/registry-credentials.ts';
import type { Methods } from '../contract/methods.ts';
import { ContractFailure, contractError } from './contract-failure.ts';

type RegistryMethods = Pick<Methods, 'registries.list' | 'registries.login' | 'registries.logout'>;

/** The methods on one engine and one user's credentials. */
export function registryMethods(client: EngineClient, credentials: RegistryCredentials): RegistryMethods {
  return {
    'registries.list': async () => ({ registries: await credentials.list() }),
    'registries.login': async ({ registry, username, password }) => {
      const host = registry.replace(/^https?:\/\//, '').replace(/\/.*$/, '') || 'docker.io';
      const serveraddress = host === 'docker.io' ? 'https://index.docker.io/v1/' : host;
      const request = { method: 'POST', path: '/auth', body: { username, password, serveraddress } } as const;
      const { IdentityToken } = await client.json(request, loginAnswer).catch((error: unknown) => {
        throw loginError(host, error);
      });
      await credentials.save(host, username, password, IdentityToken);
      return {};
    },
    'registries.logout': async ({ registry }) => {
      await credentials.remove(registry);
      return {};
    },
  };
}

function loginError(registry: string, error: unknown): unknown {
  if (!(error instanceof EngineFailure) || error.errno !== undefined) return error;
  const said = `The engine said: ${error.message}`;
  if (error.status === 401 || /unauthorized|incorrect username/i.test(error.message)) {
    return new ContractFailure(
      contractError('unauthorized', `${registry} does not accept this user name and password.`, said),
    );
  }
  return new ContractFailure(
    contractError(
      'unavailable',
      `${registry} cannot be asked.`,
      `Check the address and the network. ${said}`,
    ),
  );
}
