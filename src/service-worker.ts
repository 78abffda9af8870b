// What runs for this site beside its pages.
import { handlePushes } from '#lib/client/push-worker.ts';

handlePushes(self as unknown as ServiceWorkerGlobalScope);
