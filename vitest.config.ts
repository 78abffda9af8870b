import { defineConfig } from 'vitest/config';

// Unit tests stand beside their file; integration tests run against the embedded database, or MONGODB_URL.
export default defineConfig({
	test: {
		// The usual is one fewer than there are cores, which is half of two.
		maxWorkers: '100%',
		projects: [
			{ test: { name: 'unit', include: ['src/**/*.test.ts', 'jobs/**/*.test.ts'], environment: 'node' } },
			{
				test: {
					name: 'integration',
					include: ['tests/integration/**/*.test.ts', 'tests/findings/**/*.test.ts'],
					environment: 'node',
					testTimeout: 60_000,
					hookTimeout: 60_000
				}
			}
		]
	}
});
