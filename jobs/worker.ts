// A process without `web`: whatever else ROLES names.
import { boot } from '#lib/server/boot.ts';
import { readConfig } from '#lib/server/config.ts';

const { stop } = await boot(readConfig(process.env));
for (const signal of ['SIGINT', 'SIGTERM'] as const)
	process.once(signal, () => void stop().finally(() => process.exit(0)));
