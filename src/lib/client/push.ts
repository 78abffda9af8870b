// Push to this browser: asked of its owner, made by the browser, kept by the node.
import { DomainError } from '#lib/domain/errors.ts';
import { request } from './node-request.ts';

/** `unable`: this browser cannot; `denied`: its owner refused; otherwise whether this node may push to it. */
export type PushState = 'unable' | 'denied' | 'off' | 'on';

/** Thrown when the owner, or the browser, refuses to be pushed to. */
class PushRefused extends DomainError {
	constructor(options?: ErrorOptions) {
		super('push-refused', 'forbidden', {}, options);
	}
}

/** @param serverKey the key by which the browser knows this node */
export async function pushState(serverKey: string): Promise<PushState> {
	if (!('serviceWorker' in navigator) || !('PushManager' in window) || !('Notification' in window)) return 'unable';
	if (Notification.permission === 'denied') return 'denied';
	const subscription = await ownSubscription();
	return subscription !== null && isFor(subscription, serverKey) ? 'on' : 'off';
}

/** Lets this node push to this browser. @throws {PushRefused} {DomainError} */
export async function turnOnPush(serverKey: string): Promise<void> {
	if ((await Notification.requestPermission()) !== 'granted') throw new PushRefused();
	const registration = await navigator.serviceWorker.ready;
	const before = await registration.pushManager.getSubscription();
	// Of a key that this node had before: nobody can push by it any more.
	if (before !== null && !isFor(before, serverKey)) await before.unsubscribe();
	const subscription = await registration.pushManager
		.subscribe({ userVisibleOnly: true, applicationServerKey: serverKey })
		.catch((cause: unknown) => {
			throw new PushRefused({ cause });
		});
	const { endpoint, keys } = subscription.toJSON();
	await send('PUT', { endpoint, keys, serverKey });
}

/** Ends it, here and at the node, where one of the two is enough; where there is none, nothing happens. */
export async function turnOffPush(): Promise<void> {
	const subscription = await ownSubscription();
	if (subscription === null) return;
	const { endpoint } = subscription;
	const [told, ended] = await Promise.allSettled([send('DELETE', { endpoint }), subscription.unsubscribe()]);
	if (told.status === 'rejected' && ended.status === 'rejected') throw told.reason;
}

async function ownSubscription(): Promise<PushSubscription | null> {
	const registration = await navigator.serviceWorker?.getRegistration();
	return (await registration?.pushManager?.getSubscription()) ?? null;
}

function isFor({ options }: PushSubscription, serverKey: string): boolean {
	const bytes = new Uint8Array(options.applicationServerKey ?? new ArrayBuffer(0));
	const text = btoa(String.fromCharCode(...bytes));
	return text.replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '') === serverKey;
}

async function send(method: 'PUT' | 'DELETE', body: object): Promise<void> {
	await request(fetch, '/api/v1/notifications/channels', {
		method,
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify({ channel: 'push', ...body })
	});
}
