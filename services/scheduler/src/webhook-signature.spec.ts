import { expect, it } from 'vitest';
import { signedHeaders, webhookSecret } from './webhook-signature.js';

it('signs as Standard Webhooks’ own example', () => {
  const secret = webhookSecret.parse('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
  const body = '{"test": 2432232314}';
  const headers = signedHeaders(secret, {
    id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    sentAt: new Date(1_614_265_330_000),
    body,
  });
  expect(headers).toEqual({
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});

it.each(['', 'whsec_', 'secret', 'whsec_short', `whsec_${'A'.repeat(200)}`])('takes no secret %s', (text) => {
  expect(webhookSecret.safeParse(text).success).toBe(false);
});
