import type { Deprecated } from '@undertone/contracts/rest/route';

/**
 * What every answer of a route on its way out says: since when (RFC 9745), until when (RFC 8594), and what takes its place (RFC 5829,
 * `successor-version`).
 */
export const deprecationHeaders = ({
  since,
  sunset,
  successor,
}: Deprecated): Readonly<Record<string, string>> => ({
  deprecation: `@${Date.parse(since) / 1000}`,
  sunset: new Date(sunset).toUTCString(),
  link: `<${successor}>; rel="successor-version", </docs>; rel="deprecation"; type="text/html"`,
});
