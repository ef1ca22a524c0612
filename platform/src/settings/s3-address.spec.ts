import { describe, expect, it } from 'vitest';
import { parseS3Address } from './s3-address.js';

describe('the address of an S3 bucket', () => {
  it('says where it is and who asks', () => {
    expect(
      parseS3Address('s3://key:se%2Fcret@127.0.0.1:9000/undertone?region=eu-central-1&tls=false'),
    ).toEqual({
      endpoint: 'http://127.0.0.1:9000',
      bucket: 'undertone',
      region: 'eu-central-1',
      credentials: { accessKeyId: 'key', secretAccessKey: 'se/cret' },
    });
    expect(parseS3Address('s3://s3.eu-central-1.amazonaws.com/undertone')).toEqual({
      endpoint: 'https://s3.eu-central-1.amazonaws.com',
      bucket: 'undertone',
      region: 'us-east-1',
    });
  });

  it.each([
    ['', /s3:\/\/host\/bucket/],
    ['https://host/bucket', /s3:\/\/host\/bucket/],
    ['s3:///bucket', /s3:\/\/host\/bucket/],
    ['s3://host', /one bucket/],
    ['s3://host/a/b', /one bucket/],
    ['s3://key@host/bucket', /or neither/],
    ['s3://host/bucket?style=path', /unknown parameter style/],
  ])('is refused: %s', (text, why) => {
    expect(() => parseS3Address(text)).toThrow(why);
  });

  it('does not show its secret when it is refused', () => {
    expect(() => parseS3Address('s3://key:hunter2@host')).toThrow(/^(?!.*hunter2)/);
  });
});
