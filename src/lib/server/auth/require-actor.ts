import { NotSignedIn } from '#lib/domain/errors.ts';
import type { Actor } from '#lib/server/context.ts';

/** Who is signed in. @throws {NotSignedIn} */
export function requireActor(locals: { actor: Actor | null }): Actor {
	if (locals.actor === null) throw new NotSignedIn();
	return locals.actor;
}
