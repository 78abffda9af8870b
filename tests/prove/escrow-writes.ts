// The escrow's syntax tree, asked where it writes and whom it calls.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

type Node = { nodeType: string; name?: string; [key: string]: unknown };
const file = 'contracts/P2PEscrow.sol';

function parse(): Node {
	const solc = createRequire(import.meta.url)('solc') as { compile(input: string, callbacks: object): string };
	const input = {
		language: 'Solidity',
		sources: { [file]: { content: readFileSync(file, 'utf8') } },
		settings: { evmVersion: 'osaka', outputSelection: { '*': { '': ['ast'] } } }
	};
	const contents = (path: string) => readFileSync(path.startsWith('@') ? `node_modules/${path}` : path, 'utf8');
	const output = JSON.parse(
		solc.compile(JSON.stringify(input), { import: (path: string) => ({ contents: contents(path) }) })
	) as { sources: Record<string, { ast: Node }> };
	return (output.sources[file] as { ast: Node }).ast;
}

function* nodesIn(value: unknown): Generator<Node> {
	if (Array.isArray(value)) {
		for (const part of value) yield* nodesIn(part);
	} else if (typeof value === 'object' && value !== null) {
		if ('nodeType' in value) yield value as Node;
		for (const part of Object.values(value)) yield* nodesIn(part);
	}
}

const functions = [...nodesIn(parse())].filter(({ nodeType }) => nodeType === 'FunctionDefinition');

/** The names below an expression, `order` and `head` of `order.head`. */
const namesIn = (value: unknown) => [...nodesIn(value)].map(({ name }) => name);

/** Pointers into the variable that a function holds: `OrderSlots storage order = _orders[id]`. */
function pointers(body: Node, variable: string): string[] {
	return [...nodesIn(body)]
		.filter(
			({ nodeType, initialValue }) =>
				nodeType === 'VariableDeclarationStatement' && namesIn(initialValue).includes(variable)
		)
		.flatMap(({ declarations }) => declarations as Node[])
		.filter((declaration) => declaration?.storageLocation === 'storage')
		.map(({ name }) => name as string);
}

/** The functions that write a storage variable, or through a pointer into it, in order of the alphabet. */
export function storageWrites(variable: string): string[] {
	const writing = functions.filter((body) => {
		const names = [variable, ...pointers(body, variable)];
		return [...nodesIn(body)].some((node) => {
			const target =
				node.nodeType === 'Assignment'
					? node.leftHandSide
					: node.nodeType === 'UnaryOperation' && ['++', '--', 'delete'].includes(node.operator as string)
						? node.subExpression
						: undefined;
			return target !== undefined && namesIn(target).some((name) => names.includes(name as string));
		});
	});
	return writing.map(({ name }) => name as string).sort();
}

/** The functions that call another one of the contract, in order of the alphabet. */
export function contractCalls(name: string): string[] {
	const calling = functions.filter((body) =>
		[...nodesIn(body)].some(
			({ nodeType, expression }) => nodeType === 'FunctionCall' && (expression as Node).name === name
		)
	);
	return calling.map((body) => body.name as string).sort();
}
