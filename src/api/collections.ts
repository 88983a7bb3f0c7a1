import type { Route } from '../http/types.ts';
import type { Collections } from '../services/collections/collections.ts';
import { requestInfoOf } from './request-info.ts';

/** Bytes of an import: thousands of collections with their rules and templates. */
const importBytesMax = 32 * 1024 * 1024;

/** `/api/collections`, for superusers. */
export function collectionRoutes({ collections }: { readonly collections: Collections }): Route[] {
  const path = '/api/collections';
  const one = `${path}/:collection`;
  return [
    {
      method: 'GET',
      path,
      access: 'superuser',
      handle: async (request) => ({ kind: 'json', body: await collections.list(requestInfoOf(request)) }),
    },
    {
      method: 'POST',
      path,
      access: 'superuser',
      async handle(request) {
        return { kind: 'json', body: await collections.create((await request.body()).data) };
      },
    },
    {
      method: 'GET',
      path: one,
      access: 'superuser',
      handle: async (request) => ({ kind: 'json', body: await collections.view(request.params.collection!) }),
    },
    {
      method: 'PATCH',
      path: one,
      access: 'superuser',
      async handle(request) {
        const { data } = await request.body();
        return { kind: 'json', body: await collections.update(request.params.collection!, data) };
      },
    },
    {
      method: 'DELETE',
      path: one,
      access: 'superuser',
      async handle(request) {
        await collections.delete(request.params.collection!);
        return { kind: 'empty', status: 204 };
      },
    },
    {
      method: 'DELETE',
      path: `${one}/truncate`,
      access: 'superuser',
      async handle(request) {
        await collections.truncate(request.params.collection!);
        return { kind: 'empty', status: 204 };
      },
    },
    {
      method: 'PUT',
      path: `${path}/import`,
      access: 'superuser',
      bodyLimit: importBytesMax,
      async handle(request) {
        await collections.import((await request.body()).data);
        return { kind: 'empty', status: 204 };
      },
    },
    {
      method: 'GET',
      path: `${path}/meta/scaffolds`,
      access: 'superuser',
      handle: async () => ({ kind: 'json', body: collections.scaffolds() }),
    },
  ];
}
