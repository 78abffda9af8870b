import { CommandError } from './errors.ts';
import { evaluate } from './expressions.ts';
import { compileFilter } from './match.ts';
import { bsonType, isPlainObject, setField, toNumber, toPlain, typeName, type Document } from './values.ts';

/** A projection compiled: from a typed document to the fields asked for, in the document's own order. */
export interface Projection {
	apply(document: Document): Document;
}

interface Node {
	children: Map<string, Node>;
	/** What stands at the end of a path: keep it, or compute it. */
	leaf?: Leaf;
}

type Leaf =
	| { kind: 'keep' }
	| { kind: 'slice'; skip: number; limit: number | undefined }
	| { kind: 'elemMatch'; test: (element: unknown) => boolean }
	| { kind: 'positional'; filter: Document }
	| { kind: 'expression'; expression: unknown };

function bad(code: number, message: string): CommandError {
	return new CommandError(code, message);
}

/**
 * Compiles a projection; undefined where it asks for the whole document.
 * @param filter the query's filter, which a positional `field.$` refers to
 */
export function compileProjection(
	spec: Document | undefined,
	filter: Document = {},
	variables?: Document
): Projection | undefined {
	if (!spec || Object.keys(spec).length === 0) return undefined;
	const root: Node = { children: new Map() };
	let inclusion: boolean | undefined;
	let keepId: boolean | undefined;
	let computes = false;
	const add = (path: string, leaf: Leaf): void => {
		let node = root;
		for (const part of path.split('.')) {
			if (node.leaf) throw bad(31249, `Path collision at ${path}`);
			let child = node.children.get(part);
			if (!child) node.children.set(part, (child = { children: new Map() }));
			node = child;
		}
		if (node.leaf || node.children.size > 0) throw bad(31250, `Path collision at ${path}`);
		node.leaf = leaf;
	};
	const decide = (wanted: boolean, path: string): void => {
		if (inclusion !== undefined && inclusion !== wanted) {
			throw bad(
				wanted ? 31253 : 31254,
				`Cannot do ${wanted ? 'inclusion' : 'exclusion'} on field ${path} in ${wanted ? 'exclusion' : 'inclusion'} projection`
			);
		}
		inclusion = wanted;
	};
	const walk = (fields: Document, prefix: string): void => {
		for (const [name, value] of Object.entries(fields)) {
			const path = prefix + name;
			if (path === '' || path.startsWith('.') || path.endsWith('.'))
				throw bad(40353, "FieldPath must not end with a '.'.");
			const flag =
				typeof value === 'boolean' ? value : toNumber(value) !== undefined ? toNumber(value) !== 0 : undefined;
			if (path.endsWith('.$')) {
				if (!flag) throw bad(31395, 'positional projection cannot be used with exclusion');
				decide(true, path);
				add(path.slice(0, -2), { kind: 'positional', filter });
			} else if (path === '_id' && flag !== undefined) keepId = flag;
			else if (flag !== undefined) {
				decide(flag, path);
				add(path, { kind: 'keep' });
			} else if (isPlainObject(value)) {
				const [operator] = Object.keys(value);
				if (operator === '$slice' && !isExpressionSlice(value.$slice)) {
					add(path, sliceLeaf(value.$slice));
					computes = true;
				} else if (operator === '$elemMatch') {
					const condition = value.$elemMatch as Document;
					const filterOfArray = compileFilter({ field: { $elemMatch: condition } });
					add(path, { kind: 'elemMatch', test: (element) => filterOfArray.test({ field: [element] }) });
					decide(inclusion ?? true, path);
				} else if (operator === '$meta') {
					throw new CommandError(
						'CommandNotSupported',
						'the projection operator $meta is not supported by this server'
					);
				} else if (operator?.startsWith('$')) {
					decide(true, path);
					add(path, { kind: 'expression', expression: toPlain(value) });
				} else if (operator === undefined)
					throw bad(51270, 'An empty sub-projection is not a valid value. Found empty object at path');
				else walk(value, `${path}.`);
			} else {
				// Any other value is an expression: a literal, or a field path.
				decide(true, path);
				add(path, { kind: 'expression', expression: typeof value === 'string' ? value : { $literal: toPlain(value) } });
			}
		}
	};
	walk(spec, '');
	const includes = inclusion ?? (keepId === true && !computes);
	if (includes) {
		if (keepId !== false) add('_id', { kind: 'keep' });
		return { apply: (document) => include(document, root, document, variables) };
	}
	if (keepId === false) add('_id', { kind: 'keep' });
	return { apply: (document) => exclude(document, root) as Document };
}

/** `$slice` as an expression has an array, or a field path, as its first operand. */
function isExpressionSlice(operand: unknown): boolean {
	return Array.isArray(operand) && toNumber(operand[0]) === undefined;
}

function sliceLeaf(operand: unknown): Leaf {
	const [first, second] = Array.isArray(operand) ? operand.map(toNumber) : [toNumber(operand), undefined];
	if (first === undefined) throw bad(28667, `Invalid $slice syntax. The given syntax: ${String(operand)}`);
	if (Array.isArray(operand)) {
		if (second === undefined || second <= 0) throw bad(28724, '$slice limit must be positive');
		return { kind: 'slice', skip: first, limit: second };
	}
	return first < 0 ? { kind: 'slice', skip: first, limit: undefined } : { kind: 'slice', skip: 0, limit: first };
}

function slice(array: unknown[], { skip, limit }: { skip: number; limit: number | undefined }): unknown[] {
	const start = skip < 0 ? Math.max(0, array.length + skip) : skip;
	return array.slice(start, limit === undefined ? undefined : start + limit);
}

function include(document: Document, node: Node, root: Document, variables: Document | undefined): Document {
	const result: Document = {};
	for (const [name, value] of Object.entries(document)) {
		const child = node.children.get(name);
		if (!child) continue;
		const kept = child.leaf ? keep(value, child.leaf) : includeInside(value, child, root, variables);
		if (kept !== undefined) setField(result, name, kept);
	}
	compute(result, node, root, variables);
	return result;
}

function includeInside(value: unknown, node: Node, root: Document, variables: Document | undefined): unknown {
	if (Array.isArray(value)) {
		return value
			.map((element) => includeInside(element, node, root, variables))
			.filter((element) => element !== undefined);
	}
	return isPlainObject(value) ? include(value, node, root, variables) : undefined;
}

/** Adds what is computed, after what was kept, as MongoDB orders it. */
function compute(result: Document, node: Node, root: Document, variables: Document | undefined): void {
	for (const [name, child] of node.children) {
		if (child.leaf?.kind === 'expression') {
			const value = evaluate(child.leaf.expression, toPlain(root) as Document, variables);
			if (value !== undefined) setField(result, name, value);
		} else if (!child.leaf && !Object.hasOwn(result, name) && hasExpression(child)) {
			const inner: Document = {};
			compute(inner, child, root, variables);
			setField(result, name, inner);
		}
	}
}

function hasExpression(node: Node): boolean {
	for (const child of node.children.values())
		if (child.leaf?.kind === 'expression' || (!child.leaf && hasExpression(child))) return true;
	return false;
}

function keep(value: unknown, leaf: Leaf): unknown {
	switch (leaf.kind) {
		case 'keep':
			return value;
		case 'slice':
			return Array.isArray(value) ? slice(value, leaf) : value;
		case 'elemMatch': {
			if (!Array.isArray(value)) return undefined;
			const found = value.find((element) => leaf.test(toPlain(element)));
			return found === undefined ? undefined : [found];
		}
		case 'positional':
			return Array.isArray(value) ? firstMatching(value, leaf.filter) : value;
		case 'expression':
			return undefined;
	}
}

/** The element the query matched: the first that satisfies the filter's condition on an array. */
function firstMatching(array: unknown[], filter: Document): unknown[] {
	const position = matchedPosition(array, filter);
	if (position === undefined)
		throw bad(
			51246,
			"Executor error during find command :: caused by :: positional operator '.$' couldn't find a matching element in the array"
		);
	return array.slice(position, position + 1);
}

function matchedPosition(array: unknown[], filter: Document): number | undefined {
	for (const [key, condition] of Object.entries(filter)) {
		if (key === '$and') {
			for (const clause of condition as Document[]) {
				const found = matchedPosition(array, clause);
				if (found !== undefined) return found;
			}
			continue;
		}
		if (key.startsWith('$')) continue;
		const rest = key.split('.').slice(1).join('.');
		const inner = isPlainObject(condition) && '$elemMatch' in condition ? condition : undefined;
		const test = inner
			? compileFilter({ field: { $elemMatch: inner.$elemMatch as Document } })
			: compileFilter({ [rest === '' ? 'field' : `field.${rest}`]: condition as unknown });
		const found = array.findIndex((element) => test.test({ field: inner ? [toPlain(element)] : toPlain(element) }));
		if (found >= 0) return found;
	}
	return undefined;
}

function exclude(value: unknown, node: Node): unknown {
	if (Array.isArray(value)) return value.map((element) => exclude(element, node));
	if (!isPlainObject(value) || bsonType(value)) return value;
	const result: Document = {};
	for (const [name, inner] of Object.entries(value)) {
		const child = node.children.get(name);
		if (!child) setField(result, name, inner);
		else if (!child.leaf) setField(result, name, exclude(inner, child));
		else if (child.leaf.kind !== 'keep') {
			const kept = keep(inner, child.leaf);
			if (kept !== undefined) setField(result, name, kept);
		}
	}
	return result;
}

/** A field of a projection spec must be a document. @throws CommandError TypeMismatch otherwise. */
export function projectionSpec(value: unknown): Document | undefined {
	if (value === undefined || value === null) return undefined;
	if (!isPlainObject(value))
		throw new CommandError(
			'TypeMismatch',
			`BSON field 'projection' is the wrong type '${typeName(value)}', expected type 'object'`
		);
	return value;
}
