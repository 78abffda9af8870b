/**
 * Files on their way out of a page: refused together before anything starts, or sent two at a time, each of which can be
 * paused, resumed and cancelled. Light: what encrypts and sends is loaded with the first file.
 */
import { EmptyFile, filesLimit, requireRoom, TooManyFiles, type FileAllowance } from '#lib/domain/file.ts';
import { DomainError } from '#lib/domain/errors.ts';
import type { Wallet } from '#lib/domain/order.ts';
import type { ManifestFile } from '#lib/crypto/manifest.ts';
import type { Prepared } from '#lib/client/photo.ts';
import { read } from '#lib/client/post.ts';
import type { Upload, UploadMemory, UploadState, UploadTarget } from '#lib/client/upload.ts';

/** `queued`: others are sent first. */
type UploadItemState = UploadState | { status: 'queued'; sent: number; total: number };

export type UploadItem = {
	readonly id: number;
	readonly name: string;
	/** In bytes; of a picture that is drawn anew, what it was until it is. */
	readonly size: number;
	/** Whether it is a picture that is sent with whatever was written into it. */
	readonly asItIs: boolean;
	readonly state: UploadItemState;
	pause(): void;
	/** Goes on, from `paused` and `failed` too, when its turn comes. */
	resume(): void;
	/** Gives it up, and takes it off the list. */
	cancel(): Promise<void>;
};

/** Files that are sent at once. */
const atOnce = 2;
/** Of all thumbnails of files that were chosen together, so that they fit into one message; and of one. In bytes. */
const thumbnailsRoom = 30_000;
const largestThumbnail = 16_384;

/** What is loaded with the first file. */
async function loadParts() {
	const [{ slotOf, startUpload }, { prepareFile }, { uploadMemoryOf }, { inWorker }, { sealedSize }, { nameFor }] =
		await Promise.all([
			import('#lib/client/upload.ts'),
			import('#lib/client/photo.ts'),
			import('#lib/client/upload-memory.ts'),
			import('#lib/client/crypto-worker.ts'),
			import('#lib/crypto/file.ts'),
			import('#lib/crypto/manifest.ts')
		]);
	return { slotOf, startUpload, prepareFile, uploadMemoryOf, inWorker, sealedSize, nameFor };
}
type Parts = Awaited<ReturnType<typeof loadParts>>;

export class Uploads {
	readonly #wallet: Wallet;
	readonly #target: UploadTarget;
	#items = $state.raw<readonly Item[]>([]);
	readonly #givenUp: string[] = [];
	#ids = 0;
	#listening = false;

	constructor(wallet: Wallet, target: UploadTarget) {
		this.#wallet = wallet;
		this.#target = target;
	}

	get items(): readonly UploadItem[] {
		return this.#items;
	}

	/** Those that arrived, in the order in which they were added. */
	get done(): readonly ManifestFile[] {
		return this.#items.flatMap(({ state }) => (state.status === 'done' ? [state.file] : []));
	}

	/** Whether something is on its way: neither finished nor failed nor paused. */
	get busy(): boolean {
		return this.#items.some(({ state }) => state.status === 'queued' || isActive(state));
	}

	/** Whether all that was added arrived: nothing is on its way, paused or failed. */
	get complete(): boolean {
		return this.#items.every(({ state }) => state.status === 'done');
	}

	/**
	 * Sends files, pictures without what a camera wrote into them.
	 * @param options.original pictures as they are
	 * @throws {EmptyFile} {TooManyFiles} {FileTooLarge} {QuotaExceeded} before anything starts, and where the node does not
	 * say what room there is: {NodeUnreachable}
	 */
	async add(files: readonly File[], { original = false }: { original?: boolean } = {}): Promise<void> {
		for (const file of files) if (file.size === 0) throw new EmptyFile({ name: file.name });
		if (this.#items.length + files.length > filesLimit) throw new TooManyFiles({ limit: filesLimit });
		const [parts, allowance] = await Promise.all([loadParts(), askAllowance(this.#target)]);
		const memory = parts.uploadMemoryOf(this.#wallet);
		// Of those that wait for their turn the node does not know yet; of those that go on after a reload it does.
		const waiting = this.#items.filter(({ announced }) => !announced);
		const here = this.#items.map(({ name }) => name);
		const isCounted = async (file: File) => {
			const name = parts.nameFor(file.name);
			return !here.includes(name) && (await memory.recall(parts.slotOf(this.#target, name))) !== null;
		};
		const counted = await Promise.all(files.map(isCounted));
		requireRoom(
			allowance,
			[...waiting, ...files.filter((_, index) => !counted[index])].map(({ size }) => parts.sealedSize(size))
		);

		const pictures = files.filter(({ type }) => type.startsWith('image/')).length;
		const thumbnailBytes = Math.min(largestThumbnail, Math.floor(thumbnailsRoom / Math.max(1, pictures)));
		const added = files.map((file) => {
			const way: Way = { parts, memory, target: this.#target, original, thumbnailBytes };
			return new Item(++this.#ids, file, way, {
				changed: () => this.#next(),
				gone: (item) => {
					this.#givenUp.push(item.name);
					this.#items = this.#items.filter((other) => other !== item);
				}
			});
		});
		this.#items = [...this.#items, ...added];
		if (!this.#listening) addEventListener('online', this.#online);
		this.#listening = true;
		this.#next();
	}

	/** The names of files that were not sent to their end before; chosen again, they go on. Asked for once keys are open. */
	async unfinished(): Promise<string[]> {
		const [{ unfinishedUploads }, { nameInSlot }] = await Promise.all([
			import('#lib/client/upload-memory.ts'),
			import('#lib/client/upload.ts')
		]);
		const names = (await unfinishedUploads(this.#wallet)).map((slot) => nameInSlot(slot, this.#target));
		const known = [...this.#givenUp, ...this.#items.map(({ name }) => name)];
		return names.filter((name) => name !== null && !known.includes(name)) as string[];
	}

	/** After what refers to them was kept: forgets those that arrived. */
	clear(kept: readonly ManifestFile[]): void {
		this.#items = this.#items.filter(({ state }) => state.status !== 'done' || !kept.includes(state.file));
	}

	/** The page is left: whatever is on its way is paused. */
	end(): void {
		removeEventListener('online', this.#online);
		this.#listening = false;
		for (const item of this.#items) item.pause();
	}

	/** Lets those go whose turn it is; none once the page was left. */
	#next(): void {
		if (!this.#listening) return;
		for (const item of this.#items) {
			if (this.#items.filter(({ state }) => isActive(state)).length >= atOnce) return;
			if (item.state.status === 'queued') item.go();
		}
	}

	readonly #online = () => {
		for (const { state, go } of this.#items) if (state.status === 'waiting') go();
	};
}

/** How a file is sent. */
type Way = {
	parts: Parts;
	memory: UploadMemory;
	target: UploadTarget;
	original: boolean;
	thumbnailBytes: number;
};

class Item implements UploadItem {
	readonly id: number;
	readonly #file: File;
	readonly #way: Way;
	readonly #tell: { changed: () => void; gone: (item: Item) => void };
	#prepared = $state.raw<Prepared | null>(null);
	#preparing: Promise<Prepared> | undefined;
	#upload: Upload | null = null;
	#state = $state.raw<UploadItemState>({ status: 'queued', sent: 0, total: 0 });

	constructor(id: number, file: File, way: Way, tell: { changed: () => void; gone: (item: Item) => void }) {
		this.id = id;
		this.#file = file;
		this.#way = way;
		this.#tell = tell;
		this.#state = { status: 'queued', sent: 0, total: way.parts.sealedSize(file.size) };
	}

	get name(): string {
		return this.#prepared?.name ?? this.#way.parts.nameFor(this.#file.name);
	}

	get size(): number {
		return this.#prepared?.file.size ?? this.#file.size;
	}

	get asItIs(): boolean {
		return this.#prepared?.asItIs ?? false;
	}

	get state(): UploadItemState {
		return this.#state;
	}

	/** Whether the node was told of it. */
	get announced(): boolean {
		return this.#upload !== null;
	}

	/** Begins, or goes on: it is its turn, or a connection is there again. */
	readonly go = (): void => {
		if (this.#upload !== null) return this.#upload.resume();
		this.#change({ ...this.#state, status: 'preparing' });
		void this.#begin();
	};

	async #begin(): Promise<void> {
		const { parts, memory, target, original, thumbnailBytes } = this.#way;
		try {
			const prepared = await (this.#preparing ??= parts.prepareFile(this.#file, { original, thumbnailBytes }));
			this.#prepared = prepared;
		} catch (error) {
			this.#preparing = undefined;
			const { code, data } = error instanceof DomainError ? error : { code: 'unknown', data: {} };
			if (this.#state.status === 'preparing') this.#change({ ...this.#state, status: 'failed', code, data });
			return;
		}
		// Paused or cancelled meanwhile, or begun by another press.
		if (this.#state.status !== 'preparing' || this.#upload !== null) return;
		const source = { ...this.#prepared, name: this.name };
		this.#upload = parts.startUpload(source, target, {
			...{ run: parts.inWorker, memory, fetch },
			onchange: (state) => this.#change(state)
		});
	}

	#change(state: UploadItemState): void {
		this.#state = state;
		this.#tell.changed();
	}

	pause(): void {
		if (this.#upload !== null && this.#state.status !== 'queued') this.#upload.pause();
		else if (this.#state.status === 'queued' || this.#state.status === 'preparing')
			this.#change({ ...this.#state, status: 'paused' });
	}

	resume(): void {
		const { status } = this.#state;
		if (status === 'waiting') this.go();
		else if (status === 'paused' || status === 'failed') this.#change({ ...this.#state, status: 'queued' });
	}

	async cancel(): Promise<void> {
		this.#tell.gone(this);
		this.#change({ ...this.#state, status: 'cancelled' });
		await this.#upload?.cancel();
	}
}

function isActive({ status }: UploadItemState): boolean {
	return status === 'preparing' || status === 'sending' || status === 'waiting';
}

function askAllowance({ order }: UploadTarget): Promise<FileAllowance> {
	const query = order === undefined ? '' : `?${new URLSearchParams({ order })}`;
	return read(`/api/v1/uploads${query}`);
}
