import type { Role } from '@undertone/contracts/access/principal';
import type { UserRow } from './user.entity.js';

/** What a user may be beside themselves. */
export const rolesOf = ({ isAdmin }: Pick<UserRow, 'isAdmin'>): Role[] => (isAdmin ? ['admin'] : []);
