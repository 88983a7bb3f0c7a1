import type { Guard } from '../../http/server-options.ts';
import type { ApiRequest } from '../../http/types.ts';
import { forbidden } from '../../model/errors.ts';
import { IpRanges } from '../settings/ip-ranges.ts';
import type { SettingsStore } from '../settings/settings-store.ts';
import type { Settings } from '../settings/settings.ts';

/**
 * Keeps superusers to the addresses of the settings' `superuserIPs`; an empty list allows all. Asked for every request that carries a
 * superuser's token, and before a superuser is given one.
 */
export class SuperuserIps {
  readonly #settings: SettingsStore;
  #snapshot: Settings | null = null;
  #allowed: IpRanges | null = null;

  constructor(settings: SettingsStore) {
    this.#settings = settings;
  }

  /** The check in front of every route. Throws 403. */
  readonly guard: Guard = (request) => {
    if (!request.viewer.isSuperuser) return;
    const settings = this.#settings.peek();
    if (settings === null) return this.#readAndCheck(request);
    if (!this.#isAllowed(settings, request.remoteIp)) throw forbidden();
  };

  async #readAndCheck(request: ApiRequest): Promise<void> {
    const settings = await this.#settings.read();
    // Not before: the settings also tell which proxy is believed about the address.
    if (!this.#isAllowed(settings, request.remoteIp)) throw forbidden();
  }

  /** Throws 403 when superusers may not come from this address. */
  async check(remoteIp: string): Promise<void> {
    if (!(await this.allows(remoteIp))) throw forbidden();
  }

  /** True when superusers may come from this address. */
  async allows(remoteIp: string): Promise<boolean> {
    return this.#isAllowed(await this.#settings.read(), remoteIp);
  }

  #isAllowed(settings: Settings, remoteIp: string): boolean {
    if (settings.superuserIPs.length === 0) return true;
    if (this.#allowed === null || this.#snapshot !== settings) {
      this.#allowed = new IpRanges(settings.superuserIPs);
      this.#snapshot = settings;
    }
    return this.#allowed.has(remoteIp);
  }
}
