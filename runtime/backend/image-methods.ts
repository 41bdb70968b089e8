// The contract's methods on images that are more than one request's answer.
import {
  distributionAnswer,
  historyAnswer,
  imageListAnswer,
  imageNamesAnswer,
  prunedImagesAnswer,
  prunePreviewAnswer,
  registryTagsAnswer,
  searchAnswer,
} from '../client/engine-answers.ts';
import { imageSegment, type EngineClient } from '../client/engine-client.ts';
import { EngineFailure } from '../client/engine-failure.ts';
import type { RegistryCredentials } from '../client/registry-credentials.ts';
import type { Methods } from '../contract/methods.ts';
import { familiarName, parseImageReference, withDefaultTag } from '../syntax/image-reference.ts';
import { toContractError } from './contract-failure.ts';
import { pullReference } from './image-pull.ts';

/** Registries are asked of so many names of an image. */
const maxAskedTags = 20;

type ImageMethods = Pick<
  Methods,
  | 'images.tag'
  | 'images.history'
  | 'images.newer'
  | 'images.prunePreview'
  | 'images.prune'
  | 'images.search'
  | 'images.registryTags'
>;

/** The methods on one engine. */
export function imageMethods(client: EngineClient, credentials: RegistryCredentials): ImageMethods {
  const filters = (all: boolean): string => JSON.stringify({ dangling: [all ? 'false' : 'true'] });
  return {
    'images.tag': async ({ id, reference }) => {
      const { tag = '', ...repository } = withDefaultTag(parseImageReference(pullReference(reference)));
      const query = { repo: familiarName(repository), tag };
      await client.text({ method: 'POST', path: `/images/${imageSegment(id)}/tag`, query });
      return {};
    },
    'images.history': async ({ id }) => {
      const path = `/images/${imageSegment(id)}/history`;
      const steps = await client.json({ method: 'GET', path }, historyAnswer);
      return {
        steps: steps.map((step) => ({
          createdMs: step.Created * 1000,
          command: step.CreatedBy,
          comment: step.Comment,
          sizeBytes: step.Size,
        })),
      };
    },
    'images.newer': async ({ id }) => {
      const path = `/images/${imageSegment(id)}/json`;
      const { RepoTags, RepoDigests } = await client.json({ method: 'GET', path }, imageNamesAnswer);
      const tags = RepoTags.slice(0, maxAskedTags).map(async (tag) => {
        try {
          const credential = await credentials.forReference(tag);
          const request = {
            method: 'GET',
            path: `/distribution/${imageSegment(tag)}/json`,
            credential,
          } as const;
          const { Descriptor } = await client.json(request, distributionAnswer);
          const repository = familiarName(parseImageReference(tag));
          const isHere = RepoDigests.includes(`${repository}@${Descriptor.digest}`);
          return { tag, state: isHere ? ('same' as const) : ('newer' as const), message: '' };
        } catch (error) {
          const { message } = toContractError(error);
          return { tag, state: 'unknown' as const, message };
        }
      });
      return { tags: await Promise.all(tags) };
    },
    'images.prunePreview': async ({ all }) => {
      const request = {
        method: 'GET',
        path: '/berth/images/prune',
        query: { filters: filters(all) },
      } as const;
      try {
        const { Images, SpaceReclaimed } = await client.json(request, prunePreviewAnswer);
        return { preview: { ids: Images, reclaimBytes: SpaceReclaimed } };
      } catch (error) {
        // Other engines have no such question.
        if (error instanceof EngineFailure && error.status === 404) return { preview: null };
        throw error;
      }
    },
    'images.prune': async ({ all }) => {
      const request = { method: 'POST', path: '/images/prune', query: { filters: filters(all) } } as const;
      const before = await client.json(
        { method: 'GET', path: '/images/json', query: { all: true } },
        imageListAnswer,
      );
      const images = new Set(before.map(({ Id }) => Id));
      const { ImagesDeleted, SpaceReclaimed } = await client.json(request, prunedImagesAnswer);
      // Layers are told of as well.
      const removed = ImagesDeleted.filter(({ Deleted }) => images.has(Deleted)).length;
      return { removed, reclaimedBytes: SpaceReclaimed };
    },
    'images.search': async ({ term }) => {
      const request = { method: 'GET', path: '/images/search', query: { term, limit: 25 } } as const;
      const found = await client.json(request, searchAnswer);
      const host = /^([^/]*[.:][^/]*|localhost)\//.exec(term)?.[0] ?? '';
      return {
        found: found.map((one) => ({
          name: one.name.startsWith(host) ? one.name : `${host}${one.name}`,
          description: one.description,
          stars: one.star_count,
          official: one.is_official,
        })),
      };
    },
    'images.registryTags': async ({ name }) => {
      const credential = await credentials.forReference(name);
      const request = { method: 'GET', path: '/berth/registry/tags', query: { name }, credential } as const;
      return { tags: (await client.json(request, registryTagsAnswer)).Tags };
    },
  };
}
