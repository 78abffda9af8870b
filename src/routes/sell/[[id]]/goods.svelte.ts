// What the buyer of a download gets, as its seller sees and changes it. Light: what seals and opens is loaded on intent.
import { Uploads } from '#lib/client/uploads.svelte.ts';
import type { SellersGoods } from '#lib/client/goods.ts';
import type { Keyring } from '#lib/client/keys.svelte.ts';
import type { ManifestFile } from '#lib/crypto/manifest.ts';
import type { ProductGoods } from '#lib/domain/goods.ts';
import type { Hex, Wallet } from '#lib/domain/order.ts';
import { explain } from '#lib/ui/explain.ts';
import { ensureKeys } from '#lib/ui/keys-dialog.svelte.ts';

/** `closed`: nobody asked yet; `lost`: the seller's keys do not open them. */
type GoodsStep = 'closed' | 'opening' | 'open' | 'saving' | 'lost';

export type GoodsParts = {
	wallet: Wallet;
	product: string;
	/** What the node says the product has. */
	goods: () => ProductGoods | null;
	/** Saves the draft, and then does the work, before anything else is saved. @returns whether the draft was saved */
	afterSaving: (work: () => Promise<void>) => Promise<boolean>;
	/** The goods are others now: the page is read anew. */
	changed: () => Promise<void>;
};

export class GoodsOfSale {
	readonly uploads: Uploads;
	readonly #parts: GoodsParts;
	#busy = $state<'opening' | 'saving' | null>(null);
	#lost = $state(false);
	#stored = $state.raw<SellersGoods | null>(null);
	#failure = $state('');
	/** The keys of lists that were for sale, by their roots, once they were opened. */
	readonly #offered: Record<Hex, readonly string[]> = {};

	constructor(parts: GoodsParts) {
		this.#parts = parts;
		this.uploads = new Uploads(parts.wallet, { purpose: 'goods', product: parts.product });
	}

	get step(): GoodsStep {
		return this.#busy ?? (this.#lost ? 'lost' : this.#stored === null ? 'closed' : 'open');
	}

	/** As the vault opened them; null while it did not, or where there are none. */
	get stored(): SellersGoods | null {
		return this.#stored;
	}

	/** Why the last attempt failed, as a sentence. */
	get failure(): string {
		return this.#failure;
	}

	/** Opens what is stored, with the seller's keys, which are asked for. @returns whether it may be changed now */
	open(): Promise<boolean> {
		this.#failure = '';
		return this.#attempt('opening', async () => {
			const ring = await ensureKeys(this.#parts.wallet);
			if (ring !== null) await this.#read(ring);
			return ring !== null;
		});
	}

	/** Opens what is stored if the keys are open already: nothing is asked. */
	async openQuietly(): Promise<void> {
		if (this.#busy !== null) return;
		await this.#attempt('opening', async () => {
			const { keyringOf } = await import('#lib/client/keys.svelte.ts');
			const ring = keyringOf(this.#parts.wallet);
			const open = (await ring.load()) === 'open';
			if (open) await this.#read(ring);
			return open;
		});
	}

	/** Takes these files for the goods, in the place of what there was; none of them is none at all. */
	keepFiles(files: readonly ManifestFile[]): Promise<boolean> {
		return this.#change(async (ring) => {
			const { dropGoods, putFiles } = await import('#lib/client/goods.ts');
			if (files.length > 0) await putFiles(ring, this.#parts.product, [...files]);
			else await dropGoods(this.#parts.product);
		});
	}

	/** The keys of all lists of the product that were for sale: orders for those may still get any of them. null: it failed. */
	async offeredLicences(): Promise<readonly string[] | null> {
		const ring = await this.#ring();
		if (ring === null) return null;
		this.#failure = '';
		const isRead = await this.#attempt('opening', async () => {
			const { offeredLists } = await import('#lib/client/goods.ts');
			for (const root of await offeredLists(this.#parts.product)) {
				if (root in this.#offered) continue;
				// Nobody gets a key of a list that nobody can open.
				const [goods] = await this.#openGoods(ring, root);
				if (goods?.kind === 'licences') this.#offered[root] = goods.list.map(({ licence }) => licence);
			}
			return true;
		});
		return isRead ? Object.values(this.#offered).flat() : null;
	}

	/** Takes these licence keys for the goods, in the place of what there was. */
	keepLicences(keys: readonly string[]): Promise<boolean> {
		return this.#change(async (ring) => {
			const { putLicences } = await import('#lib/client/goods.ts');
			await putLicences(ring, this.#parts.product, keys);
		});
	}

	/** Takes the goods away: nothing has to be opened for that. */
	drop(): Promise<boolean> {
		return this.#save(async () => {
			const { dropGoods } = await import('#lib/client/goods.ts');
			await dropGoods(this.#parts.product);
			this.#stored = null;
			this.#lost = false;
		});
	}

	async #change(work: (ring: Keyring) => Promise<void>): Promise<boolean> {
		// Asked before anything waits for the answer.
		const ring = await this.#ring();
		if (ring === null) return false;
		return this.#save(async () => {
			await work(ring);
			await this.#readAgain(ring);
		});
	}

	#save(work: () => Promise<void>): Promise<boolean> {
		this.#failure = '';
		return this.#attempt('saving', async () => {
			const saved = await this.#parts.afterSaving(work);
			if (saved) await this.#parts.changed();
			return saved;
		});
	}

	async #ring(): Promise<Keyring | null> {
		try {
			return await ensureKeys(this.#parts.wallet);
		} catch (error) {
			const { failureOf } = await import('#lib/client/failure.ts');
			this.#failure = explain(failureOf(error).code);
			return null;
		}
	}

	async #read(ring: Keyring): Promise<void> {
		const root = this.#parts.goods()?.root;
		if (root !== this.#stored?.root) await this.#readAgain(ring);
	}

	async #readAgain(ring: Keyring): Promise<void> {
		// Where nobody can open them, what is added now takes their place.
		[this.#stored, this.#lost] = await this.#openGoods(ring);
	}

	/** The goods that there are, or those of a root, and whether nobody can open them. */
	async #openGoods(ring: Keyring, root?: Hex): Promise<[goods: SellersGoods | null, lost: boolean]> {
		const { readGoods } = await import('#lib/client/goods.ts');
		try {
			return [await readGoods(ring, this.#parts.product, root), false];
		} catch (error) {
			const { code } = error as { code?: unknown };
			if (code !== 'not-found' && code !== 'unreadable' && code !== 'malformed') throw error;
			return [null, code !== 'not-found'];
		}
	}

	/** Does something, and says why where it failed. @returns what `work` returns, false where it failed */
	async #attempt(busy: 'opening' | 'saving', work: () => Promise<boolean>): Promise<boolean> {
		this.#busy = busy;
		try {
			return await work();
		} catch (error) {
			const { failureOf } = await import('#lib/client/failure.ts');
			this.#failure = explain(failureOf(error).code);
			return false;
		} finally {
			this.#busy = null;
		}
	}
}
