// What we read of the compiler's syntax tree.

/** Any node: its kind, and `offset:length:file`, counted in bytes. */
export interface Node {
	nodeType: string;
	src: string;
	[field: string]: unknown;
}

export interface SourceUnit extends Node {
	nodeType: 'SourceUnit';
	absolutePath: string;
}

function isNode(value: unknown): value is Node {
	return typeof value === 'object' && value !== null && 'nodeType' in value && 'src' in value;
}

/** The nodes directly below a node, in the order of the tree. */
export function children(node: Node): Node[] {
	return Object.values(node).flatMap((value) =>
		Array.isArray(value) ? value.filter(isNode) : isNode(value) ? [value] : []
	);
}

/** The child of that name, where there is one. */
export function child(node: Node, field: string): Node | undefined {
	const value = node[field];
	return isNode(value) ? value : undefined;
}

/** The children of that name, without the holes that a tuple may have. */
export function list(node: Node, field: string): Node[] {
	const value = node[field];
	return Array.isArray(value) ? value.filter(isNode) : [];
}

/** A field that is a word: an operator, a name, a kind. */
export function word(node: Node, field: string): string {
	const value = node[field];
	return typeof value === 'string' ? value : '';
}

/** The type of an expression as the compiler writes it, `uint256`. */
export function typeOf(node: Node): string {
	const type = node.typeDescriptions;
	return typeof type === 'object' && type !== null && 'typeString' in type ? String(type.typeString) : '';
}
