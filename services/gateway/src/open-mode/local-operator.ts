import { localOperator } from '@undertone/contracts/access/principal';
import type { Authenticate } from '../callers/authenticate.js';

/** `AUTH_MODE=open`: nobody signs in, and whoever reaches the port is the local operator. */
export const everybodyIsLocalOperator: Authenticate = async () => ({ caller: localOperator });
