import type { LoadLine, Plan } from '../line.ts';
import { scaled } from '../statistics.ts';

/** Sign-in by password and token refresh of one user. Counts and concurrency: benchmarks/test_auth.go of github.com/pocketbase/benchmarks. */
export function authLines(plan: Plan): LoadLine[] {
  const passwords = scaled(250, plan.requestScale, 10);
  const refreshes = scaled(1000, plan.requestScale, 10);
  return [
    passwordLine('with password (high concurrency)', passwords, 250),
    passwordLine('with password (small concurrency)', passwords, 10),
    refreshLine('refresh (high concurrency)', refreshes, 1000),
    refreshLine('refresh (medium concurrency)', refreshes, 100),
  ];
}

function passwordLine(name: string, requests: number, concurrency: number): LoadLine {
  return {
    kind: 'load',
    group: 'auth',
    name,
    requests,
    concurrency,
    rounds: 'again',
    needs: ['users'],
    async load({ server }, count) {
      const body = JSON.stringify({ identity: 'users0@example.com', password: '1234567890' });
      const request = server.request('POST', '/api/collections/users/auth-with-password', { body });
      return { main: { requests: [request], count, concurrency } };
    },
  };
}

function refreshLine(name: string, requests: number, concurrency: number): LoadLine {
  return {
    kind: 'load',
    group: 'auth',
    name,
    requests,
    concurrency,
    rounds: 'again',
    needs: ['users'],
    async load({ server, seeder }, count) {
      const { token } = await seeder.viewer();
      const request = server.request('POST', '/api/collections/users/auth-refresh', { token });
      return { main: { requests: [request], count, concurrency } };
    },
  };
}
