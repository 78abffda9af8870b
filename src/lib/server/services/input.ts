import type { z } from 'zod';
import { InvalidInput } from '#lib/domain/errors.ts';

/**
 * What a service was given, checked and normalised.
 * @throws {InvalidInput} naming each field that is wrong and why: `prices.0.unitPrice: amount`
 */
export function parseInput<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
	const result = schema.safeParse(input);
	if (result.success) return result.data;
	const issues = result.error.issues.slice(0, 50).map(({ path, message, code }) => {
		// Our own messages are codes (`too-short`); Zod's are sentences, and of those only the kind is stable.
		const reason = /^[a-z0-9-]+$/.test(message) ? message : code.replaceAll('_', '-');
		return `${path.map(String).join('.')}: ${reason}`;
	});
	throw new InvalidInput({ issues });
}
