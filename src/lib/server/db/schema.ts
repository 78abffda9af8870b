import { Schema, type SchemaDefinition, type SchemaOptions } from 'mongoose';

/** What every document carries: its revision, raised by every write, so that a page knows a later state from an earlier. */
export type Revised = { rev: number };
/** What every document but the projected ones carries. */
export type Timestamps = { createdAt: Date; updatedAt: Date };

type Update = Record<string, unknown>;

/**
 * A schema of this application: unknown fields are errors, `rev` rises with every write, the collection's name is given
 * and not guessed.
 * @param options.projected the documents are rebuilt from chain events to the identical document: no timestamps
 */
export function defineSchema<T extends Revised>(
	collection: string,
	definition: SchemaDefinition,
	options: { projected?: boolean } = {}
): Schema<T> {
	const settings: SchemaOptions = {
		collection,
		strict: 'throw',
		strictQuery: 'throw',
		versionKey: false,
		id: false,
		minimize: false,
		timestamps: options.projected !== true
	};
	const schema = new Schema(
		{ ...definition, rev: { type: Number, required: true, default: 1 } },
		settings
	) as unknown as Schema<T>;
	raiseRevisions(schema as unknown as Schema);
	return schema;
}

function raiseRevisions(schema: Schema): void {
	schema.pre('save', function () {
		if (!this.isNew && this.isModified()) this.$inc('rev', 1);
	});
	schema.pre(['updateOne', 'updateMany', 'findOneAndUpdate'], function () {
		this.setUpdate(raised(this.getUpdate() as Update | Update[] | null) as Update);
	});
	schema.pre(['replaceOne', 'findOneAndReplace'], function () {
		throw new Error('A replacement would start the revisions again: update the document');
	});
	schema.pre('bulkWrite', function (operations: readonly object[]) {
		for (const operation of operations as readonly Record<string, { update?: Update | Update[] }>[]) {
			if ('replaceOne' in operation)
				throw new Error('A replacement would start the revisions again: update the document');
			const write = operation.updateOne ?? operation.updateMany;
			if (write !== undefined) write.update = raised(write.update);
		}
	});
}

function raised(update: Update | Update[] | null | undefined): Update | Update[] {
	if (Array.isArray(update)) return [...update, { $set: { rev: { $add: [{ $ifNull: ['$rev', 0] }, 1] } } }];
	return { ...update, $inc: { ...(update?.$inc as Update | undefined), rev: 1 } };
}

/** A wallet's or a contract's address, lower case. */
export const address = { type: String, match: /^0x[0-9a-f]{40}$/ } as const;
/** A 32-byte hash or id, lower case. */
export const hash = { type: String, match: /^0x[0-9a-f]{64}$/ } as const;
/** Base units in decimal digits. */
export const amount = { type: String, match: /^\d{1,78}$/ } as const;
