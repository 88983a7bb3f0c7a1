/** Where mails go out; `password` is never given out. */
export interface SmtpSettings {
  readonly enabled: boolean;
  readonly port: number;
  readonly host: string;
  readonly username: string;
  readonly password: string;
  readonly authMethod: string;
  readonly tls: boolean;
  readonly localName: string;
}

/** An S3 bucket; `secret` is never given out. */
export interface S3Settings {
  readonly enabled: boolean;
  readonly bucket: string;
  readonly region: string;
  readonly endpoint: string;
  readonly accessKey: string;
  readonly secret: string;
  readonly forcePathStyle: boolean;
}

/** One rate limit: at most `maxRequests` in `duration` seconds. */
export interface RateLimitRule {
  readonly label: string;
  readonly audience: string;
  readonly duration: number;
  readonly maxRequests: number;
}

/** The settings of a running system, in the shape that the settings API shows. Immutable. */
export interface Settings {
  readonly superuserIPs: readonly string[];
  readonly smtp: SmtpSettings;
  readonly backups: { readonly cron: string; readonly cronMaxKeep: number; readonly s3: S3Settings };
  readonly s3: S3Settings;
  readonly meta: {
    readonly accentColor: string;
    readonly appName: string;
    readonly appURL: string;
    readonly senderName: string;
    readonly senderAddress: string;
    readonly hideControls: boolean;
  };
  readonly rateLimits: {
    readonly enabled: boolean;
    readonly excludedIPs: readonly string[];
    readonly rules: readonly RateLimitRule[];
  };
  readonly trustedProxy: { readonly headers: readonly string[]; readonly useLeftmostIP: boolean };
  readonly batch: {
    readonly enabled: boolean;
    readonly maxRequests: number;
    /** Seconds. */
    readonly timeout: number;
    /** Bytes; 0 = 128 MiB. */
    readonly maxBodySize: number;
  };
  readonly logs: {
    readonly maxDays: number;
    readonly minLevel: number;
    readonly logIP: boolean;
    readonly logAuthId: boolean;
  };
}

const noBucket: S3Settings = {
  enabled: false,
  bucket: '',
  region: '',
  endpoint: '',
  accessKey: '',
  secret: '',
  forcePathStyle: false,
};

/** The settings of a new system. */
export const defaultSettings: Settings = {
  superuserIPs: [],
  smtp: {
    enabled: false,
    port: 587,
    host: 'smtp.example.com',
    username: '',
    password: '',
    authMethod: '',
    tls: false,
    localName: '',
  },
  backups: { cron: '', cronMaxKeep: 3, s3: noBucket },
  s3: noBucket,
  meta: {
    accentColor: '#1055c9',
    appName: 'Acme',
    appURL: 'http://localhost:8090',
    senderName: 'Support',
    senderAddress: 'support@example.com',
    hideControls: false,
  },
  rateLimits: {
    enabled: false,
    excludedIPs: [],
    rules: [
      { label: '*:auth', audience: '', duration: 3, maxRequests: 2 },
      { label: '*:create', audience: '', duration: 5, maxRequests: 20 },
      { label: '/api/batch', audience: '', duration: 1, maxRequests: 3 },
      { label: '/api/', audience: '', duration: 10, maxRequests: 300 },
    ],
  },
  trustedProxy: { headers: [], useLeftmostIP: false },
  batch: { enabled: false, maxRequests: 50, timeout: 3, maxBodySize: 0 },
  logs: { maxDays: 5, minLevel: 0, logIP: true, logAuthId: false },
};
