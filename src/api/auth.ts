import type { ApiRequest, ApiResponse, Route } from '../http/types.ts';
import type { MailFlows } from '../services/auth/mail-flows.ts';
import type { SignIn } from '../services/auth/sign-in.ts';
import type { JsonObject } from '../util/json.ts';
import { requestInfoOf } from './request-info.ts';

/** What the auth endpoints stand on. */
export interface AuthApiParts {
  readonly signIn: SignIn;
  readonly mailFlows: MailFlows;
}

/** `/api/collections/{auth collection}/…`: sign-in, refresh and the flows by mail. */
export function authRoutes({ signIn, mailFlows }: AuthApiParts): Route[] {
  const path = '/api/collections/:collection';
  const mailed = (name: string, tag: string, run: (collection: string, body: JsonObject) => Promise<void>): Route => ({
    method: 'POST',
    path: `${path}/${name}`,
    access: 'public',
    tags: [tag],
    async handle(request) {
      await run(request.params.collection!, (await request.body()).data);
      return { kind: 'empty', status: 204 };
    },
  });
  return [
    {
      method: 'GET',
      path: `${path}/auth-methods`,
      access: 'public',
      tags: ['listAuthMethods'],
      handle: async (request) => ({ kind: 'json', body: await signIn.methods(request.params.collection!) }),
    },
    {
      method: 'POST',
      path: `${path}/auth-with-password`,
      access: 'public',
      tags: ['authWithPassword', 'auth'],
      async handle(request) {
        const { data } = await request.body();
        return json(await signIn.withPassword(request.params.collection!, requestInfoOf(request), data));
      },
    },
    {
      method: 'POST',
      path: `${path}/auth-refresh`,
      access: 'sameCollection',
      tags: ['authRefresh'],
      handle: async (request: ApiRequest) =>
        json(await signIn.refresh(request.params.collection!, requestInfoOf(request), request.token)),
    },
    {
      method: 'POST',
      path: `${path}/impersonate/:id`,
      access: 'superuser',
      async handle(request) {
        const { data } = await request.body();
        const { collection, id } = request.params;
        return json(await signIn.impersonate(collection!, id!, requestInfoOf(request), data));
      },
    },
    mailed('request-verification', 'requestVerification', (name, body) => mailFlows.requestVerification(name, body)),
    mailed('confirm-verification', 'confirmVerification', (name, body) => mailFlows.confirmVerification(name, body)),
    mailed('request-password-reset', 'requestPasswordReset', (name, body) =>
      mailFlows.requestPasswordReset(name, body),
    ),
    mailed('confirm-password-reset', 'confirmPasswordReset', (name, body) =>
      mailFlows.confirmPasswordReset(name, body),
    ),
    mailed('confirm-email-change', 'confirmEmailChange', (name, body) => mailFlows.confirmEmailChange(name, body)),
    {
      method: 'POST',
      path: `${path}/request-email-change`,
      access: 'sameCollection',
      tags: ['requestEmailChange'],
      async handle(request) {
        const { data } = await request.body();
        await mailFlows.requestEmailChange(request.params.collection!, requestInfoOf(request), data);
        return { kind: 'empty', status: 204 };
      },
    },
  ];
}

function json(body: unknown): ApiResponse {
  return { kind: 'json', body };
}
