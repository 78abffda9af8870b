import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { requireSpace } from '#lib/server/disk.ts';
import { LaunchError } from '#lib/server/start-failure.ts';

test('a folder with more space than is needed is taken', async () => {
	await expect(requireSpace(tmpdir(), 1)).resolves.toBeUndefined();
});

test('a folder with less is refused in one sentence that says what to do', async () => {
	const refusal = requireSpace(tmpdir(), Number.MAX_SAFE_INTEGER);
	await expect(refusal).rejects.toThrow(LaunchError);
	await expect(refusal).rejects.toThrow(/^The disk of .* MiB left .*: free some space, or set HOLDFAST_DATA .*\.$/);
});
