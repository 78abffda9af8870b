// The list of mutants of a source: every operator below, at every place where it fits, in the order of the text. Each
// changes one range of bytes.
import { child, children, list, typeOf, word } from './ast.ts';
import type { Node, SourceUnit } from './ast.ts';

export interface Mutant {
	file: string;
	/** From 1. */
	line: number;
	/** The function, modifier or constant that it is in. */
	place: string;
	operator: string;
	/** The range in bytes, and what stands there instead. */
	start: number;
	end: number;
	replacement: string;
	/** The lines that change, as they are and as the mutant has them, without the spaces between words. */
	before: string;
	after: string;
}

type TextOf = (node: Node) => string;
/** Members by the name of the enumeration. */
type Enums = Record<string, string[]>;

/** What one operator makes of a node: the new text of the node, or of a part of it. */
interface Change {
	operator: string;
	node: Node;
	replacement: string;
}

const relational: Record<string, string[]> = {
	'<': ['<=', '>='],
	'<=': ['<', '>'],
	'>': ['>=', '<='],
	'>=': ['>', '<'],
	'==': ['!='],
	'!=': ['==']
};
const arithmetic: Record<string, string> = { '+': '-', '-': '+', '*': '/', '/': '*', '%': '*', '**': '*' };
const bitwise: Record<string, string> = { '&': '|', '|': '&', '^': '&', '<<': '>>', '>>': '<<' };
const assignment: Record<string, string> = {
	'+=': '-=',
	'-=': '+=',
	'*=': '/=',
	'/=': '*=',
	'|=': '&=',
	'&=': '|=',
	'<<=': '>>=',
	'>>=': '<<='
};

/** Nodes that say what exists, not what happens. */
const skipped = new Set([
	'ArrayTypeName',
	'EnumDefinition',
	'ErrorDefinition',
	'EventDefinition',
	'ImportDirective',
	'InheritanceSpecifier',
	'InlineAssembly',
	'Mapping',
	'OverrideSpecifier',
	'ParameterList',
	'PragmaDirective',
	'StructDefinition',
	'StructuredDocumentation',
	'UserDefinedValueTypeDefinition',
	'UsingForDirective'
]);

/** @throws {Error} where a node lies outside the text */
export function listMutants(unit: SourceUnit, content: string, enums: Enums): Mutant[] {
	const text = Buffer.from(content);
	const mutants: Mutant[] = [];
	const seen = new Set<string>();

	function visit(node: Node, place: string): void {
		if (skipped.has(node.nodeType)) return;
		if (node.nodeType === 'ContractDefinition' && word(node, 'contractKind') === 'interface') return;
		const inside = placeOf(node, place);
		for (const change of changesOf(node, (part) => read(text, part), enums)) {
			const mutant = toMutant(change, inside);
			const key = `${mutant.start}:${mutant.end}:${mutant.replacement}`;
			if (seen.has(key) || mutant.before === mutant.after) continue;
			seen.add(key);
			mutants.push(mutant);
		}
		for (const below of children(node)) visit(below, inside);
	}

	function toMutant({ operator, node, replacement }: Change, place: string): Mutant {
		const [start, end] = range(node);
		const from = text.lastIndexOf('\n', start - 1) + 1;
		const newline = text.indexOf('\n', end);
		const to = newline < 0 ? text.length : newline;
		const head = text.subarray(from, start).toString();
		const tail = text.subarray(end, to).toString();
		return {
			file: unit.absolutePath,
			line: text.subarray(0, start).toString().split('\n').length,
			place,
			operator,
			start,
			end,
			replacement,
			before: oneLine(head + text.subarray(start, end).toString() + tail),
			after: oneLine(head + replacement + tail)
		};
	}

	visit(unit, '');
	return mutants.sort((a, b) => a.start - b.start || a.end - b.end);
}

/** The source with the mutant in it. */
export function apply(mutant: Mutant, content: string): string {
	const text = Buffer.from(content);
	return text.subarray(0, mutant.start).toString() + mutant.replacement + text.subarray(mutant.end).toString();
}

function placeOf(node: Node, outer: string): string {
	switch (node.nodeType) {
		case 'FunctionDefinition':
			return word(node, 'name') || word(node, 'kind');
		case 'ModifierDefinition':
			return word(node, 'name');
		case 'VariableDeclaration':
			return outer === '' ? word(node, 'name') : outer;
		default:
			return outer;
	}
}

function range(node: Node): [start: number, end: number] {
	const [start, length] = node.src.split(':').map(Number) as [number, number];
	return [start, start + length];
}

function read(text: Buffer, node: Node): string {
	const [start, end] = range(node);
	if (end > text.length) throw new Error(`the node ${node.src} lies outside its file`);
	return text.subarray(start, end).toString();
}

function oneLine(text: string): string {
	return text.replaceAll(/\s+/g, ' ').trim();
}

function changesOf(node: Node, textOf: TextOf, enums: Enums): Change[] {
	switch (node.nodeType) {
		case 'BinaryOperation':
			return binary(node, textOf);
		case 'UnaryOperation':
			return unary(node, textOf);
		case 'Assignment':
			return assigned(node, textOf);
		case 'Literal':
			return literal(node);
		case 'IfStatement':
			return forced(node, ['true', 'false']);
		case 'Conditional':
			return forced(node, ['true', 'false']);
		case 'WhileStatement':
		case 'ForStatement':
			// A loop that never ends shows nothing.
			return forced(node, ['false']);
		case 'ExpressionStatement':
		case 'EmitStatement':
		case 'RevertStatement':
			return [{ operator: 'statement deleted', node, replacement: '{ }' }];
		case 'Continue':
			return [{ operator: 'statement deleted', node, replacement: '{ }' }];
		case 'Return':
			return returned(node);
		case 'FunctionCall':
			return call(node, textOf);
		case 'ModifierInvocation':
			// What a constructor says of its bases looks the same; without arguments there is nothing to drop.
			return word(node, 'kind') === 'modifierInvocation'
				? [{ operator: 'modifier dropped', node, replacement: '' }]
				: [];
		case 'MemberAccess':
			return member(node, textOf, enums);
		default:
			return [];
	}
}

function binary(node: Node, textOf: TextOf): Change[] {
	const operator = word(node, 'operator');
	const [left, right] = [child(node, 'leftExpression') as Node, child(node, 'rightExpression') as Node];
	const [a, b] = [textOf(left), textOf(right)];
	const whole = textOf(node);
	const swap = (name: string, other: string): Change => ({
		operator: name,
		node,
		// Parenthesised: with another operator the neighbours could bind otherwise.
		replacement: `(${whole.slice(0, whole.indexOf(a) + a.length)} ${other} ${b})`
	});
	if (operator === '&&' || operator === '||') {
		return [
			swap('logical operator', operator === '&&' ? '||' : '&&'),
			{ operator: 'condition dropped', node, replacement: a },
			{ operator: 'condition dropped', node, replacement: b }
		];
	}
	if (operator in relational) {
		return (relational[operator] as string[]).map((other) => swap('relational operator', other));
	}
	const other = arithmetic[operator] ?? bitwise[operator];
	return other === undefined ? [] : [swap(operator in arithmetic ? 'arithmetic operator' : 'bitwise operator', other)];
}

function unary(node: Node, textOf: TextOf): Change[] {
	const operator = word(node, 'operator');
	const inner = textOf(child(node, 'subExpression') as Node);
	switch (operator) {
		case '!':
		case '~':
		case '-':
			return [{ operator: 'unary operator', node, replacement: inner }];
		case '++':
		case '--': {
			const other = operator === '++' ? '--' : '++';
			const replacement = node.prefix === true ? other + inner : inner + other;
			return [{ operator: 'unary operator', node, replacement }];
		}
		default:
			return [];
	}
}

function assigned(node: Node, textOf: TextOf): Change[] {
	const operator = word(node, 'operator');
	const other = assignment[operator];
	if (other === undefined) return [];
	const [left, right] = [child(node, 'leftHandSide') as Node, child(node, 'rightHandSide') as Node];
	return [other, '='].map((sign) => ({
		operator: 'assignment operator',
		node,
		replacement: `${textOf(left)} ${sign} ${textOf(right)}`
	}));
}

function literal(node: Node): Change[] {
	const value = word(node, 'value');
	const unit = word(node, 'subdenomination');
	const suffix = unit === '' ? '' : ` ${unit}`;
	switch (word(node, 'kind')) {
		case 'bool':
			return [{ operator: 'constant', node, replacement: value === 'true' ? 'false' : 'true' }];
		case 'number': {
			if (!/^(0x[0-9a-f]+|[0-9_]+)$/i.test(value)) return [];
			const number = BigInt(value.replaceAll('_', ''));
			const others = number === 0n ? [1n] : [number + 1n, number - 1n];
			return others.map((other) => ({ operator: 'constant', node, replacement: `${other}${suffix}` }));
		}
		default:
			return [];
	}
}

function forced(node: Node, values: string[]): Change[] {
	const condition = child(node, 'condition');
	if (condition === undefined) return [];
	return values.map((replacement) => ({ operator: 'condition forced', node: condition, replacement }));
}

function returned(node: Node): Change[] {
	const expression = child(node, 'expression');
	const early: Change = { operator: 'statement deleted', node, replacement: '{ }' };
	if (expression === undefined) return [early];
	const type = typeOf(expression);
	const other = /^u?int\d+$/.test(type)
		? ['0', '1']
		: type === 'bool'
			? ['true', 'false']
			: /^address/.test(type)
				? ['address(0)']
				: type === 'bytes32'
					? ['bytes32(0)']
					: [];
	return [
		early,
		...other.map((replacement) => ({ operator: 'returned value', node: expression, replacement: replacement }))
	];
}

function call(node: Node, textOf: TextOf): Change[] {
	const values = list(node, 'arguments');
	if (word(node, 'kind') !== 'functionCall' || list(node, 'names').length > 0) return [];
	const swaps: Change[] = [];
	for (let index = 1; index < values.length; index++) {
		const [left, right] = [values[index - 1] as Node, values[index] as Node];
		if (plainType(left) !== plainType(right) || textOf(left) === textOf(right)) continue;
		const others = values.map(textOf);
		[others[index - 1], others[index]] = [textOf(right), textOf(left)];
		const head = textOf(child(node, 'expression') as Node);
		swaps.push({ operator: 'arguments swapped', node, replacement: `${head}(${others.join(', ')})` });
	}
	return swaps;
}

/** Numbers of all widths are one kind here: what does not convert does not compile. */
function plainType(node: Node): string {
	return typeOf(node)
		.replace(/^(u?int)\d+$/, '$1')
		.replace(/^int_const.*$/, 'uint');
}

function member(node: Node, textOf: TextOf, enums: Enums): Change[] {
	const name = word(node, 'memberName');
	if (textOf(node) === 'msg.sender') return [{ operator: 'sender', node, replacement: 'tx.origin' }];
	const owner = child(node, 'expression');
	const found = /^type\(enum (?:\w+\.)?(\w+)\)$/.exec(owner === undefined ? '' : typeOf(owner));
	const others = found === null ? undefined : enums[found[1] as string];
	if (owner === undefined || others === undefined) return [];
	const next = others[(others.indexOf(name) + 1) % others.length] as string;
	return [{ operator: 'status', node, replacement: `${textOf(owner)}.${next}` }];
}

/** The members of each enumeration, which stand in for each other. */
export function enumsOf(units: readonly SourceUnit[]): Enums {
	const enums: Enums = {};
	const visit = (node: Node): void => {
		if (node.nodeType === 'EnumDefinition') {
			enums[word(node, 'name')] = list(node, 'members').map((each) => word(each, 'name'));
		}
		for (const below of children(node)) visit(below);
	};
	units.forEach(visit);
	return enums;
}
