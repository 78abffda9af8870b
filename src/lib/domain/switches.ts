import { DomainError } from './errors.ts';

/** What operators can turn off for a while: what comes in anew. What is under way goes on. */
export const switchNames = ['sign-ups', 'listings', 'uploads', 'reports'] as const;
export type SwitchName = (typeof switchNames)[number];

/** Thrown when operators have turned off what was asked for. */
export class SwitchedOff extends DomainError {
	constructor(data: { reason: SwitchName }) {
		super('switched-off', 'unavailable', data);
	}
}
