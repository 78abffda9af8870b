import type { Actor, Context } from '#lib/server/context.ts';
import type { Session } from '#lib/server/services/sessions.ts';

declare global {
	namespace App {
		interface Locals {
			context: Context;
			/** Null for a visitor. */
			session: Session | null;
			/** The wallet of the session. */
			actor: Actor | null;
			/** Names this request in the log, and to whoever reports that it failed. */
			requestId: string;
		}
		interface PageState {
			/** What this browser has just sent, shown on the order's page before the node or the chain knows of it. */
			sent?: { title: string; chainId: number; token: string; amount: string; hash: string; posted: boolean };
		}
		interface Error {
			/** What happened, in the reader's language where there is a `code`. */
			message: string;
			/** A `DomainError`'s; missing where the failure is a defect of ours. */
			code?: string;
			/** The request's id. */
			id?: string;
		}
	}
}
