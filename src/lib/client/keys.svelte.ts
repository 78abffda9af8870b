/**
 * The keys of whoever is signed in, between the browser, the node and the wallet: made when they are first needed, kept
 * as ciphertext in the vault and in this browser, bound by the wallet's signature. Heavy: import it on intent, or ask
 * `ensureKeys` of `#lib/ui/keys-dialog.svelte.ts`, which shows the right question where one is needed.
 */
import type { Hex, Wallet } from '#lib/domain/order.ts';
import type { Bytes } from '#lib/crypto/bytes.ts';
import { KeyLogBroken, RecoveryCodeWrong, Unreadable, VaultRefused } from '#lib/crypto/errors.ts';
import { notesKey } from '#lib/crypto/case-notes.ts';
import { goodsKey } from '#lib/crypto/goods.ts';
import {
	createMasterKey,
	deriveIdentity,
	hashKeys,
	publicKeysOf,
	type Identity,
	type MasterKey
} from '#lib/crypto/identity.ts';
import type { KeyLog } from '#lib/crypto/key-log.ts';
import { createRecoveryCode, recoveryKey, recoveryQuestion, requireRecoveryAnswers } from '#lib/crypto/recovery.ts';
import { safetyNumber, type SafetyNumber } from '#lib/crypto/safety-number.ts';
import { voteSalt, type Panel } from '#lib/crypto/vote.ts';
import {
	createVault,
	identitiesOf,
	openVault,
	refreshVault,
	replaceLostVault,
	replaceVault,
	sealVault,
	type SealedVault,
	type VaultSecrets,
	type Way
} from '#lib/crypto/vault.ts';
import { forgetChecked } from '#lib/client/checked-files.ts';
import { forgetSealedLinks } from '#lib/client/sealed-links.ts';
import { endWorker } from '#lib/client/crypto-worker.ts';
import { endDownloads } from '#lib/client/downloads.svelte.ts';
import { ActionError } from '#lib/client/failure.ts';
import { acceptKeyLog, seeKeyLog, type SeenKeyLog } from '#lib/client/key-logs.ts';
import { forgetWallet, keepSecrets, lockSecrets, readSecrets, revisionSeen } from '#lib/client/key-store.ts';
import { createPasskey, usePasskey } from '#lib/client/passkeys.ts';
import { post, put, read } from '#lib/client/post.ts';
import { forgetPurchases } from '#lib/client/purchase-memory.ts';
import { forgetSaved } from '#lib/client/save-file.ts';
import { forgetSeen } from '#lib/client/seen-orders.ts';
import { forgetTalks } from '#lib/client/talk/store.ts';
import { signKeys } from '#lib/client/sign-keys.ts';
import { forgetUploads } from '#lib/client/upload-memory.ts';
import { forgetViewed } from '#lib/client/viewed.ts';
import { forgetWithdrawals } from '#lib/client/withdrawal-memory.ts';

/** `none`: this wallet never had keys; `locked`: it has, and they are not here; `open`: they are. */
export type KeyStatus = 'unknown' | 'none' | 'locked' | 'open';

/** A recovery code that is about to be shown, and the places of three of its words that are asked back. */
export type NewWords = { words: string; asked: readonly [number, number, number] };

/** Keys that are about to be made: nothing of them is anywhere else yet. */
export type NewKeys = NewWords & { master: MasterKey };

type StoredVault = SealedVault & { revision: number };

/** A new recovery code, to be shown. */
export function prepareWords(): NewWords {
	return { words: createRecoveryCode(), asked: recoveryQuestion() };
}

/** New keys, to show the words of. */
export function prepareKeys(): NewKeys {
	return { master: createMasterKey(), ...prepareWords() };
}

/** What other tabs of this browser are told: whose keys changed in the store, or are gone from it with all else. */
type Change = { wallet: Wallet; gone: boolean };
const tabs = new BroadcastChannel('holdfast-keys');
const rings: Record<Wallet, Keyring | undefined> = {};
/** Key pairs, derived once for as long as their secrets are held. */
const derived = new WeakMap<VaultSecrets, Promise<Identity[]>>();
tabs.addEventListener('message', ({ data: { wallet, gone } }: MessageEvent<Change>) => {
	if (gone) rings[wallet]?.drop();
	// Where the node does not answer, whoever asks next hears of it.
	else rings[wallet]?.load({ again: true }).catch(() => undefined);
});

/** The keyring of a wallet: one for the page. */
export function keyringOf(wallet: Wallet): Keyring {
	return (rings[wallet] ??= new Keyring(wallet));
}

/** Forgets a wallet's keys in this browser, all that it saw of others', what it was sending and paying: on signing out. */
export async function forgetKeys(wallet: Wallet): Promise<void> {
	rings[wallet]?.drop();
	delete rings[wallet];
	endDownloads();
	endWorker();
	forgetPurchases(wallet);
	forgetWithdrawals(wallet);
	forgetViewed();
	await Promise.all([
		forgetWallet(wallet),
		forgetTalks(wallet),
		forgetChecked(wallet),
		forgetSealedLinks(wallet),
		forgetUploads(wallet),
		forgetSaved(),
		forgetSeen()
	]);
	tabs.postMessage({ wallet, gone: true } satisfies Change);
}

/** The keys of one wallet, as runes state. Whatever it throws is named by `failureOf`. */
export class Keyring {
	readonly wallet: Wallet;
	#status = $state<KeyStatus>('unknown');
	#secrets = $state.raw<VaultSecrets | null>(null);
	#vault = $state.raw<StoredVault | null>(null);
	#log = $state.raw<KeyLog | null>(null);
	#trusted = $state(true);
	#loading: Promise<KeyStatus> | undefined;

	constructor(wallet: Wallet) {
		this.wallet = wallet;
	}

	get status(): KeyStatus {
		return this.#status;
	}

	/** The wallet's own key log as it was checked last; null where it has none. */
	get log(): KeyLog | null {
		return this.#log;
	}

	/** The ways into the vault, as the node keeps them. */
	get ways(): SealedVault['wraps'] {
		return this.#vault?.wraps ?? [];
	}

	/** The ids of the passkeys that open the vault, in base64url. */
	get passkeys(): readonly string[] {
		return this.ways.flatMap(({ way, credential }) => (way === 'passkey' ? [credential] : []));
	}

	/** Whether the keys outlive this tab. */
	get trusted(): boolean {
		return this.#trusted;
	}

	/** The keys are here and in the vault, and the wallet has not signed them: nobody can know them yet. */
	get unsigned(): boolean {
		return this.#status === 'open' && (this.#log?.current.epoch ?? 0) < newestEpoch(this.#secrets);
	}

	/** Keys before the newest are lost: what was sent to them does not open. */
	get partial(): boolean {
		return (this.#secrets?.masters.length ?? 0) < newestEpoch(this.#secrets);
	}

	/** Finds out where the keys are. Repeated calls share one look. */
	load({ again = false } = {}): Promise<KeyStatus> {
		if (again) this.#loading = undefined;
		const look = (this.#loading ??= this.#look());
		look.catch(() => {
			if (this.#loading === look) this.#loading = undefined;
		});
		return look;
	}

	async #look(): Promise<KeyStatus> {
		const [kept] = await Promise.all([readSecrets(this.wallet), this.#readNode()]);
		if (kept !== null) {
			this.#trusted = kept.trusted;
			const secrets = await this.#upToDate(kept.secrets);
			if (secrets !== null) return this.#open(secrets);
		}
		this.#secrets = null;
		return (this.#status = this.#vault === null && this.#log === null ? 'none' : 'locked');
	}

	async #readNode(): Promise<void> {
		this.#vault = await read<StoredVault | null>('/api/v1/vault');
		this.#log = await seeKeyLog(this.wallet, this.wallet);
	}

	/** What this browser kept, with what other devices added to the vault; null where all of it was replaced. */
	async #upToDate(held: VaultSecrets): Promise<VaultSecrets | null> {
		if (this.#vault === null || this.#vault.revision <= held.revision) return held;
		try {
			const secrets = refreshVault(this.#vault, held);
			await keepSecrets(secrets, this.#trusted);
			return secrets;
		} catch (error) {
			if (error instanceof Unreadable) return null;
			throw error;
		}
	}

	/** Takes secrets for the wallet's own, if the key log says so. */
	async #open(secrets: VaultSecrets): Promise<KeyStatus> {
		const { wallet } = this;
		const identities = await identitiesOf(secrets);
		const published = this.#log?.current;
		if (published !== undefined) {
			if (published.epoch > newestEpoch(secrets)) throw new VaultRefused({ wallet, reason: 'rolled-back' });
			const own = identities.find(({ epoch }) => epoch === published.epoch);
			if (own !== undefined && hashKeys(publicKeysOf(own)) !== hashKeys(published))
				throw new KeyLogBroken({ wallet, reason: 'forked' });
		}
		this.#secrets = secrets;
		return (this.#status = 'open');
	}

	/** The key pairs of all epochs, the newest last. @throws {ActionError} `keys-locked` */
	identities(): Promise<Identity[]> {
		const secrets = this.#held();
		const known = derived.get(secrets) ?? identitiesOf(secrets);
		derived.set(secrets, known);
		return known;
	}

	/**
	 * The keys of a product's stored goods, of each epoch: with the last they are sealed, whichever fits opens them.
	 * @throws {ActionError} `keys-locked`
	 */
	goodsKeys(product: string): Promise<Bytes[]> {
		return Promise.all(this.#held().masters.map(({ master }) => goodsKey(master, product)));
	}

	/** The keys of the notes on a case, as {@link goodsKeys}. @throws {ActionError} `keys-locked` */
	notesKeys(of: Parameters<typeof notesKey>[1]): Promise<Bytes[]> {
		return Promise.all(this.#held().masters.map(({ master }) => notesKey(master, of)));
	}

	/** What hides a vote of this wallet's in a panel, of each epoch; the last hides one now. @throws {ActionError} `keys-locked` */
	voteSalts(panel: Panel): Promise<Hex[]> {
		return Promise.all(this.#held().masters.map(({ master }) => voteSalt(master, this.wallet, panel)));
	}

	/**
	 * Another wallet's keys, checked, and what changed in them since the person last agreed; null where it has none.
	 * @throws {KeyLogBroken} {KeyRefused} {BadSignature} where they must not be used
	 */
	keyLogOf(wallet: Wallet): Promise<SeenKeyLog | null> {
		return seeKeyLog(this.wallet, wallet);
	}

	/** What two people compare to know that nobody stands between them: of a log that {@link keyLogOf} gave. */
	async safetyNumberWith({ current }: KeyLog): Promise<SafetyNumber> {
		const own = (await this.identities()).at(-1);
		if (own === undefined) throw new ActionError('keys-locked');
		return safetyNumber(publicKeysOf(own), current);
	}

	/** The person agreed to the keys of another wallet as they are now. */
	acceptKeysOf(wallet: Wallet): Promise<void> {
		return acceptKeyLog(this.wallet, wallet);
	}

	/**
	 * Makes the wallet's first keys: asks the wallet to sign them, stores the vault, publishes them.
	 * @param answers to `made.asked`
	 * @throws {RecoveryCodeWrong} `not-as-shown`
	 */
	async create(made: NewKeys, answers: ReadonlyMap<number, string>, trusted: boolean): Promise<void> {
		requireRecoveryAnswers(made.words, answers);
		await this.load();
		if (this.#status !== 'none') throw new ActionError('keys-exist');
		await this.#begin(createVault(this.wallet, made.master), made, trusted);
	}

	/**
	 * Makes new keys in the place of those that there are. Where the old ones are open they vouch for the new ones and go on
	 * to read what was sent to them; where they are lost, that stays closed. No old way in opens the new ones.
	 * @throws {RecoveryCodeWrong} `not-as-shown`
	 */
	async replace(made: NewKeys, answers: ReadonlyMap<number, string>, trusted: boolean): Promise<void> {
		requireRecoveryAnswers(made.words, answers);
		if (this.#secrets !== null) {
			const secrets = await this.#newest();
			await this.#begin(replaceVault(secrets, made.master), made, trusted);
			return;
		}
		await this.#readNode();
		const at = { epoch: (this.#log?.current.epoch ?? 0) + 1, revision: (this.#vault?.revision ?? 0) + 1 };
		await this.#begin(replaceLostVault(this.wallet, made.master, at), made, trusted);
	}

	async #begin(secrets: VaultSecrets, { words }: NewKeys, trusted: boolean): Promise<void> {
		// Signed first: whoever says no in the wallet has changed nothing.
		const entry = await signKeys(await identitiesOf(secrets), this.#log);
		await this.#store(secrets, [{ way: 'recovery', key: await recoveryKey(words) }], [], trusted);
		await post('/api/v1/keys', entry);
		this.#log = await seeKeyLog(this.wallet, this.wallet);
		this.#status = 'open';
		this.#tell();
	}

	/** Opens the vault with the twelve words. @throws {RecoveryCodeWrong} {VaultRefused} */
	async unlockByWords(typed: string, trusted: boolean): Promise<void> {
		const key = await recoveryKey(typed);
		try {
			await this.#unlock({ way: 'recovery', key }, trusted);
		} catch (error) {
			if (error instanceof Unreadable) throw new RecoveryCodeWrong({ reason: 'other-vault', word: 0 });
			throw error;
		}
	}

	async #unlock(way: Way, trusted: boolean): Promise<void> {
		await this.#readNode();
		if (this.#vault === null) throw new VaultRefused({ wallet: this.wallet, reason: 'no-wrap' });
		await this.#take(openVault(this.#vault, this.wallet, way, await revisionSeen(this.wallet)), trusted);
	}

	/** Opens the vault with one of its passkeys. @throws {PasskeyWithoutSecret} {VaultRefused} */
	async unlockByPasskey(trusted: boolean): Promise<void> {
		const { credential, key } = await usePasskey(this.wallet, this.passkeys);
		await this.#unlock({ way: 'passkey', credential, key }, trusted);
	}

	/** What another device may be given: the secrets, sealed by `seal`. */
	sealed(seal: (secrets: VaultSecrets) => string): string {
		return seal(this.#held());
	}

	/** Takes secrets that another device gave. @throws {VaultRefused} `rolled-back` */
	async receive(secrets: VaultSecrets, trusted: boolean): Promise<void> {
		await this.#readNode();
		if (secrets.revision < (await revisionSeen(this.wallet)))
			throw new VaultRefused({ wallet: this.wallet, reason: 'rolled-back' });
		await this.#take(secrets, trusted);
	}

	async #take(secrets: VaultSecrets, trusted: boolean): Promise<void> {
		const kept = await readSecrets(this.wallet);
		await this.#open(secrets);
		await keepSecrets(secrets, trusted);
		this.#trusted = trusted;
		this.#tell();
		if (this.unsigned) await this.finish();
		if (kept !== null) await this.#regain(kept.secrets);
	}

	/** Adds keys to the vault that were taken for lost when it was made, and that this browser still had. */
	async #regain({ masters }: VaultSecrets): Promise<void> {
		const secrets = this.#held();
		const found = [];
		for (const one of masters) {
			const entry = this.#log?.entries[one.epoch - 1];
			const isMissing = !secrets.masters.some(({ epoch }) => epoch === one.epoch);
			if (!isMissing || entry === undefined) continue;
			const own = publicKeysOf(await deriveIdentity(one.master, this.wallet, one.epoch));
			if (hashKeys(own) === hashKeys(entry.keys)) found.push(one);
		}
		if (found.length === 0) return;
		const all = [...secrets.masters, ...found].toSorted((a, b) => a.epoch - b.epoch);
		await this.#store(revised({ ...secrets, masters: all }), [], this.ways, this.#trusted);
	}

	/** Asks the wallet for the signature that is still missing, and publishes the keys. */
	async finish(): Promise<void> {
		await post('/api/v1/keys', await signKeys(await this.identities(), this.#log));
		this.#log = await seeKeyLog(this.wallet, this.wallet);
	}

	/** Makes a passkey that opens the vault. @throws {PasskeyWithoutSecret} */
	async addPasskey(): Promise<void> {
		const secrets = await this.#newest();
		const { credential, key } = await createPasskey(this.wallet, this.passkeys);
		await this.#store(revised(secrets), [{ way: 'passkey', credential, key }], this.ways, this.#trusted);
	}

	/** Takes a passkey's way into the vault away. */
	async removePasskey(credential: string): Promise<void> {
		const secrets = await this.#newest();
		const kept = this.ways.filter((wrap) => wrap.way !== 'passkey' || wrap.credential !== credential);
		await this.#store(revised(secrets), [], kept, this.#trusted);
	}

	/** Puts new words in the place of the old ones, which open nothing any more. @throws {RecoveryCodeWrong} */
	async renewWords(made: NewWords, answers: ReadonlyMap<number, string>): Promise<void> {
		requireRecoveryAnswers(made.words, answers);
		const secrets = await this.#newest();
		const key = await recoveryKey(made.words);
		await this.#store(revised(secrets), [{ way: 'recovery', key }], this.ways, this.#trusted);
	}

	/** The secrets as the vault has them now: what another device added must not be lost by what is stored next. */
	async #newest(): Promise<VaultSecrets> {
		const held = this.#held();
		await this.#readNode();
		const secrets = await this.#upToDate(held);
		if (secrets !== null) return secrets;
		await this.load({ again: true });
		throw new ActionError('keys-locked');
	}

	/** Keeps the keys beyond this tab, or no longer. */
	async trust(trusted: boolean): Promise<void> {
		await keepSecrets(this.#held(), trusted);
		if (!trusted) await forgetUploads(this.wallet);
		this.#trusted = trusted;
		this.#tell();
	}

	/** Takes the keys out of this browser; the vault and what was seen of others stay. */
	async lock(): Promise<void> {
		this.drop();
		await lockSecrets(this.wallet);
		this.#tell();
		await this.load({ again: true });
	}

	/** Lets go of what is in memory. */
	drop(): void {
		this.#secrets = null;
		this.#status = 'unknown';
		this.#loading = undefined;
	}

	#held(): VaultSecrets {
		if (this.#secrets === null) throw new ActionError('keys-locked');
		return this.#secrets;
	}

	#tell(): void {
		this.#loading = Promise.resolve(this.#status);
		tabs.postMessage({ wallet: this.wallet, gone: false } satisfies Change);
	}

	async #store(
		secrets: VaultSecrets,
		ways: readonly Way[],
		kept: SealedVault['wraps'],
		trusted: boolean
	): Promise<void> {
		const { wallet, ...sealed } = sealVault(secrets, ways, kept);
		const next = { revision: secrets.revision, ...sealed };
		await put('/api/v1/vault', next);
		await keepSecrets(secrets, trusted);
		this.#vault = { wallet, ...next };
		this.#secrets = secrets;
		this.#trusted = trusted;
	}
}

/** The secrets as they are stored next. */
function revised(secrets: VaultSecrets): VaultSecrets {
	return { ...secrets, revision: secrets.revision + 1 };
}

function newestEpoch(secrets: VaultSecrets | null): number {
	return secrets?.masters.at(-1)?.epoch ?? 0;
}
