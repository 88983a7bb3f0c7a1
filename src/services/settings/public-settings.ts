import type { S3Settings, Settings } from './settings.ts';

/** Settings as the API shows them: without passwords and secrets. */
export function publicSettings(settings: Settings): object {
  const { password: _password, ...smtp } = settings.smtp;
  const { backups, s3 } = settings;
  return { ...settings, smtp, backups: { ...backups, s3: withoutSecret(backups.s3) }, s3: withoutSecret(s3) };
}

function withoutSecret({ secret: _secret, ...rest }: S3Settings): object {
  return rest;
}
