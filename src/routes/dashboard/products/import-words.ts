import { m } from '#lib/paraglide/messages.js';
import { explain } from '#lib/ui/explain.ts';

/** Why a line of a table was not taken, behind the name of its column. */
const reasons: Readonly<Record<string, () => string>> = {
	'too-short': m.field_too_short,
	'too-long': m.field_too_long,
	zero: m.field_zero,
	'no-price': m.field_no_price,
	'no-region': m.field_no_region,
	'nothing-is-posted': m.field_nothing_is_posted,
	twice: m.import_twice,
	number: m.field_stock,
	amount: m.import_amount,
	'unknown-chain': m.import_unknown_chain,
	'unknown-token': m.import_unknown_token,
	'too-many-cells': m.import_too_many_cells,
	'not-yours': m.import_not_yours,
	sealed: m.import_sealed,
	'on-the-market': m.import_on_the_market,
	'not-changed': m.import_not_changed,
	'has-goods': m.import_has_goods,
	'too-few-licences': m.import_too_few_licences,
	'too-many-drafts': m.error_too_many_drafts,
	'control-characters': m.import_control_characters,
	wrong: m.field_wrong
};
export function importReason(reason: string): string {
	return reasons[reason]?.() ?? explain(reason);
}

/** Why nothing of a table was looked at. */
export function importRefusal({ reason, column, line }: Record<string, unknown>): string {
	switch (reason) {
		case 'not-utf-8':
			return m.import_not_utf8();
		case 'too-large':
		case 'too-many-lines':
			return m.import_too_large();
		case 'empty':
			return m.import_empty();
		case 'no-title':
			return m.import_no_title();
		case 'unknown-column':
			return m.import_unknown_column({ column: String(column) });
		case 'column-twice':
			return m.import_column_twice({ column: String(column) });
		case 'quotes':
			return m.import_quotes({ line: String(line) });
		default:
			return m.import_refused();
	}
}
