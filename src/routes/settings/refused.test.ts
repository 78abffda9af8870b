// What is refused in the settings is said at the field that is wrong, or else in its part; nowhere twice, and never nowhere.
import { expect, it } from 'vitest';
import { InvalidInput, TooManyRequests } from '#lib/domain/errors.ts';
import { m } from '#lib/paraglide/messages.js';
import { fieldError, partError } from './refused.ts';

const fields = ['quiet.from', 'quiet.to', 'quiet.zone'];

it('is said at its field', () => {
	const zone = new InvalidInput({ issues: ['quiet.zone: zone'] });
	expect(fieldError(zone, 'quiet.zone')).toBe(m.notices_wrong_zone());
	expect(fieldError(zone, 'quiet.to')).toBeUndefined();
	expect(partError(zone, fields)).toBe('');
	expect(fieldError(new InvalidInput({ issues: ['quiet.to: same-hour'] }), 'quiet.to')).toBe(m.notices_same_hour());
	expect(fieldError(new InvalidInput({ issues: ['address: email'] }), 'address')).toBe(m.field_wrong());
});

it('is said in its part, where no field of it is wrong', () => {
	expect(partError(new TooManyRequests({ retryAfter: 3600 }), fields)).toBe(m.error_limited());
	expect(partError(new InvalidInput({ issues: ['muted.0: invalid-value'] }), fields)).toBe(m.error_invalid_input());
	expect(partError(undefined, fields)).toBe('');
});
