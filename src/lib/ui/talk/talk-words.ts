// What a conversation's faults and bodies are called.
import type { ChainFault } from '#lib/crypto/chain.ts';
import type { MessageBody } from '#lib/crypto/message-body.ts';
import { m } from '#lib/paraglide/messages.js';
import { formatCount } from '#lib/ui/format.ts';

/** Something that stands in a conversation and nobody wrote: a step of the order. `at` in milliseconds since 1970. */
export type TalkEvent = { at: number; words: string };

/** What a node did to a conversation, as a sentence. */
export function faultSentence(fault: ChainFault, viewer: string, other: string): string {
	const who = fault.author === viewer ? m.you() : other;
	switch (fault.kind) {
		case 'missing': {
			const n = fault.until - fault.seq + 1;
			return m.talk_fault_missing({ who, n, count: formatCount(n) });
		}
		case 'withheld':
			return m.talk_fault_withheld({ who });
		case 'taken-back':
			return m.talk_fault_taken_back({ who });
		case 'removed':
			return m.talk_fault_removed({ who });
		case 'fork':
		case 'repeated':
		case 'broken':
			return m.talk_fault_order({ who });
	}
}

/** A message in one line: what it is answered by, or listed with. */
export function lineOf(body: MessageBody): string {
	switch (body.kind) {
		case 'text':
			return body.text;
		case 'files':
			return body.text || m.talk_body_files({ n: body.files.length, count: formatCount(body.files.length) });
		case 'delivery':
			return m.talk_body_delivery();
		case 'licence':
			return m.talk_body_licence();
		case 'address':
			return m.talk_body_address();
		case 'tracking':
			return m.talk_body_tracking();
		case 'settlement':
			return m.talk_body_settlement();
		case 'erase':
			return m.talk_body_erase();
	}
}
