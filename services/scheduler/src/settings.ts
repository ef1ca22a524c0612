import { serviceSettings } from '@undertone/platform/nest/service-settings';
import { z } from 'zod';

export const schedulerSettings = z.object({ ...serviceSettings, PORT: serviceSettings.PORT.default(8005) });
