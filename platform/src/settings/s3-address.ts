import { z } from 'zod';

/** Where a bucket is, and who asks. */
export interface S3Address {
  readonly endpoint: string;
  readonly bucket: string;
  readonly region: string;
  /** Absent: those of the environment or the machine, as every AWS client finds them. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/**
 * Reads `s3://KEY:SECRET@HOST:PORT/BUCKET?region=REGION&tls=false`. Key and secret are percent-encoded and may both be
 * left out; the region is `us-east-1` unless it is said.
 * @throws {TypeError} what is wrong with it; the address itself is not in the message, because of the secret.
 */
export function parseS3Address(text: string): S3Address {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 's3:' || !url.host) throw new TypeError('has to be s3://host/bucket');
  const [bucket, ...more] = url.pathname.split('/').filter((part) => part !== '');
  if (!bucket || more.length > 0) throw new TypeError('has to name one bucket as its path');
  if (!url.username !== !url.password) throw new TypeError('has to have a key and a secret, or neither');
  const unknown = [...url.searchParams.keys()].filter((name) => name !== 'region' && name !== 'tls');
  if (unknown.length > 0) throw new TypeError(`has the unknown parameter ${unknown[0]}`);
  return {
    endpoint: `${url.searchParams.get('tls') === 'false' ? 'http' : 'https'}://${url.host}`,
    bucket,
    region: url.searchParams.get('region') ?? 'us-east-1',
    ...(url.username && {
      credentials: {
        accessKeyId: decodeURIComponent(url.username),
        secretAccessKey: decodeURIComponent(url.password),
      },
    }),
  };
}

/** The address as a setting. */
export const s3Address = z.string().transform((text, context) => {
  try {
    return parseS3Address(text);
  } catch (error) {
    context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : 'is no address' });
    return z.NEVER;
  }
});

/** Settings of a service that keeps large things, or reads them. */
export const objectStorageSettings = {
  /** Where uploads and imports are kept, `s3://KEY:SECRET@HOST/BUCKET`; absent: in NATS. */
  OBJECT_STORAGE_URL: s3Address.optional(),
};
