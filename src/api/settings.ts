import type { Route } from '../http/types.ts';
import { publicSettings } from '../services/settings/public-settings.ts';
import type { SettingsStore } from '../services/settings/settings-store.ts';

/** `/api/settings`, for superusers. */
export function settingsRoutes({ settings }: { readonly settings: SettingsStore }): Route[] {
  const path = '/api/settings';
  return [
    {
      method: 'GET',
      path,
      access: 'superuser',
      handle: async () => ({ kind: 'json', body: publicSettings(await settings.read()) }),
    },
    {
      method: 'PATCH',
      path,
      access: 'superuser',
      async handle(request) {
        const { data } = await request.body();
        return { kind: 'json', body: publicSettings(await settings.update(data)) };
      },
    },
  ];
}
