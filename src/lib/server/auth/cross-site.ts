import { DomainError } from '#lib/domain/errors.ts';

/** Thrown when a page of another site makes the browser of somebody signed in send something. */
export class CrossSiteRequest extends DomainError {
	constructor() {
		super('cross-site-request', 'forbidden');
	}
}

/**
 * Refuses a request that changes something and may have been caused by another site. Kit checks forms alone; this checks
 * every body. Browsers say with each such request which site it comes from; a program that says nothing has to prove
 * itself by a bearer token, which no other site can make a browser send.
 * @throws {CrossSiteRequest}
 */
export function refuseCrossSite(request: Request, site: URL, credential: 'bearer' | 'cookie' | null): void {
	if (request.method === 'GET' || request.method === 'HEAD' || request.method === 'OPTIONS') return;
	if (credential === 'bearer') return;
	const origin = request.headers.get('origin');
	const fetchSite = request.headers.get('sec-fetch-site');
	if (origin !== null && origin !== site.origin) throw new CrossSiteRequest();
	if (fetchSite !== null && fetchSite !== 'same-origin' && fetchSite !== 'none') throw new CrossSiteRequest();
	if (origin === null && fetchSite === null && credential === 'cookie') throw new CrossSiteRequest();
}
